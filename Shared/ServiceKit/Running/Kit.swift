public import AMQP
private import Contracts
public import Hummingbird
import HummingbirdCore
public import Logging
public import Messaging
public import Postgres
public import ServiceLifecycle

/// What every service has, already set up from the common settings. Its own parts (database, broker, relay, admin port)
/// are started before and stopped after the service's parts.
public struct Kit: Sendable {
    /// `intake`: name of the executable, prefix of its queues, broker user.
    public let name: String
    public let schema: String
    public let settings: SettingsReader
    public let logger: Logger
    /// For consumers, relay and timers.
    public let workPool: PostgresPool
    /// For HTTP requests.
    public let requestPool: PostgresPool
    public let broker: BrokerClient
    public let relay: OutboxRelay
    public let outbox: Outbox
    public let identity: IdentityCheck
    public let health: Health

    let http: HTTPAddress
    let outboxMaxAge: Duration
    let schemaGate: SchemaGate
    let figures: RequestFigures
    let routes = RouteTable()

    /// A consumer of `queue` with the service's pool, broker and outbox.
    ///
    /// - Parameter pace: see ``Consumer``.
    public func consumer(_ queue: String, routes: [Messaging.Route], pace: Duration = .zero) -> Consumer {
        Consumer(
            queue: queue, service: name, schema: schema, routes: routes, pool: workPool, broker: broker, outbox: outbox,
            pace: pace, logger: logger)
    }

    /// Moves the dead letters of all queues that the service owns into its archive.
    public func deadLetterArchiver() -> DeadLetterArchiver {
        let queues = Topology.suite.owned(by: name).queues.filter { $0.deadLetterKey != nil }.map(\.name)
        return DeadLetterArchiver(
            queues: queues, service: name, schema: schema, pool: workPool, broker: broker, logger: logger)
    }

    /// A router whose every answer goes through one frame: tracing, metrics, request log, problem documents, security
    /// headers, and 503 for POST, PUT, PATCH and DELETE while the outbox is too old or the schema is not migrated.
    public func router() -> Router<RequestScope> {
        let router = Router(context: RequestScope.self, options: .autoGenerateHeadEndpoints)
        let (relay, gate, limit) = (relay, schemaGate, outboxMaxAge)
        router.add(
            middleware: RequestFrame(figures: figures, routes: routes) {
                if !gate.isOpen { return .unavailable("The database is not ready.") }
                if relay.oldestAge > limit {
                    return .unavailable("Messages wait too long to be sent.", retryAfter: .seconds(5))
                }
                return nil
            })
        return router
    }

    /// What ``httpServer(_:)`` runs. In tests: `try await kit.application(router).test(.router) { client in … }`.
    public func application(_ router: Router<RequestScope>) -> Application<RouterResponder<RequestScope>> {
        routes.fill(from: router)
        return Application(
            router: router, server: http.server,
            configuration: ApplicationConfiguration(
                address: .hostname(http.host, port: http.port), backlog: 1024,
                availableConnectionsDelegate: nil),
            logger: logger)
    }

    /// The public HTTP server, with TLS when `http.tls.certificate` is set. Wherever it stands in the list of parts,
    /// it is the first to stop.
    public func httpServer(_ router: Router<RequestScope>) -> any Service {
        HTTPServerPart(application: application(router))
    }
}

/// Where the API listens, and how.
struct HTTPAddress: Sendable {
    let host: String
    let port: Int
    let server: HTTPServerBuilder
}

/// Marks the public server among the parts.
struct HTTPServerPart: Service {
    let application: Application<RouterResponder<RequestScope>>

    func run() async throws { try await application.run() }
}
