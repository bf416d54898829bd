/// What we say to the broker.
enum Method: Hashable, Sendable {
    case openChannel
    case closeChannel
    case closeChannelOk
    case closeConnection
    case closeConnectionOk
    case selectConfirms
    case prefetch(Int)
    /// A limit for the whole channel, too high to limit anything: see ``Consumer/steps``.
    case channelPrefetch
    case consume(queue: String)
    case cancel(consumerTag: String)
    case acknowledge(UInt64, multiple: Bool)
    case reject(UInt64, requeue: Bool)
    case declareExchange(ExchangeDeclaration)
    case declareQueue(QueueDeclaration, passive: Bool)
    case bind(BindingDeclaration)
    case deleteQueue(String)
    case purgeQueue(String)
}

/// What the broker says to us, without the content that may follow it.
enum Incoming: Hashable, Sendable {
    /// Answers that carry nothing: open-ok, select-ok, qos-ok, bind-ok, declare-ok of an exchange.
    case done
    case queue(messages: Int, consumers: Int)
    case consuming(consumerTag: String)
    case cancelled
    case channelClosed
    case connectionClosed
    case closesChannel(code: Int, text: String)
    case closesConnection(code: Int, text: String)
    case cancelsConsumer
    case acknowledged(UInt64, multiple: Bool)
    case refused(UInt64, multiple: Bool)
    case blocked(String)
    case unblocked
    case deliver(number: UInt64, isRedelivered: Bool, exchange: String, routingKey: String)
    case returned(code: Int, text: String, exchange: String, routingKey: String)
    /// Something this client never asked for.
    case unexpected(UInt32)

    /// Whether a header and bodies follow.
    var hasContent: Bool {
        switch self {
        case .deliver, .returned: true
        default: false
        }
    }
}
