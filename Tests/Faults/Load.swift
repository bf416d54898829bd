import Foundation
import StackSupport
import Synchronization

/// What was acknowledged to clients, and what was done to the suite on purpose: what the checker holds the suite to.
struct History: Sendable {
    /// Steps that were acknowledged, by the number of an acknowledged ticket: none, or accept to finish.
    var tickets: [String: Int] = [:]
    /// Dead letters that must be there, by `<schema> <message id>`; "" for a message without an id.
    var dead: [String] = []
}

/// One stack under test, with the history of everything that was asked of it.
final class Bench: Sendable {
    static let steps = ["accept", "depart", "arrive", "finish"]

    @TaskLocal static var current: Bench?

    let stack: Stack
    let broker: Broker
    let history = Mutex(History())
    let answers = Mutex(Answers())
    private let engineer: Person
    private let customer: Person
    private let places: Mutex<Seed>
    private let nextTicket = Mutex(0)

    init(_ stack: Stack, seed: Seed) async throws {
        self.stack = stack
        broker = Broker(stack: stack)
        places = Mutex(seed)
        // Straight to the services: the front door would hold back so many from one address.
        let token = try await eventually("the engineer to sign in") {
            // A line from before the services' restart may be used once more.
            try? await stack.engineer().token
        }
        engineer = Person(front: "http://127.0.0.1:\(try stack.port("dispatcher"))", token: token)
        customer = Person(front: "http://127.0.0.1:\(try stack.port("intake"))")
    }

    /// A moment of the run's own choosing, so that faults fall at other places with another seed.
    func pause(upTo seconds: Double) async throws {
        let share = places.withLock { Double.random(in: 0..<1, using: &$0) }
        try await Task.sleep(for: .seconds(seconds * share))
    }

    /// For an order of the run's own choosing in SQL.
    func salt() -> UInt64 { places.withLock { $0.next() } }

    func shuffled<Value: Sendable>(_ values: [Value]) -> [Value] { places.withLock { values.shuffled(using: &$0) } }

    func number(in range: ClosedRange<Int>) -> Int { places.withLock { Int.random(in: range, using: &$0) } }

    /// Clients create at least `tickets`, some twenty a second, and go on until `fault` has ended; then comes `after`. Every
    /// third ticket is worked on to the end. Each repeats its request under the same key until it is acknowledged, as
    /// clients shall.
    ///
    /// - Parameter eager: so many more clients, each of whom asks as soon as it is answered.
    func load(
        _ tickets: Int, eager: Int = 0, during fault: @escaping @Sendable () async throws -> Void,
        then after: @escaping @Sendable () async throws -> Void = {}
    ) async throws {
        let count = Count(tickets)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                do {
                    defer { count.end() }
                    try await fault()
                }
                try await after()
            }
            for client in 0..<6 + eager {
                group.addTask {
                    while count.mayGoOn {
                        // Two only ask, so that somebody goes on when nothing is dispatched.
                        try await self.one(isFollowed: (2..<6).contains(client))
                        // A load that the providers keep up with: what is measured is the fault, not a backlog.
                        if client < 6 { try await Task.sleep(for: .milliseconds(250)) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// One customer, and for every third, if its ticket `isFollowed`, the engineer.
    @discardableResult func one(isFollowed: Bool = true) async throws -> String {
        let place = nextTicket.withLock { place in
            place += 1
            return place
        }
        let body: [String: Any] = [
            "subject": "fault \(place)", "kind": "repair",
            "customer": [
                "name": "Load \(place)", "phone": "138\(10_000_000 + place)", "email": "load\(place)@example.cn",
                "weChatOpenID": "oFault\(place)",
            ],
        ]
        let data = try JSONSerialization.data(withJSONObject: body)
        let key = "fault-\(place)"
        let number = try await persist("ticket \(place)") {
            let body = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
            let answer = try await self.customer.post("/api/intake/v1/tickets", body, headers: ["idempotency-key": key])
            return (answer, answer.object["number"] as? String)
        }
        history.withLock { $0.tickets[number] = 0 }
        if isFollowed, place.isMultiple(of: 3) { try await work(on: number) }
        return number
    }

    private func work(on number: String) async throws {
        let id: String
        do {
            id = try await persist("work order of \(number)", within: 40, mayBeMissing: true) {
                let answer = try await self.engineer.get("/api/dispatch/v1/work-orders?ticket=\(number)")
                return (answer, (answer.object["items"] as? [[String: Any]])?.first?["id"] as? String)
            }
        } catch is Unmet {
            // Whether it came later or never is the checker's to say.
            return
        }
        for (index, step) in Self.steps.enumerated() {
            _ = try await persist("\(step) \(number)") {
                let answer = try await self.engineer.post("/api/dispatch/v1/work-orders/\(id)/actions/\(step)")
                return (answer, answer.text)
            }
            history.withLock { $0.tickets[number] = index + 1 }
        }
    }

    /// Asks again while the answer is lost or says that it is too early; any other refusal is a fault of the suite.
    private func persist(
        _ what: String, within seconds: Double = 150, mayBeMissing: Bool = false,
        _ ask: () async throws -> (Person.Answer, String?)
    ) async throws -> String {
        try await eventually(what, within: seconds) {
            let answer: (Person.Answer, String?)
            let asked = ContinuousClock.now
            do {
                answer = try await ask()
                answers.withLock { $0.note(answer.0, after: (.now - asked) / .seconds(1)) }
            } catch {
                answers.withLock { $0.slowest = max($0.slowest, (.now - asked) / .seconds(1)) }
                // The line broke; whether it was done nobody knows.
                try await Task.sleep(for: .milliseconds(200))
                return nil
            }
            switch answer.0.status {
            case 200, 201: if let value = answer.1 { return value }
            case 429, 500...599: break
            default: throw Unmet("\(what): \(answer.0.status) \(answer.0.text)")
            }
            guard mayBeMissing || answer.0.status >= 400 else { throw Unmet("\(what): \(answer.0.text)") }
            try await Task.sleep(for: .milliseconds(200))
            return nil
        }
    }

    /// How long after now a new ticket is taken, dispatched, reported and its mail handed over: the suite is itself again.
    /// Nil when that did not happen within a minute.
    func recovery() async throws -> Double? {
        let start = ContinuousClock.now
        let number = try await one()
        while ContinuousClock.now - start < .seconds(60) {
            let isThere = """
                select count(*) from notify.delivery d join dispatch.work_order w using (ticket_number)
                where ticket_number = '\(number)' and d.channel = 'mail' and d.state in ('sent', 'delivered')
                    and exists (select from report.ticket r where r.number = ticket_number)
                """
            if try await stack.number(isThere) > 0 { return (ContinuousClock.now - start) / .seconds(1) }
            try await Task.sleep(for: .milliseconds(50))
        }
        return nil
    }
}

/// How many tickets a load still has to create.
private final class Count: Sendable {
    private let state: Mutex<(left: Int, isOver: Bool)>

    init(_ left: Int) { state = Mutex((left, false)) }

    var mayGoOn: Bool {
        state.withLock { state in
            state.left -= 1
            return state.left >= 0 || !state.isOver
        }
    }

    func end() { state.withLock { $0.isOver = true } }
}
