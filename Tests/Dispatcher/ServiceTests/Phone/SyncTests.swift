import Contracts
@testable import DispatcherService
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Messaging
import Postgres
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

/// A telephone that keeps what is done until there is a line.
struct Telephone: Sendable {
    let device = UUID()
    let token: String
    /// Seconds that its clock is ahead of the suite's.
    var ahead = 0.0
    private(set) var commands: [String] = []

    init(token: String, ahead: Double = 0) {
        self.token = token
        self.ahead = ahead
    }

    /// - Parameter at: by the suite's clock.
    mutating func does(
        _ action: String, _ order: ID<WorkOrder>, visit: Int? = 1, at: Date, fields: String = "{}",
        reason: String? = nil, sequence: Int? = nil, id: UUID = UUID()
    ) {
        commands.append(
            """
            {"id":"\(id)","sequence":\(sequence ?? commands.count + 1),"at":"\(Self.text(at + ahead))",
             "workOrder":"\(order)","action":"\(action)","fields":\(fields)
             \(visit.map { ",\"visit\":\($0)" } ?? "")\(reason.map { ",\"reason\":\"\($0)\"" } ?? "")}
            """)
    }

    /// What has an address of its own with a line.
    ///
    /// - Parameter rest: further members of the command, each after a comma.
    mutating func says(
        _ kind: String, _ order: ID<WorkOrder>, visit: Int? = nil, at: Date, _ rest: String = ""
    ) {
        commands.append(
            """
            {"id":"\(UUID())","sequence":\(commands.count + 1),"at":"\(Self.text(at + ahead))",
             "workOrder":"\(order)","kind":"\(kind)"\(visit.map { ",\"visit\":\($0)" } ?? "")\(rest)}
            """)
    }

    func body(_ range: Range<Int>? = nil, now: Date, more: Bool = false) -> String {
        """
        {"device":"\(device)","sentAt":"\(Self.text(now + ahead))","more":\(more),
         "commands":[\(commands[range ?? commands.indices].joined(separator: ","))]}
        """
    }

    func sync(
        _ client: any TestClientProtocol, _ range: Range<Int>? = nil, now: Date, more: Bool = false
    ) async throws -> [String] {
        let answer = try await client.call(
            .post, "\(api)/sync", token: token, json: body(range, now: now, more: more))
        guard answer.status == 200 else { return ["\(answer.status) \(answer.text)"] }
        return (0..<(range ?? commands.indices).count).map { index in
            let words = ["result", "conflict", "clamped"].compactMap { answer["answers.\(index).\($0)"] }
            return words.joined(separator: " ") + (answer["answers.\(index).repeated"] == "1" ? " again" : "")
        }
    }

    static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}

extension DispatcherFixture {
    /// Moves the clock, and lets nothing come due.
    func wait(_ duration: Duration) async throws {
        let clock = DatabaseClock(schema: "dispatch")
        try await clock.setAdjustable(true, in: database.adminPool)
        _ = try await clock.advance(by: duration, in: database.adminPool)
    }

    var suiteNow: Date {
        get async throws { try await database.pool.query("select dispatch.suite_now() as now")[0].value("now") }
    }

    /// When actions of this name were taken, the first first.
    func times(of action: String, _ order: ID<WorkOrder>) async throws -> [Date] {
        try await database.pool.query(
            """
            select at from dispatch.work_event
            where work_order = \(order.value) and kind = 'acted' and subject = \(action)
            order by revision
            """
        ).map { try $0.decode(Date.self) }
    }
}

@Suite struct `A telephone that was without a line` {
    private static let sheet = #"{"handling":"换电容","result":"task-done"}"#

