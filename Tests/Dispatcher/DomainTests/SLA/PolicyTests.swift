import BusinessTime
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `A policy file` {
    static let file = """
        {
          "key": "standard", "version": 1, "title": {"zh": "标准服务", "en": "Standard service"},
          "rows": [
            {"levels": ["vip"], "severities": ["critical"], "targets": [
              {"timer": "firstResponse", "limit": {"amount": 15, "unit": "minutes"}, "calendar": "wall-clock"}]},
            {"kinds": ["complaint"], "targets": [
              {"timer": "solution", "limit": {"amount": 3, "unit": "hours"}, "calendar": "cn", "thresholds": [
                {"at": "75%", "actions": [{"remind": ["owner"]}]}, {"at": "-15m", "actions": [{"remind": ["manager"]}]},
                {"at": "due", "actions": [{"nextLevel": true}]}, {"at": "+60m", "actions": [{"action": "return-to-desk"}]}]}]},
            {"targets": [
              {"timer": "solution", "limit": {"amount": 7, "unit": "workingDays"}, "calendar": "cn"},
              {"timer": "step:*", "limit": {"amount": 3, "unit": "days", "due": "sameTime"}, "calendar": "cn", "pauses": true}]}
          ]
        }
        """

    private func read(_ text: String) throws -> SLAPolicy {
        try SLAPolicy.read(Data(text.utf8), calendars: ["cn"])
    }

    @Test func `is warned of what a timer cannot do in the steps where it comes due`() throws {
        let definition = try ProcessDefinition.read(
            """
            process: x
            version: 1
            title: 例 / Example
            clocks:
              rescue: {title: 救援 / Rescue, target: 1 h, at: {100%: {notify: owner}}}
            steps:
              first:
                title: 一 / First
                owner: desk
                clocks: rescue
                actions:
                  escalate: {title: 升 / Escalate, by: [owner, timer], to: second}
                timers: {late: {title: 晚 / Late, after: 1 h, do: escalate}}
              second:
                title: 二 / Second
                owner: desk
                clocks: rescue
                actions:
                  alarm: {title: 警 / Alarm, by: owner, to: done}
              done: {title: 完 / Done, end: done}
            """
        ).definition
        let known = PolicyVocabulary([definition], groups: [], kinds: [], severities: [])
        let warned = { (timer: String, action: String) throws -> [String] in
            let policy = try read(
                """
                {"key": "p", "version": 1, "title": {}, "rows": [{"targets": [{"timer": "\(timer)", "calendar": "cn",
                 "limit": {"amount": 1, "unit": "hours"}, "thresholds": [{"at": "due", "actions": [\(action)]}]}]}]}
                """)
            return policy.warnings(known).map { "\($0.field) \($0.code) \($0.message.suffix(80))" }
        }
        let nextLevel = #"{"nextLevel": true}"#
        #expect(try warned("step:first", nextLevel) == [])
        #expect(try warned("solution", nextLevel) == [])
        let second = try warned("step:second", nextLevel)
        #expect(second.count == 1 && second[0].hasPrefix("/rows/0/targets/0/thresholds/0 conflict"), "\(second)")
        #expect(try warned("clock:rescue", nextLevel).first?.contains("will tell: second;") == true)
        // It is there, for people only.
        #expect(try warned("step:second", #"{"action": "alarm"}"#).count == 1)
        #expect(try warned("solution", #"{"action": "alarm"}"#).first?.contains("first, second") == true)
        // What is nowhere is told as such, and once.
        #expect(try warned("solution", #"{"action": "alarms"}"#).count == 1)
    }

    @Test func `is read and written back`() throws {
        let policy = try read(Self.file)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        #expect(try SLAPolicy.read(encoder.encode(policy), calendars: ["cn"]) == policy)
        let complaint = Classification(level: "vip", severity: "critical", kind: "complaint")
        #expect(policy.target(for: .firstResponse, of: complaint)?.row == 1)
        #expect(policy.target(for: .solution, of: complaint)?.row == 2)
        #expect(policy.target(for: .step("wait"), of: complaint)?.target.pauses == true)
        #expect(policy.target(for: .group("a"), of: complaint) == nil)
    }

    @Test(arguments: [
        (
            #""timer": "solution", "limit": {"amount": 3"#, #""timer": "solving", "limit": {"amount": 3"#,
            "/rows/1/targets/0/timer"
        ),
        (#""amount": 3, "unit": "hours""#, #""amount": 3000000, "unit": "hours""#, "/rows/1/targets/0/limit/amount"),
        (#""amount": 7"#, #""amount": 0"#, "/rows/2/targets/0/limit/amount"),
        (#""calendar": "cn", "thresholds""#, #""calendar": "us", "thresholds""#, "/rows/1/targets/0/calendar"),
        (#""at": "75%""#, #""at": "1750%""#, "/rows/1/targets/0/thresholds/0/at"),
        (#""at": "-15m""#, #""at": "-180m""#, "/rows/1/targets/0/thresholds/1"),
        (#""at": "-15m""#, #""at": "due""#, "/rows/1/targets/0/thresholds"),
        (#"{"nextLevel": true}"#, #"{"nextLevel": false}"#, "/rows/1/targets/0/thresholds/2"),
        (#"{"nextLevel": true}"#, #"{"fire": "owner"}"#, "/rows/1/targets/0/thresholds/2"),
        (#""kinds": ["complaint"]"#, #""kinds": []"#, "/rows/1/kinds"),
        (#"{"kinds": ["complaint"], "#, "{", "/rows/2/targets/0"), (#""version": 1"#, #""version": 0"#, "/version"),
        (#""key": "standard", "#, "", "/key"),
    ])
    func `says where it is wrong`(right: String, wrong: String, field: String) throws {
        let text = Self.file.replacing(right, with: wrong, maxReplacements: 1)
        #expect(text != Self.file)
        let error = try #require(throws: InvalidInput.self) { try read(text) }
        #expect(error.faults.contains { $0.field.hasPrefix(field) }, "\(error.faults)")
    }
}
