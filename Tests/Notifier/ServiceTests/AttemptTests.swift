import Contracts
import Foundation
import Kernel
import NotifierDomain
import Postgres
import Testing

@testable import NotifierService

@Suite struct `A delivery` {
    @Test func `is sent once however often its command comes`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            let provider = ToldProvider()
            let sender = desk.sender(.sms, provider)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...10 { group.addTask { try await desk.send(delivery, .sms, by: sender) } }
                try await group.waitForAll()
            }
            try await desk.send(delivery, .sms, by: sender)
            #expect(provider.sent.count == 1)
            #expect(try await desk.state(delivery) == "sent")
            #expect(try await desk.attempts(delivery) == ["1:sent:accepted"])
            #expect(try await desk.said() == ["delivery.sent.v1"])
        }
    }

    @Test func `is claimed once by many processes`() async throws {
        try await Desk.with { desk in
            var deliveries: [ID<Delivery>] = []
            for _ in 1...20 { deliveries += try await desk.plan(Samples.news(), [.mail]) }
            let all = deliveries
            let claims = try await withThrowingTaskGroup(of: [AttemptStore.Claim].self) { group in
                for _ in 1...4 {
                    group.addTask { try await desk.attempts.claim(all.shuffled(), provider: "p", lease: .seconds(30)) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let sent = claims.compactMap { claim -> Outgoing? in
                if case .send(let outgoing) = claim { outgoing } else { nil }
            }
            #expect(sent.count == 20)
            #expect(Set(sent.map(\.delivery)) == Set(all))
        }
    }

    @Test func `commits its attempt before the provider is called`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            _ = try await desk.attempts.claim([delivery], provider: "p", lease: .seconds(30))
            #expect(try await desk.attempts(delivery) == ["1:sending:"])
        }
    }

    @Test func `is repeated after a pause for a reason that passes`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            let provider = ToldProvider([.throttled(after: .seconds(60), reason: "slow")])
            let sender = desk.sender(.sms, provider)
            try await desk.send(delivery, .sms, by: sender)
            #expect(try await desk.state(delivery) == "pending")
            // Too early: a command that comes anyway does nothing, nor does the sweeper.
            try await desk.send(delivery, .sms, by: sender)
            _ = try await desk.sweeper.sweep()
            #expect(provider.sent.count == 1)
            #expect(try await desk.said() == [])
            try await desk.age("2 minutes")
            _ = try await desk.sweeper.sweep()
            #expect(try await desk.said() == ["send \(delivery)"])
            try await desk.send(delivery, .sms, by: sender)
            #expect(try await desk.attempts(delivery) == ["1:failed:throttled", "2:sent:accepted"])
            #expect(try await desk.said() == ["send \(delivery)", "delivery.sent.v1"])
        }
    }

    @Test func `is unknown when the sender died, if the provider cannot tell a repetition`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            _ = try await desk.attempts.claim([delivery], provider: "p", lease: .seconds(30))
            _ = try await desk.sweeper.sweep()
            #expect(try await desk.state(delivery) == "pending")
            try await desk.age("1 minute")
            _ = try await desk.sweeper.sweep()
            #expect(try await desk.state(delivery) == "unknown")
            #expect(try await desk.attempts(delivery) == ["1:unknown:ambiguous"])
            #expect(try await desk.said() == ["delivery.unknown.v1"])
            let provider = ToldProvider()
            try await desk.send(delivery, .sms, by: desk.sender(.sms, provider))
            #expect(provider.sent.isEmpty)
        }
    }

    @Test(arguments: [NotifyChannel.mail, .wechat])
    func `is sent again under the same name when the sender died, where that is recognised`(kind: NotifyChannel)
        async throws
    {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [kind])[0]
            _ = try await desk.attempts.claim([delivery], provider: "p", lease: .seconds(30))
            try await desk.age("1 minute")
            _ = try await desk.sweeper.sweep()
            #expect(try await desk.said() == ["send \(delivery)"])
            let provider = ToldProvider()
            try await desk.send(delivery, kind, by: desk.sender(kind, provider))
            #expect(provider.sent.map(\.repetitionKey) == [delivery.description.filter { $0 != "-" }])
            #expect(try await desk.attempts(delivery) == ["1:unknown:ambiguous", "2:sent:accepted"])
        }
    }

    @Test func `believes a sender who was only late`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            _ = try await desk.attempts.claim([delivery], provider: "p", lease: .seconds(30))
            try await desk.age("1 minute")
            _ = try await desk.sweeper.sweep()
            let late = Change(.sent(providerID: "P"), on: .accepted(providerID: "P"), delivery: delivery, attempt: 1)
            try await desk.pool.transaction { try await desk.bookkeeping.save([late], in: $0) }
            #expect(try await desk.state(delivery) == "sent")
            #expect(try await desk.said() == ["delivery.unknown.v1", "delivery.sent.v1"])
        }
    }

    @Test func `waits for an earlier one of its ticket and channel, and is called when that is over`() async throws {
        try await Desk.with { desk in
            let ticket = ID<Ticket>(UUID())
            let first = try await desk.plan(Samples.news(ticket: ticket), [.mail])[0]
            let second = try await desk.plan(Samples.news(.workAccepted, ticket: ticket), [.mail])[0]
            let provider = ToldProvider()
            let sender = desk.sender(.mail, provider)
            try await desk.send(second, .mail, by: sender)
            #expect(provider.sent.isEmpty)
            try await desk.send(first, .mail, by: sender)
            #expect(try await desk.said() == ["delivery.sent.v1", "send \(second)"])
            try await desk.send(second, .mail, by: sender)
            #expect(provider.sent.map(\.delivery) == [first, second])
        }
    }

    @Test func `keeps its turn while an earlier one is repeated, until that one is given up`() async throws {
        try await Desk.with { desk in
            let ticket = ID<Ticket>(UUID())
            let first = try await desk.plan(Samples.news(ticket: ticket), [.mail])[0]
            let second = try await desk.plan(Samples.news(.workDone, ticket: ticket), [.mail])[0]
            let provider = ToldProvider([.throttled(after: .seconds(3600), reason: "slow")])
            let sender = desk.sender(.mail, provider)
            try await desk.send(first, .mail, by: sender)
            try await desk.send(second, .mail, by: sender)
            // The sweeper looks at the second again and again; it is not its turn.
            try await desk.age("1 minute")
            _ = try await desk.sweeper.sweep()
            #expect(try await desk.said() == [])
            try await desk.pool.query(
                "update notify.delivery set expires_at = now(), created_at = now() - interval '25 hours' where id = \(first.value)"
            )
            _ = try await desk.sweeper.sweep()
            #expect(try await desk.state(first) == "failed")
            #expect(try await desk.said() == ["delivery.failed.v1", "send \(second)"])
            try await desk.send(second, .mail, by: sender)
            #expect(provider.sent.map(\.delivery) == [first, second])
        }
    }

    @Test func `that came too late is not sent`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            try await desk.age("25 hours")
            let provider = ToldProvider()
            try await desk.send(delivery, .sms, by: desk.sender(.sms, provider))
            #expect(provider.sent.isEmpty)
            #expect(try await desk.state(delivery) == "failed")
            #expect(try await desk.said() == ["delivery.failed.v1"])
        }
    }

    @Test func `ends with whatever words the provider has, those that no table takes included`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            try await desk.send(
                delivery, .sms, by: desk.sender(.sms, ToldProvider([.rejectedRecipient("bad \0 text")])))
            #expect(try await desk.state(delivery) == "failed")
            #expect(try await desk.said() == ["delivery.failed.v1"])
        }
    }

    @Test func `falls back to the next rung when its channel cannot`() async throws {
        try await Desk.with { desk in
            let rungs = try await desk.plan(Samples.news(), [.wechat, .sms, .mail], mode: .first)
            #expect(try await desk.state(rungs[1]) == "standby")
            let refused = ToldProvider([.rejectedRecipient("WeChat 43004")])
            try await desk.send(rungs[0], .wechat, by: desk.sender(.wechat, refused))
            #expect(try await desk.state(rungs[0]) == "failed")
            #expect(try await desk.said() == ["delivery.failed.v1", "send \(rungs[1])"])
            try await desk.send(rungs[1], .sms, by: desk.sender(.sms, ToldProvider()))
            #expect(try await desk.state(rungs[1]) == "sent")
            #expect(try await desk.state(rungs[2]) == "standby")
        }
    }

    @Test(arguments: [[8, 1], [1, 8], [1, 1, 8], [8, 1, 2]])
    func `takes receipts in any order`(statuses: [Int]) async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            let provider = ToldProvider()
            try await desk.send(delivery, .sms, by: desk.sender(.sms, provider))
            for status in statuses {
                try await desk.receipts.kannel(reference: provider.sent[0].reference, status: status, answer: "x")
            }
            #expect(try await desk.state(delivery) == "delivered")
            #expect(try await desk.said() == ["delivery.sent.v1", "delivery.delivered.v1"])
        }
    }

    @Test func `takes a receipt that comes before the provider's answer`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            _ = try await desk.attempts.claim([delivery], provider: "p", lease: .seconds(30))
            try await desk.receipts.kannel(reference: "\(delivery).1", status: 1, answer: "")
            let answer = Change(.sent(providerID: nil), on: .accepted(providerID: nil), delivery: delivery, attempt: 1)
            try await desk.pool.transaction { try await desk.bookkeeping.save([answer], in: $0) }
            #expect(try await desk.state(delivery) == "delivered")
            #expect(try await desk.said() == ["delivery.delivered.v1"])
        }
    }

    @Test func `is not moved by receipts about something else`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            for reference in ["\(delivery).1", "\(UUID()).1", "nonsense"] {
                try await desk.receipts.kannel(reference: reference, status: 1, answer: "")
            }
            #expect(try await desk.state(delivery) == "pending")
            let kept = try await desk.pool.query("select count(*) from notify.receipt where delivery is null")
            let count = try kept.first?.decode(Int64.self)
            #expect(count == 3)
        }
    }

    @Test func `tells its versions without a gap`() async throws {
        try await Desk.with { desk in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            let provider = ToldProvider()
            try await desk.send(delivery, .sms, by: desk.sender(.sms, provider))
            try await desk.receipts.kannel(reference: provider.sent[0].reference, status: 2, answer: "absent")
            let rows = try await desk.pool.query(
                "select aggregate_version, convert_from(body, 'UTF8') from notify.outbox order by id")
            let reports = try rows.map { row in
                let (version, body) = try row.decode(Int64.self, String.self)
                return (version, try WireJSON.decode(DeliveryReported.self, from: Array(body.utf8)))
            }
            #expect(reports.map(\.0) == [1, 2])
            #expect(reports.map(\.1.state) == [.sent, .failed])
            #expect(reports.last?.1.recipient == "+86*********00")
            #expect(reports.last?.1.reason?.contains("absent") == true)
        }
    }
}
