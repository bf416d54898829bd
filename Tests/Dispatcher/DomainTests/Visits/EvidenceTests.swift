import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `Evidence of a visit` {
    static let rule = EvidenceRule(
        photos: 2, signature: true, serials: 1, checklist: ["tested", "unheard-of"], results: EvidenceRule.served)

    static func faults(
        _ values: [String: FieldValue], before: [String: FieldValue] = [:], signature: VisitSignature? = nil,
        sheet: String = "now", rule: EvidenceRule = rule, process: String = "s3-repair"
    ) throws -> [String] {
        let track = try #require(try ShippedProcesses.read(process).definition.visit)
        return EvidenceCheck.faults(
            rule, values, before: before, signature: signature, sheet: sheet, of: track
        ).map { "\($0.field) \($0.code)" }
    }

    static let whole: [String: FieldValue] = [
        "result": "task-done", "photos": .list(["a", "b"]), "serials": "SN-1", "checklist": .list(["tested"]),
        "signature": "s",
    ]
    static let signed = VisitSignature(id: "s", sheet: "now")

    @Test func `that is missing is told one by one`() throws {
        #expect(
            try Self.faults(["result": "task-done"]) == [
                "/fields/photos required", "/fields/signature required", "/fields/serials required",
                "/fields/checklist/tested required",
            ])
        #expect(try Self.faults(Self.whole, signature: Self.signed) == [])
    }

    @Test(
        arguments: [
            (["photos": .list(["a"])], "/fields/photos required"),
            (["photos": .list(["a", "a"])], "/fields/photos required"),
            (["serials": " \n "], "/fields/serials required"),
            (["checklist": .list(["safe"])], "/fields/checklist/tested required"),
        ] as [([String: FieldValue], String)])
    func `counts what is there, once`(change: [String: FieldValue], expected: String) throws {
        #expect(try Self.faults(Self.whole.merging(change) { $1 }, signature: Self.signed) == [expected])
    }

    @Test func `of the visit before does not count`() throws {
        let before: [String: FieldValue] = ["photos": .list(["a", "x"])]
        #expect(try Self.faults(Self.whole, before: before, signature: Self.signed) == ["/fields/photos required"])
        let more = Self.whole.merging(["photos": .list(["x", "a", "b", "c"])]) { $1 }
        #expect(try Self.faults(more, before: before, signature: Self.signed) == [])
    }

    @Test func `is asked for where something was done`() throws {
        #expect(try Self.faults(["result": "not-done"]) == [])
        #expect(try Self.faults(["result": "void"]) == [])
        #expect(try Self.faults([:]) == [])
        let always = EvidenceRule(photos: 1, signature: false, serials: 0, checklist: [], results: ["void"])
        #expect(try Self.faults(["result": "void"], rule: always) == ["/fields/photos required"])
    }

    @Test func `is not asked for where the process has no field for it`() throws {
        // S0's sheet has no checklist; S4's photos have another name.
        #expect(
            try Self.faults(["result": "task-done"], process: "s0-stations") == [
                "/fields/photos required", "/fields/signature required", "/fields/serials required",
            ])
        #expect(try Self.faults(["result": "task-done"], process: "s4-onsite").first == "/fields/photo required")
    }

    @Test func `is void when the sheet was changed after it was signed, whatever the rule`() throws {
        let other = VisitSignature(id: "s", sheet: "before")
        #expect(try Self.faults(Self.whole, signature: other) == ["/fields/signature conflict"])
        #expect(try Self.faults(Self.whole, signature: other, rule: .nothing) == ["/fields/signature conflict"])
    }

    @Test func `is inherited from the nearest department, the kind first, as it was when the visit was opened`() {
        let start = Walk.start
        func policy(_ department: String, _ kind: String?, _ version: Int, _ since: Double) -> EvidencePolicy {
            EvidencePolicy(
                department: department, kind: kind, version: version, rule: Self.rule, since: start + since)
        }
        let all = [
            policy("service", nil, 1, 0), policy("service", "repair", 1, 10), policy("service", "repair", 2, 100),
            policy("shanghai", nil, 1, 50),
        ]
        func inherited(_ kind: String?, _ path: [String], _ opened: Double) -> String? {
            EvidencePolicy.inherited(kind, path: path, opened: start + opened, among: all)
                .map { "\($0.department) \($0.kind ?? "*") \($0.version)" }
        }
        let path = ["shanghai", "service"]
        #expect(inherited("repair", path, -1) == nil)
        #expect(inherited("repair", path, 5) == "service * 1")
        #expect(inherited("repair", path, 20) == "service repair 1")
        #expect(inherited("repair", path, 60) == "shanghai * 1")
        #expect(inherited("repair", ["service"], 60) == "service repair 1")
        #expect(inherited("repair", ["service"], 100) == "service repair 2")
        #expect(inherited("question", ["service"], 100) == "service * 1")
        #expect(inherited("repair", ["rnd"], 100) == nil)
    }

    @Test(
        arguments: [
            (-1, 0, [], []), (51, 0, [], []), (0, 51, [], []), (0, 0, ["a", "a"], []), (0, 0, ["A"], []),
            (0, 0, [], [""]), (0, 0, (0...50).map { "c\($0)" }, []),
        ] as [(Int, Int, [String], [String])])
    func `rule out of bounds is refused`(photos: Int, serials: Int, checklist: [String], results: [String]) {
        let rule = EvidenceRule(
            photos: photos, signature: false, serials: serials, checklist: checklist, results: results)
        #expect(rule.faults.count == 1)
        #expect(Self.rule.faults == [])
    }
}

