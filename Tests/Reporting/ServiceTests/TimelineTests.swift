import AMQP
import Contracts
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Messaging
import Postgres
import ServiceKit
import ServiceLifecycle
import TestSupport
import Testing

@testable import ReportingService

/// Reporting on a database of its own, with a broker, asked without a network.
struct ReportingStand: Sendable {
    let database: TestDatabase
    let vhost: TestVhost
    let client: any TestClientProtocol
    let signer: TokenSigner

    static func with(_ body: @escaping @Sendable (ReportingStand) async throws -> Void) async throws {
        try await withVhost(declarations: Topology.suite.owned(by: "reporting").declarations) { vhost in
            try await withDatabase(schema: "report", migrations: ReportingService.migrations) { database in
                let signer = TokenSigner()
                let kit = try Kit.testing(
                    name: "reporting", schema: "report", pool: database.pool, broker: vhost.client, signer: signer)
                let partitions = EventPartitions(pool: database.pool, logger: kit.logger)
                let consumer = kit.consumer("reporting.events", routes: [OnEvent.route(partitions: partitions)])
                let parts: [any Service] = [kit.relay, consumer, kit.deadLetterArchiver()]
                try await kit.application(ReportingService.router(kit)).test(.router) { client in
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        // Ended by the cancellation below.
                        for part in parts { group.addTask { try? await part.run() } }
                        try await body(
                            ReportingStand(database: database, vhost: vhost, client: client, signer: signer))
                        group.cancelAll()
                    }
                }
            }
        }
    }

    func publish(_ messages: [Publication]) async throws {
        let outcomes = await vhost.client.publish(messages)
        #expect(outcomes.allSatisfy { $0 == .confirmed })
    }

    func untilHandled(_ count: Int64) async throws {
        try await eventually("\(count) raw events") {
            try await self.count("select count(*) from report.event") >= count
        }
        try await eventually("an empty queue") { try await vhost.queueDepth("reporting.events") == 0 }
    }

    func count(_ sql: SQL) async throws -> Int64 {
        try await database.pool.query(sql)[0].decode(Int64.self)
    }

    func get(
        _ path: String, departments: [String]? = ["service"], language: String? = nil
    ) async throws -> (status: Int, text: String, headers: HTTPFields) {
        var headers = HTTPFields()
        if let departments {
            let token = try await signer.sign(
                TokenClaims(
                    staff: ID(UUID()), name: "经理", roles: ["manager"], departments: departments,
                    expiresAt: Date().addingTimeInterval(600)))
            headers[.cookie] = "paidan=\(token)"
        }
        if let language { headers[.acceptLanguage] = language }
        return try await client.execute(uri: path, method: .get, headers: headers) {
            ($0.status.code, String(buffer: $0.body), $0.headers)
        }
    }

    /// Every row of every read model, in an order that does not depend on when it was written.
    func readModels() async throws -> [String] {
        var rows: [String] = []
        for table in ["ticket", "node", "incident", "wish", "delivery", "call_back", "call"] {
            rows += try await database.pool.query(
                "select to_jsonb(t)::text from report.\(unescaped: table) as t order by 1"
            ).map { try $0.decode(String.self) }
        }
        return rows
    }
}

/// The messages of one ticket's life, as the services say them.
struct TicketLife: Sendable {
    let ticket: UUID
    let work = UUID()
    let number: String
    let messages: [Publication]

