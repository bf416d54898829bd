public import Foundation
public import Kernel

/// What became of one message to a customer: `delivery.sent.v1`, `delivery.delivered.v1`, `delivery.failed.v1`,
/// `delivery.unknown.v1`.
public struct DeliveryReported: Event {
    public static let types = DeliveryState.allCases.map(\.messageType)

    public let delivery: ID<Delivery>
    public let ticket: ID<Ticket>
    public let ticketNumber: String
    public let channel: Open<NotifyChannel>
    /// Why it was sent, by the type of the event that caused it: `ticket.created`, `work.accepted` …
    public let occasion: String
    public let state: DeliveryState
    /// The masked address, for people.
    public let recipient: String
    /// For people; nil when it went well.
    public let reason: String?
    public let at: Date

    public var type: MessageType { state.messageType }

    public init(
        delivery: ID<Delivery>, ticket: ID<Ticket>, ticketNumber: String, channel: Open<NotifyChannel>,
        occasion: String,
        state: DeliveryState, recipient: String, reason: String?, at: Date
    ) {
        self.delivery = delivery
        self.ticket = ticket
        self.ticketNumber = ticketNumber
        self.channel = channel
        self.occasion = occasion
        self.state = state
        self.recipient = recipient
        self.reason = reason
        self.at = at
    }
}

/// What the outside world is told of a delivery.
public enum DeliveryState: String, Codable, Sendable, CaseIterable {
    /// A provider took it.
    case sent
    /// A receipt says that it arrived.
    case delivered
    /// It will not arrive on this channel.
    case failed
    /// The process or the line broke between call and answer, and the provider offers no way to ask.
    case unknown

    public var messageType: MessageType { MessageType("delivery.\(rawValue)") }
}
