/// Called under the connection's lock.
extension Connection {
    /// Takes the answers that are complete.
    func advance(_ state: inout State) {
        while let line = state.line, let operation = state.current {
            if case .copyRows = operation.work { return }
            if case .copyEnd = operation.work, operation.copied == 0 { return }
            guard let answer = line.nextAnswer() else { return }
            if case .failed(let error) = answer, error.isConnectionLost { return lose(error, &state) }
            switch operation.work {
            case .batch: advanceBatch(answer, &state)
            case .script, .copyStart, .copyEnd: advanceScript(answer, line, &state)
            case .copyRows: return
            }
        }
    }

    private func advanceBatch(_ answer: Answer, _ state: inout State) {
        switch state.current?.reader.receive(answer) {
        case .finished: settle(&state)
        case .surprise(let words):
            lose(PostgresError(.connectionLost, "The server's answers are out of step: \(words)"), &state)
        case .more, nil: break
        }
    }

    private func advanceScript(_ answer: Answer, _ line: Line, _ state: inout State) {
        switch answer {
        case .result(let result): state.current?.results.append(result)
        case .failed(let error): if state.current?.error == nil { state.current?.error = error }
        case .copyIn:
            guard case .copyStart = state.current?.work else {
                return lose(PostgresError(.programming, "COPY is for copyIn"), &state)
            }
            settle(&state)
        case .end:
            guard line.resumePipelines() else { return lose(PostgresError(.connectionLost, line.complaint), &state) }
            settle(&state)
        case .aborted, .sync, .other:
            lose(PostgresError(.connectionLost, "The server's answers are out of step: \(answer)"), &state)
        }
    }

    /// The current operation has its answer.
    func settle(_ state: inout State) {
        guard let operation = state.current else { return }
        state.current = nil
        state.deadline = nil
        for (name, key) in operation.reader.prepared { state.prepared.insert(name, for: key) }
        for name in operation.reader.forgotten { state.prepared.forgotten(name) }
        let error = operation.error ?? operation.reader.error
        // The server is no longer the one that takes writes.
        if error?.kind == .readOnly { state.isTainted = true }
        if let error, error.isStalePlan {
            state.prepared.forgetAll(kept: error.sqlState != "26000")
            let isOver = state.line?.transactionStatus == .idle
            if operation.isAlone, isOver, !operation.hasRetried, !operation.isCancelled {
                operation.hasRetried = true
                return start(operation, &state)
            }
        }
        let result: Result<[QueryResult], any Error> =
            if let error {
                .failure(operation.isCancelled && error.kind == .statementTimeout ? CancellationError() : error)
            } else if case .batch = operation.work {
                .success(operation.reader.results)
            } else {
                .success(operation.results)
            }
        state.settled.append((operation.completion, result))
        if !state.waiting.isEmpty { start(state.waiting.removeFirst(), &state) }
    }

    func lose(_ error: PostgresError, as loss: Loss = .ended, _ state: inout State) {
        guard let line = state.line else { return }
        poll.forget(line.descriptor, token: state.token)
        state.loss = error
        state.newLoss = loss
        let operations = (state.current.map { [$0] } ?? []) + state.waiting
        for operation in operations { state.settled.append((operation.completion, .failure(error))) }
        for listener in state.listeners { listener.stream.finish(throwing: error) }
        (state.current, state.waiting, state.listeners) = (nil, [], [])
        state.deadline = nil
        state.line = nil
    }
}
