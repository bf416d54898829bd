import BusinessTime
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Brings running clocks to the newest versions of their calendars and policies, some at a time, so that nothing waits
/// for a hundred thousand of them.
struct RecountClocks: Sendable {
    static let timerKind = "sla-recount"
    /// One for the whole schema: whatever changed, all that is outdated is looked for.
    static let subject = UUID(
        uuid: (0x3D, 0x0A, 0x51, 0x7E, 0x88, 0x21, 0x4B, 0x0F, 0x93, 0x66, 0x0C, 0x5E, 0xD1, 0x47, 0x2A, 0x90))
    private static let limit = 100

    let clocks: KeepClocks

    /// To be called when a version was made, in its transaction.
    static func begin(at now: Date, _ outbox: Outbox, in transaction: Transaction) async throws {
        try await PeopleScope().takeTurns(in: transaction)
        try await outbox.setTimer(kind: timerKind, subject: subject, dueAt: now, in: transaction)
    }

    func fire(_ timers: [Timers.Due], _ unit: UnitOfWork) async throws {
        let transaction = unit.transaction
        let rows = try await clocks.store.lockOutdated(limit: Self.limit, in: transaction)
        if !rows.isEmpty {
            let newest = try await clocks.library.newest(in: transaction)
            for row in rows {
                let policy = row.clocks.policy.flatMap { own in newest.policies.first { $0.key == own.key } }
                var wanted = try await clocks.library.calendars(
                    of: policy, and: row.clocks.ownCalendar, among: newest.calendars, in: transaction)
                wanted += newest.calendars.filter { ref in
                    !wanted.contains(ref) && row.clocks.calendars.contains { $0.key == ref.key }
                }
                try await clocks.change(row.workOrder, in: unit) { $0.renewal(policy: policy, calendars: wanted) }
            }
        }
        let isMore = try await clocks.store.hasOutdated(in: transaction)
        guard isMore else { return }
        // What is left without having been seen is in others' hands.
        let wait: TimeInterval = rows.count == Self.limit ? 0 : 1
        try await unit.setTimer(kind: Self.timerKind, subject: Self.subject, dueAt: unit.now + wait)
    }
}
