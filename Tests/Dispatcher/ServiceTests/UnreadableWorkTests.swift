import Contracts
@testable import DispatcherService
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import Postgres
import ServiceKit
import TestSupport
import Testing

private let path = "/api/dispatch/v1/work-orders"

@Suite struct `A work order that cannot be read` {
    @Test func `takes no list down, and is named to whoever asks for it`() async throws {
        try await withDispatcher { dispatcher, client in
            let whole = try await dispatcher.open(1)
            let broken = try await dispatcher.open(2)
            try await dispatcher.database.adminPool.query(
                """
                update dispatch.work_order
                set facts = jsonb_build_object('x', jsonb_build_object('time', '-0001-12-31T16:00:00.000Z'))
                where id = \(broken.value)
                """)
            let desk = try await dispatcher.token("desk")
            let list = try await client.call(.get, "\(path)?view=open", token: desk)
            #expect(list.status == 200, "\(list.text)")
            #expect(list.text.contains("\(whole)") && !list.text.contains("\(broken)"))
            let one = try await client.call(.get, "\(path)/\(broken)", token: desk)
            #expect(one.status == 409 && one.problem == "work-unreadable", "\(one.text)")
        }
    }
}

@Suite struct `A time that cannot be meant` {
    @Test(arguments: ["294277-01-01T00:00:00Z", "2026-11-23T25:99:99Z", "0000-01-01T00:00:00+05:00"])
    func `is refused for leave and duty`(time: String) async throws {
        try await withDispatcher { dispatcher, client in
            let token = try await dispatcher.token("admin")
            let staff = try dispatcher.member("engineer").person.id
            for what in ["leaves", "duties"] {
                let answer = try await client.call(
                    .post, "/api/dispatch/v1/\(what)", token: token,
                    json: #"{"staff":"\#(staff)","from":"\#(time)"}"#)
                #expect(answer.status == 422 && answer["errors.0.field"] == "/from", "\(answer.text)")
            }
        }
    }

    @Test(arguments: ["0000-01-01", "1899-12-31", "2026-02-30", "2201-01-01"])
    func `is no day for a field`(text: String) {
        #expect(FieldInput.text(text).value(for: .date) == nil)
        #expect(FieldInput.text(text + "T00:00:00+05:00").value(for: .time) == nil)
    }
}
