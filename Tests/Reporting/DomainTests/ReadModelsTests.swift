import Contracts
import Foundation
import Kernel
import ReportingDomain
import TestSupport
import Testing

@Suite struct `Read models` {
    @Test(arguments: 0..<200) func `do not depend on the order of events, nor on repetition`(seed: Int) {
        var generator = Seeded(state: UInt64(seed))
        let story = Story()
        let ordered = ReadModels(story.events)
        let shuffled = (story.events + story.events.shuffled(using: &generator)).shuffled(using: &generator)
        #expect(ReadModels(shuffled) == ordered)
    }

    @Test(arguments: 0..<50) func `hold the newest of whatever has come so far`(seed: Int) throws {
        var generator = Seeded(state: UInt64(seed))
        let story = Story()
        let some = Array(story.events.shuffled(using: &generator).prefix(Int.random(in: 1...6, using: &generator)))
        let models = ReadModels(some)
        #expect(models == ReadModels(some.reversed()))
        let newest = some.compactMap { event in
            if case .moved(let work) = event.fact { (event.version, work.state) } else { nil }
        }.max { $0.0 < $1.0 }
        if let newest {
            #expect(models.tickets[story.ticket]?.status.node == Node(newest.1))
        }
    }

    @Test func `take words and department of the newest work, whatever the ticket asked for`() throws {
        let story = Story()
        for events in [story.events, story.events.reversed()] {
            let ticket = try #require(ReadModels(events).tickets[story.ticket])
            #expect(ticket.subject == "work v6")
            #expect(ticket.department == "field-north")
            #expect(ticket.origin?.channel == "web")
            #expect(ticket.status.node == .closed)
        }
    }

    @Test func `say who had it`() throws {
        let story = Story()
        let who = Dictionary(
            uniqueKeysWithValues: ReadModels(story.events).nodes.values.map { ($0.node, $0.who) })
        #expect(who[.created] == "王小明")
        #expect(who[.offered] == .some(nil))
        #expect(who[.accepted] == "张工")
        #expect(who[.closed] == "张工")
    }

    @Test func `keep the newest state of a message and of a call-back`() {
        let story = Story()
        let models = ReadModels(story.events.reversed())
        #expect(models.deliveries.values.map(\.state) == ["delivered"])
        #expect(models.callBacks.values.map(\.state) == ["due"])
    }

    @Test func `refuse a body that is not of its type, and pass over an unknown type`() throws {
        #expect(throws: DecodingError.self) {
            try RecordedEvent(type: "work.done.v1", aggregate: UUID(), version: 1, body: Array("{}".utf8))
        }
        #expect(try RecordedEvent(type: "part.ordered.v1", aggregate: UUID(), version: 1, body: []) == nil)
        #expect(try RecordedEvent(type: "delivery.send.v1", aggregate: UUID(), version: 1, body: []) == nil)
    }
}

@Suite struct `A timeline` {
    private let story = Story()

    @Test func `ends each node where the next begins`() throws {
        let facts = Array(ReadModels(story.events).nodes.values)
        let stretches = Timeline.stretches(of: facts, now: story.start.addingTimeInterval(1_000_000))
        #expect(stretches.map(\.node) == Node.allCases)
        #expect(stretches.map(\.seconds) == [2, 60, 600, 1200, 3600, 30, nil])
        for (one, next) in zip(stretches, stretches.dropFirst()) { #expect(one.until == next.from) }
        #expect(stretches.last?.until == nil)
    }

    @Test func `counts on while the ticket is somewhere`() {
        let facts = Array(ReadModels(story.events.prefix(3)).nodes.values)
        let stretches = Timeline.stretches(of: facts, now: story.start.addingTimeInterval(100))
        #expect(stretches.map(\.node) == [.created, .offered, .accepted])
        #expect(stretches.last?.seconds == 38)
        #expect(stretches.last?.until == nil)
    }

    @Test func `begins with the creation even when the clocks of two databases disagree`() {
        let ticket = UUID()
        let facts = [
            NodeFact(
                key: .init(aggregate: UUID(), version: 1), ticket: ticket, node: .offered, who: nil, at: story.start),
            NodeFact(
                key: .init(aggregate: ticket, version: 1), ticket: ticket, node: .created, who: "王",
                at: story.start.addingTimeInterval(0.4)),
        ]
        let stretches = Timeline.stretches(of: facts, now: story.start)
        #expect(stretches.map(\.node) == [.created, .offered])
        #expect(stretches.map(\.seconds) == [0, 0])
    }

    @Test func `of nothing is empty`() {
        #expect(Timeline.stretches(of: [], now: story.start).isEmpty)
    }
}

/// One ticket from its creation to its end.
struct Story {
    let ticket = UUID()
    let work = UUID()
    let start = Date(timeIntervalSince1970: 1_790_000_000)
    let events: [RecordedEvent]

    init() {
        let (ticket, work, start) = (ticket, work, start)
        let customer = CustomerCard(
            id: ID(UUID()), name: "王小明", contact: nil, phone: "+8613800138000", email: nil, weChatOpenID: nil,
            language: Open(.chinese))
        let engineer = Person(id: ID(UUID()), name: "张工")
        let created = TicketCreated(
            ticket: ID(ticket), number: "T1000001", channel: Open(.web), kind: Open(.repair), urgency: Open(.normal),
            subject: "空调不制冷", description: "", department: "service", customer: customer, address: nil,
            productSerial: nil, createdAt: start)
        var events = [RecordedEvent(.opened(created), aggregate: ticket, version: 1)]
        let offsets: [Double] = [2, 62, 662, 1862, 5462, 5492]
        for (index, state) in WorkState.allCases.enumerated() {
            let moved = WorkMoved(
                workOrder: ID(work), ticket: ID(ticket), ticketNumber: "T1000001", subject: "work v\(index + 1)",
                department: "field-north", state: state, previous: nil, owner: index == 0 ? nil : engineer,
                actor: index == 0 ? nil : engineer, note: nil, customer: customer, address: nil,
                at: start.addingTimeInterval(offsets[index]))
            events.append(RecordedEvent(.moved(moved), aggregate: work, version: Int64(index + 1)))
        }
        let delivery = UUID()
        for (index, state) in [DeliveryState.sent, .delivered].enumerated() {
            let reported = DeliveryReported(
                delivery: ID(delivery), ticket: ID(ticket), ticketNumber: "T1000001", channel: Open(.sms),
                occasion: "ticket.created", state: state, recipient: "+86*******00", reason: nil,
                at: start.addingTimeInterval(Double(index + 3)))
            events.append(RecordedEvent(.reported(reported), aggregate: delivery, version: Int64(index + 1)))
        }
        let callBack = UUID()
        for (index, state) in [CallBackState.planned, .due].enumerated() {
            let moved = CallBackMoved(
                callBack: ID(callBack), ticket: ID(ticket), ticketNumber: "T1000001", state: state,
                dueAt: start.addingTimeInterval(90_000), at: start.addingTimeInterval(Double(5463 + index)))
            events.append(RecordedEvent(.calledBack(moved), aggregate: callBack, version: Int64(index + 1)))
        }
        self.events = events
    }
}
