import Contracts
@testable import DispatcherDomain
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Messaging
import NIOCore
import Postgres
import ServiceKit
import TestSupport

/// A dispatcher with a database of its own and the demo's people in it.
struct DispatcherFixture: Sendable {
    let database: TestDatabase
    let kit: Kit
    let settings: DispatcherSettings

    /// Tokens as the sign-in would give them.
    func token(_ login: String) async throws -> String {
        let member = try member(login)
        return try await settings.signer.sign(
            TokenClaims(
                staff: member.person.id, name: member.person.name, roles: member.roles,
                departments: member.departments.sorted(), expiresAt: Date(timeIntervalSinceNow: 3600)))
    }

    /// One of the demo's people.
    func member(_ login: String) throws -> StaffActor {
        guard let member = DispatcherDemo.staff.first(where: { $0.draft.login == login }) else {
            throw NoSuchLogin(login: login)
        }
        let department = member.draft.department ?? ""
        let tree = DepartmentTree(
            parents: Dictionary(uniqueKeysWithValues: DispatcherDemo.departments.map { ($0.code, $0.parent) }))
        return StaffActor(
            person: Person(id: member.id, name: member.draft.name ?? ""), roles: Set(member.draft.roles ?? []),
            departments: Set(tree.subtree(of: department)))
    }

    struct NoSuchLogin: Error {
        let login: String
    }

    /// A work order in its first step, as a ticket would have opened it.
    @discardableResult
    func open(
        _ number: Int = 1, department: String = "service", kind: TicketKind = .repair, level: String? = nil
    ) async throws -> ID<WorkOrder> {
        let ticket = Self.ticket(number, department: department, kind: kind, level: level)
        let envelope = Envelope(
            id: UUID(), type: ticket.type.description, source: "intake", time: ticket.createdAt)
        try await database.pool.transaction { transaction in
            let unit = try await kit.outbox.unitOfWork(in: transaction, source: "dispatcher")
            try await desk.onTicketCreated.open([Incoming(envelope: envelope, body: ticket)], in: unit)
            try await kit.outbox.save(unit)
        }
        // What the opening said is not what the tests look at.
        try await database.pool.query("delete from dispatch.outbox")
        return WorkOrderRecord.id(for: ticket.ticket)
    }

    var desk: ProcessDesk { ProcessDesk(kit) }

    /// Moves the suite's clock and lets come due what then is due.
    func advance(_ duration: Duration) async throws {
        let clock = DatabaseClock(schema: "dispatch")
        try await clock.setAdjustable(true, in: database.adminPool)
        _ = try await clock.advance(by: duration, in: database.adminPool)
        try await fireAlarms()
    }

    /// Fires every timer that is due.
    func fireAlarms() async throws {
        let timers = desk.timers
        try await running([timers]) {
            try await eventually("no timer is due any more") {
                try await database.pool.query(
                    """
                    select 1 as one from dispatch.timer
                    where fired_at is null and cancelled_at is null and wake_at <= dispatch.suite_now()
                    """
                ).isEmpty
            }
        }
    }

    static func ticket(
        _ number: Int, department: String = "service", kind: TicketKind = .repair, level: String? = nil
    ) -> TicketCreated {
        let id = UUID(namespace: DispatcherDemo.staff[0].id.value, name: "ticket \(number)")
        return TicketCreated(
            ticket: ID(id), number: "T\(1_000_000 + number)", channel: Open(.web), kind: Open(kind),
            urgency: Open(.normal), subject: "空调不制冷 \"'<b>", description: "从昨天起", department: department,
            customer: CustomerCard(
                id: ID(id), name: "大华商贸", contact: nil, phone: "+8613800138000", email: nil, weChatOpenID: nil,
                language: Open(.chinese)),
            address: "人民路1号", productSerial: nil, serviceLevel: level,
            createdAt: Date(timeIntervalSince1970: 1_800_000_000))
    }

