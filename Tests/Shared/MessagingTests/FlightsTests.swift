import AMQP
import Foundation
import Testing

@testable import Messaging

@Suite struct `What the relay has on its way` {
    private let start = ContinuousClock.now

    private func row(_ id: Int64, bytes: Int = 10) -> OutboxRow {
        OutboxRow(
            id: id, messageID: UUID(), type: "t", attempts: 0,
            publication: Publication(
                exchange: "e", routingKey: "k", properties: MessageProperties(),
                body: [UInt8](repeating: 0, count: bytes)))
    }

    private func leading() -> Flights {
        var flights = Flights()
        flights.lead()
        _ = flights.turn(now: start, isPoll: true, isStopping: false)
        _ = flights.fetched([], isAll: true)
        return flights
    }

    private func landing(_ rows: [OutboxRow], _ outcome: PublishOutcome = .confirmed) -> Flights.Landing {
        Flights.Landing(rows: rows, outcomes: rows.map { _ in outcome })
    }

    @Test func `takes what is handed over only while it leads and the table holds nothing older`() {
        var flights = Flights()
        #expect(flights.handOver([row(1)]).isEmpty)
        flights.lead()
        #expect(flights.handOver([row(1)]).isEmpty)
        #expect(flights.turn(now: start, isPoll: false, isStopping: false).fetchExcept == [])
        // A full fetch: there may be more.
        #expect(flights.fetched([row(1)], isAll: false).count == 1)
        #expect(flights.handOver([row(2)]).isEmpty)
        #expect(flights.turn(now: start, isPoll: false, isStopping: false).fetchExcept == [1])
        #expect(flights.fetched([row(2)], isAll: true).count == 1)
        #expect(flights.handOver([row(3)]).map(\.id) == [3])
        flights.resign()
        #expect(flights.handOver([row(4)]).isEmpty)
    }

    @Test func `reads the table again for what was refused while it read`() {
        var flights = Flights()
        flights.lead()
        _ = flights.turn(now: start, isPoll: true, isStopping: false)
        #expect(flights.handOver([row(1)]).isEmpty)
        _ = flights.fetched([], isAll: true)
        #expect(flights.turn(now: start, isPoll: false, isStopping: false).fetchExcept == [])
    }

    @Test func `publishes a row once that comes from both sides`() {
        var flights = leading()
        #expect(flights.handOver([row(1)]).count == 1)
        #expect(flights.turn(now: start, isPoll: true, isStopping: false).fetchExcept == [1])
        // Read before it was handed over.
        #expect(flights.fetched([row(1), row(2)], isAll: true).map(\.id) == [2])
    }

    @Test func `refuses more than it may hold, and goes back to the table`() {
        var flights = leading()
        #expect(flights.handOver((1...1000).map { row($0) }).count == 1000)
        #expect(flights.handOver([row(1001)]).isEmpty)
        #expect(flights.turn(now: start, isPoll: false, isStopping: false).fetchExcept?.count == 1000)
        var others = leading()
        #expect(others.handOver([row(1, bytes: 5 << 20)]).isEmpty)
    }

    @Test func `writes answers down together, after a while or at once when they are many or bad`() {
        var flights = leading()
        let rows = flights.handOver([row(1)])
        let isFirstAwaited = flights.land(landing(rows), term: 1, wasFetched: false, now: start)
        #expect(isFirstAwaited)
        #expect(flights.turn(now: start, isPoll: false, isStopping: false).landings.isEmpty)
        let more = flights.handOver([row(2)])
        let isSecondAwaited = flights.land(landing(more), term: 1, wasFetched: false, now: start)
        #expect(!isSecondAwaited)
        let later = flights.turn(now: start + .milliseconds(200), isPoll: false, isStopping: false)
        #expect(later.landings.count == 2)
        let bad = flights.handOver([row(3)])
        let isRefusalAwaited = flights.land(landing(bad, .refused), term: 1, wasFetched: false, now: start)
        #expect(isRefusalAwaited)
        #expect(flights.turn(now: start, isPoll: false, isStopping: false).landings.count == 1)
        let many = flights.handOver((10...109).map { row($0) })
        let areManyAwaited = flights.land(landing(many), term: 1, wasFetched: false, now: start)
        #expect(areManyAwaited)
        #expect(flights.turn(now: start, isPoll: false, isStopping: false).landings.count == 1)
    }

    @Test func `leaves settled rows out of a fetch until that is written`() {
        var flights = leading()
        let rows = flights.handOver([row(1)])
        _ = flights.land(landing(rows), term: 1, wasFetched: false, now: start)
        let turn = flights.turn(now: start + .seconds(1), isPoll: true, isStopping: false)
        #expect(turn.fetchExcept == [1])
        flights.settle(turn.landings)
        #expect(flights.turn(now: start, isPoll: true, isStopping: false).fetchExcept == [])
    }

    @Test func `rests after an answer that did not come, then reads the table`() {
        var flights = leading()
        flights.pause(now: start)
        #expect(flights.handOver([row(1)]).isEmpty)
        #expect(flights.turn(now: start + .milliseconds(99), isPoll: true, isStopping: false).fetchExcept == nil)
        #expect(flights.turn(now: start + .milliseconds(100), isPoll: false, isStopping: false).fetchExcept == [])
    }

    @Test func `is over when everything has landed and is written down`() {
        var flights = leading()
        let rows = flights.handOver([row(1)])
        #expect(!flights.turn(now: start, isPoll: true, isStopping: true).isOver)
        _ = flights.land(landing(rows), term: 1, wasFetched: false, now: start)
        let last = flights.turn(now: start, isPoll: true, isStopping: true)
        #expect(last.landings.count == 1 && !last.isOver && last.fetchExcept == nil)
        #expect(flights.turn(now: start, isPoll: true, isStopping: true).isOver)
    }

    @Test func `forgets what was published in a former time of leading`() {
        var flights = leading()
        let rows = flights.handOver([row(1)])
        flights.lead()
        let isStaleAwaited = flights.land(landing(rows), term: 1, wasFetched: false, now: start)
        #expect(!isStaleAwaited)
        #expect(flights.turn(now: start + .seconds(1), isPoll: true, isStopping: false).landings.isEmpty)
        #expect(flights.turn(now: start, isPoll: true, isStopping: true).isOver)
    }
}
