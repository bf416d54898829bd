public import Contracts
public import Foundation

/// The rules of a call-back's life: planned when the work is done, planned anew when it was done again, due when its time
/// has come; done when the customer was reached, planned again while nobody answers; dropped when the work goes on without
/// it.
public enum PlanCallBack {
    /// The call-back after the work was done; nil when `present` was planned for this work already, or for later one.
    public static func decide(
        _ done: WorkMoved, present: CallBackRecord?, timeZone: TimeZone, hour: Int, now: Date
    ) -> CallBackRecord? {
        if let present, present.doneAt >= done.at { return nil }
        return CallBackRecord(
            id: CallBackRecord.id(for: done.ticket), ticket: done.ticket, ticketNumber: done.ticketNumber,
            department: done.department, customer: done.customer, state: .planned,
            dueAt: done.callBack?.dueAt ?? CallBackSchedule.dueAt(doneAt: done.at, timeZone: timeZone, hour: hour),
            doneAt: done.at, plannedAt: now, version: (present?.version ?? 0) + 1, wish: done.callBack)
    }

    /// The call-back once its time has come; nil when it has not, or came already.
    public static func fire(_ present: CallBackRecord, now: Date) -> CallBackRecord? {
        guard present.state == .planned, present.dueAt <= now else { return nil }
        var due = present
        due.state = .due
        due.version += 1
        return due
    }

    /// The call-back once the document has left the step that waited for it, by the customer's own answer or by whoever has
    /// it; nil when it has not, or nothing waited.
    public static func leave(_ present: CallBackRecord, _ moved: WorkMoved) -> CallBackRecord? {
        guard let stay = present.wish?.stay, let place = moved.place, present.state.isOpen, moved.at > present.doneAt,
            place.isEntered, place.visit == stay.visit, place.step != stay.step
        else { return nil }
        var dropped = present
        dropped.state = .dropped
        dropped.version += 1
        return dropped
    }

    /// The call-back after a call.
    ///
    /// - Parameters:
    ///   - again: when it is tried again, if nobody answered.
    ///   - mostAttempts: after as many calls that nobody answered it is missed. A customer who is reached later is content or
    ///     not all the same.
    /// - Throws: ``CallRefusal``; nothing has changed.
    public static func call(
        _ present: CallBackRecord, _ said: SaidInCall, again: Date, mostAttempts: Int
    ) throws(CallRefusal) -> (callBack: CallBackRecord, call: CallBackCall) {
        guard present.state.isOpen else { throw .over }
        let faults = said.faults(for: present.wish)
        guard faults.isEmpty else { throw .fields(faults) }
        var next = present
        next.version += 1
        next.attempts += 1
        let answer = said.answer(to: present.wish)
        if said.outcome != .unreached {
            next.state = .done
        } else if next.attempts < mostAttempts {
            (next.state, next.dueAt) = (.planned, again)
        } else {
            next.state = .missed
        }
        let call = CallBackCall(
            attempt: next.attempts, outcome: said.outcome, score: said.score, note: said.note, by: said.by,
            stay: answer == nil ? nil : present.wish?.stay, action: answer?.action,
            fields: said.fields.isEmpty ? nil : said.fields)
        return (next, call)
    }
}

extension CallBackState {
    /// Somebody may still call.
    public var isOpen: Bool {
        switch self {
        case .planned, .due, .missed: true
        case .done, .dropped: false
        }
    }
}
