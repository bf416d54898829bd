import Kernel
import Testing

@testable import AMQP

@Suite struct `A connection machine` {
    private static let queue = QueueDeclaration(name: "q", arguments: [:])
    private static let binding = BindingDeclaration(exchange: "e", queue: "q", key: "k")

    private static func message(exchange: String = "", user: String? = nil) -> Publication {
        var properties = MessageProperties()
        properties.userID = user
        return Publication(exchange: exchange, routingKey: "q", properties: properties, body: [1])
    }

    @Test func `declares first, then publishes with confirms`() {
        var bench = MachineBench(declarations: Declarations(queues: [Self.queue], bindings: [Self.binding]))
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
        var bench = MachineBench(declarations: Declarations(queues: [Self.queue], bindings: [Self.binding]))
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

    @Test func `tries again with growing waits, host after host, and starts over after one that lasted`() {
        var bench = MachineBench()
        bench.machine.start()
        var attempts: [Int] = []
        for round in 1...12 {
            for case .connect(let attempt) in bench.settle() { attempts.append(attempt) }
            bench.machine.lost("refused", now: bench.now)
            guard case .waiting(let until) = bench.machine.phase else {
                Issue.record("\(bench.machine.phase)")
                return
            }
            #expect(until - bench.now <= Backoff(base: .milliseconds(100), cap: .seconds(3)).ceiling(failures: round))
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
        // A line that breaks again at once is no success.
        bench.machine.lost("cut", now: bench.now)
        #expect(bench.machine.failures == 13)
        guard case .waiting(let until) = bench.machine.phase else {
            Issue.record("\(bench.machine.phase)")
            return
        }
        bench.now = until
        bench.machine.tick(now: until)
        bench.connect()
        bench.now += .seconds(5)
        bench.machine.lost("cut", now: bench.now)
        #expect(bench.machine.failures == 1)
    }

    @Test func `stops feeding while blocked and goes on when told so`() {
        var bench = MachineBench()
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
        var bench = MachineBench()
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
        var bench = MachineBench()
        bench.connect()
        bench.machine.publish(batch: 1, [Self.message(user: "me"), Self.message(user: "you")], deadline: .seconds(60))
        for _ in 0..<2 { _ = bench.machine.nextPublication(now: .zero) }
        let text = "PRECONDITION_FAILED - user_id property set to 'you' but authenticated user was 'me'"
        bench.hear(.closesChannel(code: 406, text: text), on: 1)
        let outcomes: [PublishOutcome] = [.unknown("406 \(text)"), .unroutable(code: 406, text: text)]
        #expect(bench.machine.window.takeSettled().first?.outcomes == outcomes)
    }

    @Test func `keeps unsent publications over a lost connection until their time is up`() {
        var bench = MachineBench()
        bench.connect()
        bench.machine.publish(batch: 1, [Self.message(), Self.message()], deadline: .seconds(2))
        _ = bench.machine.nextPublication(now: .zero)
        bench.machine.lost("cut", now: .zero)
        bench.tick(after: .seconds(2))
        let outcomes: [PublishOutcome] = [.unknown("cut"), .unknown("not connected: cut")]
        #expect(bench.machine.window.takeSettled().first?.outcomes == outcomes)
    }

    @Test func `subscribes again on a fresh channel after a cancel by the broker, and after declaring`() {
        var bench = MachineBench(publishes: false, declarations: Declarations(queues: [Self.queue]))
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

    @Test func `asks a silent broker whether the channel is still there`() {
        var bench = MachineBench(publishes: false)
        bench.connect()
        bench.subscribe()
        bench.tick(after: .seconds(3))
        let tag = bench.deliver(1)
        bench.tick(after: .seconds(3))
        #expect(bench.sent == [], "it spoke three seconds ago")
        #expect(bench.machine.nextDeadline == .seconds(7))
        bench.tick(after: .seconds(1))
        #expect(bench.sent == [.channelPrefetch])
        bench.tick(after: .seconds(4))
        #expect(bench.sent == [], "asked once")
        bench.hear(.done, on: 1)
        bench.tick(after: .seconds(4))
        #expect(bench.sent == [.channelPrefetch])
        bench.machine.cancel(1, now: bench.now)
        bench.settle()
        bench.hear(.done, on: 1)
        #expect(bench.machine.nextDeadline == bench.now + .seconds(10), "the cancel is still to be answered")
        bench.hear(.cancelled, on: 1)
        #expect(bench.actions.contains(.end(consumer: 1)))
        bench.machine.acknowledge([tag].compactMap { $0 }, now: bench.now)
        bench.settle()
        #expect(bench.sent == [.acknowledge(1, multiple: false), .closeChannel])
    }

    @Test func `takes a broker that does not answer that question for gone`() {
        var bench = MachineBench(publishes: false)
        bench.connect()
        bench.subscribe()
        bench.tick(after: .seconds(4))
        #expect(bench.sent == [.channelPrefetch])
        bench.tick(after: .seconds(4))
        #expect(!bench.actions.contains(.disconnect))
        bench.tick(after: .seconds(1))
        #expect(bench.actions.contains(.disconnect))
    }

    @Test func `waits longer and longer for a queue that is not there`() {
        var bench = MachineBench(publishes: false)
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
        var bench = MachineBench(publishes: false)
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
        var bench = MachineBench(publishes: false)
        bench.connect()
        bench.machine.perform(operation: 7, [.purgeQueue("q")], deadline: .seconds(10), now: bench.now)
        bench.tick(after: .seconds(10))
        #expect(bench.actions.contains(.disconnect))
        #expect(
            bench.actions.contains {
                guard case .finish(7, .failure(let error)) = $0 else { return false }
                return error.isConnectionLost
            })
    }

    @Test func `waits for confirms before it closes`() {
        var bench = MachineBench()
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
        var bench = MachineBench()
        bench.machine.subscribe(1, queue: "q", prefetch: 1, now: .zero)
        bench.machine.start()
        bench.machine.publish(batch: 1, [Self.message()], deadline: .seconds(60))
        bench.machine.stop(now: .zero)
        #expect(bench.machine.phase == .stopped)
        #expect(bench.settle().contains(.end(consumer: 1)))
        #expect(bench.machine.window.takeSettled() == [.init(batch: 1, outcomes: [.unknown("stopped")])])
    }
}
