import Contracts
@testable import DispatcherService
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Logging
import Messaging
import Postgres
import ServiceKit
import TestSupport
import Testing

/// Work orders of the time before processes were data.
@Suite struct `A work order from before` {
    private static let steps = ["offered", "accepted", "travelling", "onSite", "done", "closed"]

    @Test func `goes on where it stood, and its history is the fold of what happened`() async throws {
        let before = Array(DispatcherService.migrations.prefix { $0.name != "V003_processes" })
        try await withDatabase(schema: "dispatch", migrations: before) { database in
            try await DispatcherDemo.fill(database.pool)
            for (index, state) in Self.steps.enumerated() { try await Self.fill(database, index + 1, upTo: state) }
            _ = try await Migrator(
                DispatcherService.migrations, schema: "dispatch", in: database.ownerPool,
                logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() }
            ).apply()
            let rows = try await database.pool.query(
                """
                select \(unescaped: WorkOrderStore.columns)
                from dispatch.work_order o
                order by ticket_number
                """)
            let orders = try rows.map(WorkOrderStore.record)
            #expect(
                orders.map(\.state.work.step) == ["offered", "accepted", "travelling", "on-site", "done", "closed"])
            for order in orders {
                let events = try await database.pool.query(WorkOrderStore.events(of: order.id))
                    .map { try WorkOrderStore.event($0).event }
                #expect(order.state == ProcessState(events), "\(order.state.work.step)")
            }
            let key = Data(TokenSigner().privateKey).base64EncodedString()
            let kit = try Kit.testing(
                name: "dispatcher", schema: "dispatch", pool: database.pool,
                settings: ["PAIDAN_IDENTITY_SIGNING_KEY": key])
            let dispatcher = DispatcherFixture(
                database: database, kit: kit, settings: try DispatcherSettings(kit.settings))
            try await kit.application(DispatcherService.router(kit, dispatcher.settings)).test(.router) { client in
                let engineer = try await dispatcher.token("engineer")
                let path = "/api/dispatch/v1/work-orders"
                for (order, action) in zip(orders, ["accept", "depart", "arrive", "finish"]) {
                    let answer = try await client.call(
                        .post, "\(path)/\(order.id)/actions/\(action)", token: engineer)
                    #expect(answer.status == 200, "\(answer.text)")
                }
                let closed = try await client.call(
                    .post, "\(path)/\(orders[4].id)/actions/close", token: try await dispatcher.token("desk"))
                #expect(closed["state"] == "closed", "\(closed.text)")
            }
        }
    }

    /// A work order and its steps as the built-in process left them.
    private static func fill(_ database: TestDatabase, _ number: Int, upTo state: String) async throws {
        let engineer = try #require(DispatcherDemo.staff.first { $0.draft.login == "engineer" })
        let reached = steps.prefix(number)
        let id = UUID()
        let isOwned = number > 1
        let opened = try #require(WireJSON.date(from: "2026-11-01T08:00:00Z"))
        try await database.pool.pipeline([
            """
            insert into dispatch.work_order (
              id, ticket, ticket_number, subject, department, customer, state, version, owner_id, owner_name, opened_at,
              changed_at)
            values (
              \(id), \(UUID()), \("T\(number)"), 'x', 'service',
              jsonb_build_object('id', \(UUID().uuidString)::text, 'name', '大华', 'language', 'zh'), \(state),
              \(Int64(number)), \(isOwned ? engineer.id.value : nil), \(isOwned ? engineer.draft.name : nil),
              '2026-11-01T08:00:00Z', \(isOwned ? Date(timeIntervalSince1970: 1_795_000_000 + Double(number) * 60) : opened))
            """,
            """
            insert into dispatch.work_step (work_order, version, from_state, to_state, actor_id, actor_name, at)
            select \(id), place, previous, state, case when place > 1 then \(engineer.id.value)::uuid end,
              case when place > 1 then \(engineer.draft.name)::text end,
              case when place = 1 then '2026-11-01T08:00:00Z'
                else timestamptz 'epoch' + make_interval(secs => 1795000000 + place * 60) end
            from unnest(
              \(Array(reached))::text[], \(Array(reached.indices.map { Int64($0) + 1 }))::bigint[],
              \(reached.indices.map { $0 == 0 ? nil : steps[$0 - 1] })::text[]) as t (state, place, previous)
            """,
        ])
    }
}
