import Contracts
import Foundation
import FollowUpDomain
import Kernel
import Messaging

/// Says that call-backs are due, in the transaction that claims their timers.
struct CallBackTimer: Sendable {
    static let kind = "callback"

    let store = CallBackStore()

    func fire(_ timers: [Timers.Due], _ unit: UnitOfWork) async throws {
        let timerOf = Dictionary(timers.map { ($0.subject, $0) }, uniquingKeysWith: { _, newer in newer })
        let present = try await store.find(ids: timerOf.keys.map { ID($0) }, in: unit.transaction)
        let due = present.compactMap { PlanCallBack.fire($0, now: unit.now) }
        guard !due.isEmpty else { return }
        _ = try await store.save(due, in: unit.transaction)
        for callBack in due {
            guard let timer = timerOf[callBack.id.value] else { continue }
            let cause = Envelope(
                id: UUID(namespace: timer.id, name: "fired"), type: "timer.\(Self.kind)", source: unit.source,
                time: unit.now)
            try unit.publish(
                callBack.moved(at: unit.now), aggregate: callBack.id.value, version: callBack.version,
                correlation: callBack.ticket.value, cause: cause)
        }
    }
}
