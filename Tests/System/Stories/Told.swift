import Foundation
import StackSupport
import Testing

/// The people of the stories, signed in, and every ticket that they have dealt with.
struct Crew: Sendable {
    let stack: Stack
    let dealtWith = DealtWith()
    private let people: [String: Person]
    private let ids: [String: String]

    actor DealtWith {
        private(set) var tickets: [Told] = []
        func add(_ ticket: Told) { tickets.append(ticket) }
    }

    init(_ logins: [String], at stack: Stack) async throws {
        var people: [String: Person] = [:]
        var ids: [String: String] = [:]
        for login in logins {
            let person = try await Person.signIn(login, at: stack)
            people[login] = person
            ids[login] = try #require(try await person.get("/api/dispatch/v1/sessions/me").object["id"] as? String)
        }
        self.stack = stack
        self.people = people
        self.ids = ids
    }

    func person(_ login: String) throws -> Person { try #require(people[login], "\(login) is not signed in") }

    func id(_ login: String) throws -> String { try #require(ids[login], "\(login) is not signed in") }

    /// Gives a role that processes name to these.
    func give(_ role: String, to logins: String...) async throws {
        let answer = try await person("admin").put(
            "/api/dispatch/v1/work-roles/\(role)", ["members": logins.map(id)])
        try #require(answer.status == 204, "\(role): \(answer.status) \(answer.text)")
    }
}

/// One ticket on its way through a shipped process of the running suite, asked and told over HTTP as people do.
struct Told: Sendable {
    let crew: Crew
    let process: String
    let number: String
    private let path: String
    private let contact: String

    /// Has a ticket sent that the process, as it was shipped, serves; it is in force as long as that takes.
    ///
    /// - Parameters:
    ///   - facts: what the sender tells besides.
    ///   - sender: who types it in; nil for the customer himself.
    init(
        _ process: String, _ crew: Crew, kind: String, description: String = "第三次了", facts: [String: String] = [:],
        by sender: String? = nil, phone: String = "13800138088"
    ) async throws {
        let admin = try crew.person("admin")
        let desk = try crew.person("desk")
        let inForce = "/api/dispatch/v1/processes/\(process)"
        var request: [String: Any] = facts
        request["subject"] = "\(process) \(description)"
        request["description"] = description
        request["kind"] = kind
        request["customer"] = ["name": "张三", "phone": phone, "email": "\(process)@example.cn"]
        let from = try sender.map(crew.person) ?? Person.customer(at: crew.stack)
        let begun = try await admin.post("\(inForce)/versions/newest/in-force")
        try #require(begun.status == 204, "\(process): \(begun.status) \(begun.text)")
        let answer = try await from.post(
            "/api/intake/v1/tickets", request, headers: ["idempotency-key": UUID().uuidString])
        let number = try #require(answer.object["number"] as? String, "\(answer.status) \(answer.text)")
        let order = try await eventually("a work order for \(number)") {
            let list = try await desk.get("/api/dispatch/v1/work-orders?ticket=\(number)")
            return (list.object["items"] as? [[String: Any]])?.first
        }
        let ended = try await admin.delete("\(inForce)/in-force")
        try #require(ended.status == 204, "\(process): \(ended.status) \(ended.text)")
        let running = (order["process"] as? [String: Any])?["code"] as? String
        try #require(running == process, "\(number) runs by \(order)")
        self.crew = crew
        self.process = process
        self.number = number
        contact = String(phone.suffix(4))
        path = "/api/dispatch/v1/work-orders/\(try #require(order["id"] as? String))"
        await crew.dealtWith.add(self)
    }

    /// As the desk sees it.
    var object: [String: Any] { get async throws { try await crew.person("desk").get(path).object } }

    var step: String? { get async throws { (try await object["work"] as? [String: Any])?["step"] as? String } }

    private func send(
        _ login: String, _ command: String, _ fields: [String: Any], _ reason: String?, _ candidate: [String: Any]?,
        visit: Int? = nil
    ) async throws -> Person.Answer {
        var body: [String: Any] = ["fields": fields]
        body["visit"] = visit
        body["reason"] = reason
        body["candidate"] = candidate
        return try await crew.person(login).post("\(path)/\(command)", body)
    }

    /// Sends a photo, for a field of files.
    ///
    /// - Returns: its id.
    func photo(by login: String) async throws -> String {
        let id = UUID().uuidString.lowercased()
        let answer = try await crew.person(login).put(
            "/api/dispatch/v1/files/\(id)", bytes: Data([0xFF, 0xD8, 0xFF, 0xD9]),
            headers: [
                "content-type": "image/jpeg",
                "repr-digest": "sha-256=:MkYdW9F3MBKs7wuhVjZ1KUm9fCzlD5FyFZ2fVs8N2a8=:",
            ])
        try #require(answer.status == 201, "\(answer.status) \(answer.text)")
        return id
    }

    /// Has the command carried out, and holds where the work is then.
    func tell(
        _ login: String, _ command: String, _ fields: [String: Any] = [:], reason: String? = nil,
        to named: String? = nil,
        station: String? = nil, visit: Int? = nil, then expected: String? = nil,
        source: SourceLocation = #_sourceLocation
    ) async throws {
        let candidate: [String: Any]? =
            if let station { ["station": station] } else if let named { ["staff": try crew.id(named)] } else { nil }
        let answer = try await send(login, command, fields, reason, candidate, visit: visit)
        try #require(
            answer.status == 200, "\(number) \(command): \(answer.status) \(answer.text)", sourceLocation: source)
        if let expected {
            let step = try await step
            try #require(step == expected, "\(number) after \(command)", sourceLocation: source)
        }
    }

    /// Has the customer ask for it on his own page, once that offers it.
    func asks(
        _ wish: String, _ action: String? = nil, visit: Int? = nil, note: String? = nil,
        _ fields: [String: String] = [:],
        then expected: String? = nil
    ) async throws {
        let customer = try Person.customer(at: crew.stack)
        _ = try await eventually("\(number) to offer \(wish) \(action ?? "")") {
            let seen = try await customer.get("/api/intake/v1/track/\(number)?contact=\(contact)")
            return (seen.object["offers"] as? [[String: Any]] ?? []).contains {
                $0["wish"] as? String == wish && $0["action"] as? String == action && $0["visit"] as? Int == visit
            } ? true : nil
        }
        var body: [String: Any] = ["contact": contact, "wish": wish, "fields": fields]
        body["action"] = action
        body["visit"] = visit
        body["note"] = note
        let answer = try await customer.post(
            "/api/intake/v1/track/\(number)/wishes", body, headers: ["idempotency-key": UUID().uuidString])
        try #require(answer.status == 202, "\(number) \(wish): \(answer.status) \(answer.text)")
        if let expected { try await comes(to: expected) }
    }

    /// The code of the rule that refuses the command.
    func refusal(
        _ login: String, _ command: String, _ fields: [String: Any] = [:], reason: String? = nil,
        to named: String? = nil
    ) async throws
        -> String
    {
        let candidate = try named.map { ["staff": try crew.id($0)] }
        let answer = try await send(login, command, fields, reason, candidate)
        guard answer.status >= 400, let type = answer.object["type"] as? String else {
            return "\(answer.status): not refused"
        }
        let words = answer.object["words"] as? [String: Any]
        #expect(words?["zh"] != nil && words?["en"] != nil, "\(command): \(answer.text)")
        return type.split(separator: "/").last.map(String.init) ?? type
    }

    /// Waits until the time has brought the work there.
    func comes(to expected: String) async throws {
        _ = try await eventually("\(number) to come to \(expected)") { try await step == expected ? true : nil }
    }

    /// Waits until he is told of it.
    func isTold(_ login: String, _ occasion: String) async throws {
        _ = try await eventually("\(login) to be told of \(occasion) of \(number)") {
            try await notices(to: login).contains(occasion) ? true : nil
        }
    }

    func notices(to login: String) async throws -> [String] {
        let list = try await crew.person(login).get("/api/dispatch/v1/notices?limit=200").object
        return (list["items"] as? [[String: Any]] ?? []).filter { $0["ticketNumber"] as? String == number }
            .compactMap { $0["occasion"] as? String }
    }

    /// All that happened to it, the oldest first.
    var history: [[String: Any]] { get async throws { try await object["history"] as? [[String: Any]] ?? [] } }

    /// Waits until so many SMS about it have gone out.
    func holdSMS(atLeast count: Int) async throws {
        _ = try await eventually("\(count) SMS of \(number)") {
            try crew.stack.log("sms").split(separator: "\n").filter { $0.contains(number) }.count >= count ? true : nil
        }
    }

    /// Holds what the service was asked to do besides, in order: `call-back`, `settlement` ….
    func holdErrands(_ expected: [String], source: SourceLocation = #_sourceLocation) async throws {
        let found = (try await object["errands"] as? [[String: Any]] ?? []).compactMap { $0["kind"] as? String }
        #expect(found == expected, sourceLocation: source)
    }

    /// Holds the steps as reporting shows them; a step stands there again when somebody takes it.
    func holdTimeline(_ expected: [String], source: SourceLocation = #_sourceLocation) async throws {
        func steps() async throws -> [String] {
            let answer = try await crew.person("desk").get("/api/reports/v1/tickets/\(number)/timeline").object
            return (answer["nodes"] as? [[String: Any]] ?? []).compactMap { $0["step"] as? String }
        }
        // Too few are told of below.
        _ = try? await eventually("the timeline of \(number)") {
            try await steps().count >= expected.count ? true : nil
        }
        let found = try await steps()
        #expect(found == expected, "\(number)", sourceLocation: source)
    }

    /// Holds what the mails that the customer got are about, in any order; when somebody comes counts where it is expected.
    func holdMails(_ expected: [String], source: SourceLocation = #_sourceLocation) async throws {
        func titles() async throws -> [String] {
            try await crew.stack.mails().map(\.subject).filter { $0.contains(number) }.map {
                let title = String($0.dropFirst(number.count + 3).prefix { $0 != "：" })
                return expected.contains(title) ? title : String(title.prefix { $0 != "，" })
            }
        }
        // Too few are told of below, with their titles.
        _ = try? await eventually("\(expected.count) mails of \(number)", within: 30) {
            try await titles().count >= expected.count ? true : nil
        }
        let found = try await titles().sorted()
        #expect(found == expected.sorted(), sourceLocation: source)
    }
}
