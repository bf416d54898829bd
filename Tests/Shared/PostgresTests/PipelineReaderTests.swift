import TestSupport
import Testing

@testable import Postgres

@Suite struct `The reader of a pipeline` {
    private static let key = PreparedStatements.Key(text: "select $1", types: [20])
    private static let nothing = Answer.result(QueryResult(nil))

    private func reader(_ steps: [PipelineReader.Step]) -> PipelineReader {
        var reader = PipelineReader()
        for step in steps { reader.expect(step) }
        return reader
    }

    @Test func `finishes at the sync, with one result for each statement of the caller`() {
        var reader = reader([.forget("s1"), .prefix, .prepare("s2", Self.key), .execute, .execute, .sync])
        for _ in 0..<5 {
            #expect(reader.receive(Self.nothing) == .more)
            #expect(reader.receive(.end) == .more)
        }
        #expect(reader.receive(.sync) == .finished)
        #expect(reader.results.count == 2)
        #expect(reader.error == nil)
        #expect(reader.prepared.map(\.0) == ["s2"])
        #expect(reader.forgotten == ["s1"])
    }

    @Test func `says which statement failed, and learns nothing of those that were skipped`() {
        var reader = reader([.execute, .prepare("s1", Self.key), .execute, .execute, .sync])
        let failure = PostgresError(sqlState: "23505", constraint: "c", message: "m")
        for answer in [Self.nothing, .end, Self.nothing, .end, .failed(failure), .end, .aborted, .end] {
            #expect(reader.receive(answer) == .more)
        }
        #expect(reader.receive(.sync) == .finished)
        #expect(reader.error?.statement == 1)
        #expect(reader.error?.kind == .uniqueViolation)
        #expect(reader.prepared.count == 1)
    }

    @Test(arguments: [
        [Answer.sync], [.end], [.aborted], [.copyIn], [nothing, nothing], [nothing, .end, nothing],
        [nothing, .end, .end], [nothing, .sync], [nothing, .end, .sync, .sync], [.other(7)],
    ])
    func `takes any other order for a surprise`(answers: [Answer]) {
        var reader = reader([.execute, .sync])
        let progress = answers.map { reader.receive($0) }
        guard case .surprise = progress.last else {
            Issue.record("\(progress)")
            return
        }
    }

    /// A server that answers rightly is never a surprise, and no answer goes to another statement.
    @Test(arguments: 1...200) func `gives each statement its own answer`(seed: Int) {
        var random = Seeded(state: UInt64(seed))
        let count = Int.random(in: 1...12, using: &random)
        let failing = Int.random(in: 0...count, using: &random)
        var reader = PipelineReader()
        var answers: [Answer] = []
        var isFailed = false
        for place in 0..<count {
            if Bool.random(using: &random) {
                reader.expect(.prepare("s\(place)", Self.key))
                answers += [isFailed ? .aborted : Self.nothing, .end]
            }
            reader.expect(.execute)
            if isFailed {
                answers += [.aborted, .end]
            } else if place == failing {
                answers += [.failed(PostgresError(.other, "statement \(place)")), .end]
                isFailed = true
            } else {
                answers += [Self.nothing, .end]
            }
        }
        reader.expect(.sync)
        for answer in answers { #expect(reader.receive(answer) == .more) }
        #expect(reader.receive(.sync) == .finished)
        #expect(reader.results.count == min(failing, count))
        #expect(reader.error?.statement == (failing < count ? failing : nil))
    }

    /// However answers are lost, doubled or exchanged: either every statement has its own, or the connection is closed.
    @Test func `never gives an answer to another statement, however they are mixed up`() {
        func isSame(_ one: Answer, _ other: Answer) -> Bool { "\(one)" == "\(other)" }
        var surprises = 0
        for seed in 0..<UInt64(20_000) {
            var random = Seeded(state: seed)
            var reader = PipelineReader()
            var right: [Answer] = []
            for place in 0..<Int.random(in: 1...6, using: &random) {
                reader.expect(place % 3 == 2 ? .prepare("s\(place)", Self.key) : .execute)
                right += [Self.nothing, .end]
            }
            reader.expect(.sync)
            right.append(.sync)
            var answers = right
            for _ in 0..<Int.random(in: 1...2, using: &random) {
                let place = Int.random(in: 0..<answers.count, using: &random)
                switch Int.random(in: 0..<4, using: &random) {
                case 0 where answers.count > 1: answers.remove(at: place)
                case 1: answers.insert(answers[place], at: place)
                case 2: answers.swapAt(place, Int.random(in: 0..<answers.count, using: &random))
                default: answers[place] = [.end, .sync, .aborted, .copyIn, .other(7)][place % 5]
                }
            }
            var last = PipelineReader.Progress.more
            var read = 0
            while read < answers.count, last == .more {
                last = reader.receive(answers[read])
                read += 1
            }
            if case .surprise = last {
                surprises += 1
            } else {
                // What was read must be what a right server says, and nothing beyond it.
                #expect(zip(answers, right).prefix(read).allSatisfy(isSame), "seed \(seed)")
                #expect((last == .finished) == (read == right.count), "seed \(seed)")
            }
        }
        #expect(surprises > 10_000)
    }
}

@Suite struct `The prepared statements of a connection` {
    private func key(_ number: Int) -> PreparedStatements.Key { .init(text: "select \(number)", types: []) }

    @Test func `are found again by text and types`() {
        var statements = PreparedStatements(capacity: 2)
        let name = statements.newName()
        statements.insert(name, for: .init(text: "select $1", types: [20]))
        #expect(statements.name(of: .init(text: "select $1", types: [20])) == name)
        #expect(statements.name(of: .init(text: "select $1", types: [25])) == nil)
    }

    @Test func `make room by dropping the one that was used least lately`() {
        var statements = PreparedStatements(capacity: 2)
        let names = (1...3).map { _ in statements.newName() }
        statements.insert(names[0], for: key(1))
        statements.insert(names[1], for: key(2))
        _ = statements.name(of: key(1))
        statements.insert(names[2], for: key(3))
        #expect(statements.count == 2)
        #expect(statements.name(of: key(2)) == nil)
        #expect(statements.name(of: key(1)) == names[0])
        #expect(statements.discarded == [names[1]])
        statements.forgotten(names[1])
        #expect(statements.discarded.isEmpty)
    }

    @Test func `never use a name twice`() {
        var statements = PreparedStatements(capacity: 1)
        let first = statements.newName()
        statements.insert(first, for: key(1))
        statements.forgetAll(kept: false)
        #expect(statements.newName() != first)
        #expect(statements.discarded.isEmpty)
    }
}
