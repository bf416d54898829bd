public import Foundation
public import Kernel

/// The customer asked for something on his ticket. Whether it is done, the process of the work decides: it may have moved on
/// since he looked.
public struct CustomerAsked: Event {
    public static let types = CustomerWish.allCases.map(\.messageType)

    public let ticket: ID<Ticket>
    public let ticketNumber: String
    public let wish: CustomerWish
    /// Code of the action of his work's process, with ``CustomerWish/answer`` only.
    public let action: String?
    /// Number of the visit that the action is about; nil: the work order.
    public let visit: Int?
    /// The action's fields by their codes, as he typed them.
    public let fields: [String: String]?
    /// His reason, or a note.
    public let note: String?
    public let at: Date

    public var type: MessageType { wish.messageType }

    public init(
        ticket: ID<Ticket>, ticketNumber: String, wish: CustomerWish, action: String?, visit: Int?,
        fields: [String: String]?, note: String?, at: Date
    ) {
        self.ticket = ticket
        self.ticketNumber = ticketNumber
        self.wish = wish
        self.action = action
        self.visit = visit
        self.fields = fields
        self.note = note
        self.at = at
    }
}

/// What a customer can ask for while his work runs.
public enum CustomerWish: String, Codable, Sendable, CaseIterable {
    /// 催办: where does it stay? (S0.10)
    case urge
    /// He does not want it any more.
    case withdraw
    /// An action of the process that waits for his word: solved, not solved, agreed.
    case answer

    public var messageType: MessageType {
        switch self {
        case .urge: MessageType("ticket.urged")
        case .withdraw: MessageType("ticket.withdrawn")
        case .answer: MessageType("ticket.answered")
        }
    }
}
