public import Kernel

/// What became of an inbound request; sent to the queue that the adapter named in `reply_to`.
public struct InboundAnswer: Message {
    public static let types = [MessageType("inbound.answer")]

    /// The request's `message_id`; nil when it had none.
    public let request: String?
    public let outcome: Open<Outcome>
    /// Present when accepted.
    public let ticket: ID<Ticket>?
    public let number: String?
    /// Present when refused: every field that was wrong.
    public let faults: [FieldFault]?

    public enum Outcome: String, Sendable, CaseIterable {
        case accepted, refused
    }

    public init(
        request: String?, outcome: Open<Outcome>, ticket: ID<Ticket>? = nil, number: String? = nil,
        faults: [FieldFault]? = nil
    ) {
        self.request = request
        self.outcome = outcome
        self.ticket = ticket
        self.number = number
        self.faults = faults
    }
}