    init(number: String, subject: String = "空调不制冷", department: String = "service", start: Date) throws {
        let ticket = UUID()
        let customer = CustomerCard(
            id: ID(UUID()), name: "王小明", contact: nil, phone: nil, email: nil, weChatOpenID: nil,
            language: Open(.chinese))
        let engineer = Person(id: ID(UUID()), name: "张工")
        var messages = [
            try Self.message(
                TicketCreated(
                    ticket: ID(ticket), number: number, channel: Open(.web), kind: Open(.repair), urgency: Open(.high),
                    subject: subject, description: "", department: department, customer: customer, address: nil,
                    productSerial: nil, createdAt: start), ticket, 1, ticket, start, "intake")
        ]
        for (index, state) in WorkState.allCases.enumerated() {
            let at = start.addingTimeInterval(Double(index + 1) * 60)
            messages.append(
                try Self.message(
                    WorkMoved(
                        workOrder: ID(work), ticket: ID(ticket), ticketNumber: number, subject: subject,
                        department: department, state: state, previous: nil, owner: index == 0 ? nil : engineer,
                        actor: nil, note: nil, customer: customer, address: nil, at: at),
                    work, Int64(index + 1), ticket, at, "dispatcher"))
        }
        let urgedAt = start.addingTimeInterval(150)
        messages.append(
            try Self.message(
                WorkMoved(
                    workOrder: ID(work), ticket: ID(ticket), ticketNumber: number, subject: subject,
                    department: department, state: .accepted, previous: nil, owner: engineer, actor: nil, note: "很急",
                    customer: customer, address: nil, at: urgedAt,
                    place: WorkPlace(
                        process: "simple-repair", processVersion: 1, step: "accepted", title: Phrase(zh: "", en: ""),
                        colour: "grey", customer: nil, visit: nil, isEntered: false), happened: ["urged"]),
                work, 7, ticket, urgedAt, "dispatcher"))
        for channel in NotifyChannel.allCases {
            let delivery = UUID()
            for (index, state) in [DeliveryState.sent, .delivered].enumerated() {
                let at = start.addingTimeInterval(Double(5 + index))
                messages.append(
                    try Self.message(
                        DeliveryReported(
                            delivery: ID(delivery), ticket: ID(ticket), ticketNumber: number, channel: Open(channel),
                            occasion: "ticket.created", state: state, recipient: "+86*******00", reason: nil, at: at),
                        delivery, Int64(index + 1), ticket, at, "notifier"))
            }
        }
        for (index, wish) in CustomerWish.allCases.enumerated() {
            let at = start.addingTimeInterval(Double(90 + index))
            messages.append(
                try Self.message(
                    CustomerAsked(
                        ticket: ID(ticket), ticketNumber: number, wish: wish,
                        action: wish == .answer ? "confirmed" : nil, visit: nil, fields: nil, note: "很急 <b>", at: at),
                    ticket, Int64(index + 2), ticket, at, "intake"))
        }
        let callBack = UUID()
        for (index, state) in [CallBackState.planned, .due, .planned, .done].enumerated() {
            let at = start.addingTimeInterval(Double(400 + index))
            let call = CallBackCall(
                attempt: index - 1, outcome: state == .done ? .satisfied : .unreached, score: state == .done ? 5 : nil,
                note: state == .done ? "很好 <b>" : nil, by: engineer, stay: nil, action: nil, fields: nil)
            messages.append(
                try Self.message(
                    CallBackMoved(
                        callBack: ID(callBack), ticket: ID(ticket), ticketNumber: number, state: state,
                        dueAt: start.addingTimeInterval(86_400), at: at, call: index < 2 ? nil : call),
                    callBack, Int64(index + 1), ticket, at, "followup"))
        }
        self.ticket = ticket
        self.number = number
        self.messages = messages
    }

    static func message(
        _ event: some Event, _ aggregate: UUID, _ version: Int64, _ ticket: UUID, _ at: Date, _ source: String
    ) throws -> Publication {
        let envelope = Envelope(
            id: UUID(namespace: aggregate, name: "\(version)"), type: event.type.description, source: source, time: at,
            aggregate: .init(id: aggregate, version: version), correlation: ticket)
        return Publication(
            exchange: Topology.ExchangeName.events, routingKey: event.type.description,
            properties: EnvelopeCodec.properties(of: envelope, stampedAt: Date()), body: try WireJSON.encode(event))
    }
}

