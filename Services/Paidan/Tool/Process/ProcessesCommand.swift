import ArgumentParser
import DispatcherDomain
import Foundation
import Kernel

struct ProcessesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "process", abstract: "Process definitions: files that say how work runs (docs/processes.md).",
        discussion: "Reads files only; needs no stack.",
        subcommands: [ProcessCheck.self, ProcessDraw.self, ProcessSimulate.self, ProcessPlan.self])
}

/// The language in which people are told what is in a definition.
struct LanguageOption: ParsableArguments {
    @Option(help: "zh or en; without it LANGUAGE, LC_MESSAGES and LANG decide.", transform: Self.read)
    var language: Language?

    var chosen: Language { language ?? Self.language(in: ProcessInfo.processInfo.environment) }

    /// Of the first that is set; English where none begins with `zh`.
    static func language(in environment: [String: String]) -> Language {
        let names = ["LANGUAGE", "LC_MESSAGES", "LANG"].compactMap { environment[$0] }
        return names.first { !$0.isEmpty }?.lowercased().hasPrefix("zh") == true ? .chinese : .english
    }

    private static func read(_ text: String) throws -> Language {
        guard let language = Language(rawValue: text) else {
            throw ValidationError("'\(text)' is no language of the suite; write zh or en.")
        }
        return language
    }
}

/// One definition to work with.
struct DefinitionOptions: ParsableArguments {
    @Option(
        name: .customLong("fragment"), help: "File of a fragment that `use:` names. Those shipped are there already.")
    var fragments: [String] = []

    @OptionGroup var language: LanguageOption

    /// Reads a file, or the definition that comes with the program under this code.
    ///
    /// - Throws: `ExitCode.failure` when something is wrong with it, which was told on standard error.
    func read(_ source: String) throws -> ProcessDefinition {
        let shipped = FileManager.default.fileExists(atPath: source) ? nil : ShippedProcesses.texts[source]
        var known = ShippedProcesses.fragments
        for path in fragments {
            let text = try ProcessFiles.text(path)
            guard let name = ProcessFragment.name(in: text) else {
                throw Complaint("\(path) is no fragment: its first key must be `fragment: NAME`.")
            }
            known[name] = text
        }
        do {
            let text = try shipped ?? DefinitionText.text(of: ProcessFiles.bytes(source))
            return try ProcessDefinition.read(text, fragments: known).definition
        } catch let invalid as InvalidDefinition {
            for line in CheckedFile(path: source, faults: invalid.faults).lines(language.chosen) { tell(line) }
            throw ExitCode.failure
        }
    }
}

/// Writes a line to standard error.
func tell(_ line: String) { FileHandle.standardError.write(Data("\(line)\n".utf8)) }
