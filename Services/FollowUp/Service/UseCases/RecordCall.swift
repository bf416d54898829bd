import Contracts
import FollowUpDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit

/// Keeps what came of a call, and tells the others: load, decide, save with the outbox in one transaction.
struct RecordCall: Sendable {
    let pool: PostgresPool
    let outbox: Outbox
    let settings: FollowUpSettings
    let store = CallBackStore()

    enum Answer: Sendable {
        case kept(CallBackRecord)
        /// The caller's departments hold no such call-back.
        case unknown
        /// It has changed since the caller looked, to this.
        case stale(CallBackRecord)
        case refused(CallRefusal, CallBackRecord)
    }

    /// - Parameter version: what the caller looked at.
    func callAsFunction(
        _ said: SaidInCall, of id: ID<CallBack>, version: Int64, for identity: Identity
    ) async throws -> Answer {
        try await pool.transaction { transaction in
            guard let present = try await store.find(ids: [id], in: transaction).first,
                identity.departments.contains(present.department)
            else { return .unknown }
            guard present.version == version else { return .stale(present) }
            let unit = try await outbox.unitOfWork(in: transaction, source: FollowUpService.name)
            let (callBack, call): (CallBackRecord, CallBackCall)
            do throws(CallRefusal) {
                (callBack, call) = try PlanCallBack.call(
                    present, said, again: again(after: unit.now), mostAttempts: settings.attempts)
            } catch {
                return .refused(error, present)
            }
            _ = try await store.save([callBack], in: transaction)
            unit.write(try CallBackStore.keep(call, of: callBack, at: unit.now))
            if callBack.state == .planned {
                try await unit.setTimer(kind: CallBackTimer.kind, subject: id.value, dueAt: callBack.dueAt)
            } else if present.state == .planned {
                try await unit.cancelTimer(kind: CallBackTimer.kind, subject: id.value)
            }
            let cause = Envelope(
                id: UUID(namespace: id.value, name: "call/\(callBack.version)"), type: "callback.command",
                source: FollowUpService.name, time: unit.now)
            try unit.publish(
                callBack.moved(at: unit.now, by: call), aggregate: id.value, version: callBack.version,
                correlation: callBack.ticket.value, cause: cause)
            try await outbox.commit(unit)
            return .kept(callBack)
        }
    }

    private func again(after time: Date) -> Date {
        CallBackSchedule.again(
            after: time, pause: settings.pause, timeZone: settings.timeZone, hour: settings.hour,
            lastHour: settings.lastHour)
    }
}
