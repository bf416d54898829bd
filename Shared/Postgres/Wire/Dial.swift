private import CPostgres
private import Dispatch
private import Glibc

/// Opens connections, on threads that may wait: name look-up blocks inside libpq.
enum Dial {
    private static let queue = DispatchQueue(label: "paidan.postgres.dial", attributes: .concurrent)

    /// Calls `done` once, on a thread of the queue.
    ///
    /// The error's kind is `unavailable` when the server cannot be reached or lets nobody in now, `insufficientPrivilege`
    /// when it does not let us in.
    static func dial(
        _ settings: DatabaseSettings, done: @escaping @Sendable (Result<Line, PostgresError>) -> Void
    ) {
        queue.async { done(Result { () throws(PostgresError) in try connect(settings) }) }
    }

    /// A host that has another behind it gets no more than this: one that takes packets and says nothing must leave the
    /// others time, less than a request waits for a connection.
    private static let patience = Duration.seconds(3)

    private static func connect(_ settings: DatabaseSettings) throws(PostgresError) -> Line {
        let deadline = ContinuousClock.now + settings.connectTimeout
        var failures: [PostgresError] = []
        for (place, host) in settings.hosts.enumerated() {
            var one = settings
            one.hosts = [host]
            let left = deadline - .now
            let hosts = settings.hosts.count - place
            do throws(PostgresError) {
                return try connect(one, before: .now + (hosts > 1 ? min(left / hosts, patience) : left))
            } catch {
                failures.append(error)
            }
        }
        guard let first = failures.first else { throw PostgresError(.unavailable, "No host is configured") }
        if failures.count == 1 { throw first }
        let words = zip(settings.hosts, failures).map { "\($0.host):\($0.port): \($1.message)" }.joined(separator: "; ")
        throw PostgresError(failures.first { $0.kind != .unavailable }?.kind ?? .unavailable, words)
    }

    private static func connect(
        _ settings: DatabaseSettings, before deadline: ContinuousClock.Instant
    ) throws(PostgresError) -> Line {
        let parameters = settings.parameters
        var keywords = parameters.map { UnsafePointer(strdup($0.0)) } + [nil]
        var values = parameters.map { UnsafePointer(strdup($0.1)) } + [nil]
        defer { for text in keywords + values { free(UnsafeMutablePointer(mutating: text)) } }
        guard let connection = PQconnectStartParams(&keywords, &values, 0) else {
            throw PostgresError(.unavailable, "There is no memory for a connection")
        }
        paidan_pg_silence_notices(connection)
        do throws(PostgresError) {
            try finish(connection, before: deadline)
        } catch {
            PQfinish(connection)
            throw error
        }
        return Line(owning: connection)
    }

    private static func finish(_ connection: OpaquePointer, before deadline: ContinuousClock.Instant)
        throws(PostgresError)
    {
        var wanted = PGRES_POLLING_WRITING
        while wanted != PGRES_POLLING_OK {
            guard wanted != PGRES_POLLING_FAILED, PQstatus(connection) != CONNECTION_BAD else {
                throw refusal(connection)
            }
            let left = deadline - .now
            guard left > .zero else { throw PostgresError(.unavailable, "The server did not answer in time") }
            // The descriptor changes when libpq goes on to the next host.
            let events = wanted == PGRES_POLLING_READING ? POLLIN : POLLOUT
            var descriptor = pollfd(fd: PQsocket(connection), events: Int16(events), revents: 0)
            let ready = poll(&descriptor, 1, Int32(clamping: left.milliseconds + 1))
            if ready > 0 { wanted = PQconnectPoll(connection) }
        }
    }

    private static func refusal(_ connection: OpaquePointer) -> PostgresError {
        let words = PostgresError.tidy(String(cString: PQerrorMessage(connection)))
        let unwelcome = words.contains("authentication failed") || words.contains("no pg_hba.conf entry")
        return PostgresError(unwelcome ? .insufficientPrivilege : .unavailable, words)
    }
}
