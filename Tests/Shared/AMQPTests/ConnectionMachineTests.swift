import Kernel
import Testing

@testable import AMQP

/// A machine and the little that a broker would say to it.
private struct Bench {
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
    }

    mutating func deliver(_ number: UInt64, on channel: UInt16 = 1) -> DeliveryTag? {
        hear(.deliver(number: number, isRedelivered: false, exchange: "", routingKey: "q"), on: channel)
        guard case .deliver(let message, _)? = actions.first else { return nil }
        return message.tag
    }
}

@Suite struct `A connection machine` {
    private static let queue = QueueDeclaration(name: "q", arguments: [:])
    private static let binding = BindingDeclaration(exchange: "e", queue: "q", key: "k")

    private static func message(exchange: String = "", user: String? = nil) -> Publication {
        var properties = MessageProperties()
        properties.userID = user
        return Publication(exchange: exchange, routingKey: "q", properties: properties, body: [1])
    }

    @Test func `declares first, then publishes with confirms`() {
        var bench = Bench(declarations: Declarations(queues: [Self.queue], bindings: [Self.binding]))
        bench.machine.publish(batch: 1, [Self.message()], deadline: .seconds(5))
        bench.machine.start()
        #expect(bench.settle() == [.connect(attempt: 0)])
        bench.machine.connected(channelLimit: 100, now: .zero)
        bench.settle()
        #expect(bench.sent == [.openChannel])
        #expect(bench.hear(.done, on: 1) == [.declareQueue(Self.queue, passive: false)])
        #expect(bench.hear(.queue(messages: 0, consumers: 0), on: 1) == [.bind(Self.binding)])
        #expect(bench.machine.nextPublication(now: .zero) == nil)
        #expect(bench.hear(.done, on: 1) == [.closeChannel, .openChannel])
        #expect(bench.hear(.channelClosed, on: 1) == [])
        #expect(bench.hear(.done, on: 2) == [.selectConfirms])
        #expect(bench.hear(.done, on: 2) == [])
        #expect(bench.actions == [.report(.ready)])
        #expect(bench.machine.isReady)
        #expect(bench.machine.nextPublication(now: .zero)?.0 == 2)
        bench.hear(.acknowledged(1, multiple: false), on: 2)
        #expect(bench.machine.window.takeSettled().first?.outcomes == [.confirmed])
    }

    @Test func `reports a refused declaration and makes the others`() {
        var bench = Bench(declarations: Declarations(queues: [Self.queue], bindings: [Self.binding]))
        bench.machine.start()
        bench.machine.connected(channelLimit: 100, now: .zero)
        bench.hear(.done, on: 1)
        let sent = bench.hear(.closesChannel(code: 406, text: "inequivalent"), on: 1)
        #expect(sent == [.closeChannelOk, .openChannel])
        let refused = ConnectionMachine.Report.declarationRefused(
            .declareQueue(Self.queue, passive: false), code: 406, text: "inequivalent")
        #expect(bench.actions.contains(.report(refused)))
        #expect(bench.hear(.done, on: 1) == [.bind(Self.binding)])
    }

    @Test func `tries again with growing waits, host after host, and starts over after a success`() {
        var bench = Bench()
        bench.machine.start()
        var attempts: [Int] = []
        for round in 1...12 {
            for case .connect(let attempt) in bench.settle() { attempts.append(attempt) }
            bench.machine.lost("refused", now: bench.now)
            guard case .waiting(let until) = bench.machine.phase else {
                Issue.record("\(bench.machine.phase)")
                return
            }
            #expect(until - bench.now <= Backoff(base: .milliseconds(100), cap: .seconds(10)).ceiling(failures: round))
            bench.settle()
            bench.machine.tick(now: until - .nanoseconds(1))
            #expect(bench.settle().isEmpty)
            bench.now = until
            bench.machine.tick(now: until)
        }
        #expect(attempts == Array(0..<12))
        #expect(bench.machine.failures == 12)
        bench.connect()
        #expect(bench.machine.isReady)
        bench.machine.lost("cut", now: bench.now)
        #expect(bench.machine.failures == 1)
    }

