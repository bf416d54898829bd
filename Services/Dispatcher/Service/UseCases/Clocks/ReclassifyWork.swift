import DispatcherDomain
import Foundation
import Kernel
import Messaging

/// Says that work is of another severity, kind or customer's level than was thought: its clocks are counted anew from
/// their start, with the pauses they had.
struct ReclassifyWork: Sendable {
    let desk: PeopleDesk
    let clocks: KeepClocks

    /// What is not said stays.
    struct Change: Sendable {
        let level: String?
        let severity: String?
        let kind: String?
        let reason: String
    }

    /// - Returns: the clocks after it; nil when the caller's departments hold no such work order with clocks.
    /// - Throws: ``PeopleRefusal``, ``ClockRefusal``; nothing was changed.
    func callAsFunction(
        _ workOrder: ID<WorkOrder>, _ change: Change, for caller: Caller
    ) async throws -> WorkClocks? {
        try await desk.act(for: caller) { work in
            guard work.actor.may(.reclassify) else { throw PeopleRefusal.roleMissing(PeopleAct.reclassify.roles) }
            // Whoever does not see it does not change it.
            guard let row = try await clocks.store.find(workOrder, in: work.transaction) else { return nil }
            try await PeopleScope().leave(work.transaction)
            try await clocks.store.lockWork(workOrder, in: work.transaction)
            let unit = try await desk.outbox.unitOfWork(in: work.transaction, source: DispatcherService.name)
            let before = row.clocks.classification
            let after = Classification(
                level: change.level ?? before.level, severity: change.severity ?? before.severity,
                kind: change.kind ?? before.kind)
            try await clocks.note(.classified(as: after), of: workOrder, in: unit)
            try await desk.outbox.save(unit)
            try await work.record(
                AuditStore.Entry(
                    act: .workReclassified, subject: workOrder.description, department: row.department,
                    reason: change.reason,
                    details: AuditedChange.details(
                        ["level": before.level, "severity": before.severity, "kind": before.kind],
                        ["level": after.level, "severity": after.severity, "kind": after.kind])))
            return try await clocks.store.find(workOrder, in: work.transaction)?.clocks
        }
    }
}
