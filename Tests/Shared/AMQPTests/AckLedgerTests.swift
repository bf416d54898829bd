import Testing

@testable import AMQP

@Suite struct `A ledger of acknowledgements` {
    private static func ledger(_ count: UInt64) -> AckLedger {
        var ledger = AckLedger()
        for number in 1...count { ledger.delivered(number) }
        return ledger
    }

    @Test func `answers a contiguous run with one frame`() {
        var ledger = Self.ledger(64)
        #expect(ledger.acknowledge(Array(1...64)) == [.acknowledge(64, multiple: true)])
        #expect(ledger.isSettled)
    }

    @Test func `never acknowledges what nobody asked for`() {
        var ledger = Self.ledger(5)
        #expect(ledger.acknowledge([1, 2, 4]) == [.acknowledge(2, multiple: true), .acknowledge(4, multiple: false)])
        #expect(ledger.acknowledge([5, 3]) == [.acknowledge(5, multiple: true)])
        #expect(ledger.isSettled)
    }

    @Test func `drops second answers, and answers to what was never delivered`() {
        var ledger = Self.ledger(3)
        #expect(ledger.acknowledge([1]) == [.acknowledge(1, multiple: false)])
        #expect(ledger.reject(2, requeue: true) == [.reject(2, requeue: true)])
        #expect(ledger.acknowledge([1, 2, 9]) == [])
        #expect(ledger.reject(2, requeue: false) == [])
        #expect(ledger.acknowledge([3, 3]) == [.acknowledge(3, multiple: false)])
    }

    @Test func `tells the broker the same as one ack for each would, in any order`() {
        for seed in 0..<1_000 {
            var random = SplitMix(state: UInt64(seed))
            var ledger = AckLedger()
            var open: Set<UInt64> = []
            var delivered: UInt64 = 0
            for _ in 0..<40 {
                for _ in 0..<Int.random(in: 0...4, using: &random) {
                    delivered += 1
                    ledger.delivered(delivered)
                    open.insert(delivered)
                }
                let chosen = open.filter { _ in Bool.random(using: &random) }
                var broker = open
                for method in ledger.acknowledge(Array(chosen).shuffled(using: &random)) {
                    guard case .acknowledge(let number, let multiple) = method else { continue }
                    #expect(broker.contains(number), "a second ack closes the channel")
                    broker = multiple ? broker.filter { $0 > number } : broker.subtracting([number])
                }
                open.subtract(chosen)
                #expect(broker == open, "seed \(seed)")
                #expect(ledger.isSettled == open.isEmpty)
            }
        }
    }
}
