import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit

/// Agrees times with customers: staff propose and move them, the customer by his link.
struct AppointmentDesk: Sendable {
    /// What staff say of an appointment; what is left out stays as it was.
    struct Draft: Sendable {
        var start: Date?
        var minutes: Int?
        var days: Int?
        var windowStart: Date?
        var windowEnd: Date?
        var access: String?
        /// Who goes along beside whoever has the visit.
        var helpers: [ID<Staff>]?
        var reason: String?
        var expectedRevision: Int64?
    }

    struct Seen: Sendable {
        let order: WorkOrderRecord
        let visit: Int
        let kept: AppointmentStore.Kept?
    }

    /// The window when staff say none.
    static let usualWindow: TimeInterval = 7200
    static let usualMinutes = 60

    let runWork: RunWork
    let lookUp: LookUpWork
    let booking: BookAppointment

    /// Nil when the caller's departments hold no such work order.
    func look(_ id: ID<WorkOrder>, visit: Int, for identity: Identity) async throws -> Seen? {
        guard let seen = try await lookUp.find(id, for: identity)?.seen else { return nil }
        guard seen.order.state[.visit(visit)] != nil else { throw Self.noVisit }
        return try await lookUp.pool.transaction { transaction in
            Seen(
                order: seen.order, visit: visit,
                kept: try await booking.store.find(id, visit: visit, in: transaction))
        }
    }

    static let noVisit = ProcessRefusal(.noSuchVisit, zh: "没有这张服务单", en: "there is no such visit")

    /// Times at which everybody is free; nil when the caller's departments hold no such work order.
    func slots(
        _ id: ID<WorkOrder>, visit: Int, _ draft: Draft, within: Span?, for identity: Identity
    ) async throws -> [Appointment]? {
        guard let seen = try await look(id, visit: visit, for: identity) else { return nil }
        return try await lookUp.pool.transaction { transaction in
            let now = try await transaction.now(schema: DispatcherService.schema)
            let range = within ?? Span(now, now.addingTimeInterval(AppointmentRules.horizon))
            guard let range else { return [] }
            let like = try await appointment(
                draft, seen.kept?.appointment, seen.order, visit, at: range.start, in: transaction)
            return try await slots(like, id, visit, within: range, now: now, in: transaction)
        }
    }

    func slots(
        _ like: Appointment, _ id: ID<WorkOrder>, _ visit: Int, within: Span, now: Date, in transaction: Transaction
    ) async throws -> [Appointment] {
        let horizon = Span(
            within.start, min(within.end, within.start.addingTimeInterval(AppointmentRules.horizon)))
        guard let horizon else { return [] }
        let crew = try await booking.crew(of: like, for: id, visit: visit, within: horizon, in: transaction)
        let open = Appointment(
            start: like.start, length: like.length, days: like.days, window: like.window,
            access: like.access ?? (crew.contains { $0.present != nil } ? nil : BookAppointment.usualAccess),
            zone: like.zone, crew: like.crew)
        return AppointmentRules.slots(like: open, crew, travel: booking.travel, within: horizon, now: now)
    }

    /// Books a time, the first or another one, and tells the process by its action.
    ///
    /// - Throws: ``WorkRefused``, ``ProcessRefusal``, `InvalidInput`; nothing was changed.
    func put(
        _ id: ID<WorkOrder>, visit: Int, _ draft: Draft, for identity: Identity
    ) async throws -> WorkSeen? {
        try await runWork(id, for: identity, expected: draft.expectedRevision) { room in
            guard room.order.state[.visit(visit)] != nil else { throw Self.noVisit }
            let now = try await room.transaction.now(schema: DispatcherService.schema)
            let kept = try await booking.store.find(id, visit: visit, in: room.transaction)
            let wanted = try await appointment(
                draft, kept?.appointment, room.order, visit, at: draft.start ?? now, in: room.transaction)
            let command = AppointmentRules.command(
                wanted, visit: visit, reason: draft.reason, room.order.state, by: room.definition)
            do throws(ProcessRefusal) {
                _ = try ProcessRules.decide(
                    room.order.state, command,
                    ProcessContext(
                        now: room.order.changedAt, actor: .staff(room.staff), facts: room.order.facts,
                        expectedRevision: draft.expectedRevision), by: room.definition)
            } catch {
                // The round will say so again.
                return command
            }
            guard draft.start != nil else {
                throw InvalidInput([FieldFault(field: "/start", code: "required", message: "请填写时间 / a time is wanted")])
            }
            try await booking.store.takeTurn(in: room.transaction)
            if let obstacle = try await booking.check(wanted, for: id, visit: visit, now: now, in: room.transaction) {
                throw obstacle.refusal
            }
            try await booking.store.keep(wanted, of: id, visit: visit, at: now, in: room.transaction)
            return command
        }
    }

    /// - Throws: `InvalidInput`; ``ProcessRefusal`` when nobody in particular has the visit.
    private func appointment(
        _ draft: Draft, _ kept: Appointment?, _ order: WorkOrderRecord, _ visit: Int, at start: Date,
        in transaction: Transaction
    ) async throws -> Appointment {
        guard let lead = order.state[.visit(visit)]?.holder?.person else {
            throw ProcessRefusal(.nobodyNamed, zh: "还没有人负责这次上门", en: "nobody has this visit yet")
        }
        var faults: [FieldFault] = []
        func fault(_ field: String, _ zh: String, _ en: String) {
            faults.append(FieldFault(field: field, code: "malformed", message: "\(zh) / \(en)"))
        }
        let length = draft.minutes.map { Double($0) * 60 } ?? kept?.length ?? Double(Self.usualMinutes) * 60
        if !(Appointment.shortest...Appointment.longest).contains(length) {
            fault("/minutes", "15到720分钟", "15 to 720 minutes")
        }
        let days = draft.days ?? kept?.days ?? 1
        if !(1...Appointment.mostDays).contains(days) {
            fault("/days", "1到\(Appointment.mostDays)天", "1 to \(Appointment.mostDays) days")
        }
        let access = draft.access.map { ShiftHours($0) } ?? kept?.access
        if draft.access != nil, access == nil { fault("/access", "如 09:00-12:00 13:00-18:00", "such as 09:00-12:00") }
        let from = draft.windowStart ?? start
        let until = draft.windowEnd ?? from.addingTimeInterval(Self.usualWindow)
        let window = Span(from, until)
        if window?.contains(start) != true || until.timeIntervalSince(from) > Appointment.longest {
            fault("/windowStart", "时段须包含开始时间，最长12小时", "a window of at most 12 hours that holds the start")
        }
        var crew = [lead]
        if let helpers = draft.helpers {
            for id in helpers.prefix(Appointment.mostCrew) where !crew.contains(where: { $0.id == id }) {
                guard let named = try await WorkScope().named(id, in: transaction),
                    !named.departments.isDisjoint(with: order.departments)
                else {
                    fault("/helpers", "没有此员工", "there is no such member of staff")
                    break
                }
                crew.append(named.person)
            }
            if helpers.count > Appointment.mostCrew { fault("/helpers", "最多8人", "at most 8 people") }
        } else {
            crew += (kept?.crew.dropFirst() ?? []).filter { $0.id != lead.id }
        }
        guard faults.isEmpty, let window else { throw InvalidInput(faults) }
        return Appointment(
            start: start, length: length, days: days, window: window, access: access,
            zone: kept?.zone ?? EngineerStore.standardZone, crew: crew)
    }
}
