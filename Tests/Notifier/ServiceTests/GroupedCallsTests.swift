import Postgres
import Synchronization
import Testing

@testable import NotifierService

@Suite struct `Grouped calls` {
    @Test func `carry out together what arrives meanwhile and answer each its own`() async throws {
        let groups = Mutex<[Int]>([])
        let calls = GroupedCalls<Int, Int>(limit: 16) { items in
            groups.withLock { $0.append(items.count) }
            try await Task.sleep(for: .milliseconds(5))
            return items.map { $0 * 2 }
        }
        let answers = try await withThrowingTaskGroup(of: (Int, Int).self) { group in
            for item in 1...100 { group.addTask { (item, try await calls(item)) } }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers == Dictionary(uniqueKeysWithValues: (1...100).map { ($0, $0 * 2) }))
        let sizes = groups.withLock { $0 }
        #expect(sizes.reduce(0, +) == 100)
        #expect(sizes.count < 100 && sizes.allSatisfy { $0 <= 16 })
    }

    @Test func `begin at once, and the next group a pace later`() async throws {
        let groups = Mutex<[Int]>([])
        let calls = GroupedCalls<Int, Int>(limit: 16, pace: .milliseconds(200)) { items in
            groups.withLock { $0.append(items.count) }
            return items
        }
        let started = ContinuousClock.now
        _ = try await calls(0)
        #expect(.now - started < .milliseconds(200))
        try await withThrowingTaskGroup { group in
            for item in 1...10 { group.addTask { _ = try await calls(item) } }
            try await group.waitForAll()
        }
        #expect(.now - started >= .milliseconds(200))
        #expect(groups.withLock { $0 } == [1, 10])
    }

    @Test(.timeLimit(.minutes(1)))
    func `begin sooner when there is a crowd`() async throws {
        let groups = Mutex<[Int]>([])
        let calls = GroupedCalls<Int, Int>(limit: 16, pace: .seconds(3600), crowd: 4) { items in
            groups.withLock { $0.append(items.count) }
            return items
        }
        _ = try await calls(0)
        try await withThrowingTaskGroup { group in
            for item in 1...8 { group.addTask { _ = try await calls(item) } }
            try await group.waitForAll()
        }
        #expect(groups.withLock { $0.reduce(0, +) } == 9)
        #expect(groups.withLock { $0.dropFirst().allSatisfy { $0 >= 4 } })
    }

    @Test func `fail alone when one of them cannot be done`() async throws {
        let calls = GroupedCalls<Int, Int>(limit: 16, pace: .milliseconds(50)) { items in
            if items.contains(7) { throw PostgresError(.programming, "no such text") }
            return items
        }
        _ = try await calls(0)
        let done = await withTaskGroup(of: Int?.self) { group in
            for item in 1...10 {
                group.addTask { try? await calls(item) /* the others are told by what is missing */ }
            }
            return await group.reduce(into: Set<Int>()) { if let item = $1 { $0.insert(item) } }
        }
        #expect(done == [1, 2, 3, 4, 5, 6, 8, 9, 10])
    }

    @Test func `fail together and go on with the next`() async throws {
        struct Broken: Error {}
        let hasFailed = Mutex(false)
        let calls = GroupedCalls<Int, Int>(limit: 8) { items in
            let isFirst = hasFailed.withLock { state in
                defer { state = true }
                return !state
            }
            if isFirst { throw Broken() }
            return items
        }
        await #expect(throws: Broken.self) { try await calls(1) }
        #expect(try await calls(2) == 2)
    }
}
