import ArgumentParser
import DispatcherDomain
import Foundation
import Kernel

struct ProcessCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says what is wrong with definitions, where, and what would be right.",
        discussion: """
            One line for each fault: file:line:column, what is wrong, its code in brackets. The exit status is 1 when a \
            definition cannot be put in force; warnings do not count. A fragment among the files is there for the others.
            """)
    @Argument(help: "Files and folders; - is standard input.") var files: [String]
    @OptionGroup var language: LanguageOption
    @Flag(help: "As JSON, in both languages.") var json = false

    func run() async throws {
        let checked = try CheckedFile.check(ProcessFiles.expand(files))
        if json {
            try printJSON(checked.flatMap(\.records))
        } else {
            for file in checked { for line in file.lines(language.chosen) { print(line) } }
        }
        if checked.contains(where: \.isFaulty) { throw ExitCode.failure }
    }
}

/// What was found in one file.
struct CheckedFile {
    let path: String
    var faults: [DefinitionFault]
    /// Nil when it cannot be used.
    var title: Phrase?
    var code = ""
    var version = 0

    /// Faults that are told of one file.
    static let most = 100

    var isFaulty: Bool { faults.contains { $0.severity == .error } }

    init(path: String, faults: [DefinitionFault]) {
        self.path = path
        self.faults = faults
    }

    /// Reads and checks each, with the fragments among them and those that come with the program.
    ///
    /// - Throws: ``Complaint`` when one cannot be read.
    static func check(_ paths: [String]) throws -> [CheckedFile] {
        var texts: [(path: String, text: Result<String, InvalidDefinition>)] = []
        var fragments = ShippedProcesses.fragments
        for path in paths {
            let bytes = try ProcessFiles.bytes(path)
            let text = Result { () throws(InvalidDefinition) in try DefinitionText.text(of: bytes) }
            if case .success(let text) = text, let name = ProcessFragment.name(in: text) { fragments[name] = text }
            texts.append((path, text))
        }
        var files = texts.map { check($0.path, $0.text, fragments) }
        noteTwice(&files)
        return files
    }

    private static func check(
        _ path: String, _ text: Result<String, InvalidDefinition>, _ fragments: [String: String]
    ) -> CheckedFile {
        do throws(InvalidDefinition) {
            let text = try text.get()
            if ProcessFragment.name(in: text) != nil {
                var file = CheckedFile(path: path, faults: ProcessFragment.faults(in: text))
                if !file.isFaulty { file.title = Phrase(zh: "片段", en: "a fragment") }
                return file
            }
            let read = try ProcessDefinition.read(text, fragments: fragments)
            var file = CheckedFile(path: path, faults: read.warnings)
            (file.title, file.code) = (read.definition.title, read.definition.code)
            file.version = read.definition.version
            return file
        } catch {
            return CheckedFile(path: path, faults: error.faults)
        }
    }

    /// One version of a process is in one file.
    private static func noteTwice(_ files: inout [CheckedFile]) {
        for index in files.indices where files[index].version > 0 {
            let earlier = files[..<index].first {
                ($0.code, $0.version) == (files[index].code, files[index].version)
            }
            guard let earlier else { continue }
            files[index].faults.append(
                DefinitionFault(
                    "code.duplicate", at: Position(line: 1, column: 1),
                    zh: "流程 \(files[index].code) 第 \(files[index].version) 版已在 \(earlier.path)：改 process 或 version",
                    en: "version \(files[index].version) of \(files[index].code) is in \(earlier.path) already: "
                        + "change `process` or `version`"))
        }
    }

    func lines(_ language: Language) -> [String] {
        var lines = faults.prefix(Self.most).map { fault in
            let isError = fault.severity == .error
            let severity = language == .chinese ? (isError ? "错误" : "警告") : (isError ? "error" : "warning")
            return "\(path):\(fault.at): \(severity): \(fault.words[language]) [\(fault.code)]"
        }
        if faults.count > Self.most {
            let rest = faults.count - Self.most
            lines.append(language == .chinese ? "\(path): 还有 \(rest) 处" : "\(path): \(rest) more")
        }
        if !isFaulty, let title {
            let version = version == 0 ? "" : " \(code) \(version)"
            lines.append(
                language == .chinese
                    ? "\(path): 可以使用：\(title.zh)\(version)" : "\(path): can be used: \(title.en)\(version)")
        }
        return lines
    }

    struct Record: Encodable {
        let file: String
        let line: Int
        let column: Int
        let severity: DefinitionFault.Severity
        let code: String
        let zh: String
        let en: String
    }

    var records: [Record] {
        faults.map {
            Record(
                file: path, line: $0.at.line, column: $0.at.column, severity: $0.severity, code: $0.code,
                zh: $0.words.zh, en: $0.words.en)
        }
    }
}