    @Test func `stops feeding while blocked and goes on when told so`() {
        var bench = Bench()
        bench.connect()
        bench.machine.publish(batch: 1, [Self.message(), Self.message()], deadline: .seconds(60))
        #expect(bench.machine.nextPublication(now: .zero) != nil)
        bench.hear(.blocked("low on memory"), on: 0)
        #expect(bench.machine.isBlocked && !bench.machine.hasPublication)
        #expect(bench.machine.nextPublication(now: .zero) == nil)
        bench.hear(.acknowledged(1, multiple: false), on: 1)
        bench.hear(.unblocked, on: 0)
        #expect(bench.machine.nextPublication(now: .zero) != nil)
        bench.hear(.blocked("again"), on: 0)
        bench.machine.lost("cut", now: .zero)
        #expect(!bench.machine.isBlocked)
    }

    @Test func `fails what was on a closed channel, the culprit with the broker's words, and opens another`() {
        var bench = Bench()
        bench.connect()
        let messages = [Self.message(), Self.message(exchange: "gone"), Self.message(), Self.message()]
        bench.machine.publish(batch: 1, messages, deadline: .seconds(60))
        for _ in 0..<3 { _ = bench.machine.nextPublication(now: .zero) }
        bench.hear(.acknowledged(1, multiple: false), on: 1)
        let text = "NOT_FOUND - no exchange 'gone' in vhost '/'"
        #expect(bench.hear(.closesChannel(code: 404, text: text), on: 1) == [.closeChannelOk])
        #expect(!bench.machine.isReady)
        bench.tick(after: .seconds(1))
        #expect(bench.sent == [.openChannel])
        bench.hear(.done, on: 1)
        bench.hear(.done, on: 1)
        #expect(bench.machine.nextPublication(now: bench.now) != nil)
        bench.hear(.acknowledged(1, multiple: false), on: 1)
        let outcomes: [PublishOutcome] = [
            .confirmed, .unroutable(code: 404, text: text), .unknown("404 \(text)"), .confirmed,
        ]
        #expect(bench.machine.window.takeSettled().first?.outcomes == outcomes)
    }

    @Test func `tells whose user id was wrong`() {
        var bench = Bench()
        bench.connect()
        bench.machine.publish(batch: 1, [Self.message(user: "me"), Self.message(user: "you")], deadline: .seconds(60))
        for _ in 0..<2 { _ = bench.machine.nextPublication(now: .zero) }
        let text = "PRECONDITION_FAILED - user_id property set to 'you' but authenticated user was 'me'"
        bench.hear(.closesChannel(code: 406, text: text), on: 1)
        let outcomes: [PublishOutcome] = [.unknown("406 \(text)"), .unroutable(code: 406, text: text)]
        #expect(bench.machine.window.takeSettled().first?.outcomes == outcomes)
    }

    @Test func `keeps unsent publications over a lost connection until their time is up`() {
        var bench = Bench()
        bench.connect()
        bench.machine.publish(batch: 1, [Self.message(), Self.message()], deadline: .seconds(2))
        _ = bench.machine.nextPublication(now: .zero)
        bench.machine.lost("cut", now: .zero)
        bench.tick(after: .seconds(2))
        let outcomes: [PublishOutcome] = [.unknown("cut"), .unknown("not connected: cut")]
        #expect(bench.machine.window.takeSettled().first?.outcomes == outcomes)
    }

