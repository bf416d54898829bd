/// One thing asked of a connection, from the asking to its one answer.
///
/// `@unchecked Sendable`: made by one thread, handed to one connection, and from then on touched only under its lock.
final class Operation: @unchecked Sendable {
    enum Work: Sendable {
        /// One round trip.
        case batch([SQL])
        /// Several statements in one text, by the simple protocol.
        case script(String)
        case copyStart(String)
        case copyRows([UInt8])
        /// The text is why the rows are to be dropped; nil keeps them.
        case copyEnd(String?)
    }

    typealias Completion = @Sendable (Result<[QueryResult], any Error>) -> Void

    let id: UInt64
    let work: Work
    /// How long the server may be silent before the connection is given up; nil: for ever.
    let patience: Duration?
    let completion: Completion
    var reader = PipelineReader()
    /// For the simple protocol, which has no pipeline to read.
    var results: [QueryResult] = []
    var error: PostgresError?
    /// Bytes of a COPY that libpq has taken.
    var copied = 0
    var isCancelled = false
    var hasRetried = false
    /// Whether the statements were alone in their transaction, so that they may be sent once more.
    var isAlone = false

    init(id: UInt64, work: Work, patience: Duration?, completion: @escaping Completion) {
        self.id = id
        self.work = work
        self.patience = patience
        self.completion = completion
    }
}
