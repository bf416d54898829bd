import Contracts
@testable import DispatcherService
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

private let api = "/api/dispatch/v1"
private let path = "\(api)/work-orders"

@Suite struct `A definition` {
    /// A small company's own process.
    static func text(version: Int = 1, department: String = "shanghai", title: String = "受理 / Taken") -> String {
        """
        process: clinic
        version: \(version)
        title: 诊所 / Clinic
        serves: {departments: [\(department)]}
        steps:
          taken:
            title: \(title)
            owner: engineer
            actions:
              mend: {title: 修好 / Mended, by: [owner], to: closed}
          closed: {title: 完成 / Done, end: done}
        """
    }

    static func json(_ text: String) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: ["text": text]), as: UTF8.self)
    }

    @Test func `is put in force by an administrator; new work begins with it and running work stays`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let before = try await dispatcher.open(1, department: "shanghai")
            let put = try await client.call(
                .post, "\(api)/processes", token: admin, json: try Self.json(Self.text()))
            #expect(put.status == 201, "\(put.text)")
            let after = try await dispatcher.open(2, department: "shanghai")
            let elsewhere = try await dispatcher.open(3, department: "beijing")
            let manager = try await dispatcher.token("manager")
            for (id, code) in [(before, "simple-repair"), (after, "clinic"), (elsewhere, "simple-repair")] {
                #expect(try await client.call(.get, "\(path)/\(id)", token: manager)["process.code"] == code)
            }
            let list = try await client.call(.get, "\(api)/processes", token: manager)
            #expect(list["items.0.code"] == "clinic")
            #expect(list["items.0.by"] == "吴昊")
            #expect(list["items.0.running"] == "1")
            let shown = try await client.call(.get, "\(api)/processes/clinic/versions/1", token: manager)
            #expect(shown["text"] == Self.text())
            let drawn = try await client.call(
                .get, "\(api)/processes/clinic/versions/1/diagram?language=en", token: manager)
            #expect(drawn.headers[.contentType] == "image/svg+xml")
            #expect(drawn.text.contains("Mended"))
            let run = try await client.call(.get, "\(api)/processes/clinic/versions/1/simulation", token: manager)
            #expect(run["end"] == "rests", "\(run.text)")
            #expect(run["at"] == "taken")
            let removed = try await client.call(.delete, "\(api)/processes/clinic/in-force", token: admin)
            #expect(removed.status == 204)
            let unknown = try await client.call(.delete, "\(api)/processes/clinik/in-force", token: admin)
            #expect(unknown.status == 404)
            let later = try await dispatcher.open(4, department: "shanghai")
            #expect(
                try await client.call(.get, "\(path)/\(later)", token: manager)["process.code"] == "simple-repair")
            let record = try await dispatcher.record()
            #expect(record.contains("processPutInForce clinic service"))
            #expect(record.contains("processTakenOutOfForce clinic service"))
        }
    }

    @Test func `is not put out of force by whoever administers another department`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let put = try await client.call(.post, "\(api)/processes", token: admin, json: try Self.json(Self.text()))
            #expect(put.status == 201, "\(put.text)")
            _ = try await StaffOperations(dispatcher.database.pool).change("beijing", .init(roles: ["administrator"]))
            let neighbour = try await dispatcher.token("beijing")
            let own = try await client.call(
                .post, "\(api)/processes", token: neighbour,
                json: try Self.json(Self.text(version: 2, department: "beijing")))
            #expect(own.problem == "other-department", "\(own.text)")
            let away = try await client.call(.delete, "\(api)/processes/clinic/in-force", token: neighbour)
            #expect(away.problem == "other-department", "\(away.text)")
            let opened = try await dispatcher.open(1, department: "shanghai")
            #expect(try await client.call(.get, "\(path)/\(opened)", token: admin)["process.code"] == "clinic")
        }
    }

    @Test func `is warned of when another serves the same, and when nobody has its role`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            _ = try await client.call(.post, "\(api)/processes", token: admin, json: try Self.json(Self.text()))
            let twin = Self.text().replacing("process: clinic", with: "process: ward\nroles: {nurse: 护士 / Nurse}")
            let put = try await client.call(.post, "\(api)/processes", token: admin, json: try Self.json(twin))
            #expect(put.status == 201, "\(put.text)")
            #expect(put.text.contains("serves.same") && put.text.contains("role.no-members"), "\(put.text)")
            let given = try await client.call(
                .put, "\(api)/work-roles/nurse", token: admin,
                json: #"{"members":["\#(try dispatcher.member("engineer").person.id)"]}"#)
            #expect(given.status == 204, "\(given.text)")
            let checked = try await client.call(
                .post, "\(api)/processes/check", token: admin, json: try Self.json(twin))
            #expect(!checked.text.contains("role.no-members"), "\(checked.text)")
            let strange = twin.replacing("[shanghai]", with: "[shanghai], kinds: [repair, surgery]")
                .replacing("version: 1", with: "version: 2")
            let odd = try await client.call(.post, "\(api)/processes", token: admin, json: try Self.json(strange))
            #expect(odd.text.contains("kind.not-taken") && odd.text.contains("surgery"), "\(odd.text)")
            let list = try await client.call(.get, "\(api)/processes", token: admin)
            #expect(list.text.contains(#""kindsNotTaken":["surgery"]"#), "\(list.text)")
        }
    }

    @Test func `with a mistake is refused with its place, and the one in force stays`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            _ = try await client.call(.post, "\(api)/processes", token: admin, json: try Self.json(Self.text()))
            let wrong = Self.text(version: 2).replacing("to: closed}", with: "to: closd}")
            let refused = try await client.call(.post, "\(api)/processes", token: admin, json: try Self.json(wrong))
            #expect(refused.status == 422)
            #expect(refused.problem == "invalid-definition")
            #expect(refused.text.contains("closd"), "\(refused.text)")
            #expect(refused["errors.0.message"]?.contains(":") == true)
            let checked = try await client.call(
                .post, "\(api)/processes/check", token: admin, json: try Self.json(wrong))
            #expect(checked["isUsable"] == "0", "\(checked.text)")
            #expect(checked["faults.0.line"] != nil)
            let long = try await client.call(
                .post, "\(api)/processes/check", token: admin,
                json: try Self.json(String(repeating: "#", count: 256 * 1024 + 1)))
            #expect(long.status == 422)
            #expect(long["errors.0.code"] == "tooLong", "\(long.text)")
            let changed = try await client.call(
                .post, "\(api)/processes", token: admin,
                json: try Self.json(Self.text(title: "收件 / Received")))
            #expect(changed.status == 409)
            #expect(changed.problem == "version-taken")
            #expect(changed["words.en"]?.contains("version: 2") == true, "\(changed.text)")
            let id = try await dispatcher.open(2, department: "shanghai")
            let order = try await client.call(.get, "\(path)/\(id)", token: admin)
            #expect(order["process.version"] == "1")
            let engineer = try await client.call(
                .post, "\(api)/processes", token: try await dispatcher.token("engineer"),
                json: try Self.json(Self.text(version: 3)))
            #expect(engineer.status == 403)
            let foreign = try await client.call(
                .post, "\(api)/processes", token: admin, json: try Self.json(Self.text(version: 3, department: "rnd")))
            #expect(foreign.status == 403)
        }
    }

    @Test func `takes running work along when it is moved, after a plan has shown what would be`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            _ = try await client.call(.post, "\(api)/processes", token: admin, json: try Self.json(Self.text()))
            let id = try await dispatcher.open(1, department: "shanghai")
            let next = Self.text(version: 2).replacing("  taken:", with: "  bench:")
            let second = try await client.call(.post, "\(api)/processes", token: admin, json: try Self.json(next))
            #expect(second.status == 201, "\(second.text)")
            let move = "\(api)/processes/clinic/versions/1"
            let stuck = try await client.call(.get, "\(move)/move-plan?to=2", token: admin)
            #expect(stuck["lines.0.canMove"] == "0", "\(stuck.text)")
            #expect(stuck["lines.0.obstacles.0.en"]?.contains("replaces") == true)
            let third = next.replacing("version: 2", with: "version: 3\nreplaces: {1: {taken: bench}}")
            #expect(
                try await client.call(.post, "\(api)/processes", token: admin, json: try Self.json(third)).status == 201
            )
            let plan = try await client.call(.get, "\(move)/move-plan?to=3", token: admin)
            #expect(plan["lines.0.to"] == "bench", "\(plan.text)")
            let moved = try await client.call(.post, "\(move)/move", token: admin, json: #"{"to":3}"#)
            #expect(moved["moved"] == "1", "\(moved.text)")
            let order = try await client.call(.get, "\(path)/\(id)", token: admin)
            #expect(order["process.version"] == "3")
            #expect(order["work.step"] == "bench")
            #expect(try await client.call(.get, "\(move)/move-plan?to=9", token: admin).status == 404)
        }
    }
}
