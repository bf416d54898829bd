/// The name of one kind of message, and on which routing key it travels.
///
/// A breaking change is a new major beside the old one (`ticket.created.v2`); a field is only ever added, and added as
/// optional.
public struct MessageType: Hashable, Sendable, CustomStringConvertible {
    /// `<aggregate>.<event>`, such as `ticket.created`.
    public let name: String
    public let major: Int

    public init(_ name: String, major: Int = 1) {
        self.name = name
        self.major = major
    }

    /// `<aggregate>.<event>.v<major>`: the AMQP `type` property, and the routing key of events.
    public var description: String { "\(name).v\(major)" }
}

/// A body that travels between services, as JSON. Unknown fields are ignored; unknown words of an ``Open`` list are kept.
public protocol Message: Codable, Hashable, Sendable {
    /// Every type under which this body travels.
    static var types: [MessageType] { get }
    /// The type of this very message; one of `types`.
    var type: MessageType { get }
}

extension Message {
    public var type: MessageType { Self.types[0] }
}

/// Something that happened to an aggregate. It is told to whoever listens, on exchange `paidan.events`.
public protocol Event: Message {}

/// Something that one queue shall do. It goes to exchange `paidan.commands` with the queue's name as the key.
public protocol Command: Message {}
