import ArgumentParser
import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Kernel

struct ProcessSimulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Says what happens to a ticket if nobody does anything.",
        discussion: """
            Every timer and every clock comes due in its turn. Without --calendar, working time is Monday to Friday, \
            09:00-12:00 and 13:30-18:00 in Shanghai, without holidays.
            """)
    @Argument(help: "File; - is standard input; or the code of a process that comes with the program.") var file: String
    @Option(help: "Begin in this step instead of the first.") var step: String?
    @Option(help: "What ticket and customer tell: ticket.kind=requirement. May be repeated.") var fact: [String] = []
    @Option(help: "What is filled in when the work is opened: CODE=VALUE. May be repeated.") var field: [String] = []
    @Option(help: "When it begins, such as 2026-03-02T01:00:00Z; without it now.") var start: String?
    @Option(help: "File of a calendar (docs/calendars.md).") var calendar: String?
    @OptionGroup var options: DefinitionOptions

    func run() async throws {
        let definition = try options.read(file)
        let begin = try start.map { text in
            guard let date = WireJSON.date(from: text) else {
                throw Complaint("'\(text)' is no time; write 2026-03-02T01:00:00Z.")
            }
            return date
        }
        let report = try SimulationReport(
            definition, step: step, facts: facts(), fields: fields(definition), start: begin ?? Date(),
            calendar: workingTime(), options.language.chosen)
        for line in report.lines { print(line) }
    }

    private func facts() throws -> [String: FieldValue] {
        try pairs(fact) { name, text in
            guard let value = Facts.value(name, text) else {
                throw Complaint("'\(name)=\(text)' is no fact. There are: \(Facts.names.joined(separator: ", ")).")
            }
            return value
        }
    }

    private func fields(_ definition: ProcessDefinition) throws -> [String: FieldValue] {
        try pairs(field) { name, text in
            guard let field = definition.work.field(name) else {
                let codes = definition.work.opening.map(\.code).joined(separator: ", ")
                throw Complaint("There is no field '\(name)'. Filled in at the opening: \(codes).")
            }
            guard let value = field.value(text) else {
                throw Complaint("'\(text)' is no \(field.type.rawValue), as the field '\(name)' wants.")
            }
            return value
        }
    }

    private func pairs(
        _ texts: [String], _ value: (String, String) throws -> FieldValue
    ) throws -> [String: FieldValue] {
        var pairs: [String: FieldValue] = [:]
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2 else { throw Complaint("'\(text)': write NAME=VALUE.") }
            pairs[parts[0]] = try value(parts[0], parts[1])
        }
        return pairs
    }

    private func workingTime() throws -> WorkingTime {
        guard let calendar else { return try WorkingTime(SimulationReport.officeHours) }
        do {
            let file = Data(try ProcessFiles.bytes(calendar, longest: WorkCalendar.sizeLimit))
            return try WorkingTime(WorkCalendar.read(file))
        } catch let invalid as InvalidInput {
            let fault = invalid.faults.first
            throw Complaint("\(calendar)\(fault?.field ?? ""): \(fault?.message ?? "no calendar").")
        }
    }
}

/// The course of a ticket that nobody touches, in lines for a terminal.
struct SimulationReport {
    let lines: [String]

    static let officeHours = WorkCalendar(
        key: "office", version: 1, timeZone: "Asia/Shanghai",
        weekly: Dictionary(
            uniqueKeysWithValues: Weekday.allCases.prefix(5).map { day in
                (day, ["09:00-12:00", "13:30-18:00"].compactMap(OpenInterval.init))
            }),
        covers: .everyYear)

    /// - Throws: ``Complaint`` when the ticket could not even be opened.
    init(
        _ definition: ProcessDefinition, step: String?, facts: [String: FieldValue], fields: [String: FieldValue],
        start: Date, calendar: WorkingTime, _ language: Language
    ) throws {
        var refused: [String] = []
        let due = { (limit: Limit, from: Date) -> Date in
            do throws(CalendarFault) {
                return try limit.due(from: from, by: calendar).value
            } catch {
                refused.append("\(limit)")
                return Simulation.onTheWall(limit, from)
            }
        }
        let run: Simulation
        do throws(ProcessRefusal) {
            if let step {
                run = try Simulation.idle(definition, from: step, facts: facts, start: start, due: due)
            } else {
                run = try Simulation.idle(definition, facts: facts, fields: fields, start: start, due: due)
            }
        } catch {
            let missing = error.faults.map { $0.field.replacing("/fields/", with: "") }.joined(separator: ", ")
            throw Complaint(error.words[language] + (missing.isEmpty ? "" : ": \(missing) (--field, --fact)"))
        }
        var table: [(head: String, words: String)] = []
        var last: Date?
        for line in run.lines {
            // Beyond what a calendar can show, times are written in UTC.
            let time = (try? calendar.localText(at: line.at)) ?? line.at.ISO8601Format()
            let head = line.at == last ? "" : "\(time)  +\(Self.span(line.at.timeIntervalSince(start)))"
            table.append((head, line.words[language]))
            last = line.at
        }
        let width = table.map(\.head.count).max() ?? 0
        var lines = table.map { $0.padding(toLength: width, withPad: " ", startingAt: 0) + "  " + $1 }
        lines.append(Self.end(run.end, definition, language))
        if let first = refused.first {
            lines.append(
                language == .chinese
                    ? "日历没有给出答案（例如 \(first)），按自然时间计算"
                    : "the calendar gave no answer (such as for \(first)): taken by the wall clock")
        }
        self.lines = lines
    }

    /// `0`, `22 min`, `1 d 4 h`.
    static func span(_ seconds: TimeInterval) -> String {
        let minutes = Int(seconds) / 60
        let parts = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")].filter { $0.0 > 0 }
        return parts.isEmpty ? "0" : parts.prefix(2).map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }

    private static func end(_ end: Simulation.End, _ definition: ProcessDefinition, _ language: Language) -> String {
        switch (end, language) {
        case (.closed(let outcome), .chinese): return "自行结束：\(outcome.rawValue)"
        case (.closed(let outcome), .english): return "It ends by itself: \(outcome.rawValue)."
        case (.rests(let step), _):
            let title = definition.work.step(step)?.title[language] ?? step
            return language == .chinese
                ? "此后一直停在“\(title)”，直到有人处理" : "Then it stays in \"\(title)\" until somebody does something."
        case (.goesOn, .chinese): return "定时互相触发，没有尽头"
        case (.goesOn, .english): return "Timers set each other off without end."
        }
    }
}
