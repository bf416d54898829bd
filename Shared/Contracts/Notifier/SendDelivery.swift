public import Kernel

/// Tells the workers of one channel to send one delivery. Everything else is in the notifier's tables.
public struct SendDelivery: Command {
    public static let types = [MessageType("delivery.send")]

    public let delivery: ID<Delivery>
    public let channel: NotifyChannel

    public init(delivery: ID<Delivery>, channel: NotifyChannel) {
        self.delivery = delivery
        self.channel = channel
    }
}

/// A way to reach a customer. Each has a queue of its own: `notifier.<channel>`.
public enum NotifyChannel: String, Codable, Sendable, CaseIterable {
    case sms, mail, wechat

    public var queue: String { "notifier.\(rawValue)" }
}
