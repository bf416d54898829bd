import AMQP
public import Contracts
import Foundation

/// A message as a handler gets it.
public struct Incoming<Body: Sendable>: Sendable {
    public let envelope: Envelope
    public let body: Body
    /// Who published it, as vouched for by the broker; set on inbound messages.
    public let userID: String?
    /// Where an answer is wanted. Only ever the queue of the adapter that published it.
    public let replyTo: String?
    public let routingKey: String
    /// The id as the sender wrote it; nil when it wrote none.
    public let messageID: String?

    /// For tests of handlers, which have no broker.
    public init(
        envelope: Envelope, body: Body, userID: String? = nil, replyTo: String? = nil, routingKey: String = "",
        messageID: String? = nil
    ) {
        self.envelope = envelope
        self.body = body
        self.userID = userID
        self.replyTo = replyTo
        self.routingKey = routingKey
        self.messageID = messageID
    }

    init(_ parcel: Parcel, _ envelope: Envelope, body: Body) {
        self.init(
            envelope: envelope, body: body, userID: parcel.userID, replyTo: parcel.replyTo,
            routingKey: parcel.routingKey, messageID: parcel.properties.messageID)
    }
}

/// A message as it came from the broker or out of the deferred table.
struct Parcel: Sendable {
    let body: [UInt8]
    let properties: MessageProperties
    let exchange: String
    let routingKey: String
    /// The broker has got it back too often; see ``Suspicion``.
    let isSuspect: Bool

    init(
        body: [UInt8], properties: MessageProperties, exchange: String, routingKey: String, isSuspect: Bool = false
    ) {
        self.body = body
        self.properties = properties
        self.exchange = exchange
        self.routingKey = routingKey
        self.isSuspect = isSuspect
    }

    init(_ received: ReceivedMessage) {
        self.init(
            body: received.body, properties: received.properties, exchange: received.exchange,
            routingKey: received.routingKey, isSuspect: Suspicion.isSuspect(received))
    }

    var userID: String? { properties.userID }

    /// The broker vouches for the user, not for the queue he names: only his own is honoured.
    var replyTo: String? {
        guard let userID, let queue = properties.replyTo, queue == Topology.replyQueue(of: userID) else { return nil }
        return queue
    }
}
