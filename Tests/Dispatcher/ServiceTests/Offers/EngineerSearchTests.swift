import Contracts
import DispatcherDomain
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import ServiceKit
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

@Suite struct `Whom to send, over HTTP` {
    @Test func `is found by skill, territory, shift, leave and load`() async throws {
        try await withDispatcher { dispatcher, client in
            let desk = PeopleDesk(pool: dispatcher.database.pool, outbox: dispatcher.kit.outbox)
            let admin = try await dispatcher.token("admin")
            let references = KeepReferences(desk: desk)
            _ = try await references.keepSkill(
                "cooling", chineseName: "制冷", englishName: "Cooling", isActive: true, for: .operators)
            _ = try await references.keepTerritory(
                .init(
                    code: "centre", chineseName: "中心", englishName: "Centre", regions: [], places: ["人民路"],
                    departments: ["shanghai"], isActive: true), for: .operators)
            for login in ["engineer", "engineer2", "shanghai"] {
                _ = try await AdministerStaff(desk: desk).setSkills(
                    of: try dispatcher.member(login).person.id,
                    to: [SkillLevel(skill: "cooling", level: login == "engineer" ? 1 : 3, until: nil)],
                    expectedVersion: 1,
                    for: .operators)
            }
            let kept = try await client.call(
                .put, "\(api)/job-needs/cooling", token: admin,
                json: #"{"kinds":["repair"],"skills":[{"skill":"cooling","level":2}],"minutes":45}"#)
            #expect(kept.status == 200, "\(kept.text)")
            let id = try await dispatcher.open()
            func ask(_ query: String = "") async throws -> Answer {
                try await client.call(
                    .get, "\(api)/work-orders/\(id)/engineers\(query)", token: try await dispatcher.token("desk"))
            }
            let first = try await ask()
            #expect(first["items.0.staff.name"] == "周杰", "\(first.text)")
            #expect(first["items.0.moveTo"] == "shanghai" && first["items.0.reasons.0.code"] == "territory")
            #expect(first["items.1.staff.name"] == "李强" && first["items.1.moveTo"] == nil)
            #expect(first["needs.minutes"] == "45" && first["fittingCount"] == "2")
            #expect(first.text.contains("skill-missing"))
            // A shift tomorrow, and leave: he comes later than who has none planned.
            let shifts = PlanShifts(desk: desk)
            _ = try await shifts.keep(
                "night", department: "shanghai", chineseName: "夜", englishName: "Night", hours: "00:00-06:00",
                isActive: true, for: .operators)
            let day = try #require(LocalDay(Date(timeIntervalSinceNow: 3 * 86_400), in: EngineerStore.standardZone))
            let member = try dispatcher.member("shanghai").person.id
            try await shifts.replace([(member, day, ["night"])], for: .operators)
            let planned = try await ask()
            #expect(planned["items.0.reasons.2.words.en"]?.contains(day.text) == true, "\(planned.text)")
            #expect(planned["items.0.reasons.2.words.en"]?.hasSuffix("at 00:30") == true)
            #expect(try await ask("?minutes=301")["items.0.staff.name"] == "李强")
            #expect(try await ask("?from=2026-01-02T00:00:00Z&until=2026-01-01T00:00:00Z").status == 422)
            #expect(try await ask("?visit=1").status == 404)
        }
    }

    @Test func `is told to nobody who does not see the work`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open(1, department: "beijing")
            let answer = try await client.call(
                .get, "\(api)/work-orders/\(id)/engineers", token: try await dispatcher.token("shanghai"))
            #expect(answer.status == 404)
            let own = try await client.call(
                .get, "\(api)/work-orders/\(id)/engineers", token: try await dispatcher.token("beijing"))
            #expect(own.status == 200 && own.text.contains("孙丽") && !own.text.contains("周杰"), "\(own.text)")
        }
    }

    @Test(arguments: [
        #"{"kinds":["Repair!"]}"#, #"{"skills":[{"skill":"none","level":1}]}"#, #"{"minutes":4}"#,
        #"{"minutes":10081}"#,
        #"{"warrantyOrganisations":["nowhere"]}"#,
    ])
    func `needs what is there and makes sense`(json: String) async throws {
        try await withDispatcher { dispatcher, client in
            let answer = try await client.call(
                .put, "\(api)/job-needs/odd", token: try await dispatcher.token("admin"), json: json)
            #expect(answer.status == 422, "\(answer.text)")
            let limits = try await client.call(
                .put, "\(api)/staff/\(try dispatcher.member("engineer").person.id)/limits",
                token: try await dispatcher.token("manager"), json: #"{"open":0}"#)
            #expect(limits.status == 422 && limits["errors.0.field"] == "/open", "\(limits.text)")
        }
    }
}
