/// Says which answer belongs to which statement of one pipeline. A pure value.
///
/// Each statement is answered by one result and an end, the whole by a sync. Any other order is a surprise, after which
/// the connection must be closed: an answer given to the wrong statement would be another caller's rows.
struct PipelineReader: Sendable {
    enum Step: Sendable, Equatable {
        /// Deallocates a statement that the cache dropped.
        case forget(String)
        case prepare(String, PreparedStatements.Key)
        /// Begin, or whatever is put before the caller's own statements.
        case prefix
        case execute
        case sync
    }

    enum Progress: Sendable, Equatable { case more, finished, surprise(String) }

    private var steps: [Step] = []
    private var place = 0
    private var answered = false
    private(set) var results: [QueryResult] = []
    private(set) var error: PostgresError?
    private(set) var prepared: [(String, PreparedStatements.Key)] = []
    private(set) var forgotten: [String] = []

    mutating func expect(_ step: Step) { steps.append(step) }

    mutating func receive(_ answer: Answer) -> Progress {
        guard place < steps.count else { return .surprise("An answer without a statement") }
        let step = steps[place]
        if step == .sync {
            guard case .sync = answer else { return .surprise("\(answer) instead of the end of the pipeline") }
            place += 1
            return place == steps.count ? .finished : .more
        }
        switch answer {
        case .end where answered:
            answered = false
            place += 1
            return .more
        case .result(let result) where !answered: succeed(step, result)
        case .failed(let failure) where !answered: fail(step, failure)
        case .aborted where !answered && error != nil: break
        default: return .surprise("\(answer) instead of an answer to \(step)")
        }
        answered = true
        return .more
    }

    private mutating func succeed(_ step: Step, _ result: QueryResult) {
        switch step {
        case .forget(let name): forgotten.append(name)
        case .prepare(let name, let key): prepared.append((name, key))
        case .execute: results.append(result)
        case .prefix, .sync: break
        }
    }

    private mutating func fail(_ step: Step, _ failure: PostgresError) {
        guard error == nil else { return }
        error = failure
        switch step {
        case .execute, .prepare: error?.statement = results.count
        case .forget(let name): forgotten.append(name)
        case .prefix, .sync: break
        }
    }
}
