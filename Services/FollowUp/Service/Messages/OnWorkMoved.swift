import Contracts
import FollowUpDomain
import Foundation
import Kernel
import Messaging

/// Plans a call-back when the work is done, plans it anew when it was done again, and drops it when the work goes on without
/// it. Other steps are none of its business; nor is the order in which messages come, for the latest work counts.
struct OnWorkMoved: Sendable {
    let settings: FollowUpSettings
    let store = CallBackStore()

    var route: Route {
        .on(WorkMoved.self) { moves, unit in try await plan(moves, unit) }
    }

    private func plan(_ moves: [Incoming<WorkMoved>], _ unit: UnitOfWork) async throws {
        let moves = moves.filter { $0.body.wantsCallBack || $0.body.place?.isEntered == true }
            .sorted { $0.body.at < $1.body.at }
        guard !moves.isEmpty else { return }
        let present = try await store.find(tickets: Array(Set(moves.map(\.body.ticket))), in: unit.transaction)
        var changed: [ID<Ticket>: (callBack: CallBackRecord, cause: Envelope)] = [:]
        for move in moves {
            let before = changed[move.body.ticket]?.callBack ?? present[move.body.ticket]
            guard var next = decide(move.body, before, now: unit.now) else { continue }
            // However much a batch has changed, it is written and told once.
            next.version = (present[move.body.ticket]?.version ?? 0) + 1
            changed[move.body.ticket] = (next, move.envelope)
        }
        guard !changed.isEmpty else { return }
        let all = changed.values.sorted { $0.callBack.id.description < $1.callBack.id.description }
        guard try await store.save(all.map(\.callBack), in: unit.transaction).count == all.count else {
            throw HandlingError.notYet(reason: "another worker plans a call-back for the same ticket")
        }
        for (callBack, cause) in all {
            if callBack.state == .planned {
                try await unit.setTimer(kind: CallBackTimer.kind, subject: callBack.id.value, dueAt: callBack.dueAt)
            } else if present[callBack.ticket]?.state == .planned {
                try await unit.cancelTimer(kind: CallBackTimer.kind, subject: callBack.id.value)
            }
            try unit.publish(
                callBack.moved(at: unit.now), aggregate: callBack.id.value, version: callBack.version,
                correlation: callBack.ticket.value, cause: cause)
        }
    }

    private func decide(_ move: WorkMoved, _ present: CallBackRecord?, now: Date) -> CallBackRecord? {
        if move.wantsCallBack {
            return PlanCallBack.decide(
                move, present: present, timeZone: settings.timeZone, hour: settings.hour, now: now)
        }
        return present.flatMap { PlanCallBack.leave($0, move) }
    }
}
