import Foundation
import StackSupport
import Synchronization
import Testing

extension `At work` {
    /// A line is entered once, the stock is what its movements say, and a month is closed once and for ever.
    @Test func `killed while lines are entered, parts moved and a month closed`() async throws {
        try await Turn.shared.take()
        defer { Turn.shared.giveBack() }
        let stack = Stack("settlement")
        try await stack.whileUp {
            let books = try await Books(stack)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await books.enterAndReview() }
                group.addTask { try await books.moveParts() }
                try await stack.dispatcherDies(at: [
                    ("command.decided", 2), ("command.committed", 3), ("command.committed", 1), ("command.decided", 5),
                ])
                try await group.waitForAll()
            }
            let advanced = try await stack.paidan("clock", "advance", "40d")
            try #require(advanced.status == 0, "\(advanced.output)")
            try await withThrowingTaskGroup(of: Void.self) { group in
                let finance = try await Person.signIn("finance", at: stack)
                for _ in 0..<3 { group.addTask { try await books.close(finance) } }
                try await stack.dispatcherDies(at: [("command.decided", 1), ("command.committed", 1)])
                try await group.waitForAll()
                group.addTask { try await books.correct(finance) }
                try await stack.dispatcherDies(at: [("command.decided", 3), ("command.committed", 2)])
                try await group.waitForAll()
                try await books.judge(finance)
            }
        }
    }
}

/// What is entered, moved and closed, each asked for until it is answered, and then once more.
private final class Books: Sendable {
    private let stack: Stack
    private let order: String
    private let month: String
    private let engineer: Person
    private let engineerID: String
    private let supervisor: Person
    private let warehouse: Person
    /// With its price.
    private let lines = (1...40).map { (id: UUID().uuidString.lowercased(), price: 1000 + $0) }
    private let movements = (1...20).map { _ in UUID().uuidString.lowercased() }
    private let corrections = (1...8).map { _ in UUID().uuidString.lowercased() }
    /// What was answered of the closed month.
    private let closings = Mutex<Set<String>>([])

    init(_ stack: Stack) async throws {
        self.stack = stack
        engineer = try await Person.signIn("engineer", at: stack)
        supervisor = try await Person.signIn("supervisor", at: stack)
        warehouse = try await Person.signIn("warehouse", at: stack)
        let me = try await engineer.get("/api/dispatch/v1/sessions/me")
        engineerID = try #require(me.object["id"] as? String, "\(me.text)")
        _ = try await Person.customer(at: stack).createTicket("No. 1")
        order = try await eventually("the work order", within: 30) {
            try await stack.rows("select id from dispatch.work_order").first?[0]
        }
        month = try await stack.rows(
            "select to_char(dispatch.suite_now() at time zone 'Asia/Shanghai', 'YYYY-MM')")[0][0]
        let accepted = try await engineer.post("/api/dispatch/v1/work-orders/\(order)/actions/accept")
        try #require(accepted.status == 200, "\(accepted.text)")
        let part = try await warehouse.put(
            "/api/dispatch/v1/parts/board", ["name": ["zh": "主板", "en": "Board"], "price": 50_000])
        try #require(part.status == 200, "\(part.text)")
    }

    func enterAndReview() async throws {
        for line in lines {
            let body: [String: any Sendable] = [
                "id": line.id, "kind": "labour", "text": "工时", "price": line.price,
            ]
            try await twice(engineer, "work-orders/\(order)/charges", body)
            // Whoever did not hear that it has passed is told that it is decided.
            try await twice(supervisor, "charges/\(line.id)/review", ["passes": true], or: "decided")
        }
    }

    func moveParts() async throws {
        let receipt: [String: any Sendable] = [
            "id": UUID().uuidString.lowercased(), "kind": "receipt", "quantity": 30, "to": "headquarters",
        ]
        try await twice(warehouse, "parts/board/movements", receipt)
        for id in movements {
            let body: [String: any Sendable] = [
                "id": id, "kind": "transfer", "quantity": 1, "from": "headquarters", "to": "engineer:\(engineerID)",
            ]
            try await twice(warehouse, "parts/board/movements", body)
        }
    }

    func close(_ finance: Person) async throws {
        for _ in 0..<2 {
            let answer = try await asking(finance, "settlements/service/\(month)/closing", [:], or: nil)
            let closing = answer.object["closing"] as? [String: Any] ?? [:]
            let words = "\(closing["at"] ?? "") \(closing["total"] ?? "")"
            closings.withLock { _ = $0.insert(words) }
        }
    }

    func correct(_ finance: Person) async throws {
        for (line, id) in zip(lines, corrections) {
            let body: [String: any Sendable] = ["id": id, "amount": -1, "reason": "录错"]
            try await twice(finance, "charges/\(line.id)/correction", body)
        }
    }

    private func twice(
        _ person: Person, _ path: String, _ body: [String: any Sendable], or refusal: String? = nil
    ) async throws {
        for _ in 0..<2 { _ = try await asking(person, path, body, or: refusal) }
    }

    /// Until somebody answers.
    private func asking(
        _ person: Person, _ path: String, _ body: [String: any Sendable], or refusal: String?
    ) async throws -> Person.Answer {
        while true {
            do {
                let answer = try await person.post("/api/dispatch/v1/\(path)", body)
                if answer.status == 200 { return answer }
                if answer.status < 500 {
                    let isKnown = refusal.map { answer.text.contains("problem/\($0)\"") } ?? false
                    try #require(isKnown, "\(path): \(answer.status) \(answer.text)")
                    return answer
                }
            } catch let error as ExpectationFailedError {
                throw error
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                // The connection was cut.
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    func judge(_ finance: Person) async throws {
        let total = lines.map(\.price).reduce(0, +)
        let entered = try await stack.rows(
            "select count(*), sum(amount), count(distinct id) from dispatch.charge where month = '\(month)'")
        #expect(entered == [["40", "\(total)", "40"]])
        let closed = try await stack.rows("select month, total from dispatch.settlement where station = 'service'")
        #expect(closed == [[month, "\(total)"]])
        let closings = closings.withLock { $0 }
        #expect(closings.count == 1 && closings.first?.hasSuffix(" \(total)") == true, "\(closings)")
        let statement = try await finance.get("/api/dispatch/v1/settlements/service/\(month)")
        for way in ["byBearer", "byKind"] {
            let parts = statement.object[way] as? [String: Int] ?? [:]
            #expect(parts.values.reduce(0, +) == total, "\(way): \(statement.text)")
        }
        let corrected = try await stack.rows(
            "select count(*), sum(amount), count(distinct corrects) from dispatch.charge where corrects is not null")
        #expect(corrected == [["8", "-8", "8"]])
        let moved = try await stack.rows(
            "select count(*), sum(quantity) filter (where kind = 'transfer') from dispatch.stock_movement")
        #expect(moved == [["21", "20"]])
        let stock = try await stack.rows("select place, quantity from dispatch.part_stock order by place desc")
        #expect(stock == [["headquarters", "10"], ["engineer:\(engineerID)", "20"]])
    }
}
