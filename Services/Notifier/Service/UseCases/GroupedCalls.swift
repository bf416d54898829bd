import Postgres
import Synchronization

/// Calls that arrive while one is under way are carried out together by the next: many statements become one.
///
/// A lone call runs at once; the next group begins `pace` after it began, or as soon as it is a `crowd`. One of the callers
/// carries out the work of all and then hands that office to the next in line.
final class GroupedCalls<Item: Sendable, Answer: Sendable>: Sendable {
    private enum Turn {
        case carryOut
        case done(Result<Answer, any Error>)
    }

    private struct Waiting {
        let item: Item
        let turn: CheckedContinuation<Turn, Never>
    }

    private struct State {
        var isBusy = false
        var nextAt = ContinuousClock.now
        var waiting: [Waiting] = []
        /// Of the caller who carries out the next group.
        var pause: Task<Void, Never>?
    }

    private let limit: Int
    private let pace: Duration
    private let crowd: Int
    private let work: @Sendable ([Item]) async throws -> [Answer]
    private let state = Mutex(State())

    /// - Parameter work: answers in the order of the items; throws when nothing was done for any of them. A group that fails
    ///   for another reason than the database's state is done one by one, so that who is at fault fails alone.
    init(
        limit: Int, pace: Duration = .zero, crowd: Int = .max,
        work: @escaping @Sendable ([Item]) async throws -> [Answer]
    ) {
        self.limit = limit
        self.pace = pace
        self.crowd = crowd
        self.work = work
    }

    func callAsFunction(_ item: Item) async throws -> Answer {
        let turn = await withCheckedContinuation { continuation in
            let isFirst = state.withLock { state in
                guard state.isBusy else {
                    state.isBusy = true
                    return true
                }
                state.waiting.append(Waiting(item: item, turn: continuation))
                if state.waiting.count + 1 >= crowd { state.pause?.cancel() }
                return false
            }
            if isFirst { continuation.resume(returning: .carryOut) }
        }
        switch turn {
        case .done(let result): return try result.get()
        case .carryOut: return try await carryOut(item)
        }
    }

    private func carryOut(_ own: Item) async throws -> Answer {
        let rest = state.withLock { $0.nextAt } - .now
        if rest > .zero { await pause(rest) }
        let company = state.withLock { state in
            state.pause = nil
            let taken = Array(state.waiting.prefix(limit - 1))
            state.waiting.removeFirst(taken.count)
            state.nextAt = .now + pace
            return taken
        }
        defer { handOver() }
        do {
            let answers = try await work([own] + company.map(\.item))
            for (waiting, answer) in zip(company, answers.dropFirst()) {
                waiting.turn.resume(returning: .done(.success(answer)))
            }
            return answers[0]
        } catch let error as PostgresError where !company.isEmpty && !error.isRetriable {
            for waiting in company { waiting.turn.resume(returning: .done(await alone(waiting.item))) }
            return try await alone(own).get()
        } catch {
            for waiting in company { waiting.turn.resume(returning: .done(.failure(error))) }
            throw error
        }
    }

    /// Who is cancelled carries out his work and that of the others all the same, only sooner.
    private func pause(_ rest: Duration) async {
        // Cancelled when there is a crowd.
        let pause = Task<Void, Never> { try? await Task.sleep(for: rest) }
        state.withLock { state in
            state.pause = pause
            if state.waiting.count + 1 >= crowd { pause.cancel() }
        }
        await withTaskCancellationHandler {
            await pause.value
        } onCancel: {
            pause.cancel()
        }
    }

    private func alone(_ item: Item) async -> Result<Answer, any Error> {
        do { return .success(try await work([item])[0]) } catch { return .failure(error) }
    }

    private func handOver() {
        let next = state.withLock { state -> Waiting? in
            guard !state.waiting.isEmpty else {
                state.isBusy = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.turn.resume(returning: .carryOut)
    }
}
