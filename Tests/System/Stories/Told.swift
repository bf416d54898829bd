import Foundation
import StackSupport
import Testing

/// The people of the stories, signed in.
struct Crew: Sendable {
    let stack: Stack
    private let people: [String: Person]
    private let ids: [String: String]

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
    let number: String
    private let path: String

    /// Puts the process in force for tickets of one subject, so that the other tests keep theirs, and sends such a ticket.
    init(_ process: String, _ crew: Crew, kind: String, description: String = "第三次了") async throws {
        let admin = try crew.person("admin")
        let subject = "story \(process)"
        let shipped = try await admin.get("/api/dispatch/v1/processes/\(process)/versions/1")
        let text = try #require(shipped.object["text"] as? String, "\(shipped.text)")
            .replacing(/(?m)^serves:.*\n/, with: "")
            .replacing(
                /(?m)^version: 1\n/,
                with: "version: 2\nserves: {kinds: [\(kind)], when: \"ticket.subject = '\(subject)'\"}\n")
        let put = try await admin.post("/api/dispatch/v1/processes", ["text": text])
        try #require(put.status == 201, "\(process): \(put.status) \(put.text)")
        let number = try await Person.customer(at: crew.stack).createTicket(
            subject, description: description, kind: kind, phone: "13800138088", email: "\(process)@example.cn")
        let desk = try crew.person("desk")
        let id = try await eventually("a work order for \(number)") {
            let list = try await desk.get("/api/dispatch/v1/work-orders?ticket=\(number)")
            return (list.object["items"] as? [[String: Any]])?.first?["id"] as? String
        }
        self.crew = crew
        self.number = number
        path = "/api/dispatch/v1/work-orders/\(id)"
        let running = try await object["process"] as? [String: Any]
        try #require(running?["code"] as? String == process, "\(number) runs by \(running ?? [:])")
    }

    /// As the desk sees it.
    var object: [String: Any] { get async throws { try await crew.person("desk").get(path).object } }

    var step: String? { get async throws { (try await object["work"] as? [String: Any])?["step"] as? String } }

    private func send(
        _ login: String, _ command: String, _ fields: [String: Any], _ reason: String?, _ candidate: [String: Any]?
    ) async throws -> Person.Answer {
        var body: [String: Any] = ["fields": fields]
        body["reason"] = reason
        body["candidate"] = candidate
        return try await crew.person(login).post("\(path)/\(command)", body)
    }

    /// Has the command carried out, and holds where the work is then.
    func tell(
        _ login: String, _ command: String, _ fields: [String: Any] = [:], reason: String? = nil,
        to named: String? = nil,
        station: String? = nil, then expected: String? = nil, source: SourceLocation = #_sourceLocation
    ) async throws {
        let candidate: [String: Any]? =
            if let station { ["station": station] } else if let named { ["staff": try crew.id(named)] } else { nil }
        let answer = try await send(login, command, fields, reason, candidate)
        try #require(
            answer.status == 200, "\(number) \(command): \(answer.status) \(answer.text)", sourceLocation: source)
        if let expected {
            let step = try await step
            try #require(step == expected, "\(number) after \(command)", sourceLocation: source)
        }
    }

    /// The code of the rule that refuses the command.
    func refusal(_ login: String, _ command: String, _ fields: [String: Any] = [:], reason: String? = nil) async throws
        -> String
    {
        let answer = try await send(login, command, fields, reason, nil)
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

    /// What the service was asked to do besides, in order: `call-back`, `settlement` ….
    var errands: [String] {
        get async throws {
            (try await object["errands"] as? [[String: Any]] ?? []).compactMap { $0["kind"] as? String }
        }
    }

    /// The steps as reporting shows them, once `last` is among them; a step stands there again when somebody takes it.
    func timeline(until last: String) async throws -> [String] {
        try await eventually("the timeline of \(number) until \(last)") {
            let answer = try await crew.person("desk").get("/api/reports/v1/tickets/\(number)/timeline").object
            let steps = (answer["nodes"] as? [[String: Any]] ?? []).compactMap { $0["step"] as? String }
            return steps.contains(last) ? steps : nil
        }
    }

    /// Holds what the mails that the customer got are about, in any order.
    func holdMails(_ expected: [String], source: SourceLocation = #_sourceLocation) async throws {
        func titles() async throws -> [String] {
            try await crew.stack.mails().map(\.subject).filter { $0.contains(number) }.map {
                String($0.dropFirst(number.count + 3).prefix { $0 != "：" })
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