    @Test func `subscribes again on a fresh channel after a cancel by the broker, and after declaring`() {
        var bench = Bench(publishes: false, declarations: Declarations(queues: [Self.queue]))
        bench.connect()
        bench.hear(.done, on: 1)
        bench.hear(.queue(messages: 0, consumers: 0), on: 1)
        bench.hear(.channelClosed, on: 1)
        bench.subscribe()
        let old = bench.deliver(1)
        #expect(bench.hear(.cancelsConsumer, on: 1) == [.closeChannel])
        #expect(bench.actions.contains(.discard(consumer: 1)))
        #expect(bench.deliver(2) == nil)
        bench.tick(after: .seconds(1))
        #expect(bench.sent == [.openChannel])
        #expect(bench.hear(.done, on: 2) == [.declareQueue(Self.queue, passive: false)])
        bench.hear(.channelClosed, on: 1)
        #expect(bench.hear(.queue(messages: 0, consumers: 0), on: 2) == [.closeChannel, .openChannel])
        bench.answerSubscription(1)
        let new = bench.deliver(1)
        bench.machine.acknowledge([old, new].compactMap { $0 }, now: bench.now)
        bench.settle()
        #expect(bench.sent == [.acknowledge(1, multiple: false)], "the old channel's tag is dropped")
    }

    @Test func `waits longer and longer for a queue that is not there`() {
        var bench = Bench(publishes: false)
        bench.connect()
        bench.machine.subscribe(1, queue: "q", prefetch: 1, now: bench.now)
        var waits: [Duration] = []
        for _ in 0..<10 {
            bench.hear(.done, on: 1)
            bench.hear(.done, on: 1)
            bench.hear(.closesChannel(code: 404, text: "no queue"), on: 1)
            for case .report(.consumerLost(_, _, let wait)) in bench.actions { waits.append(wait) }
            bench.tick(after: .seconds(11))
            #expect(bench.sent == [.openChannel])
        }
        #expect(waits.count == 10 && waits.max() ?? .zero > .seconds(1))
    }

    @Test func `ends a consumer with the broker's cancel-ok and still acknowledges`() {
        var bench = Bench(publishes: false)
        bench.connect()
        bench.subscribe()
        let first = bench.deliver(1)
        bench.machine.cancel(1, now: bench.now)
        bench.settle()
        #expect(bench.sent == [.cancel(consumerTag: "t")])
        let second = bench.deliver(2)
        bench.hear(.cancelled, on: 1)
        #expect(bench.actions == [.end(consumer: 1)])
        bench.machine.acknowledge([first, second].compactMap { $0 }, now: bench.now)
        bench.settle()
        #expect(bench.sent == [.acknowledge(2, multiple: true), .closeChannel])
    }

