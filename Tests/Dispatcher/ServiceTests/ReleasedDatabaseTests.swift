import Contracts
@testable import DispatcherDomain
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Logging
import Postgres
import ServiceKit
import TestSupport
import Testing

/// The schema as it was first released, with people at work in it.
@Suite struct `A database of the first release` {
    @Test func `goes on with its staff, its departments, its passwords and its work`() async throws {
        let released = DispatcherService.migrations.filter { ["V000_messaging", "V001_dispatch"].contains($0.name) }
        try #require(released.count == 2)
        try await withDatabase(schema: "dispatch", migrations: released, connections: 8) { database in
            var generator = SystemRandomNumberGenerator()
            let password = OneTimePassword(using: &generator)
            let people = try await Self.fill(database.pool, password: password)

            let migrator = Migrator(
                DispatcherService.migrations, schema: "dispatch", in: database.ownerPool,
                logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() })
            let applied = try await migrator.apply()
            #expect(applied == DispatcherService.migrations.dropFirst(2).map(\.name))
            #expect(try await migrator.check().isEmpty)

            let kit = try Kit.testing(
                name: "dispatcher", schema: "dispatch", pool: database.pool,
                settings: ["PAIDAN_IDENTITY_SIGNING_KEY": Data(TokenSigner().privateKey).base64EncodedString()])
            let router = DispatcherService.router(kit, try DispatcherSettings(kit.settings))
            try await kit.application(router).test(.router) { client in
                try await Self.goOn(client, database.pool, people, password)
            }
        }
    }

    private struct People {
        let engineer: ID<Staff>
        let workOrder: ID<WorkOrder>
    }

    /// What a service of that release left: a tree, staff, a password that was told and not used, work under way.
    private static func fill(_ pool: PostgresPool, password: OneTimePassword) async throws -> People {
        let (engineer, administrator) = (UUID(), UUID())
        let (workOrder, ticket) = (UUID(), UUID())
        let salt = PasswordHash.newSalt()
        let hash = try await PasswordHash.hash(password.secret, salt: salt)
        try await pool.pipeline([
            """
            insert into dispatch.department (code, name_zh, name_en, parent)
            values ('suzhou', '苏州站', 'Suzhou', 'service'), ('legal', '法务', 'Legal', null)
            """,
            """
            insert into dispatch.staff (id, login, name, department, roles, phone)
            values (\(engineer), 'zhou', '周杰', 'suzhou', '{engineer}', '+8613800138000'),
              (\(administrator), 'wu', '吴昊', 'service', '{administrator,desk}', null)
            """,
            """
            insert into dispatch.staff_password (staff, salt, hash, expires_at)
            values (\(engineer), \(salt), \(hash), now() + interval '1 day'),
              (\(administrator), \(salt), \(hash), now() + interval '1 day')
            """,
            "insert into dispatch.sign_in_attempt (login, failures, locked_until) values ('zhou', 9, now() + interval '1 hour')",
            """
            insert into dispatch.work_order (
              id, ticket, ticket_number, subject, department, customer, state, version, owner_id, owner_name, opened_at,
              accepted_at, changed_at)
            values (
              \(workOrder), \(ticket), 'T1000001', '空调不制冷', 'suzhou',
              '{"id":"00000000-0000-0000-0000-000000000001","name":"大华商贸","language":"zh"}', 'accepted', 2,
              \(engineer), '周杰', now(), now(), now())
            """,
            """
            insert into dispatch.work_step (work_order, version, from_state, to_state, actor_id, actor_name, at)
            values (\(workOrder), 1, null, 'offered', null, null, now()),
              (\(workOrder), 2, 'offered', 'accepted', \(engineer), '周杰', now())
            """,
        ])
        return People(engineer: ID(engineer), workOrder: ID(workOrder))
    }

    private static func goOn(
        _ client: any TestClientProtocol, _ pool: PostgresPool, _ people: People, _ password: OneTimePassword
    ) async throws {
        let api = "/api/dispatch/v1"
        func enter(_ login: String) async throws -> Answer {
            try await client.call(
                .post, api + "/sessions", json: #"{"login":"\#(login)","password":"\#(password.shown)"}"#)
        }
        // The password that was told before is good, once; what was locked by the login alone is not.
        let engineer = try await enter("zhou")
        #expect(engineer.status == 200, "\(engineer.text)")
        #expect(engineer["staff.departments"] == "suzhou")
        #expect(engineer["staff.level"] == "1")
        let again = try await enter("zhou")
        #expect(again.status == 401)

        let order = try await client.call(.get, "\(api)/work-orders/\(people.workOrder)", token: engineer["token"])
        #expect(order["owner.name"] == "周杰")
        let left = try await client.call(
            .post, "\(api)/work-orders/\(people.workOrder)/actions/depart", token: engineer["token"])
        #expect(left.status == 200, "\(left.text)")
        #expect(left["revision"] == "4")

        let admin = try await enter("wu")
        let staff = try await client.call(.get, "\(api)/staff/\(people.engineer)", token: admin["token"])
        #expect(staff["phone"] == "+8613800138000")
        let changed = try await client.call(
            .put, "\(api)/staff/\(people.engineer)", token: admin["token"],
            json: """
                {"name":"周杰","department":"suzhou","roles":["engineer","station"],"level":2,"expectedVersion":1}
                """)
        #expect(changed.status == 200, "\(changed.text)")
        let list = try await client.call(.get, api + "/departments", token: admin["token"])
        #expect((0..<3).map { list["items.\($0).code"] } == ["legal", "service", "suzhou"])
        let types = try await pool.query("select type from dispatch.outbox order by id").map {
            try $0.decode(String.self)
        }
        #expect(types == ["work.travelling.v1", "staff.changed.v1"])
    }
}
