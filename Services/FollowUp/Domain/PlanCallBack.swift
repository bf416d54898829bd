public import Contracts
public import Foundation

/// The rules of a call-back's short life: planned when the work is done, planned anew when it was done again, due when
/// its time has come.
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
            doneAt: done.at,
            plannedAt: now, version: (present?.version ?? 0) + 1)
    }

    /// The call-back once its time has come; nil when it has not, or came already.
    public static func fire(_ present: CallBackRecord, now: Date) -> CallBackRecord? {
        guard present.state == .planned, present.dueAt <= now else { return nil }
        return CallBackRecord(
            id: present.id, ticket: present.ticket, ticketNumber: present.ticketNumber, department: present.department,
            customer: present.customer, state: .due, dueAt: present.dueAt, doneAt: present.doneAt,
            plannedAt: present.plannedAt, version: present.version + 1)
    }
}
