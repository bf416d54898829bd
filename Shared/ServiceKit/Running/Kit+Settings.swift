import AMQP
import Contracts
import Hummingbird
private import HummingbirdCore
private import HummingbirdTLS
import Logging
import Messaging
private import NIOCore
private import NIOSSL
import Postgres

extension Kit {
    /// A request waits this long for a connection; short, since it may have waited for a silent one before.
    private static let requestPatience = Duration.seconds(2)

    /// Sets everything up from the settings. Nothing connects yet.
    ///
    /// - Throws: ``SettingsFault`` when a setting cannot be used, certificates that cannot be read included.
    init(
        name: String, schema: String, migrations: [Migration], common: CommonSettings, settings: SettingsReader,
        logger: Logger
    ) throws {
        var requests = try Self.database(name: name, schema: schema, common, settings)
        var work = requests
        work.keepsPlans = true
        work.statementTimeout = try settings.read(common.workTimeout)
        requests.statementTimeout = try settings.read(common.requestTimeout)
        let workPool = PostgresPool(
            work, name: "work", size: try settings.read(common.workConnections), logger: logger)
        let requestPool = PostgresPool(
            requests, name: "requests", size: try settings.read(common.requestConnections),
            acquireTimeout: Self.requestPatience, logger: logger)
        let broker = BrokerClient(
            try Self.broker(name: name, common, settings),
            declarations: Topology.suite.owned(by: name).declarations, logger: logger)
        self.init(
            name: name, schema: schema, settings: settings, logger: logger, workPool: workPool,
            requestPool: requestPool,
            broker: broker, identity: IdentityCheck(keysURL: try settings.read(common.identityKeys), logger: logger),
            http: try HTTPAddress(common, settings), outboxMaxAge: try settings.read(common.outboxMaxAge),
            schemaGate: SchemaGate(migrations, schema: schema, pool: workPool, logger: logger))
        registerHealth()
    }

    init(
        name: String, schema: String, settings: SettingsReader, logger: Logger, workPool: PostgresPool,
        requestPool: PostgresPool, broker: BrokerClient, identity: IdentityCheck, http: HTTPAddress,
        outboxMaxAge: Duration, schemaGate: SchemaGate
    ) {
        self.name = name
        self.schema = schema
        self.settings = settings
        self.logger = logger
        self.workPool = workPool
        self.requestPool = requestPool
        self.broker = broker
        relay = OutboxRelay(schema: schema, pool: workPool, broker: broker, logger: logger)
        outbox = Outbox(schema: schema, relay: relay)
        self.identity = identity
        health = Health()
        self.http = http
        self.outboxMaxAge = outboxMaxAge
        self.schemaGate = schemaGate
        figures = RequestFigures(service: name)
    }

    func registerHealth() {
        health.register("database") { [workPool] in try await workPool.ping() }
        health.register("schema") { [schemaGate] in try schemaGate.verify() }
        health.register("broker") { [broker] in
            let status = await broker.status
            if !status.isPublisherReady || !status.isConsumerReady { throw NotReady("no connection to the broker") }
            if status.isBlocked { throw NotReady("the broker takes no messages; look at its memory and disk alarms") }
        }
        health.register("outbox") { [relay, outboxMaxAge] in
            let age = relay.oldestAge
            if age > outboxMaxAge { throw NotReady("the oldest unsent message is \(age.components.seconds) s old") }
        }
        health.register("identity", isRequired: false) { [identity] in try identity.verify() }
    }

    private static func database(
        name: String, schema: String, _ common: CommonSettings, _ settings: SettingsReader
    ) throws -> DatabaseSettings {
        let tls = DatabaseSettings.TLS(rawValue: try settings.read(common.databaseTLS)) ?? .verifyFull
        let authorities = try settings.read(common.databaseAuthorities)
        if tls == .verifyFull, authorities == nil {
            throw SettingsFault([
                "PAIDAN_DATABASE_CA_FILE (database.ca_file) must be set when database.tls is verify-full."
            ])
        }
        return DatabaseSettings(
            hosts: try settings.hosts(common.databaseHosts, defaultPort: 5432).map {
                HostPort(host: $0.host, port: $0.port)
            },
            database: try settings.read(common.databaseName), user: try settings.read(common.databaseUser),
            password: try settings.read(common.databasePassword), tls: tls,
            caFile: authorities, applicationName: name, schema: schema)
    }

    private static func broker(
        name: String, _ common: CommonSettings, _ settings: SettingsReader
    ) throws -> BrokerSettings {
        let authorities = try settings.read(common.brokerAuthorities)
        var tls: BrokerSettings.TLS?
        if try settings.read(common.brokerTLS) {
            guard let authorities else {
                throw SettingsFault(["PAIDAN_BROKER_CA_FILE (broker.ca_file) must be set when broker.tls is true."])
            }
            tls = BrokerSettings.TLS(caFile: authorities)
        }
        let hosts = try settings.hosts(common.brokerHosts, defaultPort: tls == nil ? 5672 : 5671)
        return BrokerSettings(
            hosts: hosts.map { BrokerSettings.Host(host: $0.host, port: $0.port) },
            vhost: try settings.read(common.brokerVhost), user: try settings.read(common.brokerUser),
            password: try settings.read(common.brokerPassword), tls: tls,
            heartbeat: try settings.read(common.brokerHeartbeat), connectionName: name)
    }
}

extension HTTPAddress {
    /// An idle connection is closed after this long.
    private static let idle = TimeAmount.seconds(60)

    init(_ common: CommonSettings, _ settings: SettingsReader) throws {
        host = try settings.read(common.httpHost)
        port = try settings.read(common.httpPort)
        let plain = HTTPServerBuilder {
            LoopBoundChannel(inner: HTTP1Channel(responder: $0, configuration: .init(idleTimeout: Self.idle)))
        }
        switch (try settings.read(common.httpCertificate), try settings.read(common.httpKey)) {
        case (nil, nil): server = plain
        case (let certificate?, let key?):
            do {
                let chain = try NIOSSLCertificate.fromPEMFile(certificate).map {
                    NIOSSLCertificateSource.certificate($0)
                }
                let privateKey = try NIOSSLPrivateKey(file: key, format: .pem)
                let tls = TLSConfiguration.makeServerConfiguration(
                    certificateChain: chain, privateKey: .privateKey(privateKey))
                server = try .tls(plain, tlsConfiguration: tls)
            } catch {
                throw SettingsFault([
                    "The certificate '\(certificate)' (http.tls.certificate) and the key '\(key)' (http.tls.key) "
                        + "cannot be used together: \(error). They must be readable PEM files that belong together."
                ])
            }
        default:
            throw SettingsFault(["http.tls.certificate and http.tls.key must be set together, or neither."])
        }
    }
}
