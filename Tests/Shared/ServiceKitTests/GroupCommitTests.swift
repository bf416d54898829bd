import Testing

import ServiceKit

@Suite struct `A group commit` {
    private struct Poison: Error {}
    private struct Outage: Error {}

    private actor Log {
        private(set) var batches: [[Int]] = []
        private(set) var most = 0
        private var running = 0

        func begin(_ batch: [Int]) {
            batches.append(batch)
            running += 1
            most = max(most, running)
        }
        func end() { running -= 1 }
    }

    private actor Gate {
        private var isOpen = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func pass() async {
            if !isOpen { await withCheckedContinuation { waiting.append($0) } }
        }

        func open() {
            isOpen = true
            for continuation in waiting { continuation.resume() }
            waiting = []
        }
    }

    private func verdicts(
        _ requests: Range<Int>, _ commit: GroupCommit<Int, Int>
    ) async -> [Int: Result<Int, any Error>] {
        await withTaskGroup(of: (Int, Result<Int, any Error>).self) { group in
            for request in requests {
                group.addTask {
                    do { return (request, .success(try await commit(request))) } catch {
                        return (request, .failure(error))
                    }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    @Test func `gives everybody his own verdict, in fewer batches than requests`() async throws {
        let log = Log()
        let commit = GroupCommit<Int, Int>(lanes: 2, limit: 16, mayBeOnesFault: { _ in true }) { batch in
            await log.begin(batch)
            for _ in 0..<20 { await Task.yield() }
            await log.end()
            return batch.map { $0 * 10 }
        }
        let verdicts = await verdicts(0..<500, commit)
        for (request, verdict) in verdicts { #expect(try verdict.get() == request * 10) }
        #expect(verdicts.count == 500)
        let batches = await log.batches
        #expect(batches.count < 500)
        #expect(batches.allSatisfy { $0.count <= 16 })
        #expect(Set(batches.joined()).count == 500)
        #expect(await log.most <= 2)
    }

    @Test func `does not let one bad request fail its neighbours`() async throws {
        let commit = GroupCommit<Int, Int>(lanes: 1, limit: 64, mayBeOnesFault: { _ in true }) { batch in
            for _ in 0..<20 { await Task.yield() }
            if batch.contains(25) { throw Poison() }
            return batch
        }
        let verdicts = await verdicts(0..<50, commit)
        for (request, verdict) in verdicts where request != 25 { #expect(try verdict.get() == request) }
        #expect(throws: Poison.self) { try verdicts[25]?.get() }
    }

    @Test func `does not try one by one when the database is gone`() async throws {
        let log = Log()
        let commit = GroupCommit<Int, Int>(lanes: 1, limit: 100, mayBeOnesFault: { !($0 is Outage) }) { batch in
            await log.begin(batch)
            for _ in 0..<200 { await Task.yield() }
            throw Outage()
        }
        let verdicts = await verdicts(0..<100, commit)
        #expect(verdicts.values.allSatisfy { if case .failure(is Outage) = $0 { true } else { false } })
        #expect(Set(await log.batches.joined()).count == 100)
        #expect(await log.batches.joined().count == 100)
    }

    @Test func `begins beside what is under way only when enough wait, and leaves nobody waiting`() async throws {
        let (log, gate) = (Log(), Gate())
        let commit = GroupCommit<Int, Int>(lanes: 2, leastBeside: 3, limit: 16, mayBeOnesFault: { _ in true }) {
            batch in
            await log.begin(batch)
            if batch == [0] { await gate.pass() }
            await log.end()
            return batch
        }
        async let first = commit(0)
        while await log.batches.isEmpty { await Task.yield() }
        async let second = commit(1)
        async let third = commit(2)
        for _ in 0..<200 { await Task.yield() }
        #expect(await log.batches == [[0]])
        // The third that waits begins another transaction, though the first still lasts.
        #expect(try await commit(3) == 3)
        #expect(try await [second, third].sorted() == [1, 2])
        await gate.open()
        #expect(try await first == 0)
        #expect(await log.batches.count == 2)
        #expect(try await commit(4) == 4)
    }

    @Test func `works again after it was idle`() async throws {
        let commit = GroupCommit<Int, Int>(lanes: 1, limit: 4, mayBeOnesFault: { _ in true }) { $0 }
        for request in 0..<20 { #expect(try await commit(request) == request) }
    }
}
