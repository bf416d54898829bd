import BusinessTime
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `A definition` {
    /// The smallest that is whole.
    static let small = """
        process: small
        version: 1
        title: 小流程 / Small
        fields:
          result: {title: 结果 / Result, type: choice, choices: {good: 好 / Good, bad: 坏 / Bad}}
        steps:
          new:
            title: 新建 / New
            owner: desk
            actions:
              finish: {title: 完成 / Finish, by: owner, require: result, when: result = 'good', to: done}
          done: {title: 完成 / Done, end: done}
        """

    static func faults(_ text: String) -> [DefinitionFault] {
        do throws(InvalidDefinition) {
            return try ProcessDefinition.read(text).warnings
        } catch {
            return error.faults
        }
    }

    static func faults(_ old: String, _ new: String) -> [String] {
        #expect(small.contains(old))
        return faults(small.replacing(old, with: new)).map { "\($0.code) \($0.at)" }
    }

    @Test func `that is whole is read without a word`() throws {
        let read = try ProcessDefinition.read(Self.small)
        #expect(read.warnings == [])
        #expect(read.definition.work.steps.map(\.code) == ["new", "done"])
    }

    @Test(arguments: [
        ("result = 'good'", "ticket.urgency = 'hihg'", "guard.unknown-name 11:87"),
        ("by: owner", "by: customer", "step.customer-only 7:3"),
        ("owner: desk", "ownr: desk", "key.unknown 9:5"),
        ("title: 新建 / New", "title: 新建", "value.words 8:12"),
        ("owner: desk", "owner: dsk", "role.unknown 9:12"),
        ("owner: desk", "owner: engineer:7", "role.level 9:12"),
        ("to: done}", "to: don}", "step.unknown 11:91"),
        ("require: result", "require: reslt", "field.unknown 11:56"),
        ("result = 'good'", "reslt = 'good'", "guard.unknown-name 11:70"),
        ("result = 'good'", "result = 'gud'", "guard.unknown-name 11:79"),
        ("result = 'good'", "result = 'good", "guard.syntax 11:79"),
        ("result = 'good'", "result > 3", "guard.type 11:77"),
        ("result = 'good'", "result", "guard.type 11:70"),
        ("type: choice,", "type: choise,", "value.unknown 5:38"),
        ("version: 1", "version: one", "value.range 2:10"),
        ("version: 1", "", "key.missing 1:1"),
        ("process: small", "process: Small", "code.malformed 1:10"),
        ("by: owner", "by: customr", "role.unknown 11:40"),
        ("end: done", "end: finished", "value.unknown 12:33"),
    ])
    func `is told where a mistake is`(old: String, new: String, expected: String) {
        #expect(Self.faults(old, new).contains(expected))
    }

    @Test func `is told what would be right`() {
        let faults = Self.faults(Self.small.replacing("owner: desk", with: "ownr: desk"))
        let words = faults.first { $0.code == "key.unknown" }?.words
        #expect(words == Phrase(zh: "这里没有“ownr”；是不是“owner”？", en: "there is no \"ownr\" here; did you mean \"owner\"?"))
    }

    @Test func `has every mistake told at once`() {
        let text = Self.small.replacing("owner: desk", with: "ownr: desk").replacing("to: done}", with: "to: don}")
        let codes = Set(Self.faults(text).map(\.code))
        #expect(codes.isSuperset(of: ["key.unknown", "step.unknown", "action.nobody"]))
        // That nothing leads to the step that was meant is no mistake of its own.
        #expect(!codes.contains("step.unreachable"))
    }

    @Test(arguments: [
        ("", "yaml.empty"), ("a: [", "yaml.syntax"), ("a: 1\na: 2", "yaml.syntax"), ("- a", "value.kind"),
        ("a: &x 1\nb: *x", "yaml.anchor"), ("? *x\n: 1", "yaml.anchor"), ("a: b: c", "yaml.syntax"),
        ("---\na: 1\n---\nb: 2", "yaml.syntax"),
        ("\u{0}", "yaml.syntax"),
    ])
    func `that is no YAML of ours is refused`(text: String, code: String) {
        #expect(Self.faults(text).map(\.code).contains(code))
    }

    /// Deep and wide texts end with a fault, not with the process.
    @Test(arguments: [20, 900, 5000, 100_000])
    func `is bounded in depth`(depth: Int) {
        for (open, close) in [("[", "]"), ("{a: ", "}")] {
            let text = "process: " + String(repeating: open, count: depth) + String(repeating: close, count: depth)
            let codes = Set(Self.faults(text).map(\.code))
            #expect(!codes.isDisjoint(with: ["yaml.too-deep", "yaml.syntax", "yaml.too-large"]))
        }
        let dashes = String(repeating: "- ", count: depth) + "a"
        #expect(!Self.faults(dashes).isEmpty)
    }

    @Test func `is bounded in size`() {
        #expect(Self.faults(String(repeating: "a", count: 300_000)).map(\.code) == ["yaml.too-large"])
        let wide = "fields: {" + (0..<300).map { "a\($0): 1" }.joined(separator: ", ") + "}"
        #expect(Self.faults(wide).map(\.code) == ["yaml.too-wide"])
    }

    @Test(arguments: [
        "5 min", "3 working h", "1 working day", "7 working days", "3 days forward", "1 week", "2 weeks",
        "90 working min",
    ])
    func `reads spans of time as people say them`(text: String) { #expect(Limit(text)?.description == text) }

    @Test(arguments: [
        "", "5", "min", "0 min", "-1 h", "5 minutes ago", "1.5 h", "working 5 h", "99999 h", "5 h h", "s",
    ])
    func `refuses what is no span of time`(text: String) { #expect(Limit(text) == nil) }
}

@Suite struct `A span of time` {
    static let calendar = WorkCalendar(
        key: "cn", version: 1, timeZone: "Asia/Shanghai",
        weekly: Dictionary(
            uniqueKeysWithValues: Weekday.allCases.prefix(5).map { day in
                (day, ["09:00-12:00", "13:30-18:00"].compactMap(OpenInterval.init))
            }),
        covers: .everyYear)

    /// From Friday, 6 March 2026, 17:00 in Shanghai.
    @Test(arguments: [
        ("5 min", "2026-03-06 17:05"), ("90 min", "2026-03-06 18:30"), ("90 working min", "2026-03-09 09:30"),
        ("3 working h", "2026-03-09 11:00"), ("1 working day", "2026-03-09 18:00"),
        ("7 working days", "2026-03-17 18:00"), ("1 day", "2026-03-07 17:00"),
        ("1 day forward", "2026-03-09 18:00"), ("3 days forward", "2026-03-09 18:00"),
        ("4 days forward", "2026-03-10 18:00"), ("1 week", "2026-03-13 17:00"),
        ("next monday", "2026-03-09 09:00"), ("1 week forward", "2026-03-13 18:00"),
        ("1 working week", "2026-03-13 18:00"),
    ])
    func `is over when the calendar says so`(text: String, end: String) throws {
        let time = try WorkingTime(Self.calendar)
        let start = Date(timeIntervalSince1970: 1_772_787_600)
        let limit = try #require(Limit(text))
        let due = try limit.due(from: start, by: time).value
        #expect(try time.localText(at: due) == end)
    }

    /// From Saturday to Monday, with a Monday off.
    @Test func `to next Monday ends when work begins`() throws {
        let closed = WorkCalendar.DatedHours(hours: [])
        let monday = try #require(LocalDate("2026-03-09"))
        let time = try WorkingTime(Self.calendar.next(adding: [monday: closed], covering: []))
        let days = (0..<7).map { Date(timeIntervalSince1970: 1_772_787_600 + Double($0) * 86400) }
        let ends = try days.map { try time.localText(at: Limit(1, .monday).due(from: $0, by: time).value) }
        #expect(Array(ends.prefix(3)) == Array(repeating: "2026-03-10 09:00", count: 3))
        #expect(Array(ends.dropFirst(3)) == Array(repeating: "2026-03-16 09:00", count: 4))
    }

    @Test(arguments: ["5 min forward", "2 h forward", "9000 days", "600 weeks", "2 mondays", "1 monday"])
    func `that makes no sense is refused`(text: String) { #expect(Limit(text) == nil) }
}

@Suite struct `The bytes of a definition` {
    @Test func `are UTF-8, with or without a mark, and bounded`() throws {
        #expect(try DefinitionText.text(of: [0xEF, 0xBB, 0xBF] + Array("a: 一".utf8)) == "a: 一")
        let wrong = #expect(throws: InvalidDefinition.self) {
            try DefinitionText.text(of: Array("a: 一\nb: ".utf8) + [0xC3, 0x28])
        }
        #expect(wrong?.faults.map { "\($0.at) \($0.code)" } == ["2:4 yaml.encoding"])
        let large = #expect(throws: InvalidDefinition.self) {
            try DefinitionText.text(of: Array(repeating: 0x20, count: DefinitionText.longest + 1))
        }
        #expect(large?.faults.map(\.code) == ["yaml.too-large"])
    }

    /// 256 KB of mistakes are told in a moment, too.
    @Test func `full of mistakes are told of in a moment`() {
        let names = (0..<180).map { "a-step-with-a-long-name-\($0)" }
        let steps = names.map { name in
            let actions = (0..<18).map { "x\($0): {title: 去 / Go, by: ownr, to: another-step-with-names-\($0)}" }
            return "  \(name): {title: 步 / Step, owner: dusk, actions: {\(actions.joined(separator: ", "))}}\n"
        }
        let text = "process: big\nversion: 1\ntitle: 大 / Big\nsteps:\n" + steps.joined()
        #expect(text.utf8.count < DefinitionText.longest)
        var faults = 0
        let taken = ContinuousClock().measure { faults = `A definition`.faults(text).count }
        #expect(faults >= 300)
        #expect(taken < .seconds(20), "\(taken)")
    }
}

@Suite struct `The shipped definitions` {
    /// They are drawn where they are led to, not behind the end.
    @Test func `have a fragment's steps behind the step that leads to them`() throws {
        let steps = try ShippedProcesses.read("s2-generic").definition.work.steps.map(\.code)
        let place = try #require(steps.firstIndex(of: "requirement-review"))
        #expect(steps[place - 1] == "desk")
    }

    /// A fragment is whole by itself, its exits taken as ends.
    @Test(arguments: ShippedProcesses.fragments.keys.sorted())
    func `and fragments are whole`(name: String) throws {
        let text = try #require(ShippedProcesses.fragments[name])
        #expect(ProcessFragment.name(in: text) == name)
        #expect(ProcessFragment.faults(in: text) == [])
        #expect(
            ProcessFragment.faults(in: text.replacing("exit.rejected", with: "exit.reject")).map(\.code).contains(
                "exit.unknown"))
        #expect(try ProcessFragment.name(in: #require(ShippedProcesses.texts["s3-repair"])) == nil)
    }

    @Test(arguments: ShippedProcesses.texts.keys.sorted())
    func `are whole, without a warning`(code: String) throws {
        do throws(InvalidDefinition) {
            let read = try ShippedProcesses.read(code)
            #expect(read.definition.code == code)
            #expect(read.warnings.map { "\($0.at) \($0.words.en)" } == [])
        } catch {
            for fault in error.faults { Issue.record("\(code):\(fault.at) \(fault.code): \(fault.words.en)") }
        }
    }
}

@Suite struct `A ticket's process` {
    static func choose(_ kind: String, _ department: String, _ facts: [String: FieldValue]) throws -> String? {
        let six = ["s1-sales", "s1-telephone", "s1-computer", "s1-software", "s1-other", "s1-complaints"]
        let all = try (six + ["s3-repair", "s2-generic"]).map { try ShippedProcesses.read($0).definition }
        return ProcessDefinition.choose(among: all, kind: kind, department: department, facts: facts)?.code
    }

    /// S1.13 and S1.14.
    @Test(arguments: [
        ("1", "sales", "s1-sales"), ("2", "telephone", "s1-telephone"), ("3", "computer", "s1-computer"),
        ("4", "software", "s1-software"), ("5", "equipment", "s1-other"), ("9", "complaints", "s1-complaints"),
    ])
    func `follows the key that the caller pressed`(key: String, department: String, code: String) throws {
        #expect(try Self.choose("question", department, ["ticket.key": .text(key)]) == code)
    }

    @Test func `is the closest one, else the one for anything`() throws {
        #expect(try Self.choose("repair", "service", [:]) == "s3-repair")
        #expect(try Self.choose("question", "service", [:]) == "s2-generic")
    }
}
