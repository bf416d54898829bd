import Contracts
import DispatcherDomain
import Foundation
import Kernel

struct WindowJSON: Encodable, Sendable {
    let from: Date
    let until: Date

    init(_ span: Span) {
        from = span.start
        until = span.end
    }
}

/// An appointment as staff see it.
struct AppointmentJSON: Encodable, Sendable {
    let start: Date
    let minutes: Int
    let days: Int
    /// Told to the customer.
    let window: WindowJSON
    let access: String?
    let crew: [Person]
    let sequence: Int
    let confirmed: Bool
    /// The customer's link, behind `/api/dispatch/v1/appointments/`.
    let link: String
    let linkUntil: Date

    init(_ kept: AppointmentStore.Kept, _ order: WorkOrderRecord, _ visit: Int, _ secret: ServerSecret) {
        let link = AppointmentLink(of: kept.appointment, order: order.id, visit: visit)
        start = kept.appointment.start
        minutes = Int(kept.appointment.length / 60)
        days = kept.appointment.days
        window = WindowJSON(kept.appointment.window)
        access = kept.appointment.access?.text
        crew = kept.appointment.crew
        sequence = kept.sequence
        confirmed = order.isConfirmed(visit)
        self.link = link.text(secret)
        linkUntil = link.until
    }
}

struct SlotJSON: Encodable, Sendable {
    let start: Date
    let window: WindowJSON

    init(_ appointment: Appointment) {
        start = appointment.start
        window = WindowJSON(appointment.window)
    }
}

/// An appointment as the customer sees it: what he was told, and what else he may choose.
struct CustomerAppointmentJSON: Encodable, Sendable {
    let number: String
    let subject: String
    let window: WindowJSON
    let days: Int
    let confirmed: Bool
    /// Nobody comes any more, or somebody has been there.
    let over: Bool
    let slots: [WindowJSON]

    init(_ seen: CustomerAppointment.Seen) {
        number = seen.order.ticketNumber
        subject = seen.order.subject
        window = WindowJSON(seen.kept.appointment.window)
        days = seen.kept.appointment.days
        confirmed = seen.order.isConfirmed(seen.visit)
        over = seen.order.isOver(seen.visit)
        slots = seen.slots.map { WindowJSON($0.window) }
    }
}

extension WorkOrderRecord {
    func isConfirmed(_ visit: Int) -> Bool { state[.visit(visit)]?.fields["confirmed"] == .flag(true) }

    func isOver(_ visit: Int) -> Bool { state.isClosed || state[.visit(visit)]?.outcome != nil }
}

/// What staff say of an appointment.
struct AppointmentDraftJSON: Decodable, Sendable {
    var start: Date?
    var minutes: Int?
    var days: Int?
    var windowStart: Date?
    var windowEnd: Date?
    var access: String?
    var helpers: [ID<Staff>]?
    var reason: String?
    var expectedRevision: Int64?

    var draft: AppointmentDesk.Draft {
        AppointmentDesk.Draft(
            start: start, minutes: minutes, days: days, windowStart: windowStart, windowEnd: windowEnd,
            access: access, helpers: helpers, reason: reason, expectedRevision: expectedRevision)
    }
}

struct AppointmentMoveJSON: Decodable, Sendable {
    /// The begin of one of the slots.
    var from: Date
}
