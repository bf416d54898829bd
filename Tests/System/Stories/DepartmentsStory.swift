import Foundation
import StackSupport
import Testing

/// S1, departments of software, other equipment and complaints, and the shorter ways of the others (S1.35). The caller's key
/// and department choose the process (S1.13 to S1.15).
struct DepartmentsStory {
    private let quoted: Told
    private let complaint: Told

    static let departments = [
        "sales": "销售咨询", "computer": "计算机及外设维修", "telephone": "电话维修", "software": "软件服务", "equipment": "其他设备维修",
        "complaints": "服务投诉",
    ]

    /// The demo has one department for all; these stand below it.
    static func found(at stack: Stack) async throws {
        let admin = try await Person.signIn("admin", at: stack)
        for (code, name) in departments {
            let made = try await admin.post(
                "/api/dispatch/v1/departments",
                ["code": code, "name": ["zh": name, "en": code.capitalized], "parent": "service"])
            // Another test may have made it.
            try #require([201, 409].contains(made.status), "\(code): \(made.status) \(made.text)")
        }
    }

    /// A call that came by this key.
    static func call(
        _ process: String, _ crew: Crew, _ key: String, _ department: String, _ description: String,
        phone: String = "13800138088", serial: String? = nil
    ) async throws -> Told {
        var facts = ["key": key, "department": department]
        facts["productSerial"] = serial
        let told = try await Told(
            process, crew, kind: "repair", description: description, facts: facts, by: "desk", phone: phone)
        #expect(try await told.object["department"] as? String == department)
        return told
    }

    init(_ crew: Crew) async throws {
        try await crew.give("seat", to: "desk")
        try await Self.software(crew)
        try await Self.warranty(crew)
        try await Self.shorterWays(crew)
        quoted = try await Self.call("s1-other", crew, "5", "equipment", "传真机卡纸")
        #expect(try await quoted.refusal("desk", "actions/taken", ["bring": "fetch"]) == "fields")
        try await quoted.tell("desk", "actions/taken", ["equipment": "传真机", "bring": "fetch"], then: "fetch")
        try await quoted.tell("warehouse", "actions/fetched", then: "diagnosis")
        #expect(try await quoted.refusal("engineer", "actions/free", ["diagnosis": "主板"]) == "condition-failed")
        try await quoted.tell("engineer", "actions/quote", ["diagnosis": "主板", "quote": 30000], then: "quoted")
        complaint = try await Self.call("s1-complaints", crew, "9", "complaints", "师傅迟到")
        try await complaint.tell("desk", "actions/pass-on", ["about": "computer"], to: "manager", then: "department")
        try await complaint.isTold("manager", "pass-on")
    }

    private static func software(_ crew: Crew) async throws {
        let told = try await call("s1-software", crew, "4", "software", "报错")
        #expect(try await told.refusal("desk", "actions/defect", reason: "报错") == "fields")
        try await told.tell("desk", "actions/defect", ["software": "财务 8.2"], reason: "报错", then: "correction")
        #expect(try await told.refusal("desk", "actions/corrected", ["method": "补丁"]) == "role-missing")
        try await told.tell("expert", "actions/corrected", ["method": "补丁"], then: "remote")
        try await told.isTold("desk", "corrected")
        try await told.tell("desk", "actions/on-site", reason: "客户不会装", then: "on-site")
        try await told.tell("engineer", "actions/defect", reason: "另一个错", then: "correction")
        try await told.tell("expert", "actions/corrected", ["method": "补丁 2"], then: "remote")
        try await told.tell("desk", "actions/on-site", reason: "客户不会装", then: "on-site")
        try await told.tell("engineer", "actions/solved", ["method": "装补丁"], then: "call-back")
        #expect(try await told.refusal("desk", "actions/not-solved") == "reason-missing")
        try await told.tell("desk", "actions/not-solved", reason: "又报错", then: "remote")
        try await told.tell("desk", "actions/solved", ["method": "重启"], then: "call-back")
        try await told.tell("desk", "actions/confirmed", ["satisfaction": "good"], then: "closed")
        try await told.holdErrands(["call-back", "article", "call-back", "article"])
        try await told.holdTimeline([
            "remote", "correction", "remote", "on-site", "correction", "remote", "on-site", "call-back", "remote",
            "call-back", "closed",
        ])
        try await told.holdMails(["已受理"])
    }

    /// Brought in, under warranty.
    private static func warranty(_ crew: Crew) async throws {
        let told = try await call(
            "s1-other", crew, "5", "equipment", "不开机", phone: "13800138007", serial: "POS-T8-70215")
        try await told.tell("desk", "actions/taken", ["bring": "counter"], then: "diagnosis")
        try await told.tell("engineer", "actions/free", ["diagnosis": "主板"], then: "repair")
        try await told.tell("engineer", "actions/repaired", ["method": "换主板"], then: "hand-back")
        try await told.holdTimeline(["answered", "diagnosis", "repair", "hand-back"])
    }

