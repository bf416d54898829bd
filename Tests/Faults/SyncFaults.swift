import Crypto
import Foundation
import StackSupport
import Synchronization
import Testing

extension `At work` {
    /// Whatever a telephone said is done once, in its order, and it is answered the same for ever; a photo is whole.
    @Test func `killed while telephones tell what was done without a line`() async throws {
        try await Turn.shared.take()
        defer { Turn.shared.giveBack() }
        let stack = Stack("telephones")
        try await stack.whileUp {
            let customer = try Person.customer(at: stack)
            for number in 1...24 { _ = try await customer.createTicket("No. \(number)") }
            let orders = try await eventually("the work orders", within: 30) {
                let rows = try await stack.rows("select id from dispatch.work_order order by ticket_number")
                return rows.count == 24 ? rows.map { $0[0] } : nil
            }
            let phones = [
                Telephone(try await Person.signIn("engineer", at: stack), orders.prefix(12)),
                Telephone(try await Person.signIn("engineer2", at: stack), orders.suffix(12)),
            ]
            for phone in phones { try await phone.accept() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for phone in phones {
                    group.addTask { try await phone.sendPhoto() }
                    group.addTask { try await phone.tell() }
                }
                try await stack.dispatcherDies(at: [
                    ("command.decided", 2), ("command.committed", 3), ("command.committed", 1), ("command.decided", 4),
                    ("command.committed", 2),
                ])
                try await group.waitForAll()
            }
            for phone in phones { try await phone.judge() }
            try await judge(stack)
        }
    }

    private func judge(_ stack: Stack) async throws {
        let done = try await stack.rows(
            """
            select work_order, string_agg(subject, ' ' order by revision)
            from dispatch.work_event where kind = 'acted' group by work_order
            """)
        #expect(done.count == 24)
        for row in done { #expect(row[1] == "accept depart arrive finish", "\(row)") }
        let kept = try await stack.rows(
            "select device, count(*), count(distinct id), max(sequence) from dispatch.phone_command group by device")
        #expect(kept.count == 2 && kept.allSatisfy { $0[1] == "36" && $0[2] == "36" && $0[3] == "36" }, "\(kept)")
        // Each step was told once: opened, four steps, and how intake saw the ticket.
        _ = try await eventually("reporting to have heard of every step", within: 60) {
            try await stack.rows("select count(*) from report.node")[0][0] == "\(24 * 6)" ? true : nil
        }
    }
}

/// A telephone with all that was done without a line, which asks until it knows what became of it.
private final class Telephone: Sendable {
    private static let pieceSize = 65_536
    private let person: Person
    private let orders: [String]
    private let device = UUID().uuidString.lowercased()
    private let photo = UUID().uuidString.lowercased()
    private let photoBytes: Data
    /// Of each command its id, and what it was told of it, in the order in which it was told.
    private let commands: [[String: any Sendable]]
    private let told = Mutex<[String: [String]]>([:])

    init(_ person: Person, _ orders: some Sequence<String>) {
        self.person = person
        self.orders = Array(orders)
        photoBytes = Data([0xFF, 0xD8, 0xFF, 0xE0]) + Data((0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        let at = Date.now.addingTimeInterval(-60).formatted(.iso8601)
        let steps = self.orders.flatMap { order in ["depart", "arrive", "finish"].map { (order, $0) } }
        commands = steps.enumerated().map { number, step in
            [
                "id": UUID().uuidString.lowercased(), "sequence": number + 1, "at": at, "workOrder": step.0,
                "action": step.1,
            ]
        }
    }

    func accept() async throws {
        for order in orders {
            let answer = try await person.post("/api/dispatch/v1/work-orders/\(order)/actions/accept")
            try #require(answer.status == 200, "\(answer.text)")
        }
    }

    /// Batches of nine, each told until all of it is answered, and then once more.
    func tell() async throws {
        for start in stride(from: 0, to: commands.count, by: 9) {
            let batch = Array(commands[start..<min(start + 9, commands.count)])
            let ids = batch.compactMap { $0["id"] as? String }
            while !told.withLock({ told in ids.allSatisfy { told[$0] != nil } }) {
                try Task.checkCancellation()
                if try await !tell(batch) { try await Task.sleep(for: .milliseconds(100)) }
            }
            _ = try await tell(batch)
        }
    }

    /// - Returns: false when nobody answered.
    private func tell(_ batch: [[String: any Sendable]]) async throws -> Bool {
        let body: [String: any Sendable] = [
            "device": device, "sentAt": Date.now.formatted(.iso8601), "more": true, "commands": batch,
        ]
        guard let answer = try await asking({ try await $0.post("/api/dispatch/v1/sync", body) }) else { return false }
        for line in answer.object["answers"] as? [[String: Any]] ?? [] {
            guard let id = line["id"] as? String, let result = line["result"] as? String, result != "waiting" else {
                continue
            }
            told.withLock { $0[id, default: []].append(result) }
        }
        return true
    }

    /// Piece by piece; one that was not answered is sent again.
    func sendPhoto() async throws {
        let digest = Data(SHA256.hash(data: photoBytes)).base64EncodedString()
        var offset = 0
        while offset < photoBytes.count {
            try Task.checkCancellation()
            let piece = photoBytes[offset..<min(offset + Self.pieceSize, photoBytes.count)]
            let headers = [
                "content-type": "image/jpeg", "repr-digest": "sha-256=:\(digest):",
                "content-range": "bytes \(piece.startIndex)-\(piece.endIndex - 1)/\(photoBytes.count)",
            ]
            let answer = try await asking {
                try await $0.put("/api/dispatch/v1/files/\(self.photo)", bytes: Data(piece), headers: headers)
            }
            if answer != nil { offset = piece.endIndex }
        }
    }

    /// - Returns: nil, after a while, when nobody is there to answer.
    private func asking(_ ask: @Sendable (Person) async throws -> Person.Answer) async throws -> Person.Answer? {
        do {
            let answer = try await ask(person)
            if (200..<300).contains(answer.status) { return answer }
            #expect(answer.status >= 500, "\(answer.status) \(answer.text)")
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            // The connection was cut.
        }
        try await Task.sleep(for: .milliseconds(100))
        return nil
    }

    func judge() async throws {
        let told = told.withLock { $0 }
        #expect(told.count == commands.count, "commands without an answer")
        for (id, answers) in told { #expect(Set(answers) == ["done"], "\(id): \(answers)") }
        let there = try await person.get("/api/dispatch/v1/files/\(photo)")
        #expect(there.status == 200 && there.headers["content-length"] == "\(photoBytes.count)", "\(there.headers)")
    }
}
