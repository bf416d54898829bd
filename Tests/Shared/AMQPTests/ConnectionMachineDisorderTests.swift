import Testing

@testable import AMQP

@Suite struct `A connection machine in disorder` {
    @Test(arguments: [true, false])
    func `settles everything exactly once, whatever happens in whatever order`(publishes: Bool) {
        for seed in 0..<1_500 {
            var random = SplitMix(state: UInt64(seed))
            var bench = MachineBench(
                publishes: publishes, declarations: Declarations(queues: [QueueDeclaration(name: "q", arguments: [:])]),
                seed: UInt64(seed))
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
                        batch: step,
                        [
                            Publication(exchange: "", routingKey: "q", properties: MessageProperties(), body: [1]),
                            Publication(exchange: "", routingKey: "q", properties: MessageProperties(), body: [1]),
                        ], deadline: bench.now + .seconds(2))
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