    private static func shorterWays(_ crew: Crew) async throws {
        let explained = try await call("s1-complaints", crew, "9", "complaints", "等太久")
        try await explained.tell("desk", "actions/explained", reason: "节日", then: "told")

        let set = try await call("s1-telephone", crew, "2", "telephone", "按键失灵")
        try await set.tell("desk", "actions/tested", ["test": "set"], then: "field")
        let line = try await call("s1-telephone", crew, "2", "telephone", "线断")
        try await line.tell("desk", "actions/tested", ["test": "line"], then: "line")
        try await line.tell("engineer2", "actions/repaired", then: "call-back")

        let byTelephone = try await call("s1-computer", crew, "3", "computer", "没插电")
        try await byTelephone.tell("desk", "actions/by-telephone", reason: "插上了", then: "complete")
        let void = try await call("s1-computer", crew, "3", "computer", "打错电话")
        try await void.tell(
            "desk", "actions/new-task",
            [
                "contact": "李四", "contact_address": "二楼", "customer_type": "private", "commission": "store",
                "repair_type": "dell", "fault": "不明",
            ], then: "task-new")
        try await void.tell("dispatcher", "actions/void", reason: "打错", then: "void")
        try await void.holdTimeline(["answered", "task-new", "void"])

        let asked = try await call("s1-sales", crew, "1", "sales", "有货吗")
        try await asked.tell("desk", "actions/no-order", ["product": "打印机"], then: "answered")
        let cancelled = try await call("s1-sales", crew, "1", "sales", "不要了")
        try await cancelled.tell(
            "desk", "actions/order", ["product": "打印机", "price": 99_900, "quantity": 2, "address": "南京路 1 号"])
        try await cancelled.tell("desk", "actions/print")
        try await cancelled.holdErrands(["print"])
        try await cancelled.asks("withdraw", note: "不要了", then: "cancelled")
        try await cancelled.holdTimeline(["consulting", "ordered", "cancelled"])
    }

    /// Nobody has answered the quotation or the complaint for two days.
    func end() async throws {
        _ = try await eventually("the customer to be reminded of \(quoted.number)") {
            try await quoted.history.contains { $0["subject"] as? String == "remind" } ? true : nil
        }
        try await quoted.asks("answer", "agreed", then: "repair")
        try await quoted.tell(
            "engineer", "actions/more", ["diagnosis": "电源也坏", "quote": 45000], reason: "新发现", then: "quoted")
        try await quoted.tell("desk", "actions/agreed", then: "repair")
        try await quoted.tell("engineer", "actions/repaired", ["method": "换主板和电源"], then: "hand-back")
        try await quoted.tell("desk", "actions/complained", reason: "卡纸", then: "diagnosis")
        try await quoted.tell("engineer", "actions/quote", ["diagnosis": "搓纸轮", "quote": 0], then: "quoted")
        try await quoted.asks("answer", "declined", then: "hand-back")
        try await quoted.tell("desk", "actions/handed", ["satisfaction": "fair"], then: "closed")
        try await quoted.holdErrands(["print", "payment"])
        try await quoted.holdTimeline([
            "answered", "fetch", "diagnosis", "quoted", "repair", "quoted", "repair", "hand-back", "diagnosis",
            "quoted", "hand-back", "closed",
        ])
        try await quoted.holdMails(["已受理", "等客户确认报价", "等客户确认报价", "等客户确认报价", "取机", "取机"])

        try await complaint.isTold("manager", "late")
        try await complaint.isTold("supervisor", "late")
        try await complaint.tell("manager", "actions/answer", ["answer": "堵车"], then: "judged")
        try await complaint.tell(
            "supervisor", "actions/not-enough", reason: "没有道歉", to: "manager", then: "department")
        try await complaint.tell("manager", "actions/answer", ["answer": "已道歉"], then: "judged")
        try await complaint.tell("supervisor", "actions/accept", ["measure": "退上门费"], then: "told")
        try await complaint.tell("desk", "actions/not-content", reason: "要书面", then: "judged")
        try await complaint.tell("supervisor", "actions/accept", ["measure": "书面道歉"], then: "told")
        try await complaint.tell("desk", "actions/content", then: "closed")
        try await complaint.holdErrands(["register"])
        try await complaint.holdTimeline([
            "taken", "department", "judged", "department", "judged", "told", "judged", "told", "closed",
        ])
        try await complaint.holdMails(["已受理"])
    }
}
