/// Where the broker is and who we are there.
public struct BrokerSettings: Sendable {
    public struct Host: Hashable, Sendable {
        public let host: String
        public let port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }
    }

    /// TLS 1.2 or later; the broker's certificate must be signed by a certificate of `caFile` and name the host.
    public struct TLS: Sendable, Hashable {
        /// A PEM file.
        public var caFile: String

        public init(caFile: String) { self.caFile = caFile }
    }

    /// Tried in turn, beginning with the first.
    public var hosts: [Host]
    public var vhost: String
    public var user: String
    public var password: String
    public var tls: TLS?
    /// Whole seconds, at least one. A peer that is silent for twice as long is given up.
    public var heartbeat: Duration
    /// Shown in the broker's management pages.
    public var connectionName: String

    public init(
        hosts: [Host], vhost: String, user: String, password: String, tls: TLS? = nil,
        heartbeat: Duration = .seconds(10), connectionName: String
    ) {
        self.hosts = hosts
        self.vhost = vhost
        self.user = user
        self.password = password
        self.tls = tls
        self.heartbeat = heartbeat
        self.connectionName = connectionName
    }
}
