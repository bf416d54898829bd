import Foundation
import Testing

/// S4, on site: a time is agreed late and passes, written off to the vendor (S4.22), another visit, signed (S4.23, S4.24).
struct OnSiteStory {
    let told: Told
    private let again: Told

    init(_ crew: Crew) async throws {
        try await crew.give("service-post", to: "desk")
        told = try await Told("s4-onsite", crew, kind: "field-order", description: "服务器坏")
        try await told.comes(to: "verify")
        #expect(try await told.refusal("engineer", "actions/verified") == "role-missing")
        try await told.tell("manager", "actions/verified", then: "dispatch")
        #expect(try await told.refusal("manager", "actions/dispatch") == "nobody-named")
        try await told.tell("manager", "actions/dispatch", to: "engineer", then: "in-field")

        let untrue = try await Told("s4-onsite", crew, kind: "repair", description: "打错电话")
        try await untrue.tell("manager", "actions/not-true", reason: "打错电话", then: "dropped")
        try await untrue.isTold("desk", "not-true")

        again = try await Told("s4-onsite", crew, kind: "repair", description: "网络断")
        try await again.tell("manager", "actions/verified", then: "dispatch")
        try await again.tell("manager", "actions/dispatch", to: "engineer", then: "in-field")
        try await again.tell("engineer", "visits/1/actions/appoint", ["appointment": "2099-01-01T09:00:00+08:00"])
        try await again.asks(
            "answer", "move-appointment", visit: 1, note: "开会", ["appointment": "2099-01-02T09:00:00+08:00"])
        try await again.isTold("engineer", "appointment-moved")
        try await again.tell("engineer", "visits/1/actions/arrive")
        try await again.tell(
            "engineer", "visits/1/actions/finish", ["result": "not-done", "handling": "缺配件"], then: "write-off")
        // Written off, and another goes (S4.22).
        try await again.tell("manager", "actions/next-visit", reason: "带配件再去", then: "dispatch")
        try await again.tell("manager", "actions/dispatch", to: "engineer2", then: "in-field")
        try await again.tell("engineer2", "visits/2/actions/appoint", ["appointment": "2099-01-01T09:00:00+08:00"])
        try await again.tell("engineer2", "visits/2/actions/arrive")
        try await again.tell(
            "engineer2", "visits/2/actions/finish", ["result": "not-done", "handling": "程序缺陷"], then: "write-off")
        try await again.tell("manager", "actions/to-vendor", ["vendor": "用友"], reason: "缺陷", then: "at-vendor")
        try await again.tell("manager", "actions/vendor-solved", ["vendor_answer": "已远程修复"], then: "papers")
        try await again.tell("desk", "actions/filed", then: "call-back")
        #expect(try await again.refusal("desk", "actions/not-content") == "reason-missing")
        try await again.tell("desk", "actions/not-content", reason: "又坏了", then: "verify")
        try await again.isTold("manager", "not-content")
        try await again.tell("manager", "actions/verified", then: "dispatch")
        try await again.tell("manager", "actions/dispatch", to: "engineer", then: "in-field")
        try await again.tell("engineer", "visits/3/actions/appoint", ["appointment": "2099-01-01T09:00:00+08:00"])
        try await again.tell("engineer", "visits/3/actions/arrive")
        let photo = try await again.photo(by: "engineer")
        try await again.tell(
            "engineer", "visits/3/actions/finish",
            ["result": "task-done", "handling": "换板", "signature": "s", "photo": [photo]], then: "papers")
        try await again.tell("desk", "actions/filed", then: "call-back")
        try await again.tell("desk", "actions/content", then: "signed")
        try await again.tell("manager", "actions/sign", ["sample": false], then: "closed")
        try await again.holdTimeline([
            "verify", "dispatch", "agree", "in-field", "visit", "on-site", "open", "write-off", "dispatch", "agree",
            "in-field",
            "visit", "on-site", "open", "write-off", "at-vendor", "papers", "call-back", "verify", "dispatch", "agree",
            "in-field", "visit", "on-site", "done", "papers", "call-back", "signed", "closed",
        ])
        try await again.holdMails([
            "已受理", "工程师将与您约定时间", "上门", "上门，2099-01-02 09:00", "工程师将与您约定时间", "上门", "已提交厂商、我们在跟踪",
            "交存服务单", "工程师将与您约定时间", "上门",
        ])
    }

    func isAgreed(on appointment: Date) async throws {
        try await told.isTold("engineer", "soon")
        try await told.isTold("manager", "soon")
        try await told.tell(
            "engineer", "visits/1/actions/appoint", ["appointment": appointment.formatted(.iso8601)])
    }

    func isLate() async throws {
        try await told.isTold("engineer", "late")
        try await told.tell("engineer", "visits/1/actions/arrive")
        try await told.tell(
            "engineer", "visits/1/actions/finish", ["result": "not-done", "handling": "程序缺陷"], then: "write-off")
        let vendor = ["vendor": "用友", "vendor_case": "U-1"]
        #expect(try await told.refusal("manager", "actions/to-vendor", vendor) == "reason-missing")
        try await told.tell("manager", "actions/to-vendor", vendor, reason: "缺陷", then: "at-vendor")
    }

    /// The vendor has not been heard of for two working days.
    func end() async throws {
        try await told.isTold("manager", "track")
        try await told.tell("manager", "actions/ask", then: "at-vendor")
        let vendor = try await told.object["vendor"] as? [String: Any]
        #expect(vendor?["reference"] as? String == "U-1" && vendor?["inquiries"] as? Int == 1, "\(vendor ?? [:])")
        try await told.tell("manager", "actions/go-again", ["vendor_answer": "装补丁"], then: "dispatch")
        try await told.tell("manager", "actions/dispatch", to: "engineer2", then: "in-field")
        try await told.tell("engineer2", "visits/2/actions/appoint", ["appointment": "2099-01-01T09:00:00+08:00"])
        let done: [String: any Sendable] = ["result": "task-done", "handling": "装补丁"]
        try await told.tell("engineer2", "visits/2/actions/arrive")
        #expect(try await told.refusal("engineer2", "visits/2/actions/finish", done) == "fields")
        let photo = try await told.photo(by: "engineer2")
        try await told.tell(
            "engineer2", "visits/2/actions/finish",
            done.merging(["signature": "s", "photo": [photo]] as [String: any Sendable]) { $1 }, then: "papers")
        try await told.tell("desk", "actions/filed", then: "call-back")
        try await told.tell("desk", "actions/content", then: "signed")
        #expect(try await told.refusal("manager", "actions/sign") == "fields")
        try await told.tell("manager", "actions/sign", ["sample": true], then: "closed")
        try await told.holdErrands(["task", "call-back", "archive", "task"])
        try await told.holdTimeline([
            "verify", "dispatch", "agree", "in-field", "visit", "on-site", "open", "write-off", "at-vendor", "dispatch",
            "agree",
            "in-field", "visit", "on-site", "done", "papers", "call-back", "signed", "closed",
        ])
        try await told.holdMails(["已受理", "工程师将与您约定时间", "工程师将与您约定时间", "上门", "上门", "已提交厂商、我们在跟踪"])
    }
}
