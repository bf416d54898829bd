public import Foundation
public import Kernel

/// A work order took a step, or something happened to it in its step. One body for all; the type says where it stands:
/// `work.offered.v1`, `work.accepted.v1` …
public struct WorkMoved: Event {
    public static let types = WorkState.allCases.map(\.messageType)

    public let workOrder: ID<WorkOrder>
    public let ticket: ID<Ticket>
    public let ticketNumber: String
    public let subject: String
    public let department: String
    /// Where the work order stands now.
    public let state: WorkState
    /// Where it stood before; nil when it was just opened.
    public let previous: Open<WorkState>?
    /// Who has it now; nil while it is in the pool.
    public let owner: Person?
    /// Who took the step; nil when the system did.
    public let actor: Person?
    public let note: String?
    public let customer: CustomerCard
    public let address: String?
    public let at: Date
    /// The step of its process that it is about; nil from a sender that knew no processes.
    public let place: WorkPlace?
    /// What happened, in words such as `moved`, `urged`, `putAside`; a newer version may say more of them.
    public let happened: [String]?
    /// Whom the process wants told.
    public let notices: [WorkNotice]?
    /// The customer shall be called back.
    public let callBack: CallBackWish?
    /// What the customer may ask for now, all of it; nil: as said before.
    public let offers: [CustomerOffer]?
    /// Something waits for a grant from now on, and one of these may give it; whoever has no address is not among them.
    public var approvers: [StaffCard]?

    public var type: MessageType { state.messageType }

    public init(
        workOrder: ID<WorkOrder>, ticket: ID<Ticket>, ticketNumber: String, subject: String, department: String,
        state: WorkState, previous: Open<WorkState>?, owner: Person?, actor: Person?, note: String?,
        customer: CustomerCard, address: String?, at: Date, place: WorkPlace? = nil, happened: [String]? = nil,
        notices: [WorkNotice]? = nil, callBack: CallBackWish? = nil, offers: [CustomerOffer]? = nil,
        approvers: [StaffCard]? = nil
    ) {
        self.workOrder = workOrder
        self.ticket = ticket
        self.ticketNumber = ticketNumber
        self.subject = subject
        self.department = department
        self.state = state
        self.previous = previous
        self.owner = owner
        self.actor = actor
        self.note = note
        self.customer = customer
        self.address = address
        self.at = at
        self.place = place
        self.happened = happened
        self.notices = notices
        self.callBack = callBack
        self.offers = offers
        self.approvers = approvers
    }

    /// Whether a document came to another step, or to somebody else.
    public var isStep: Bool { place?.isEntered ?? true }

    /// Whether the customer shall be called back now; a sender that knew no processes meant the end of the work by it.
    public var wantsCallBack: Bool { place == nil ? state == .done : callBack != nil }
}

/// Where a work order stands (S3.20, the part from dispatch to the end of the work).
public enum WorkState: String, Codable, Sendable, CaseIterable {
    case offered, accepted, travelling, onSite, done, closed

    public var messageType: MessageType {
        switch self {
        case .offered: MessageType("work.offered")
        case .accepted: MessageType("work.accepted")
        case .travelling: MessageType("work.travelling")
        case .onSite: MessageType("work.onsite")
        case .done: MessageType("work.done")
        case .closed: MessageType("work.closed")
        }
    }
}

/// A member of staff, as others may see him.
public struct Person: Codable, Hashable, Sendable {
    public let id: ID<Staff>
    public let name: String

    public init(id: ID<Staff>, name: String) {
        self.id = id
        self.name = name
    }
}
