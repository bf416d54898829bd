private import CPostgres

/// What the server said, one step of a conversation.
enum Answer: Sendable {
    case result(QueryResult)
    case failed(PostgresError)
    /// Skipped, because an earlier statement of the same pipeline failed.
    case aborted
    /// Nothing more comes for this statement.
    case end
    /// The end of a pipeline.
    case sync
    /// The server waits for the rows of a COPY.
    case copyIn
    case other(Int)
}

enum TransactionStatus: Sendable { case idle, active, open, failed, unknown }

enum Sent: Sendable { case all, partly, failed }

/// An open connection of libpq: the calls on it, in Swift's terms. No call blocks. Freed with the object.
///
/// libpq itself ignores SIGPIPE while it writes (MSG_NOSIGNAL, or a blocked signal under TLS).
///
/// `@unchecked Sendable`: libpq allows one thread at a time on a connection; a line lives in the `Mutex` of its
/// ``Connection`` and is used nowhere else.
final class Line: @unchecked Sendable {
    private let connection: OpaquePointer
    let descriptor: Int32
    private let encrypted: Bool

    /// Takes over a `PGconn` whose sign-in is complete, and puts it into pipeline mode.
    init(owning connection: OpaquePointer) {
        self.connection = connection
        descriptor = PQsocket(connection)
        encrypted = PQsslInUse(connection) != 0
        PQsetnonblocking(connection, 1)
        _ = PQenterPipelineMode(connection)
    }

    deinit { PQfinish(connection) }

    var isBad: Bool { PQstatus(connection) != CONNECTION_OK }

    /// libpq's last words on this connection.
    var complaint: String { PostgresError.tidy(String(cString: PQerrorMessage(connection))) }

    var transactionStatus: TransactionStatus {
        switch PQtransactionStatus(connection) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_ACTIVE: .active
        case PQTRANS_INTRANS: .open
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    /// What is needed to ask, from another thread, that the running statement be ended.
    func makeCanceller() -> Canceller? { PQgetCancel(connection).map(Canceller.init(owning:)) }

    // MARK: Sending

    func prepare(_ name: String, _ sql: SQL) -> Bool {
        sql.parameters.types.withUnsafeBufferPointer {
            PQsendPrepare(connection, name, sql.text, Int32($0.count), $0.baseAddress) == 1
        }
    }

    /// Values go out and results come back in binary form.
    func execute(_ name: String, _ parameters: Parameters) -> Bool {
        let count = parameters.count
        return parameters.bytes.withUnsafeBytes { bytes in
            withUnsafeTemporaryAllocation(of: UnsafePointer<CChar>?.self, capacity: count) { values in
                withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count) { numbers in
                    // An empty value is not NULL, so it needs an address too.
                    let base = bytes.baseAddress ?? UnsafeRawPointer(Self.somewhere)
                    for (place, slot) in parameters.slots.enumerated() {
                        let start = base.advanced(by: slot.offset).assumingMemoryBound(to: CChar.self)
                        values.initializeElement(at: place, to: slot.length < 0 ? nil : start)
                        numbers.initializeElement(at: place, to: Int32(max(slot.length, 0)))
                        numbers.initializeElement(at: count + place, to: 1)
                    }
                    let formats = numbers.baseAddress.map { $0 + count }
                    return PQsendQueryPrepared(
                        connection, name, Int32(count), values.baseAddress, numbers.baseAddress, formats, 1) == 1
                }
            }
        }
    }

    /// A statement of ours without values, not kept by the server.
    func executeOnce(_ text: String) -> Bool {
        PQsendQueryParams(connection, text, 0, nil, nil, nil, nil, 1) == 1
    }

    func sync() -> Bool { PQpipelineSync(connection) == 1 }

    /// Several statements in one text, by the simple protocol. Leaves pipeline mode until ``resumePipelines()``.
    func script(_ text: String) -> Bool { PQexitPipelineMode(connection) == 1 && PQsendQuery(connection, text) == 1 }

    func resumePipelines() -> Bool { PQenterPipelineMode(connection) == 1 }

    /// - Returns: nil when the connection failed, false when there is no room for it now.
    func copy(_ bytes: some Collection<UInt8>) -> Bool? {
        let status = bytes.withContiguousStorageIfAvailable { bytes in
            bytes.withMemoryRebound(to: CChar.self) { PQputCopyData(connection, $0.baseAddress, Int32($0.count)) }
        }
        return Self.copyStatus(status ?? -1)
    }

    /// Ends a COPY; with `refusal` the server drops the rows.
    func endCopy(refusal: String?) -> Bool? { Self.copyStatus(PQputCopyEnd(connection, refusal)) }

    func flush() -> Sent {
        switch PQflush(connection) {
        case 0: .all
        case 1: .partly
        default: .failed
        }
    }

    // MARK: Receiving

    /// Reads what has arrived. False: the connection is lost; what arrived before can still be taken.
    func consume() -> Bool {
        guard PQconsumeInput(connection) == 1 else { return false }
        // The descriptor says nothing of bytes that TLS has already decrypted.
        while encrypted, paidan_pg_tls_pending(connection) > 0 {
            guard PQconsumeInput(connection) == 1 else { return false }
        }
        return true
    }

    /// nil: the next answer is not complete yet.
    func nextAnswer() -> Answer? {
        if PQisBusy(connection) != 0 { return nil }
        guard let result = PQgetResult(connection) else { return .end }
        let status = PQresultStatus(result)
        if status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK || status == PGRES_EMPTY_QUERY {
            return .result(QueryResult(ResultTable(owning: result)))
        }
        defer { PQclear(result) }
        switch status {
        case PGRES_PIPELINE_SYNC: return .sync
        case PGRES_PIPELINE_ABORTED: return .aborted
        case PGRES_COPY_IN: return .copyIn
        case PGRES_FATAL_ERROR: return .failed(Self.error(in: result))
        default: return .other(Int(status.rawValue))
        }
    }

    /// The next notification, if one has arrived: its channel and its words.
    func nextNotification() -> (channel: String, payload: String)? {
        guard let notification = PQnotifies(connection) else { return nil }
        defer { PQfreemem(notification) }
        return (String(cString: notification.pointee.relname), String(cString: notification.pointee.extra))
    }

    /// What comes without a SQLSTATE is no word of the server's: libpq cannot make sense of what it received, and goes on as
    /// if nothing were. Nobody can say whose answers come next.
    private static func error(in result: OpaquePointer) -> PostgresError {
        func field(_ code: Int32) -> String? { PQresultErrorField(result, code).map { String(cString: $0) } }
        let message = field(paidan_pg_message) ?? PostgresError.tidy(String(cString: PQresultErrorMessage(result)))
        guard let state = field(paidan_pg_sqlstate) else {
            return PostgresError(.connectionLost, message)
        }
        return PostgresError(sqlState: state, constraint: field(paidan_pg_constraint), message: message)
    }

    private static func copyStatus(_ status: Int32) -> Bool? { status < 0 ? nil : status == 1 }

    /// An address for values of no length; never read.
    nonisolated(unsafe) private static let somewhere = UnsafeMutableRawPointer.allocate(byteCount: 1, alignment: 8)
}

extension PostgresError {
    /// libpq's messages end with a line break and may have several lines.
    static func tidy(_ message: String) -> String {
        message.split(separator: "\n").joined(separator: " ")
    }
}
