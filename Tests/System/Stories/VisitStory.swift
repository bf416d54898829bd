import Foundation
import Testing

/// What visits have beside the short way: set off, paused, signed on the sheet, void, late, and the next one by itself (S1.26,
/// S1.34), in every process that sends somebody.
struct VisitStory {
    private let station: Told
    private let computer: Told
    private static let later = ["appointment": "2099-01-01T09:00:00+08:00"]

    init(_ crew: Crew, appointment: Date) async throws {
        try await Self.repair(crew)
        try await Self.field(crew)
        let soon = ["appointment": appointment.formatted(.iso8601)]

        station = try await Told("s0-stations", crew, kind: "repair", description: "水管响")
        try await station.tell("desk", "actions/register", then: "assign")
        try await station.tell("desk", "actions/assign", station: "shanghai", then: "station")
        try await station.tell("shanghai-station", "actions/send", to: "shanghai-station")
        try await Self.agree(station, "shanghai-station", visit: 1, soon)

        computer = try await DepartmentsStory.call("s1-computer", crew, "3", "computer", "键盘失灵")
        try await computer.comes(to: "answered")
        try await computer.tell(
            "desk", "actions/new-task",
            [
                "contact": "李四", "contact_address": "三楼", "customer_type": "contract", "repair_type": "lenovo",
                "fault": "按键不灵",
            ], then: "task-new")
        try await computer.tell("dispatcher", "actions/new-service", to: "engineer", then: "dispatched")
        try await computer.tell("engineer", "visits/1/actions/void", reason: "开错单", then: "call-back")
        try await again(1)
        try await computer.tell("engineer", "visits/2/actions/confirm")
        try await Self.agree(computer, "engineer", visit: 2, soon)
    }

    /// A time is agreed, confirmed and moved; the new one will pass.
    private static func agree(_ told: Told, _ who: String, visit: Int, _ time: [String: String]) async throws {
        let actions = "visits/\(visit)/actions"
        #expect(try await told.refusal(who, "\(actions)/confirm-appointment") == "condition-failed")
        try await told.tell(who, "\(actions)/appoint", later)
        try await told.tell(who, "\(actions)/confirm-appointment")
        try await told.tell(who, "\(actions)/move-appointment", time, reason: "客户提前")
    }

    /// All that can be done on site, up to the result.
    private static func work(
        _ told: Told, _ who: String, visit: Int, _ sheet: [String: String], _ result: String
    ) async throws {
        let actions = "visits/\(visit)/actions"
        try await told.tell(who, "\(actions)/pause", reason: "取工具")
        #expect(try await told.refusal(who, "\(actions)/finish", sheet) == "not-here")
        try await told.tell(who, "\(actions)/resume")
        try await told.tell(who, "\(actions)/sheet", sheet)
        try await told.tell(who, "\(actions)/sign", ["signature": "s"])
        try await told.tell(who, "\(actions)/finish", sheet.merging(["result": result]) { $1 })
    }

    private static func repair(_ crew: Crew) async throws {
        let told = try await Told("s3-repair", crew, kind: "repair", description: "滴水")
        try await told.tell("desk", "actions/to-pool", then: "offered")
        try await told.tell("engineer", "actions/accept", then: "accepted")
        try await told.tell("engineer", "actions/open-sheet", to: "engineer", then: "in-service")
        try await told.tell("engineer", "visits/1/actions/appoint", later)
        try await told.tell("desk", "visits/1/actions/confirm-appointment")
        try await told.tell("engineer", "visits/1/actions/depart")
        try await told.tell("engineer", "visits/1/actions/arrive")
        try await told.tell("engineer", "visits/1/actions/pause", reason: "等物业")
        try await told.tell("engineer", "visits/1/actions/urgent-part", reason: "缺阀")
        try await told.tell("engineer", "visits/1/actions/resume")
        try await work(told, "engineer", visit: 1, ["handling": "查看"], "void")
        try await told.comes(to: "confirm")
        try await told.tell("desk", "actions/to-pool", then: "offered")
        try await told.tell("engineer", "actions/accept", then: "accepted")
        try await told.tell("engineer", "actions/open-sheet", to: "engineer", then: "in-service")
        try await told.tell("engineer", "visits/2/actions/appoint", later)
        try await told.tell("engineer", "visits/2/actions/depart")
        try await told.tell("engineer", "visits/2/actions/cannot-go", reason: "车坏在路上", then: "reassign")
        try await told.tell("desk", "actions/cancel", reason: "客户不修了", then: "cancelled")
    }

