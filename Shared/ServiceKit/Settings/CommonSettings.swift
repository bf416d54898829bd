import AMQP
import Postgres

/// The settings that every service has, with the defaults of one service.
struct CommonSettings: Sendable {
    let logLevel: Setting<String>
    let logFormat = Setting.choice("log.format", default: "json", of: ["json", "text"], "How log lines are written.")

    let httpHost = Setting.string("http.host", default: "127.0.0.1", "Address that the API listens on.")
    let httpPort: Setting<Int>
    let httpCertificate = Setting<String?>.optional(
        "http.tls.certificate", "PEM file with the certificate chain of the API; with it the API speaks TLS only.")
    let httpKey = Setting<String?>.optional("http.tls.key", "PEM file with the private key of the certificate.")

    let adminHost = Setting.string(
        "admin.host", default: "127.0.0.1", "Address of the operators' port: /livez /readyz /metrics /version.")
    let adminPort: Setting<Int>

    let databaseHosts = Setting<[String]>.list(
        "database.hosts", default: "127.0.0.1:5432", of: nil, "Database servers; the first that takes writes is used.")
    let databaseName = Setting.string("database.name", default: "paidan", "Database.")
    let databaseUser: Setting<String>
    let databasePassword = Setting.string("database.password", default: "", "Password there.", isSecret: true)
    let databaseTLS = Setting.choice(
        "database.tls", default: "disable", of: DatabaseSettings.TLS.allCases.map(\.rawValue),
        "Whether the connection is encrypted and the server's certificate checked.")
    let databaseAuthorities = Setting<String?>.optional(
        "database.ca_file", "PEM file with the authorities to trust; needed for verify-full.")
    let workConnections = Setting.int(
        "database.connections.work", default: 6, in: 1...200, "Connections for consumers, relay and timers.")
    let requestConnections = Setting.int(
        "database.connections.requests", default: 8, in: 1...200, "Connections for HTTP requests.")

    let workTimeout = Setting<Duration>.duration(
        "database.timeout.work", default: "10s", in: .seconds(1)...(.seconds(3600)),
        "The database ends a statement of consumers, relay and timers that takes longer; a quarter later (1 s to 5 s) a silent database counts as lost."
    )
    let requestTimeout: Setting<Duration>

    let brokerHosts = Setting<[String]>.list(
        "broker.hosts", default: "127.0.0.1:5672", of: nil, "Brokers of one cluster, tried in turn.")
    let brokerVhost = Setting.string("broker.vhost", default: "paidan", "Virtual host.")
    let brokerUser: Setting<String>
    let brokerPassword = Setting.string("broker.password", default: "", "Password there.", isSecret: true)
    let brokerTLS = Setting.bool("broker.tls", default: false, "Whether the connection is encrypted and checked.")
    let brokerAuthorities = Setting<String?>.optional(
        "broker.ca_file", "PEM file with the authorities to trust; needed with broker.tls.")
    let brokerHeartbeat = Setting<Duration>.duration(
        "broker.heartbeat", default: "10s", in: .seconds(2)...(.seconds(60)),
        "A broker that is silent for twice as long counts as lost.")
    let brokerManagement = Setting<String?>.optionalURL(
        "broker.management_url",
        "Base URL of the broker's management API; when set, readiness compares the bindings with what they must be.")

    let identityKeys = Setting.url(
        "identity.jwks_url", default: "http://127.0.0.1:8102/api/dispatch/v1/keys",
        "Where the dispatcher publishes the keys that access tokens are signed with.")
    let traces = Setting<String?>.optionalURL(
        "otlp.endpoint", "Base URL of an OpenTelemetry collector (OTLP over HTTP); traces are sent there when set.")
    let outboxMaxAge = Setting<Duration>.duration(
        "outbox.max_age", default: "30s", in: .seconds(1)...(.seconds(3600)),
        "When the oldest unsent message is older, the API refuses changes with 503.")
    let stopDeadline = Setting<Duration>.duration(
        "stop.deadline", default: "20s", in: .seconds(1)...(.seconds(600)), "How long a stop may take.")

    /// The services in the order of their ports.
    static let schemas = [
        "intake": "intake", "dispatcher": "dispatch", "notifier": "notify", "followup": "followup",
        "reporting": "report",
    ]
    static let order = ["intake", "dispatcher", "notifier", "followup", "reporting"]

    init(service: String, schema: String) {
        let place = Self.order.firstIndex(of: service) ?? 0
        logLevel = .choice(
            "log.level", default: "info", of: ["trace", "debug", "info", "notice", "warning", "error", "critical"],
            "The least level that is written.")
        httpPort = .int("http.port", default: 8101 + place, in: 0...65_535, "Port of the API; 0 takes a free one.")
        adminPort = .int(
            "admin.port", default: 9101 + place, in: 0...65_535, "The operators' port; 0 takes a free one.")
        databaseUser = .string("database.user", default: schema + "_run", "Role there.")
        requestTimeout = .duration(
            "database.timeout.requests", default: service == "reporting" ? "15s" : "3s",
            in: .seconds(1)...(.seconds(3600)),
            "The same for HTTP requests, which are answered with 503 then.")
        brokerUser = .string("broker.user", default: service, "User there.")
    }

    /// In the order of the documentation.
    var all: [any AnySetting] {
        [
            logLevel, logFormat, httpHost, httpPort, httpCertificate, httpKey, adminHost, adminPort, databaseHosts,
            databaseName, databaseUser, databasePassword, databaseTLS, databaseAuthorities, workConnections,
            requestConnections, workTimeout, requestTimeout, brokerHosts, brokerVhost, brokerUser, brokerPassword,
            brokerTLS, brokerAuthorities,
            brokerHeartbeat, brokerManagement, identityKeys, traces, outboxMaxAge, stopDeadline,
        ]
    }
}
