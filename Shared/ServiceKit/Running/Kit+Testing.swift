public import AMQP
private import Contracts
private import Hummingbird
private import Logging
public import Postgres

extension Kit {
    /// A kit for tests: the real thing on the test's own database, with nothing running by itself. The schema counts as
    /// migrated; tokens of `signer` are taken.
    ///
    /// - Parameters:
    ///   - pool: for work and requests alike; its `run()` is the test's.
    ///   - broker: nil: one that never connects.
    ///   - settings: environment such as `["PAIDAN_OUTBOX_MAX_AGE": "1s"]`.
    /// - Throws: ``SettingsFault``.
    public static func testing(
        name: String, schema: String, pool: PostgresPool, broker: BrokerClient? = nil,
        signer: TokenSigner = TokenSigner(),
        settings: [String: String] = [:]
    ) throws -> Kit {
        let reader = SettingsReader(environment: settings)
        let common = CommonSettings(service: name, schema: schema)
        var logger = Logger(label: name)
        logger.logLevel = .critical
        let unused = BrokerSettings(
            hosts: [BrokerSettings.Host(host: "127.0.0.1", port: 1)], vhost: "none", user: name, password: "",
            connectionName: name)
        let identity = IdentityCheck(keysURL: nil, logger: logger)
        identity.trust([signer.publicKey])
        let kit = Kit(
            name: name, schema: schema, settings: reader, logger: logger, workPool: pool, requestPool: pool,
            broker: broker ?? BrokerClient(unused, declarations: Declarations(), logger: logger), identity: identity,
            http: try HTTPAddress(common, reader), outboxMaxAge: try reader.read(common.outboxMaxAge),
            schemaGate: SchemaGate([], schema: schema, pool: pool, logger: logger))
        kit.schemaGate.open()
        return kit
    }
}
