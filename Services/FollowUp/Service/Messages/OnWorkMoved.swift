import Contracts
import FollowUpDomain
import Kernel
import Messaging

/// Plans a call-back when the work is done, and plans it anew when it was done again. Other steps are none of its
/// business; nor is the order in which messages come, for the latest work counts.
struct OnWorkMoved: Sendable {
    let settings: FollowUpSettings
    let store = CallBackStore()

    var route: Route {
        .on(WorkMoved.self) { moves, unit in try await plan(moves, unit) }
    }

    private func plan(_ moves: [Incoming<WorkMoved>], _ unit: UnitOfWork) async throws {
        // One for each ticket in a batch: the latest.
        var latest: [ID<Ticket>: Incoming<WorkMoved>] = [:]
        for move in moves
        where move.body.wantsCallBack && latest[move.body.ticket].map({ $0.body.at < move.body.at }) ?? true {
            latest[move.body.ticket] = move
        }
        guard !latest.isEmpty else { return }
        let present = try await store.find(tickets: Array(latest.keys), in: unit.transaction)
        let planned = latest.values.compactMap { move in
            PlanCallBack.decide(
                move.body, present: present[move.body.ticket], timeZone: settings.timeZone, hour: settings.hour,
                now: unit.now)
        }.sorted { $0.id.description < $1.id.description }
        guard !planned.isEmpty else { return }
        let saved = try await store.save(planned, in: unit.transaction)
        guard saved.count == planned.count else {
            throw HandlingError.notYet(reason: "another worker plans a call-back for the same ticket")
        }
        for callBack in planned {
            guard let cause = latest[callBack.ticket]?.envelope else { continue }
            try await unit.setTimer(kind: CallBackTimer.kind, subject: callBack.id.value, dueAt: callBack.dueAt)
            try unit.publish(
                callBack.moved(at: unit.now), aggregate: callBack.id.value, version: callBack.version,
                correlation: callBack.ticket.value, cause: cause)
        }
    }
}
