import ArgumentParser
import DispatcherDomain
import Kernel

struct ProcessPlan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Shows what becomes of open work at each step when it moves to a new version.",
        discussion: """
            With one file the old version is the one of the same code that comes with the program. The exit status is 1 \
            when work at some step could not be moved. Nothing is changed.
            """)
    @Argument(help: "The old version and the new one, or the new one alone.") var files: [String]
    @OptionGroup var options: DefinitionOptions

    func validate() throws {
        guard (1...2).contains(files.count) else { throw ValidationError("Give OLD and NEW, or NEW alone.") }
    }

    func run() async throws {
        let new = try options.read(files[files.count - 1])
        guard files.count == 2 || ShippedProcesses.texts[new.code] != nil else {
            throw Complaint("No process '\(new.code)' comes with the program: give the old version's file, too.")
        }
        let old = try files.count == 2 ? options.read(files[0]) : ShippedProcesses.read(new.code).definition
        let (lines, canMove) = Self.report(old, new, options.language.chosen)
        for line in lines { print(line) }
        if !canMove { throw ExitCode.failure }
    }

    static func report(
        _ old: ProcessDefinition, _ new: ProcessDefinition, _ language: Language
    ) -> (lines: [String], canMove: Bool) {
        let plan = StepPlan(from: old, to: new)
        let isNewer = new.version > old.version
        let stop = language == .chinese ? "不能移动：" : "cannot be moved: "
        let comma = language == .chinese ? "；" : "; "
        var table = Table(
            columns: language == .chinese ? ["步骤", "新步骤", "会怎样"] : ["step", "goes to", "what becomes of it"])
        table.rows = plan.lines.map { line in
            let obstacles = line.obstacles.map { $0[language] }
            let changes = line.changes.map { $0[language] }
            let same = language == .chinese ? "不变" : "goes on as it is"
            let what =
                !obstacles.isEmpty
                ? stop + obstacles.joined(separator: comma) : changes.isEmpty ? same : changes.joined(separator: comma)
            return [(line.isVisit ? "visit." : "") + line.step.code, line.to?.code ?? "-", what]
        }
        var lines = ["\(old.code) \(old.version) → \(new.version): \(new.title[language])"]
        if !isNewer {
            lines.append(
                language == .chinese
                    ? "新版的 version 要大于 \(old.version)" : "the new version's number must be higher than \(old.version)")
        }
        lines += table.text.split(separator: "\n").map(String.init)
        lines += plan.everywhere.map { $0[language] }
        return (lines, plan.canMove && isNewer)
    }
}
