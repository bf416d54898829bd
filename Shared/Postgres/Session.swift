/// One connection for the time of ``PostgresPool/session(_:)``.
public struct Session: Sendable {
    let pool: PostgresPool
    let connection: Connection

    @discardableResult public func query(_ sql: SQL) async throws -> QueryResult { try await pipeline([sql])[0] }

    /// One round trip; one implicit transaction unless one was begun.
    @discardableResult public func pipeline(_ statements: [SQL]) async throws -> [QueryResult] {
        try Operation.validate(statements)
        if statements.isEmpty { return [] }
        return try await pool.run(.batch(statements), on: connection, patience: pool.patience)
    }

    /// Notifications on `channel` until the task is cancelled or the connection is lost.
    ///
    /// Of a listener that is slow, the oldest notifications beyond 1,024 are dropped: they are hints, not data.
    public func listen(_ channel: String) async throws -> AsyncThrowingStream<String, any Error> {
        let stream = connection.notifications(on: channel)
        try await query("listen \(unescaped: SQL.quoted(identifier: channel))")
        return stream
    }

    /// COPY … FROM STDIN, text format; rows by column text, nil = NULL.
    ///
    /// - Parameter table: with its schema, `intake.ticket`; each part is quoted.
    /// - Returns: the number of rows.
    /// - Throws: what `rows` throws, or a ``PostgresError``; no row was kept, unless a transaction was begun before.
    public func copyIn(
        table: String, columns: [String], rows: some AsyncSequence<[String?], any Error> & Sendable
    ) async throws -> Int {
        let names = columns.map(SQL.quoted(identifier:)).joined(separator: ", ")
        let table = table.split(separator: ".").map { SQL.quoted(identifier: String($0)) }.joined(separator: ".")
        _ = try await run(.copyStart("copy \(table) (\(names)) from stdin"))
        do {
            var block: [UInt8] = []
            for try await row in rows {
                guard row.count == columns.count else {
                    throw PostgresError(.programming, "A row of \(row.count) values for \(columns.count) columns")
                }
                CopyText.append(row, to: &block)
                if block.count >= 65_536 {
                    _ = try await run(.copyRows(block))
                    block.removeAll(keepingCapacity: true)
                }
            }
            if !block.isEmpty { _ = try await run(.copyRows(block)) }
        } catch {
            // The server answers this with an error, which is ours.
            do { _ = try await run(.copyEnd("the client has given up"), cancellable: false) } catch {}
            throw error
        }
        return try await run(.copyEnd(nil)).first?.affected ?? 0
    }

    /// Several statements in one text, without values; for migrations.
    func script(_ text: String, patience: Duration?) async throws {
        _ = try await pool.run(.script(text), on: connection, patience: patience)
    }

    private func run(_ work: Operation.Work, cancellable: Bool = true) async throws -> [QueryResult] {
        try await pool.run(work, on: connection, patience: pool.patience, cancellable: cancellable)
    }

    /// As a new connection is; otherwise it is not used again.
    func reset() async {
        connection.endNotifications()
        guard connection.isUsable else { return }
        let rollback = connection.transactionStatus == .idle ? "" : "rollback; "
        let words = "close all; unlisten *; select pg_advisory_unlock_all(); reset role; reset all; discard temp"
        do {
            _ = try await pool.run(.script(rollback + words), on: connection, patience: .seconds(5), cancellable: false)
        } catch {
            connection.taint()
        }
    }
}

/// The text format of COPY (PostgreSQL manual, "COPY", File Formats).
enum CopyText {
    static func append(_ row: [String?], to block: inout [UInt8]) {
        for (place, value) in row.enumerated() {
            if place > 0 { block.append(UInt8(ascii: "\t")) }
            guard let value else {
                block += [UInt8(ascii: "\\"), UInt8(ascii: "N")]
                continue
            }
            for byte in value.utf8 {
                switch byte {
                case UInt8(ascii: "\\"): block += [byte, byte]
                case UInt8(ascii: "\n"): block += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
                case UInt8(ascii: "\r"): block += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
                case UInt8(ascii: "\t"): block += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
                default: block.append(byte)
                }
            }
        }
        block.append(UInt8(ascii: "\n"))
    }
}

extension PostgresPool {
    /// One connection for the time of `body`, for session things (advisory locks, COPY, LISTEN); it is reset or closed
    /// after.
    @discardableResult
    public func session<Result: Sendable>(_ body: @Sendable (Session) async throws -> Result) async throws -> Result {
        let session = Session(pool: self, connection: try await lease())
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(session)) } catch { result = .failure(error) }
        await session.reset()
        release(session.connection)
        return try result.get()
    }
}
