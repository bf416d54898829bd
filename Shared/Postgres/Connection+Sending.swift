/// Called under the connection's lock.
extension Connection {
    func start(_ operation: Operation, _ state: inout State) {
        guard let line = state.line else { return }
        let sent =
            switch operation.work {
            case .batch(let statements): Self.send(statements, as: operation, on: line, &state)
            case .script(let text), .copyStart(let text): line.script(text)
            case .copyRows, .copyEnd: true
            }
        state.deadline = operation.patience.map { .now + $0 }
        state.current = operation
        guard sent else { return lose(PostgresError(.connectionLost, line.complaint), &state) }
        switch operation.work {
        case .copyRows, .copyEnd: feedCopy(&state)
        case .batch, .script, .copyStart: flush(&state)
        }
    }

    private static func send(
        _ statements: [SQL], as operation: Operation, on line: Line, _ state: inout State
    ) -> Bool {
        let prefix = state.pendingPrefix
        state.pendingPrefix = []
        let status = line.transactionStatus
        operation.isAlone = prefix.isEmpty && status == .idle
        operation.reader = PipelineReader()
        // In a failed transaction nothing but its end is allowed.
        if status != .failed, let name = state.prepared.discarded.first {
            guard line.executeOnce("deallocate \(name)") else { return false }
            operation.reader.expect(.forget(name))
        }
        var fresh: [PreparedStatements.Key: String] = [:]
        for (place, sql) in (prefix + statements).enumerated() {
            let key = PreparedStatements.Key(text: sql.text, types: sql.parameters.types)
            let name: String
            if let known = state.prepared.name(of: key) ?? fresh[key] {
                name = known
            } else {
                name = state.prepared.newName()
                fresh[key] = name
                guard line.prepare(name, sql) else { return false }
                operation.reader.expect(.prepare(name, key))
            }
            guard line.execute(name, sql.parameters) else { return false }
            operation.reader.expect(place < prefix.count ? .prefix : .execute)
        }
        operation.reader.expect(.sync)
        return line.sync()
    }

    /// Hands libpq's buffer to the kernel, and waits for room when there is none.
    func flush(_ state: inout State) {
        guard let line = state.line else { return }
        let sent = line.flush()
        if sent == .failed {
            // What the server said before it went may still be there to read: `ready` finds out.
            return
        }
        let waits = sent == .partly
        if waits != state.waitsForRoom {
            state.waitsForRoom = waits
            poll.watch(line.descriptor, token: state.token, writable: waits)
        }
        if !waits, case .copyRows(let bytes) = state.current?.work {
            if state.current?.copied == bytes.count { settle(&state) } else { feedCopy(&state) }
        } else if !waits, case .copyEnd = state.current?.work, state.current?.copied == 0 {
            feedCopy(&state)
        }
    }

    private func feedCopy(_ state: inout State) {
        guard let line = state.line, let operation = state.current else { return }
        let taken: Bool?
        switch operation.work {
        case .copyRows(let bytes):
            let end = min(operation.copied + 32_768, bytes.count)
            taken = line.copy(bytes[operation.copied..<end])
            if taken == true { state.current?.copied = end }
        case .copyEnd(let refusal):
            taken = line.endCopy(refusal: refusal)
            if taken == true { state.current?.copied = 1 }
        case .batch, .script, .copyStart: return
        }
        if taken == nil { return lose(PostgresError(.connectionLost, line.complaint), &state) }
        if taken == false {
            state.waitsForRoom = true
            poll.watch(line.descriptor, token: state.token, writable: true)
        } else {
            flush(&state)
        }
    }
}