    @Test func `gives a silent broker up`() {
        var bench = Bench(publishes: false)
        bench.connect()
        bench.machine.perform(operation: 7, [.purgeQueue("q")], deadline: .seconds(10), now: bench.now)
        bench.tick(after: .seconds(20))
        #expect(bench.actions.contains(.disconnect))
        #expect(
            bench.actions.contains {
                guard case .finish(7, .failure(let error)) = $0 else { return false }
                return error.isConnectionLost
            })
    }

    @Test func `waits for confirms before it closes`() {
        var bench = Bench()
        bench.connect()
        bench.machine.publish(batch: 1, [Self.message()], deadline: .seconds(60))
        _ = bench.machine.nextPublication(now: .zero)
        bench.machine.stop(now: .zero)
        bench.settle()
        #expect(bench.sent.isEmpty)
        bench.machine.publish(batch: 2, [Self.message()], deadline: .seconds(60))
        #expect(bench.machine.window.takeSettled() == [.init(batch: 2, outcomes: [.unknown("stopped")])])
        #expect(bench.hear(.acknowledged(1, multiple: false), on: 1) == [.closeConnection])
        bench.hear(.connectionClosed, on: 0)
        #expect(bench.machine.phase == .stopped)
        #expect(bench.machine.window.takeSettled() == [.init(batch: 1, outcomes: [.confirmed])])
    }

    @Test func `stops without a broker, at once`() {
        var bench = Bench()
        bench.machine.subscribe(1, queue: "q", prefetch: 1, now: .zero)
        bench.machine.start()
        bench.machine.publish(batch: 1, [Self.message()], deadline: .seconds(60))
        bench.machine.stop(now: .zero)
        #expect(bench.machine.phase == .stopped)
        #expect(bench.settle().contains(.end(consumer: 1)))
        #expect(bench.machine.window.takeSettled() == [.init(batch: 1, outcomes: [.unknown("stopped")])])
    }

    @Test(arguments: [true, false])
    func `settles everything exactly once, whatever happens in whatever order`(publishes: Bool) {
        for seed in 0..<1_500 {
            var random = SplitMix(state: UInt64(seed))
            var bench = Bench(
                publishes: publishes, declarations: Declarations(queues: [Self.queue]), seed: UInt64(seed))
            var open: (operations: Set<Int>, consumers: Set<Int>, batches: Set<Int>) = ([], [], [])
            func account() {
                for action in bench.settle() {
                    switch action {
                    case .finish(let id, _): #expect(open.operations.remove(id) != nil, "seed \(seed)")
                    case .end(let id): open.consumers.remove(id)
                    case .send(_, let channel) where channel > 0:
                        #expect(channel <= 100)
                    default: break
                    }
                }
                for settled in bench.machine.window.takeSettled() {
                    #expect(open.batches.remove(settled.batch) != nil, "seed \(seed)")
                }
            }
            bench.machine.start()
            for step in 0..<150 {
                bench.now += .milliseconds(Int.random(in: 0...300, using: &random))
                let channel = UInt16.random(in: 0...4, using: &random)
                switch Int.random(in: 0..<12, using: &random) {
                case 0: bench.machine.connected(channelLimit: 100, now: bench.now)
                case 1 where Int.random(in: 0..<6, using: &random) == 0: bench.machine.lost("cut", now: bench.now)
                case 2:
                    open.operations.insert(step)
                    bench.machine.perform(
                        operation: step, [.purgeQueue("q")], deadline: bench.now + .seconds(1), now: bench.now)
                case 3:
                    open.consumers.insert(step)
                    bench.machine.subscribe(step, queue: "q", prefetch: 1, now: bench.now)
                case 4:
                    if let id = open.consumers.randomElement(using: &random) {
                        bench.machine.cancel(id, now: bench.now)
                    }
                case 5:
                    open.batches.insert(step)
                    bench.machine.publish(
                        batch: step, [Self.message(), Self.message()], deadline: bench.now + .seconds(2))
                case 6: while bench.machine.nextPublication(now: bench.now) != nil {}
                case 7: bench.machine.tick(now: bench.now)
                default:
                    let incoming: Incoming =
                        switch Int.random(in: 0..<11, using: &random) {
                        case 0: .closesChannel(code: 404, text: "no")
                        case 1: .cancelsConsumer
                        case 2: .channelClosed
                        case 3: .cancelled
                        case 4: .consuming(consumerTag: "t")
                        case 5:
                            .acknowledged(
                                UInt64.random(in: 0...5, using: &random), multiple: Bool.random(using: &random))
                        case 6:
                            .deliver(
                                number: UInt64.random(in: 1...5, using: &random), isRedelivered: false, exchange: "",
                                routingKey: "")
                        case 7: Bool.random(using: &random) ? .blocked("") : .unblocked
                        case 8: .returned(code: 312, text: "", exchange: "", routingKey: "q")
                        default: .done
                        }
                    bench.machine.received(
                        .init(method: incoming, properties: nil, body: []), channel: channel, now: bench.now)
                }
                account()
            }
            bench.machine.stop(now: bench.now)
            bench.now += .seconds(6)
            bench.machine.tick(now: bench.now)
            bench.now += .seconds(3)
            bench.machine.tick(now: bench.now)
            account()
            #expect(bench.machine.phase == .stopped, "seed \(seed)")
            #expect(open.operations.isEmpty && open.consumers.isEmpty && open.batches.isEmpty, "seed \(seed)")
        }
    }
}
