import Testing

@testable import AMQP

@Suite struct `A window of confirms` {
    private static func message(_ id: String, key: String = "k", bytes: Int = 1) -> Publication {
        var properties = MessageProperties()
        properties.messageID = id
        return Publication(
            exchange: "", routingKey: key, properties: properties, body: Array(repeating: 0, count: bytes))
    }

    private static func window(_ count: Int, sent: Int? = nil) -> ConfirmWindow {
        var window = ConfirmWindow()
        window.add(batch: 1, (0..<count).map { message("\($0)") }, deadline: .seconds(5))
        for _ in 0..<(sent ?? count) { _ = window.next(now: .zero) }
        return window
    }

    private static func returned(_ id: String, _ window: inout ConfirmWindow, key: String = "k") {
        window.returned(code: 312, text: "NO_ROUTE", exchange: "", routingKey: key, messageID: id)
    }

    @Test func `settles in any order, single and multiple`() {
        var window = Self.window(6)
        window.confirm(5, multiple: false, .refused, now: .zero)
        window.confirm(3, multiple: true, .confirmed, now: .zero)
        window.confirm(3, multiple: false, .refused, now: .zero)
        #expect(window.takeSettled().isEmpty)
        window.confirm(6, multiple: true, .confirmed, now: .zero)
        let outcomes: [PublishOutcome] = [.confirmed, .confirmed, .confirmed, .confirmed, .refused, .confirmed]
        #expect(window.takeSettled() == [.init(batch: 1, outcomes: outcomes)])
        #expect(window.isEmpty && window.messagesInFlight == 0 && window.bytesInFlight == 0)
    }

    @Test func `ignores numbers that were never used`() {
        var window = Self.window(2)
        window.confirm(9, multiple: false, .confirmed, now: .zero)
        window.confirm(0, multiple: false, .confirmed, now: .zero)
        #expect(window.messagesInFlight == 2)
        window.confirm(.max, multiple: true, .confirmed, now: .zero)
        #expect(window.takeSettled().count == 1)
    }

    @Test func `matches a return to its publication, though the ack follows`() {
        var window = Self.window(3)
        Self.returned("1", &window)
        window.confirm(3, multiple: true, .confirmed, now: .zero)
        let unroutable = PublishOutcome.unroutable(code: 312, text: "NO_ROUTE")
        #expect(window.takeSettled().first?.outcomes == [.confirmed, unroutable, .confirmed])
    }

    @Test func `matches returns of the same message id in the order of publishing`() {
        var window = ConfirmWindow()
        window.add(
            batch: 1, [Self.message("a", key: "x"), Self.message("a"), Self.message("a")], deadline: .seconds(1))
        for _ in 0..<3 { _ = window.next(now: .zero) }
        Self.returned("a", &window)
        window.confirm(2, multiple: true, .confirmed, now: .zero)
        Self.returned("a", &window)
        window.confirm(3, multiple: false, .confirmed, now: .zero)
        let unroutable = PublishOutcome.unroutable(code: 312, text: "NO_ROUTE")
        #expect(window.takeSettled().first?.outcomes == [.confirmed, unroutable, unroutable])
    }

    @Test func `is bounded in messages and bytes, but lets one of any size through`() {
        var window = ConfirmWindow(limits: .init(messages: 2, bytes: 10))
        window.add(
            batch: 1, [11, 1, 5, 5, 1].enumerated().map { Self.message("\($0)", bytes: $1) }, deadline: .seconds(1))
        #expect(window.next(now: .zero)?.body.count == 11)
        #expect(!window.hasNext && window.next(now: .zero) == nil)
        window.confirm(1, multiple: false, .confirmed, now: .zero)
        #expect(window.next(now: .zero) != nil && window.next(now: .zero) != nil)
        #expect(window.next(now: .zero) == nil)
        window.confirm(3, multiple: false, .confirmed, now: .zero)
        #expect(window.next(now: .zero)?.body.count == 5)
    }

    @Test func `tells what was in flight from what was never sent when the channel goes`() {
        var window = Self.window(3, sent: 2)
        window.confirm(1, multiple: false, .confirmed, now: .zero)
        window.channelLost { _ in .unknown("gone") }
        #expect(window.takeSettled().isEmpty)
        #expect(window.next(now: .zero)?.properties.messageID == "2")
        window.confirm(1, multiple: false, .confirmed, now: .zero)
        #expect(window.takeSettled().first?.outcomes == [.confirmed, .unknown("gone"), .confirmed])
    }

