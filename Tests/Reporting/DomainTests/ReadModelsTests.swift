import Contracts
import Foundation
import Kernel
import ReportingDomain
import TestSupport
import Testing

@Suite struct `Every event of the catalogue` {
    /// Reporting hears every event; one that it does not know ends as a dead letter.
    @Test func `can be read`() throws {
        let golden = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Shared/ContractsTests/Golden")
        var count = 0
        for (type, body) in Catalogue.types where body is any Event.Type {
            let bytes = Array(try Data(contentsOf: golden.appending(path: "\(type).json")))
            let event = try RecordedEvent(type: type, aggregate: UUID(), version: 1, body: bytes)
            #expect(event != nil, "\(type): give RecordedEvent.Fact a case for it")
            count += 1
        }
        #expect(count >= 18)
    }
}

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

    @Test func `lets the work order go its way and each visit its own`() {
        let told = Visited()
        let models = ReadModels(told.events.shuffled())
        let stretches = Timeline.stretches(of: Array(models.nodes.values), now: told.start + 1000)
        let lines = stretches.map { stretch -> String in
            let visit = stretch.step?.visit.map { "\($0)/" } ?? ""
            let seconds = stretch.seconds.map { "\(Int($0))" } ?? "end"
            return "\(visit)\(stretch.step?.code ?? "") \(stretch.who ?? "-") \(seconds)"
        }
        #expect(
            lines == [
                "desk 赵敏 10", "1/travel 张工 100", "2/travel 李工 160", "in-service 赵敏 190", "1/on-site 张工 50",
                "1/solved 张工 end", "2/cancelled 赵敏 end", "payment - 100", "closed 赵敏 end",
            ])
    }

    @Test func `ends a visit that was not told to be over with its work order`() {
        let step = { (code: String, visit: Int?, isEnd: Bool) in
            NodeFact.Step(code: code, titleZh: "", titleEn: "", visit: visit, isEnd: isEnd)
        }
        let work = UUID()
        let facts = [
            NodeFact(
                key: .init(aggregate: work, version: 1), ticket: UUID(), node: .accepted, who: nil, at: story.start,
                step: step("travel", 1, false)),
            NodeFact(
                key: .init(aggregate: work, version: 2), ticket: UUID(), node: .closed, who: nil, at: story.start + 5,
                step: step("closed", nil, true)),
        ]
        #expect(Timeline.stretches(of: facts, now: story.start + 99).map(\.seconds) == [5, nil])
    }

    @Test func `tells what happened beside the steps, and how long work rested`() {
        let told = Visited()
        let models = ReadModels(told.events.reversed() + told.events)
        let (nodes, incidents) = (Array(models.nodes.values), Array(models.incidents))
        let events = Timeline.events(of: incidents, among: nodes, now: told.start + 1000)
        // The customer's own urge, of which his wish tells, is not told twice.
        #expect(events.map(\.incident) == [.urged, .putAside, .resumed, .suspended])
        #expect(events.map(\.who) == ["赵敏", "张工", "赵敏", "赵敏"])
        #expect(events.map(\.note) == ["也很急", "等配件", nil, nil])
        #expect(events.map(\.seconds) == [nil, 30, nil, 40])
        let still = Timeline.events(of: incidents.filter { $0.incident == .putAside }, among: [], now: told.start + 70)
        #expect(still.map(\.seconds) == [10])
        #expect(still.map(\.until) == [nil])
    }

    @Test func `of nothing is empty`() {
        #expect(Timeline.stretches(of: [], now: story.start).isEmpty)
    }
}

/// A work order with two visits at once, one of which ends before the other, with an urge and two rests.
struct Visited {
    let start = Date(timeIntervalSince1970: 1_790_000_000)
    let events: [RecordedEvent]

    init() {
        let (ticket, work, start) = (UUID(), UUID(), start)
        let customer = CustomerCard(
            id: ID(UUID()), name: "王小明", contact: nil, phone: nil, email: nil, weChatOpenID: nil,
            language: Open(.chinese))
        let zhang = Person(id: ID(UUID()), name: "张工")
        let li = Person(id: ID(UUID()), name: "李工")
        let desk = Person(id: ID(UUID()), name: "赵敏")
        var events: [RecordedEvent] = []
        func say(
            _ after: Double, _ step: String, visit: Int? = nil, _ owner: Person?, by actor: Person?,
            state: WorkState = .accepted, outcome: String? = nil, only happened: [String]? = nil, note: String? = nil
        ) {
            let place = WorkPlace(
                process: "s3-repair", processVersion: 1, step: step, title: Phrase(zh: step, en: step),
                colour: "grey", customer: nil, visit: visit, isEntered: happened == nil, outcome: outcome)
            let moved = WorkMoved(
                workOrder: ID(work), ticket: ID(ticket), ticketNumber: "T1000001", subject: "空调", department: "north",
                state: state, previous: nil, owner: owner, actor: actor, note: note, customer: customer, address: nil,
                at: start + after, place: place, happened: happened ?? ["acted", "moved"])
            events.append(RecordedEvent(.moved(moved), aggregate: work, version: Int64(events.count + 1)))
        }
        say(0, "desk", desk, by: nil)
        say(10, "travel", visit: 1, zhang, by: desk, state: .travelling)
        say(10, "travel", visit: 2, li, by: desk, state: .travelling)
        say(10, "in-service", desk, by: desk, state: .travelling)
        say(40, "in-service", desk, by: nil, only: ["urged"], note: "很急")
        say(45, "in-service", desk, by: desk, only: ["urged"], note: "也很急")
        say(60, "in-service", desk, by: zhang, only: ["putAside"], note: "等配件")
        say(90, "in-service", desk, by: desk, only: ["resumed"])
        say(110, "on-site", visit: 1, zhang, by: zhang, state: .onSite)
        say(160, "solved", visit: 1, zhang, by: zhang, outcome: "done")
        say(170, "cancelled", visit: 2, li, by: desk, outcome: "cancelled")
        say(200, "payment", nil, by: desk)
        say(260, "payment", nil, by: desk, only: ["approvalX", "suspended"])
        say(300, "closed", nil, by: desk, state: .closed, outcome: "done")
        self.events = events
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
