import Contracts
@testable import DispatcherService
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit
import ServiceLifecycle
import TestSupport
import Testing

@Suite struct `A ticket that was created` {
    @Test func `opens one work order, however often it is heard`() async throws {
        try await withDatabase(schema: "dispatch", migrations: DispatcherService.migrations) { database in
            try await DispatcherDemo.fill(database.pool)
            try await withVhost(declarations: Topology.suite.declarations) { vhost in
                let kit = try Kit.testing(
                    name: "dispatcher", schema: "dispatch", pool: database.pool, broker: vhost.client)
                let consumer = kit.consumer("dispatcher.events", routes: [ProcessDesk(kit).onTicketCreated.route])
                try await running([kit.relay, consumer]) {
                    // Twice as different messages, then again as one that was handled.
                    let first = UUID()
                    try await say(DispatcherFixture.ticket(1, department: "shanghai"), id: first, kit, database)
                    try await say(DispatcherFixture.ticket(1, department: "shanghai"), id: UUID(), kit, database)
                    try await say(DispatcherFixture.ticket(2, department: "mars"), id: UUID(), kit, database)
                    try await eventually("two work orders are told") {
                        try await sent("work.offered.v1", database) == 2
                    }
                    try await say(DispatcherFixture.ticket(1, department: "shanghai"), id: first, kit, database)
                    try await say(DispatcherFixture.ticket(3), id: UUID(), kit, database)
                    try await eventually("the third is told") { try await sent("work.offered.v1", database) == 3 }
                }
                let orders = try await database.pool.query(
                    "select ticket_number, department, state, version from dispatch.work_order order by ticket_number"
                ).map { row in
                    let (number, department, state, version) = try row.decode(
                        String.self, String.self, String.self, Int64.self)
                    return "\(number) \(department) \(state) \(version)"
                }
                #expect(
                    orders == [
                        "T1000001 shanghai offered 1", "T1000002 service offered 1", "T1000003 service offered 1",
                    ])
                #expect(
                    try await database.pool.query("select 1 as one from dispatch.work_event where kind = 'opened'")
                        .count
                        == 3)
            }
        }
    }

    private func say(_ ticket: TicketCreated, id: UUID, _ kit: Kit, _ database: TestDatabase) async throws {
        let message = try OutgoingMessage.event(
            ticket, id: id, aggregate: ticket.ticket.value, version: 1, correlation: ticket.ticket.value,
            causation: nil,
            source: "intake", time: ticket.createdAt)
        try await database.pool.transaction { try await kit.outbox.append([message], in: $0) }
    }

    private func sent(_ type: String, _ database: TestDatabase) async throws -> Int {
        try await database.pool.query("select 1 as one from dispatch.outbox_sent where type = \(type)").count
    }
}

/// Runs the parts for the time of `body`.
func running(_ parts: [any Service], _ body: @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for part in parts {
            group.addTask {
                do { try await part.run() } catch is CancellationError { return }
            }
        }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        group.cancelAll()
        try await group.waitForAll()
        try outcome.get()
    }
}