@Suite struct `The sheet of a visit` {
    @Test func `is one text, whoever writes it`() {
        let fields: [String: FieldValue] = [
            "remark": "a\\b\nc\r\nd", "handling": "换电容", "photos": .list(["p,1", "p2"]), "done": true,
            "cost": .number(1250), "at": .time(Walk.start), "signature": "s", "empty": "  ", "b": "", "a_b": "x",
        ]
        let sheet = VisitSheet(visit: "T1000001-2", fields: fields, without: ["signature"])
        #expect(
            sheet.text == """
                paidan-sheet/1
                T1000001-2
                a_b: x
                at: 2027-01-15T08:00:00.000Z
                cost: 1250
                done: yes
                handling: 换电容
                photos: p\\,1,p2
                remark: a\\\\b\\nc\\r\\nd

                """)
    }

    @Test func `of other words, another visit or another order is another one`() throws {
        let walk = try `S3, a repair on site`.onSite()
        let track = walk.definition.visit
        let present = try #require(VisitSheet(walk.state, visit: 1, of: track))
        #expect(VisitSheet(walk.state, visit: 1, filling: ["remark": "x"], of: track) != present)
        #expect(VisitSheet(walk.state, visit: 1, filling: ["signature": "x"], of: track) == present)
        #expect(VisitSheet(walk.state, visit: 2, of: track) == nil)
        // A line break in a value makes no line of the sheet.
        let forged = VisitSheet(walk.state, visit: 1, filling: ["fault": "x\nresult: task-done"], of: track)
        #expect(forged?.text.contains("\nresult:") == false)
    }
}

@Suite struct `A signature's path` {
    @Test(arguments: [
        "M 1 2 L 3 4", "M1,2L3,4", "M0 0C1 1 2 2 3 3 4 4 5 5 6 6Z", "M -1.5 2.125 Q 1 2 3 4 M 5 5 L 6 6", "M1 2 3 4",
    ])
    func `is taken`(path: String) { #expect(SignaturePath.fault(path) == nil) }

    @Test(arguments: [
        "", " ", "L 1 2", "M 1 2", "M 1 2 Z", "M 1 L 2 3", "M 1 2 L 3", "M 1 2 L",
        "M 1 2 l 3 4", "M 1 2 A 1 1 0 0 1 2 2",
        "M 1 2 C 1 2 3 4", "M 1 2 L 12345 1", "M 1 2 L 1.2345 1", "M 1 2 L 1e3 1", "M 1 2 L . 1", "M 1 2 L - 1",
        "M 1 2 Z 3 L 1 1", "<path d=\"M 1 2 L 3 4\"/>", "M 1 2 L 3 4\u{0}", "M 1 2 L 3 4;", "M１ ２L３ ４",
    ])
    func `is refused`(path: String) { #expect(SignaturePath.fault(path) != nil) }

    @Test func `has a bound, and so has the name beside it`() {
        let longest = "M 1 2 L 3 4" + String(repeating: " ", count: SignaturePath.longest - 11)
        #expect(SignaturePath.fault(longest) == nil)
        #expect(SignaturePath.fault(longest + " ")?.code == "tooLong")
        #expect(SignaturePath.fault(signer: "张三") == nil)
        #expect(SignaturePath.fault(signer: "  ")?.code == "required")
        #expect(SignaturePath.fault(signer: String(repeating: "张", count: 81))?.code == "tooLong")
        #expect(SignaturePath.fault(signer: "张\n三")?.code == "malformed")
    }
}