@Suite struct `A ticket's timeline` {
    private let start = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 - 86_400).rounded())

    @Test func `shows the whole life`() async throws {
        try await ReportingStand.with { stand in
            let life = try TicketLife(number: "T1000001", start: start)
            try await stand.publish(life.messages)
            try await stand.untilHandled(Int64(life.messages.count))
            let answer = try await stand.get("/api/reports/v1/tickets/T1000001/timeline")
            #expect(answer.status == 200)
            let json = try JSONSerialization.jsonObject(with: Data(answer.text.utf8)) as? [String: Any] ?? [:]
            #expect(json["subject"] as? String == "空调不制冷")
            #expect(json["customer"] as? String == "王小明")
            #expect(json["status"] as? String == "closed")
            let nodes = json["nodes"] as? [[String: Any]] ?? []
            #expect(
                nodes.map { $0["node"] as? String }
                    == ["created", "offered", "accepted", "travelling", "onSite", "done", "closed"])
            #expect(nodes.dropLast().allSatisfy { $0["seconds"] as? Double == 60 })
            #expect(nodes[2]["who"] as? String == "张工")
            #expect(nodes[0]["titleZh"] as? String == "已建单")
            let messages = json["messages"] as? [[String: Any]] ?? []
            #expect(Set(messages.compactMap { $0["channel"] as? String }) == ["sms", "mail", "wechat"])
            #expect(messages.allSatisfy { $0["state"] as? String == "delivered" })
            let incidents = json["incidents"] as? [[String: Any]] ?? []
            #expect(incidents.isEmpty, "the customer's urge stands among his wishes")
            let callBacks = json["callBacks"] as? [[String: Any]] ?? []
            #expect(callBacks.map { $0["state"] as? String } == ["done"])
            let calls = json["calls"] as? [[String: Any]] ?? []
            #expect(calls.map { $0["outcome"] as? String } == ["unreached", "satisfied"])
            #expect(calls.last?["who"] as? String == "张工" && calls.last?["score"] as? Int == 5)
            #expect(try await stand.get("/reports/tickets/T1000001").text.contains("很好 &lt;b&gt;"))
            let wishes = json["wishes"] as? [[String: Any]] ?? []
            #expect(wishes.map { $0["wish"] as? String } == ["urge", "withdraw", "answer"])
            #expect(wishes.last?["action"] as? String == "confirmed" && wishes.last?["note"] as? String == "很急 <b>")
            #expect(try await stand.count("select count(*) from report.dead_letter") == 0)
        }
    }

    @Test func `is the same from shuffled and doubled events, and from a rebuild`() async throws {
        let lives = try (1...20).map { try TicketLife(number: "T100000\($0)", start: start) }
        let ordered = lives.flatMap(\.messages)
        let shuffled = (ordered + ordered + ordered).shuffled()
        let expected = Snapshot()
        try await ReportingStand.with { stand in
            try await stand.publish(ordered)
            try await stand.untilHandled(Int64(ordered.count))
            await expected.set(try await stand.readModels())
        }
        try await ReportingStand.with { stand in
            try await stand.publish(shuffled)
            try await stand.untilHandled(Int64(ordered.count))
            try await eventually("the last duplicates") { try await stand.readModels() == expected.rows }
            #expect(try await stand.count("select count(*) from report.event") == Int64(ordered.count))
            #expect(try await stand.count("select count(*) from report.dead_letter") == 0)

            try await stand.database.pool.pipeline([
                "delete from report.node", "delete from report.incident", "update report.ticket set subject = 'wrong'",
            ])
            #expect(try await ReportingRebuild.run(stand.database.pool) == ordered.count)
            #expect(try await stand.readModels() == expected.rows)
        }
    }

    @Test func `is shown to the ticket's department only`() async throws {
        try await ReportingStand.with { stand in
            let north = try TicketLife(number: "T1000001", department: "field-north", start: start)
            let south = try TicketLife(number: "T1000002", department: "field-south", start: start)
            try await stand.publish(north.messages + south.messages)
            try await stand.untilHandled(Int64(north.messages.count + south.messages.count))
            let path = "/api/reports/v1/tickets"
            #expect(try await stand.get("\(path)/T1000001/timeline", departments: ["field-north"]).status == 200)
            #expect(try await stand.get("\(path)/T1000002/timeline", departments: ["field-north"]).status == 404)
            let list = try await stand.get(path, departments: ["field-north"])
            #expect(list.text.contains("T1000001"))
            #expect(!list.text.contains("T1000002"))
            #expect(try await stand.get(path, departments: nil).status == 401)
            for table in ["ticket", "node", "incident", "wish", "delivery", "call_back", "call"] {
                let seen = try await stand.database.pool.transaction(role: "report_member") { transaction in
                    try await transaction.query("select from report.\(unescaped: table)").count
                }
                #expect(seen == 0, "\(table)")
            }
            await #expect(throws: PostgresError.self) {
                try await stand.database.pool.transaction(role: "report_member") { transaction in
                    _ = try await transaction.query("select from report.event")
                }
            }
        }
    }
}

private actor Snapshot {
    private(set) var rows: [String] = []
    func set(_ rows: [String]) { self.rows = rows }
}

