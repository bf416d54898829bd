import Contracts
@testable import FollowUpService
import Foundation
import Hummingbird
import Kernel
import Messaging
import Postgres
import ServiceKit
import ServiceLifecycle
import TestSupport

/// A follow-up with a database and a vhost of its own; nothing of it runs by itself.
struct FollowUpFixture: Sendable {
    let database: TestDatabase
    let kit: Kit
    let consumer: Consumer
    let signer: TokenSigner
    /// Half an hour ago: the next day at ten has not come yet.
    let doneAt = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 - 1800).rounded(.down))

    var dueAt: Date { CallBackTime.next(after: doneAt) }

    /// Says a step of the work, through this service's own outbox and relay.
    func say(
        _ state: WorkState, version: Int64, at date: Date, id: UUID = UUID(), place: WorkPlace? = nil,
        wish: CallBackWish? = nil
    ) async throws {
        let order = UUID(namespace: Self.ticket.value, name: "work-order")
        let move = WorkMoved(
            workOrder: ID(order), ticket: Self.ticket, ticketNumber: "T1000001", subject: "空调不制冷",
            department: "shanghai", state: state, previous: nil, owner: nil, actor: nil, note: nil,
            customer: CustomerCard(
                id: ID(Self.ticket.value), name: "大华商贸", contact: nil, phone: "+8613800138000", email: nil,
                weChatOpenID: nil, language: Open(.chinese)),
            address: nil, at: date, place: place, callBack: wish)
        let message = try OutgoingMessage.event(
            move, id: id, aggregate: order, version: version, correlation: Self.ticket.value, causation: nil,
            source: "dispatcher", time: date)
        try await database.pool.transaction { try await kit.outbox.append([message], in: $0) }
    }

    /// How many messages of this type were published.
    func sent(_ type: String) async throws -> Int {
        try await database.pool.query("select 1 as one from followup.outbox_sent where type = \(type)").count
    }

    /// How many messages the consumer has handled.
    func heard() async throws -> Int {
        try await database.pool.query("select 1 as one from followup.inbox").count
    }

    func callBacks() async throws -> [String] {
        try await database.pool.query("select ticket_number, state, version, due_at from followup.callback").map {
            row in
            let (number, state, version, due) = try row.decode(String.self, String.self, Int64.self, Date.self)
            return "\(number) \(state) \(version) \(WireJSON.text(of: due))"
        }
    }

    /// As `paidan clock advance` does in a development stack.
    func advanceClock(days: Int) async throws {
        try await database.ownerPool.query(
            "update followup.clock set adjustable = true, shift = \(days)::bigint * interval '1 day'")
    }

    /// What a process says that stands in this step.
    static func place(_ step: String) -> WorkPlace {
        WorkPlace(
            process: "s3-repair", processVersion: 1, step: step, title: Phrase(zh: step, en: step), colour: "blue",
            customer: nil, visit: nil, isEntered: true)
    }

    static let wish = CallBackWish(
        code: "site", within: "1 day forward", stay: CallBackWish.Stay(step: "callback", visit: nil, entry: 4),
        passed: answer("passed", needsReason: false), failed: answer("failed", needsReason: true))

    private static func answer(_ action: String, needsReason: Bool) -> CallBackWish.Answer {
        CallBackWish.Answer(
            action: action, title: Phrase(zh: "结果", en: "Result"), needsReason: needsReason,
            fields: [
                CustomerOffer.Field(
                    code: "rating", title: Phrase(zh: "评价", en: "Rating"), type: "choice", isRequired: true,
                    choices: ["good", "bad"].map { CustomerOffer.Choice(code: $0, title: Phrase(zh: $0, en: $0)) })
            ])
    }

    var router: Router<RequestScope> {
        get throws { FollowUpService.router(kit, try FollowUpSettings(kit.settings)) }
    }

    func token(_ departments: [String], role: String = "desk") async throws -> String {
        try await signer.sign(
            TokenClaims(
                staff: ID(Self.ticket.value), name: "赵敏", roles: [role], departments: departments,
                expiresAt: Date(timeIntervalSinceNow: 600)))
    }

    private static let ticket = ID<Ticket>(
        UUID(namespace: UUID(uuid: (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16)), name: "ticket"))
}

/// Ten o'clock of the next day in Shanghai, counted by hand: eight hours ahead of UTC, no summer time.
enum CallBackTime {
    static func next(after date: Date) -> Date {
        let localDay = ((date.timeIntervalSince1970 + 8 * 3600) / 86_400).rounded(.down)
        return Date(timeIntervalSince1970: (localDay + 1) * 86_400 + 10 * 3600 - 8 * 3600)
    }
}

func withFollowUp<Result: Sendable>(
    _ body: @Sendable (FollowUpFixture) async throws -> Result
) async throws -> Result {
    try await withDatabase(schema: "followup", migrations: FollowUpService.migrations, connections: 8) { database in
        try await withVhost(declarations: Topology.suite.declarations) { vhost in
            let signer = TokenSigner()
            let kit = try Kit.testing(
                name: "followup", schema: "followup", pool: database.pool, broker: vhost.client, signer: signer)
            let route = OnWorkMoved(settings: try FollowUpSettings(kit.settings)).route
            return try await body(
                FollowUpFixture(
                    database: database, kit: kit, consumer: kit.consumer("followup.events", routes: [route]),
                    signer: signer))
        }
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
