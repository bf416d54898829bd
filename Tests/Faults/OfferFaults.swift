import Foundation
import StackSupport
import Synchronization
import Testing

/// People at work while the dispatcher dies; a stack of its own, for what they do is not what the load's checker expects.
@Suite(.serialized) struct `At work` {
    /// Whoever was told that a job is his has it, nobody else was told so, and it was given once.
    @Test func `killed while engineers accept, before and after the commit`() async throws {
        try await Turn.shared.take()
        defer { Turn.shared.giveBack() }
        let stack = Stack("offers")
        try await stack.whileUp {
            let customer = try Person.customer(at: stack)
            for number in 1...40 { _ = try await customer.createTicket("No. \(number)") }
            _ = try await eventually("the jobs to be offered", within: 30) {
                try await stack.rows("select count(*) from dispatch.work_offer")[0][0] == "40" ? true : nil
            }
            let crowd = try await Crowd(["engineer", "engineer2"], at: stack)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for login in ["engineer", "engineer2"] { group.addTask { try await crowd.grab(login) } }
                try await stack.dispatcherDies(at: [
                    ("command.decided", 2), ("command.committed", 3), ("command.committed", 1), ("command.decided", 4),
                ])
                _ = try await eventually("every job to be somebody's", within: 60) {
                    try await stack.rows("select count(*) from dispatch.work_offer where ended_at is null")[0][0] == "0"
                        ? true : nil
                }
                group.cancelAll()
                while case .failure? = await group.nextResult() {}
            }
            try await crowd.judge(stack)
        }
    }
}

/// Engineers who take what is offered to them, as fast as they can.
private final class Crowd: Sendable {
    private let people: [String: Person]
    /// Who was told that a work order is his.
    private let told = Mutex<[String: Set<String>]>([:])

    init(_ logins: [String], at stack: Stack) async throws {
        var people: [String: Person] = [:]
        for login in logins { people[login] = try await Person.signIn(login, at: stack) }
        self.people = people
    }

    func grab(_ login: String) async throws {
        let person = try #require(people[login])
        while !Task.isCancelled {
            do {
                let list = try await person.get("/api/dispatch/v1/offers?limit=5")
                let lines = list.object["items"] as? [[String: Any]] ?? []
                for line in lines {
                    guard let offer = (line["offer"] as? [String: Any])?["id"] as? String else { continue }
                    // Asked twice, as a telephone does that has lost the answer.
                    for _ in 0..<2 {
                        let answer = try await person.post("/api/dispatch/v1/offers/\(offer)/acceptance")
                        guard answer.status == 200, let id = answer.object["id"] as? String else { continue }
                        told.withLock { _ = $0[id, default: []].insert(login) }
                    }
                }
                if lines.isEmpty { try await Task.sleep(for: .milliseconds(50)) }
            } catch is CancellationError {
                return
            } catch {
                // Nobody is there to answer: later again.
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// What the tables say, and what people were told.
    func judge(_ stack: Stack) async throws {
        let told = told.withLock { $0 }
        print("faults: \(told.count) jobs were taken while the dispatcher died")
        #expect(told.count > 20, "few were told what is theirs: nothing is proved")
        let taken = try await stack.rows(
            """
            select e.work_order, count(*), min(s.login), count(*) filter (where f.ended_by = e.actor_id)
            from dispatch.work_event e
            join dispatch.staff s on s.id = e.actor_id
            left join dispatch.work_offer f on f.work_order = e.work_order and f.outcome = 'accepted'
            where e.kind = 'acted' and e.subject = 'accept'
            group by e.work_order
            """)
        let owners = Dictionary(taken.map { ($0[0], $0) }) { first, _ in first }
        for row in taken { #expect(row[1] == "1" && row[3] == "1", "work order \(row[0]) was taken \(row[1]) times") }
        for (order, logins) in told {
            #expect(
                logins.count == 1 && owners[order]?[2] == logins.first, "\(order): \(logins), \(owners[order] ?? [])")
        }
        let open = try await stack.rows(
            """
            select f.work_order
            from dispatch.work_offer f
            join dispatch.work_order o on o.id = f.work_order
            where f.ended_at is null and (o.owner_id is not null or o.closed_at is not null)
            """)
        #expect(open.isEmpty, "offers are open of work that somebody has: \(open)")
    }
}
