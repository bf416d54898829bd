@testable import DispatcherService
import ServiceKit
import DispatcherDomain
import Contracts
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

@Suite struct `Plans` {
    @Test func `are made of shifts, duties and leave, and say when somebody can be sent`() async throws {
        try await withDispatcher { dispatcher, client in
            let manager = try await dispatcher.token("manager")
            let engineer = try await dispatcher.token("engineer")
            let id = try dispatcher.member("engineer").person.id
            let shift = try await client.call(
                .put, api + "/shifts/day", token: manager,
                json: """
                    {"department":"service","name":{"zh":"白班","en":"Day"},"hours":"08:00-12:00 13:00-17:00"}
                    """)
            #expect(shift.status == 200, "\(shift.text)")
            let planned = try await client.call(
                .put, api + "/shift-plan", token: manager,
                json: #"{"days":[{"staff":"\#(id)","day":"2096-01-02","shifts":["day"]}]}"#)
            #expect(planned.status == 204, "\(planned.text)")
            let duty = try await client.call(
                .post, api + "/duties", token: manager,
                json: """
                    {"staff":"\(id)","department":"service","post":"hotline","from":"2096-01-02T18:00:00+08:00",
                     "until":"2096-01-02T20:00:00+08:00"}
                    """)
            #expect(duty.status == 201, "\(duty.text)")
            let asked = try await client.call(
                .post, api + "/leaves", token: engineer,
                json: #"{"kind":"annual","from":"2096-01-02T10:00:00+08:00","until":"2096-01-02T14:00:00+08:00"}"#)
            #expect(asked.status == 201, "\(asked.text)")
            let leave = try #require(asked["id"])

            let window = "?from=2096-01-01T16:00:00Z&until=2096-01-02T16:00:00Z"
            let free = { try await client.call(.get, "\(api)/staff/\(id)/availability\(window)", token: manager) }
            #expect(try await free()["items.0.until"] == "2096-01-02T04:00:00.000Z")
            let own = try await client.call(.post, "\(api)/leaves/\(leave)/approve", token: engineer)
            #expect(own.status == 403)
            let approved = try await client.call(
                .post, "\(api)/leaves/\(leave)/approve", token: manager, json: #"{"expectedVersion":1,"note":"好"}"#)
            #expect(approved["state"] == "approved", "\(approved.text)")
            #expect(approved["decidedBy.name"] == "陈静")
            let answer = try await free()
            let spans = (0..<4).compactMap { answer["items.\($0).from"].map { $0.dropFirst(11).prefix(5) } }
            #expect(spans == ["00:00", "06:00", "10:00"])
            let twice = try await client.call(
                .post, "\(api)/leaves/\(leave)/reject", token: manager, json: #"{"expectedVersion":1}"#)
            #expect(twice["current.state"] == "approved")

            // Nobody is put on duty while he is away.
            let away = try await client.call(
                .post, api + "/duties", token: manager,
                json: """
                    {"staff":"\(id)","department":"service","post":"hotline","from":"2096-01-02T13:00:00+08:00",
                     "until":"2096-01-02T15:00:00+08:00"}
                    """)
            #expect(away.problem == "on-leave")
            #expect(away["words.zh"] == "该员工此时段休假。")
        }
    }

    @Test func `keep leave from overlapping, however many ask at once`() async throws {
        try await withDispatcher { dispatcher, client in
            let engineer = try await dispatcher.token("engineer")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for hour in 0..<6 {
                    group.addTask {
                        try await client.call(
                            .post, api + "/leaves", token: engineer,
                            json:
                                #"{"kind":"sick","from":"2096-01-0\#(hour + 1)T00:00:00Z","until":"2096-01-09T00:00:00Z"}"#
                        ).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 201 } == 1, "\(statuses)")
            #expect(statuses.count { $0 == 409 } == 5, "\(statuses)")
        }
    }

    @Test func `show the reason of a leave to oneself and to who decides, not to colleagues`() async throws {
        try await withDispatcher { dispatcher, client in
            let records = try await ShanghaiRecords.make(dispatcher)
            for (login, sees) in ["shanghai": true, "shanghai-station": true, "manager": true, "engineer": false] {
                let token = try await dispatcher.token(login)
                let list = try await client.call(.get, api + "/leaves", token: token)
                #expect(list.text.contains("私人") == sees, "\(login)")
                let one = try await client.call(.get, "\(api)/leaves/\(records.leave)", token: token)
                #expect(one.status == (sees ? 200 : 404), "\(login)")
            }
        }
    }

    @Test func `tell who is on duty now, in the order in which they are asked`() async throws {
        try await withDispatcher { dispatcher, client in
            let manager = try await dispatcher.token("manager")
            let (from, until) = (
                Date(timeIntervalSinceNow: -60).ISO8601Format(), Date(timeIntervalSinceNow: 3600).ISO8601Format()
            )
            for (login, rank) in [("engineer", 2), ("engineer2", 1)] {
                let id = try dispatcher.member(login).person.id
                let made = try await client.call(
                    .post, api + "/duties", token: manager,
                    json: """
                        {"staff":"\(id)","department":"service","post":"hotline","rank":\(rank),"from":"\(from)","until":"\(until)"}
                        """)
                #expect(made.status == 201, "\(made.text)")
            }
            let now = try await client.call(.get, api + "/duties/now?post=hotline", token: manager)
            #expect(now["items.0.staff.name"] == "李强")
            #expect(now["items.1.staff.name"] == "王磊")
            let id = try #require(now["items.0.id"])
            let engineer = try await dispatcher.token("engineer")
            #expect(try await client.call(.delete, "\(api)/duties/\(id)", token: engineer).status == 403)
            #expect(try await client.call(.delete, "\(api)/duties/\(id)", token: manager).status == 204)
            #expect(try await client.call(.delete, "\(api)/duties/\(id)", token: manager).status == 404)
        }
    }

    @Test func `refuse what cannot be planned, with the rule's name`() async throws {
        try await withDispatcher { dispatcher, client in
            let manager = try await dispatcher.token("manager")
            let id = try dispatcher.member("engineer").person.id
            let unknown = try await client.call(
                .put, api + "/shift-plan", token: manager,
                json: #"{"days":[{"staff":"\#(id)","day":"2096-01-02","shifts":["moon"]}]}"#)
            #expect(unknown.problem == "unknown-shift")
            let bad = try await client.call(
                .put, api + "/shift-plan", token: manager,
                json: #"{"days":[{"staff":"\#(id)","day":"2096-02-30","shifts":[]}]}"#)
            #expect(bad["errors.0.field"] == "/days/0/day")
            let long = try await client.call(
                .get, api + "/shift-plan?from=2026-01-01&through=2026-12-31", token: manager)
            #expect(long.status == 422)
            let hours = try await client.call(
                .put, api + "/shifts/odd", token: manager,
                json: #"{"department":"service","name":{"zh":"怪","en":"Odd"},"hours":"late"}"#)
            #expect(hours["errors.0.field"] == "/hours")
        }
    }

    @Test func `find who serves a place`() async throws {
        try await withDispatcher { dispatcher, client in
            _ = try await ShanghaiRecords.make(dispatcher)
            let token = try await dispatcher.token("desk")
            let found = try await client.call(.get, api + "/territories/serving?region=310115", token: token)
            #expect(found["departments.0"] == "shanghai")
            #expect(try await client.call(.get, api + "/territories/serving?region=440100", token: token).status == 404)
            let foreign = try await client.call(
                .put, api + "/territories/pudong", token: try await dispatcher.token("admin"),
                json: #"{"name":{"zh":"浦东","en":"Pudong"},"departments":["rnd"]}"#)
            #expect(foreign.problem == "other-department")
        }
    }
}
