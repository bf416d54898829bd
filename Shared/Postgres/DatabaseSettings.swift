/// A host that can be connected to over TCP, or a directory with a Unix socket (`/run/postgresql`).
public struct HostPort: Hashable, Sendable {
    public let host: String
    public let port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }
}

/// Where a database is and who we are there.
///
/// Connections must be direct: a pooler that shares sessions between transactions breaks prepared statements,
/// advisory locks and LISTEN.
public struct DatabaseSettings: Sendable {
    public enum TLS: String, Sendable, CaseIterable { case disable, require, verifyFull = "verify-full" }

    /// Tried in order; only a host that accepts writes is taken, so that a failover is followed.
    public var hosts: [HostPort]
    public var database: String
    public var user: String
    public var password: String
    public var tls: TLS
    /// PEM file with the authorities to trust; needed for `verify-full`, since libpq 15 trusts none by itself.
    public var caFile: String?
    /// What `pg_stat_activity` shows.
    public var applicationName: String
    /// `search_path`; the service's schema.
    public var schema: String
    /// The server ends a statement that takes longer. Should the server itself not answer, the connection is given
    /// up a quarter later, at least one second and at most five. Zero: no limit.
    public var statementTimeout: Duration
    /// For the whole of one attempt: all hosts, TLS and sign-in.
    public var connectTimeout: Duration
    /// For connections whose statements touch few rows, by an index. They are planned once and not for every call, and
    /// tables are read from end to end only where no index can be used: a plan that was made while a table was nearly
    /// empty must still be right when it has grown.
    public var keepsPlans = false

    public init(
        hosts: [HostPort], database: String, user: String, password: String, tls: TLS = .disable, caFile: String? = nil,
        applicationName: String, schema: String, statementTimeout: Duration = .seconds(30),
        connectTimeout: Duration = .seconds(5)
    ) {
        self.hosts = hosts
        self.database = database
        self.user = user
        self.password = password
        self.tls = tls
        self.caFile = caFile
        self.applicationName = applicationName
        self.schema = schema
        self.statementTimeout = statementTimeout
        self.connectTimeout = connectTimeout
    }

    /// libpq's keywords and values.
    ///
    /// Keep-alives and `tcp_user_timeout` notice a vanished server in about ten to twenty seconds, and let the server
    /// notice that we have vanished, which holds locks until then; without them it takes a quarter of an hour here and two
    /// hours there.
    var parameters: [(String, String)] {
        var options = [
            "tcp_keepalives_idle=10", "tcp_keepalives_interval=3", "tcp_keepalives_count=3", "tcp_user_timeout=10000",
            "search_path=\(quoted(schema))", "statement_timeout=\(statementTimeout.milliseconds)",
            "idle_in_transaction_session_timeout=60000", "TimeZone=UTC", "jit=off",
        ]
        if keepsPlans { options += ["plan_cache_mode=force_generic_plan", "enable_seqscan=off"] }
        var parameters = [
            ("host", hosts.map(\.host).joined(separator: ",")),
            ("port", hosts.map { String($0.port) }.joined(separator: ",")),
            ("dbname", database), ("user", user), ("password", password),
            ("application_name", applicationName), ("client_encoding", "UTF8"),
            ("options", options.map { "-c " + escaped($0) }.joined(separator: " ")),
            ("sslmode", tls.rawValue), ("gssencmode", "disable"), ("target_session_attrs", "read-write"),
            ("keepalives", "1"), ("keepalives_idle", "10"), ("keepalives_interval", "3"), ("keepalives_count", "3"),
            ("tcp_user_timeout", "10000"),
        ]
        if let caFile { parameters.append(("sslrootcert", caFile)) }
        return parameters
    }

    /// How long the server may be silent; nil: for ever.
    var patience: Duration? {
        guard statementTimeout > .zero else { return nil }
        return statementTimeout + min(max(statementTimeout / 4, .seconds(1)), .seconds(5))
    }

    private func quoted(_ identifier: String) -> String { SQL.quoted(identifier: identifier) }

    private func escaped(_ option: String) -> String {
        String(option.flatMap { $0 == " " || $0 == "\\" ? ["\\", $0] : [$0] })
    }
}

extension Duration {
    var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}
