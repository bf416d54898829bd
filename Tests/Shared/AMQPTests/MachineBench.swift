@testable import AMQP

/// A machine and the little that a broker would say to it.
struct MachineBench {
    var machine: ConnectionMachine
    var now = Duration.zero
    var actions: [ConnectionMachine.Action] = []

    init(publishes: Bool = true, declarations: Declarations = Declarations(), seed: UInt64 = 1) {
        machine = ConnectionMachine(.init(publishes: publishes, declarations: declarations.methods), seed: seed)
    }

    @discardableResult mutating func settle() -> [ConnectionMachine.Action] {
        actions = machine.takeActions()
        return actions
    }

    var sent: [Method] { actions.compactMap { if case .send(let method, _) = $0 { method } else { nil } } }

    @discardableResult mutating func hear(_ method: Incoming, on channel: UInt16, id: String? = nil) -> [Method] {
        var properties = MessageProperties()
        properties.messageID = id
        machine.received(.init(method: method, properties: properties, body: []), channel: channel, now: now)
        settle()
        return sent
    }

    mutating func tick(after duration: Duration) {
        now += duration
        machine.tick(now: now)
        settle()
    }

    /// Connected, with a publisher on channel `publisherChannel` when there is one.
    mutating func connect() {
        if machine.phase == .idle { machine.start() }
        machine.connected(channelLimit: 100, now: now)
        settle()
        if machine.configuration.publishes {
            hear(.done, on: 1)
            hear(.done, on: 1)
        }
    }

    mutating func subscribe(_ id: Int = 1, queue: String = "q", channel: UInt16 = 1) {
        machine.subscribe(id, queue: queue, prefetch: 10, now: now)
        settle()
        answerSubscription(channel)
    }

    mutating func answerSubscription(_ channel: UInt16) {
        hear(.done, on: channel)
        hear(.done, on: channel)
        hear(.consuming(consumerTag: "t"), on: channel)
        hear(.done, on: channel)
    }

    mutating func deliver(_ number: UInt64, on channel: UInt16 = 1) -> DeliveryTag? {
        hear(.deliver(number: number, isRedelivered: false, exchange: "", routingKey: "q"), on: channel)
        guard case .deliver(let message, _)? = actions.first else { return nil }
        return message.tag
    }
}