    private static func field(_ crew: Crew) async throws {
        let told = try await Told("s4-onsite", crew, kind: "repair", description: "打印机卡纸")
        try await told.tell("manager", "actions/verified", then: "dispatch")
        for visit in 1...4 {
            let actions = "visits/\(visit)/actions"
            try await told.tell("manager", "actions/dispatch", to: "engineer", then: "in-field")
            if visit > 1 { try await told.tell("engineer", "\(actions)/appoint", later) }
            if visit > 2 {
                try await told.tell("engineer", "\(actions)/confirm-appointment")
                try await told.tell("engineer", "\(actions)/depart")
            }
            if visit > 3 {
                try await told.tell("engineer", "\(actions)/arrive")
                try await work(told, "engineer", visit: visit, ["handling": "查看"], "void")
            } else {
                try await told.tell("engineer", "\(actions)/void", reason: "客户不在")
            }
            try await told.comes(to: "write-off")
            if visit < 4 { try await told.tell("manager", "actions/next-visit", reason: "再去", then: "dispatch") }
        }
    }

    /// The appointments have passed.
    func end() async throws {
        try await station.isTold("shanghai-station", "late")
        try await station.tell("shanghai-station", "visits/1/actions/depart")
        try await station.tell("shanghai-station", "visits/1/actions/void", reason: "客户外出")
        try await station.isTold("desk", "visit-void")
        try await station.tell("shanghai-station", "actions/send", to: "shanghai-station")
        try await station.tell("shanghai-station", "visits/2/actions/void", reason: "改天")
        try await station.tell("shanghai-station", "actions/send", to: "shanghai-station")
        for (visit, result) in [(3, "service-done"), (4, "void")] {
            try await station.tell("shanghai-station", "visits/\(visit)/actions/depart")
            try await station.tell("shanghai-station", "visits/\(visit)/actions/arrive")
            try await Self.work(
                station, "shanghai-station", visit: visit, ["handling": "紧固", "remark": "还要一次"], result)
        }
        // The fourth was there by itself, with what the third had left (S1.34).
        let visits = try await station.object["visits"] as? [[String: Any]] ?? []
        #expect(visits.compactMap { $0["step"] as? String } == ["void", "void", "open", "void"])

        try await computer.isTold("dispatcher", "late")
        try await computer.tell("engineer", "visits/2/actions/depart")
        try await computer.tell("engineer", "visits/2/actions/arrive")
        try await Self.work(computer, "engineer", visit: 2, ["method": "清洁"], "not-done")
        try await again(2)
        try await computer.tell("engineer", "visits/3/actions/confirm")
        try await computer.tell("engineer", "visits/3/actions/void", reason: "客户改期", then: "call-back")
        try await again(3)
        try await computer.tell("engineer", "visits/4/actions/confirm")
        try await computer.tell("engineer", "visits/4/actions/depart")
        try await computer.tell("engineer", "visits/4/actions/void", reason: "客户外出", then: "call-back")
    }

    /// Called back, not enough, and another goes.
    private func again(_ visit: Int) async throws {
        try await computer.tell("dispatcher", "visits/\(visit)/actions/call", ["satisfaction": "fair"], then: "confirm")
        try await computer.tell("supervisor", "actions/another", reason: "还没好", then: "again")
        try await computer.tell("dispatcher", "actions/new-service", to: "engineer", then: "dispatched")
    }
}