    @Test func `for three days is in step after two cuts, and sends no photo whole twice`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            var orders: [ID<WorkOrder>] = []
            for number in 1...20 {
                orders.append(try await dispatcher.open(number))
                try await dispatcher.onSite(orders[number - 1], client, until: "appoint")
            }
            var phone = Telephone(token: try await dispatcher.token("engineer"))
            let start = try await dispatcher.suiteNow
            try await dispatcher.wait(.seconds(3 * 86_400))
            let photos = (0..<40).map { Photo(size: 200_000, seed: UInt64($0)) }
            for (index, order) in orders.enumerated() {
                var time = start + Double(index + 1) * 7200
                func later() -> Date {
                    time += 60
                    return time
                }
                phone.does("arrive", order, at: later())
                for _ in 0..<8 { phone.does("urgent-part", order, at: later(), reason: "缺件") }
                let ids = photos[2 * index..<2 * index + 2].map { "\"\($0.id)\"" }.joined(separator: ",")
                phone.does(
                    "sheet", order, at: later(),
                    fields: #"{"handling":"换电容","result":"task-done","photos":[\#(ids)]}"#)
            }
            #expect(phone.commands.count == 200)
            // Photos first. The line is cut once in the middle of one, whose last piece nobody answers.
            var sent = 0
            for (number, photo) in photos.enumerated() {
                var offset = try await client.offset(of: photo, token: phone.token) ?? 0
                while offset < photo.bytes.count {
                    let end = min(offset + 65_536, photo.bytes.count)
                    #expect(try await client.send(photo, offset..<end, token: phone.token).status < 300)
                    sent += end - offset
                    offset = end
                    if number == 17, end == 65_536 {
                        offset = try await client.offset(of: photo, token: phone.token) ?? 0
                    }
                }
            }
            #expect(sent == 40 * 200_000)
            // Then a part of the commands, whose answers are lost with the line; then all.
            let now = try await dispatcher.suiteNow
            _ = try await phone.sync(client, 0..<90, now: now, more: true)
            let answers = try await phone.sync(client, now: now)
            #expect(answers == Array(repeating: "done again", count: 90) + Array(repeating: "done", count: 110))
            let times = try await dispatcher.times(of: "arrive", orders[19])
            #expect(abs(times[0].timeIntervalSince(start + 20 * 7200 + 60)) < 1)
            for order in orders {
                #expect(try await dispatcher.times(of: "urgent-part", order).count == 8)
                #expect(try await dispatcher.times(of: "sheet", order).count == 1)
            }
            let attached = try await dispatcher.database.pool.query(
                "select count(*) from dispatch.work_file where work_order is not null")[0].decode(Int.self)
            #expect(attached == 40)
        }
    }

    @Test func `may send the same twice at once: everything is done once, and both are told the same`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let order = try await dispatcher.open()
            try await dispatcher.onSite(order, client)
            var phone = Telephone(token: try await dispatcher.token("engineer"))
            let now = try await dispatcher.suiteNow
            for _ in 0..<10 { phone.does("urgent-part", order, at: now, reason: "缺件") }
            let answers = try await withThrowingTaskGroup { [phone] group in
                for _ in 0..<4 { group.addTask { try await phone.sync(client, now: now) } }
                return try await group.reduce(into: [[String]]()) { $0.append($1) }
            }
            for answer in answers {
                #expect(answer.allSatisfy { $0.hasPrefix("done") }, "\(answer)")
            }
            #expect(answers.joined().count { !$0.hasSuffix("again") } == 10)
            #expect(try await dispatcher.times(of: "urgent-part", order).count == 10)
        }
    }

    @Test func `is told who has the work that was given to another, and what was built on it is not done`() async throws
    {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let (lost, kept) = (try await dispatcher.open(1), try await dispatcher.open(2))
            try await dispatcher.onSite(lost, client, until: "accept")
            try await dispatcher.onSite(kept, client, until: "appoint")
            let token = try await dispatcher.token("engineer")
            let now = try await dispatcher.suiteNow
            var phone = Telephone(token: token)
            let me = try dispatcher.member("engineer").person.id
            // Given to a colleague meanwhile.
            let colleague = try dispatcher.member("engineer2").person.id
            let moved = try await client.call(
                .post, "\(api)/work-orders/\(lost)/transfer", token: token,
                json: #"{"reason":"病了","candidate":{"staff":"\#(colleague)"}}"#)
            #expect(moved.status == 200, "\(moved.text)")
            let owner = try await client.call(
                .get, "\(api)/work-orders/\(lost)", token: try await dispatcher.token("desk"))["owner.name"]
            #expect(owner == "李强", "\(moved.text)")
            phone.does(
                "give-back", lost, visit: nil, at: now, reason: "堵车")
            phone.does("appoint", lost, visit: 1, at: now)
            phone.does("arrive", kept, at: now)
            let answer = try await client.call(
                .post, "\(api)/sync", token: token, json: phone.body(now: try await dispatcher.suiteNow))
            #expect(answer["answers.0.result"] == "conflict", "\(answer.text)")
            #expect(answer["answers.0.conflict"] == "reassigned")
            #expect(answer["answers.0.now.holder"] == "李强")
            #expect(answer["answers.0.words.zh"]?.contains("李强") == true)
            #expect(answer["answers.1.result"] == "blocked")
            #expect(answer["answers.2.result"] == "done")
            #expect(answer["next"] == "4")
            #expect(me != colleague)
        }
    }

    @Test func `and whose clock is two days off is judged by when it was done`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            for (number, ahead) in [(1, -2 * 86_400.0), (2, 2 * 86_400.0), (3, 30.0)] {
                let order = try await dispatcher.open(number)
                try await dispatcher.onSite(order, client, until: "appoint")
                try await dispatcher.wait(.seconds(3600))
                let now = try await dispatcher.suiteNow
                var phone = Telephone(token: try await dispatcher.token("engineer"), ahead: ahead)
                phone.does("arrive", order, at: now - 1800)
                #expect(try await phone.sync(client, now: now) == ["done"])
                let arrived = try await dispatcher.times(of: "arrive", order)[0]
                #expect(abs(arrived.timeIntervalSince(now - 1800)) < 60, "\(ahead)")
            }
        }
    }

    @Test func `cannot say that it did something before it could, or will`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let order = try await dispatcher.open()
            let opened = try await dispatcher.suiteNow
            try await dispatcher.onSite(order, client)
            try await dispatcher.wait(.seconds(7200))
            var phone = Telephone(token: try await dispatcher.token("engineer"))
            let now = try await dispatcher.suiteNow
            phone.does("urgent-part", order, at: opened - 600, reason: "缺件")
            phone.does("urgent-part", order, at: now + 100, reason: "缺件")
            // Not before the one before.
            phone.does("urgent-part", order, at: now - 3600, reason: "缺件")
            #expect(try await phone.sync(client, now: now) == ["done early", "done late", "done early"])
            // The telephone was heard of, and had nothing to say.
            try await dispatcher.wait(.seconds(3600))
            let touched = try await dispatcher.suiteNow
            #expect(try await phone.sync(client, 0..<0, now: touched) == [])
            try await dispatcher.wait(.seconds(60))
            phone.does("urgent-part", order, at: touched - 1800, reason: "缺件")
            #expect(try await phone.sync(client, 3..<4, now: try await dispatcher.suiteNow) == ["done early"])
            let times = try await dispatcher.times(of: "urgent-part", order)
            #expect(times == times.sorted())
            #expect(abs(times[3].timeIntervalSince(touched)) < 5)
        }
    }

    @Test func `waits for what is missing, and goes on after what was refused once it knows`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let order = try await dispatcher.open()
            try await dispatcher.onSite(order, client)
            var phone = Telephone(token: try await dispatcher.token("engineer"))
            let now = try await dispatcher.suiteNow
            phone.does("urgent-part", order, at: now)
            phone.does("urgent-part", order, at: now, reason: "缺件")
            phone.does("urgent-part", order, at: now, reason: "缺件")
            #expect(try await phone.sync(client, 1..<3, now: now) == ["waiting", "waiting"])
            // The first lacks its reason; the second was made in the belief that it was done.
            #expect(try await phone.sync(client, 0..<2, now: now, more: true) == ["refused", "blocked"])
            #expect(try await phone.sync(client, 2..<3, now: now) == ["blocked"])
            phone.does("urgent-part", order, at: try await dispatcher.suiteNow, reason: "缺件")
            #expect(
                try await phone.sync(client, now: now) == [
                    "refused again", "blocked again", "blocked again", "blocked",
                ])
            phone.does("urgent-part", order, at: try await dispatcher.suiteNow, reason: "缺件")
            #expect(try await phone.sync(client, 4..<5, now: now) == ["done"])
        }
    }

    @Test func `that says another thing under the same name is not believed, nor are strangers`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let order = try await dispatcher.open()
            try await dispatcher.onSite(order, client)
            let now = try await dispatcher.suiteNow
            let token = try await dispatcher.token("engineer")
            var phone = Telephone(token: token)
            let id = UUID()
            phone.does("urgent-part", order, at: now, reason: "缺件", id: id)
            #expect(try await phone.sync(client, now: now) == ["done"])
            phone.does("sheet", order, at: now, fields: Self.sheet, sequence: 2, id: id)
            phone.does("sheet", order, at: now, fields: Self.sheet, sequence: 1)
            #expect(try await phone.sync(client, 1..<2, now: now) == ["refused"])
            #expect(try await phone.sync(client, 2..<3, now: now) == ["refused"])
            // Somebody of another department learns nothing, whatever telephone and id he names.
            var stranger = Telephone(token: try await dispatcher.token("beijing"))
            stranger.does("sheet", order, at: now, fields: Self.sheet, id: id)
            let answer = try await client.call(
                .post, "\(api)/sync", token: stranger.token, json: stranger.body(now: now))
            #expect(answer["answers.0.rule"] == "not-found", "\(answer.text)")
            #expect(answer["answers.0.now.step"] == nil)
            #expect(try await dispatcher.times(of: "sheet", order).isEmpty)
            // Twenty telephones, and no more.
            for _ in 0..<19 { _ = try await Telephone(token: token).sync(client, now: now) }
            let last = try await client.call(
                .post, "\(api)/sync", token: token, json: Telephone(token: token).body(now: now))
            #expect(last.problem == "too-many-devices")
            let many = (0..<201).map { _ in
                #"{"id":"\#(UUID())","sequence":1,"at":"2026-11-23T00:00:00Z","workOrder":"\#(order)","action":"x"}"#
            }
            let tooMany = try await client.call(
                .post, "\(api)/sync", token: token,
                json:
                    #"{"device":"\#(UUID())","sentAt":"2026-11-23T00:00:00Z","commands":[\#(many.joined(separator: ","))]}"#
            )
            #expect(tooMany.status == 422)
        }
    }
}
