import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// A work order as the API shows it.
struct WorkOrderJSON: Encodable, Sendable {
    let id: String
    let ticket: TicketJSON
    let subject: String
    let customer: CustomerCard
    let address: String?
    /// The word that all services know.
    let state: WorkState
    /// One more with every thing that happens; what `expectedRevision` is held against.
    let revision: Int64
    let process: ProcessJSON
    let work: TrackJSON
    let visits: [TrackJSON]
    let department: String
    let home: String
    /// Who has it, when that is one person.
    let owner: Person?
    /// Who answers for it to the end.
    let responsible: Person?
    let openedAt: Date
    let changedAt: Date
    let hold: HoldJSON?
    let approvals: [ApprovalJSON]
    let vendor: VendorJSON?
    let urges: Int
    let rounds: Int
    let transfers: Int
    let copied: [Person]
    /// Standing commands that the caller may give now: `aside`, `transfer` ….
    let commands: [String]
    /// Codes of the actions that the caller may take now, on the work order or a visit.
    let possible: [String]
    /// Reasons for which it may be put aside.
    let asideReasons: [ChoiceJSON]
    /// With a single work order only, the oldest first.
    let history: [HistoryJSON]?
    let errands: [ErrandJSON]?

    struct TicketJSON: Encodable, Sendable {
        let id: String
        let number: String
    }

    struct ProcessJSON: Encodable, Sendable {
        let code: String
        let version: Int
        let title: Phrase
    }

    struct ChoiceJSON: Encodable, Sendable {
        let code: String
        let title: Phrase
    }

    struct HoldJSON: Encodable, Sendable {
        let kind: String
        let reason: String
        let since: Date
    }

    struct ApprovalJSON: Encodable, Sendable {
        let number: Int
        /// `action`, `suspension` or `termination`.
        let subject: String
        let action: String?
        let visit: Int?
        let asker: Person
        let askedAt: Date
        let reason: String?
        /// What was filled in and is written when it is granted, as far as the caller may see it.
        let fields: [FieldJSON]
        /// Who shall have it then.
        let candidate: Person?
        /// The role that is asked now.
        let role: String?
        /// Whether the caller may grant or refuse it.
        let isMine: Bool
    }

    struct VendorJSON: Encodable, Sendable {
        let vendor: String
        let reference: String?
        let since: Date
        let inquiries: Int
    }

    struct ErrandJSON: Encodable, Sendable {
        let number: Int64
        let at: Date
        let kind: String
        let code: String?
        let role: String?
        let within: String?
        let visit: Int?
        /// Nil while nobody has ticked it off.
        let doneAt: Date?
        let doneBy: Person?
        let note: String?
    }

    init(
        _ seen: WorkSeen, events: [(revision: Int64, event: ProcessEvent)]? = nil,
        errands: [LookUpWork.ErrandLine]? = nil
    ) {
        let order = seen.order
        let course = order.state
        let definition = seen.definition
        id = order.id.description
        ticket = TicketJSON(id: order.ticket.description, number: order.ticketNumber)
        subject = order.subject
        customer = order.customer
        address = order.address
        state = definition.workState(of: course)
        revision = course.revision
        process = ProcessJSON(
            code: definition.code, version: definition.version, title: definition.title)
        work = TrackJSON(.work, seen)
        visits = course.visits.indices.map { TrackJSON(.visit($0 + 1), seen) }
        department = course.work.department
        home = course.home
        owner = course.work.holder?.person
        responsible = course.responsible
        openedAt = course.openedAt
        changedAt = order.changedAt
        hold = course.hold.map { hold in
            switch hold {
            case .aside(let reason, let since, _): HoldJSON(kind: "aside", reason: reason, since: since)
            case .suspended(let reason, let since): HoldJSON(kind: "suspended", reason: reason, since: since)
            }
        }
        approvals = course.approvals.map { ApprovalJSON($0, seen) }
        vendor = course.vendor.map {
            VendorJSON(vendor: $0.vendor, reference: $0.reference, since: $0.since, inquiries: $0.inquiries)
        }
        urges = course.urges
        rounds = course.rounds
        transfers = course.transfers
        copied = course.copied
        commands = seen.commands
        possible = ([work] + visits).flatMap { $0.actions.map(\.code) }
        asideReasons = (definition.standing.aside?.reasons ?? []).map {
            ChoiceJSON(code: $0.code, title: $0.title)
        }
        history = events?.map { HistoryJSON($0.revision, $0.event, definition) }
        self.errands = errands?.map {
            ErrandJSON(
                number: $0.number, at: $0.at, kind: $0.kind, code: $0.code, role: $0.role, within: $0.within,
                visit: $0.visit, doneAt: $0.doneAt, doneBy: $0.doneBy, note: $0.note)
        }
    }
}

extension WorkOrderJSON.ApprovalJSON {
    init(_ approval: Approval, _ seen: WorkSeen) {
        let staff = seen.staff
        let role = approval.granted < approval.stages.count ? approval.stages[approval.granted] : nil
        var (action, candidate, fields): (String?, Person?, [FieldJSON]) = (nil, nil, [])
        let subject: String
        switch approval.subject {
        case .action(let code, let filled, let holder, _):
            (subject, action, candidate) = ("action", code, holder?.person)
            fields = ProcessRules.visibleFields(
                seen.order.state, of: approval.scope, to: .staff(staff), by: seen.definition
            ).compactMap { field, _ in filled[field.code].map { FieldJSON(field, $0, isRequired: false) } }
        case .suspension: subject = "suspension"
        case .termination: subject = "termination"
        }
        self.init(
            number: approval.number, subject: subject, action: action, visit: approval.scope.visitNumber,
            asker: approval.asker, askedAt: approval.askedAt, reason: approval.reason, fields: fields,
            candidate: candidate, role: role,
            isMine: role.map { staff.roles.contains($0) } ?? false && approval.asker.id != staff.person.id)
    }
}

/// What a process told somebody.
struct NoticeJSON: Encodable, Sendable {
    let id: Int64
    let workOrder: String
    let ticketNumber: String
    let subject: String
    let at: Date
    /// The word by which he is meant: a role, `owner` ….
    let recipient: String
    let occasion: String
    let visit: Int?
    let step: String

    init(_ line: LookUpWork.NoticeLine) {
        id = line.id
        workOrder = line.workOrder.description
        ticketNumber = line.ticketNumber
        subject = line.subject
        at = line.at
        recipient = line.recipient
        occasion = line.occasion
        visit = line.visit
        step = line.step
    }
}