    @Test func `gives up what is late and is open for the next ones`() {
        var window = ConfirmWindow(limits: .init(messages: 2, bytes: 100))
        window.add(batch: 1, (0..<3).map { Self.message("\($0)") }, deadline: .seconds(1))
        window.add(batch: 2, [Self.message("n")], deadline: .seconds(9))
        _ = (window.next(now: .zero), window.next(now: .zero))
        window.expire(now: .milliseconds(999), unsent: "late")
        #expect(window.takeSettled().isEmpty)
        window.expire(now: .seconds(1), unsent: "late")
        let late = PublishOutcome.unknown("no confirm in time")
        #expect(window.takeSettled() == [.init(batch: 1, outcomes: [late, late, .unknown("late")])])
        #expect(window.next(now: .seconds(1))?.properties.messageID == "n")
        window.confirm(2, multiple: true, .confirmed, now: .seconds(1))
        window.confirm(3, multiple: false, .confirmed, now: .seconds(1))
        #expect(window.takeSettled() == [.init(batch: 2, outcomes: [.confirmed])])
    }

    @Test func `refuses what cannot be put on the wire, and nothing else`() {
        var window = ConfirmWindow()
        var long = Self.message("a")
        long.properties.headers[String(repeating: "k", count: 256)] = .bool(true)
        var deep = Self.message("b")
        deep.properties.headers["h"] = (0..<20).reduce(FieldValue.void) { value, _ in .array([value]) }
        var big = Self.message("c")
        big.properties.headers["h"] = .string(String(repeating: "x", count: 70_000))
        var name = Self.message("d")
        name.properties.correlationID = String(repeating: "x", count: 256)
        window.add(batch: 1, [long, deep, big, name, Self.message("e")], deadline: .seconds(1))
        #expect(window.next(now: .zero)?.properties.messageID == "e")
        window.confirm(1, multiple: false, .confirmed, now: .zero)
        let outcomes = window.takeSettled().first?.outcomes ?? []
        #expect(outcomes.last == .confirmed)
        for outcome in outcomes.dropLast() {
            guard case .unroutable(502, _) = outcome else {
                Issue.record("\(outcome)")
                continue
            }
        }
    }

    @Test func `gives every publication exactly one outcome, whatever comes back in whatever order`() {
        for seed in 0..<2_000 {
            var random = SplitMix(state: UInt64(seed))
            var window = ConfirmWindow(limits: .init(messages: 8, bytes: 40))
            var sizes: [Int: Int] = [:]
            var settled: [Int] = []
            var clock = Duration.zero
            for step in 0..<120 {
                clock += .milliseconds(10)
                switch Int.random(in: 0..<8, using: &random) {
                case 0:
                    let count = Int.random(in: 0...5, using: &random)
                    sizes[step] = count
                    window.add(
                        batch: step,
                        (0..<count).map {
                            Self.message("\(step)-\($0)", bytes: Int.random(in: 0...20, using: &random))
                        },
                        deadline: clock + .milliseconds(Int.random(in: 0...400, using: &random)))
                case 1: window.channelLost { _ in .unknown("lost") }
                case 2: window.expire(now: clock, unsent: "late")
                case 3: Self.returned("\(step)", &window)
                case 4, 5: while Bool.random(using: &random), window.next(now: clock) != nil {}
                default:
                    window.confirm(
                        UInt64.random(in: 0...20, using: &random), multiple: Bool.random(using: &random), .confirmed,
                        now: clock)
                }
                #expect(window.messagesInFlight >= 0 && window.messagesInFlight <= 8 && window.bytesInFlight >= 0)
                for batch in window.takeSettled() {
                    #expect(batch.outcomes.count == sizes[batch.batch])
                    settled.append(batch.batch)
                }
            }
            window.channelLost { _ in .unknown("lost") }
            window.failWaiting(.unknown("stopped"))
            settled += window.takeSettled().map(\.batch)
            #expect(settled.sorted() == sizes.keys.sorted(), "seed \(seed)")
            #expect(window.isEmpty && window.messagesInFlight == 0 && window.bytesInFlight == 0)
        }
    }
}