    /// The types in the outbox that tell of work, in their order.
    func said() async throws -> [String] { try await said(about: "work") }

    /// Of `work`, `staff` or `department`.
    func said(about: String) async throws -> [String] {
        try await database.pool.query(
            "select type from dispatch.outbox where type like \(about + ".%") order by id"
        ).map { try $0.decode(String.self) }
    }

    /// Signs in as one of the demo's people with a one-time password.
    func signIn(
        _ login: String, _ client: any TestClientProtocol, from address: String = "192.0.2.1"
    ) async throws -> Answer {
        let password = try await StaffPasswords.issue(login: login, pool: database.pool)
        return try await client.call(
            .post, "/api/dispatch/v1/sessions",
            json: #"{"login":"\#(login)","password":"\#(password)","cookies":false}"#,
            headers: [.forwardedFor: address])
    }

    /// The lines of the record, the oldest first: `act subject department`.
    func record() async throws -> [String] {
        try await database.pool.query("select act, subject, department from dispatch.people_audit order by id").map {
            let (act, subject, department) = try $0.decode(String.self, String.self, String.self)
            return "\(act) \(subject) \(department)"
        }
    }
}

/// Runs `body` with a dispatcher whose HTTP is called without a network.
func withDispatcher(
    connections: Int = 8, settings: [String: String] = [:],
    _ body: @Sendable (DispatcherFixture, any TestClientProtocol) async throws -> Void
) async throws {
    try await withDatabase(schema: "dispatch", migrations: DispatcherService.migrations, connections: connections) {
        database in
        try await DispatcherDemo.fill(database.pool)
        let key = Data(TokenSigner().privateKey).base64EncodedString()
        let kit = try Kit.testing(
            name: "dispatcher", schema: "dispatch", pool: database.pool,
            settings: settings.merging(["PAIDAN_IDENTITY_SIGNING_KEY": key]) { own, _ in own })
        let fixture = DispatcherFixture(database: database, kit: kit, settings: try DispatcherSettings(kit.settings))
        try await kit.application(DispatcherService.router(kit, fixture.settings)).test(.router) { client in
            try await body(fixture, client)
        }
    }
}

/// What the API answered.
struct Answer: Sendable {
    let status: Int
    let headers: HTTPFields
    let body: Data

    /// The value of a cookie that was set.
    func cookie(_ name: String) -> String? {
        headers[values: .setCookie].first { $0.hasPrefix(name + "=") }
            .map { String($0.dropFirst(name.count + 1).prefix { $0 != ";" }) }
    }

    /// The word of the problem's type.
    var problem: String? { self["type"]?.split(separator: "/").last.map(String.init) }

    /// A value by its path: `owner.name`, `items.0.id`.
    subscript(path: String) -> String? {
        // What is no JSON has no values; the expectations on them fail and show it.
        var value = try? JSONSerialization.jsonObject(with: body, options: .fragmentsAllowed)
        for step in path.split(separator: ".") {
            if let list = value as? [Any], let index = Int(step) {
                value = list.indices.contains(index) ? list[index] : nil
            } else {
                value = (value as? [String: Any])?[String(step)]
            }
        }
        return switch value {
        case let text as String: text
        case let number as NSNumber: number.stringValue
        case let list as [Any]: list.map { "\($0)" }.joined(separator: ",")
        default: nil
        }
    }

    var text: String { String(decoding: body, as: UTF8.self) }
}

extension TestClientProtocol {
    func call(
        _ method: HTTPRequest.Method, _ path: String, token: String? = nil, json: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var headers = headers
        if let token { headers[.authorization] = "Bearer \(token)" }
        if json != nil { headers[.contentType] = "application/json" }
        return try await execute(
            uri: path, method: method, headers: headers, body: json.map { ByteBuffer(string: $0) }
        ) { response in
            Answer(
                status: response.status.code, headers: response.headers,
                body: Data(response.body.readableBytesView))
        }
    }
}