@Suite struct `The raw events` {
    @Test func `lie in the partition of their month, and far months in the default one`() async throws {
        try await ReportingStand.with { stand in
            let now = try TicketLife(
                number: "T1000001", start: Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded()))
            let far = try TicketLife(number: "T1000002", start: Date(timeIntervalSince1970: 0))
            try await stand.publish(now.messages + far.messages)
            try await stand.untilHandled(Int64(now.messages.count + far.messages.count))
            #expect(
                try await stand.count("select count(*) from only report.event_default") == Int64(far.messages.count))
            let month = String(EventPartitions.month(of: Date()).prefix(7).replacing("-", with: "_"))
            #expect(try await stand.count("select count(*) from report.event_\(unescaped: month)") > 0)
            // Making the partition afterwards moves what waited.
            try await stand.database.pool.query("select report.make_event_partition(date '1970-01-17')")
            #expect(try await stand.count("select count(*) from only report.event_default") == 0)
            #expect(try await stand.count("select count(*) from report.event_1970_01") == Int64(far.messages.count))
            await #expect(throws: PostgresError.self) {
                try await stand.database.pool.query("drop table report.event_1970_01")
            }
        }
    }

    @Test func `do not hold what is no event; it is archived with the reason`() async throws {
        try await ReportingStand.with { stand in
            let life = try TicketLife(number: "T1000001", start: Date())
            var broken = life.messages[1]
            broken.body = Array(#"{"state":"offered"}"#.utf8)
            var unknown = life.messages[2]
            unknown.properties.type = "work.accepted.v9"
            try await stand.publish([life.messages[0], broken, unknown, life.messages[3]])
            try await eventually("two dead letters and two events") {
                let dead = try await stand.count("select count(*) from report.dead_letter")
                let events = try await stand.count("select count(*) from report.event")
                return dead == 2 && events == 2
            }
        }
    }

    @Test func `have their months named in UTC`() {
        let lastMoment = Date(timeIntervalSince1970: 1_798_761_599)
        #expect(EventPartitions.month(of: lastMoment) == "2026-12-01")
        #expect(EventPartitions.months(from: lastMoment, count: 3) == ["2026-12-01", "2027-01-01", "2027-02-01"])
    }
}

@Suite struct `The pages` {
    @Test func `show a ticket's life in the reader's language, with everything escaped`() async throws {
        try await ReportingStand.with { stand in
            let life = try TicketLife(number: "T1000001", subject: "<script>alert(1)</script> & \"x\"", start: Date())
            try await stand.publish(life.messages)
            try await stand.untilHandled(Int64(life.messages.count))
            let zh = try await stand.get("/reports/tickets/T1000001", language: "zh-CN,zh;q=0.9,en;q=0.8")
            #expect(zh.status == 200)
            #expect(zh.text.contains("现场处理"))
            #expect(zh.text.contains("催办") && zh.text.contains("confirmed · 很急 &lt;b&gt;"))
            #expect(zh.text.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"))
            #expect(!zh.text.contains("<script>alert"))
            let en = try await stand.get("/reports/tickets/T1000001", language: "fr, en;q=0.8, zh;q=0.1")
            #expect(en.text.contains("On site"))
            #expect(en.text.contains("urges") && zh.text.contains("催办"))
            #expect(en.text.contains("<html lang=\"en\">"))
            #expect(en.headers[.contentSecurityPolicy]?.contains("default-src 'none'") == true)
            let list = try await stand.get("/reports", language: "en")
            #expect(list.text.contains("/reports/tickets/T1000001"))
            #expect(try await stand.get("/reports/tickets/T9").status == 404)
        }
    }

    @Test func `ask who is not signed in to do so, and say when there is nothing`() async throws {
        try await ReportingStand.with { stand in
            let stranger = try await stand.get("/reports", departments: nil, language: "en")
            #expect(stranger.status == 401)
            #expect(stranger.text.contains("id=\"sign-in\""))
            let empty = try await stand.get("/reports", language: "en")
            #expect(empty.status == 200)
            #expect(empty.text.contains("There are no tickets yet"))
            #expect(
                try await stand.get("/reports/style.css", departments: nil).headers[.contentType]
                    == "text/css; charset=utf-8")
        }
    }

    @Test(arguments: [
        (nil, "zh"), ("", "zh"), ("en-GB", "en"), ("de,fr;q=0.5", "zh"), ("zh;q=0.2,en;q=0.7", "en"), ("EN", "en"),
        ("en;q=0", "zh"), (";;;,,q=", "zh"),
    ]) func `choose the language that the reader wants most`(header: String?, expected: String) {
        #expect(PageWords.language(accepted: header).rawValue == expected)
    }
}
