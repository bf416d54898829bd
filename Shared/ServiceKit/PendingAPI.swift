// The shape that the services are written against; replaced by the real thing, file by file.
public import AMQP
public import Foundation
public import Hummingbird
public import Kernel
public import Logging
public import Messaging
public import Postgres
public import ServiceLifecycle

/// One setting: its key, what it means, what it may be. `http.port` is read from `PAIDAN_HTTP_PORT`, or from the file
/// that `PAIDAN_HTTP_PORT_FILE` names.
public struct Setting<Value: Sendable>: Sendable {
    public let key: String
    public let summary: String
    public let defaultText: String?
    public let isSecret: Bool
}
public protocol AnySetting: Sendable { var key: String { get } }
extension Setting: AnySetting {}
extension Setting where Value == Int {
    public static func int(_ key: String, default: Int?, in range: ClosedRange<Int>, _ summary: String) -> Setting { fatalError("pending") }
}
extension Setting where Value == String {
    public static func string(_ key: String, default: String?, _ summary: String, isSecret: Bool = false) -> Setting { fatalError("pending") }
}
extension Setting where Value == String? {
    public static func optional(_ key: String, _ summary: String, isSecret: Bool = false) -> Setting { fatalError("pending") }
}
extension Setting where Value == Bool {
    public static func bool(_ key: String, default: Bool, _ summary: String) -> Setting { fatalError("pending") }
}
extension Setting where Value == Duration {
    /// Written as `500ms`, `5s`, `2m`, `1h`.
    public static func duration(_ key: String, default: String, in range: ClosedRange<Duration>, _ summary: String) -> Setting { fatalError("pending") }
}
extension Setting where Value == [String] {
    /// Comma separated.
    public static func list(_ key: String, default: String, of allowed: [String]?, _ summary: String) -> Setting { fatalError("pending") }
}

/// Reads settings once, strictly: a malformed value throws with the key's name and what would be right.
public struct SettingsReader: Sendable {
    public init(environment: [String: String], arguments: [String] = []) { fatalError("pending") }
    public func read<Value>(_ setting: Setting<Value>) throws -> Value { fatalError("pending") }
}

/// A service: what it is called, which settings it has beyond the common ones, its tables, its parts.
public protocol SuiteService {
    /// `intake`: name of the executable, prefix of its queues, broker user.
    static var name: String { get }
    /// `intake`, `dispatch`, `notify`, `followup`, `report`.
    static var schema: String { get }
    static var settings: [any AnySetting] { get }
    static var migrations: [Migration] { get }
    /// The parts in start order; they are stopped in reverse. `kit` holds what every service has.
    static func parts(_ kit: Kit) async throws -> [any Service]
}
extension SuiteService {
    /// Command line: `serve` (default), `settings [--json]`, `--print-config`, `check` (exit 0 when ready), `--version`.
    /// Runs until SIGTERM or SIGINT; a failure is logged once and ends the process with status 1.
    public static func main() async { fatalError("pending") }
}

/// What every service has, already set up from the common settings. Its own parts (database, broker, relay, admin
/// HTTP) are started before and stopped after the service's parts.
public struct Kit: Sendable {
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
    /// A consumer of `queue` with the service's pool, broker and outbox.
    public func consumer(_ queue: String, routes: [Route]) -> Consumer { fatalError("pending") }
    /// The public HTTP server with TLS by setting, tracing, metrics, request log, problem documents, size limit, 503 when
    /// the outbox is too old (for POST, PUT, PATCH, DELETE).
    public func httpServer(_ router: Router<RequestScope>) -> any Service { fatalError("pending") }
    public func router() -> Router<RequestScope> { fatalError("pending") }
}

/// Hummingbird's context of one request, with who is asking.
public struct RequestScope: RequestContext {
    public var coreContext: CoreRequestContextStorage
    public var identity: Identity?
    public init(source: Source) { fatalError("pending") }
}

/// Who signed in.
public struct Identity: Sendable, Hashable {
    public let staff: ID<Staff>
    public let name: String
    public let roles: Set<String>
    public let departments: [String]
}

/// Verifies access tokens (EdDSA, JWKS of the dispatcher).
public final class IdentityCheck: Service, Sendable {
    public func run() async throws {}
    /// - Throws: a 401 problem when there is no good token.
    public func require(_ request: Request, roles: Set<String> = []) async throws -> Identity { fatalError("pending") }
}

/// Readiness by part, for `/readyz?verbose`.
public final class Health: Sendable {
    public func register(_ name: String, _ check: @escaping @Sendable () async throws -> Void) {}
}

/// An RFC 9457 problem document.
public struct Problem: Error, Sendable, HTTPResponseError {
    public init(_ status: HTTPResponse.Status, type: String, title: String, detail: String? = nil, faults: [FieldFault] = [], retryAfter: Duration? = nil) { fatalError("pending") }
    public var status: HTTPResponse.Status { fatalError("pending") }
    public func response(from request: Request, context: some RequestContext) throws -> Response { fatalError("pending") }
}

extension Request {
    /// The body as JSON of at most `limit` bytes and 64 levels. Throws a ``Problem`` (413, 415, 400, 422) that names the field.
    public func json<Body: Decodable>(_ type: Body.Type, limit: Int = 1 << 20) async throws -> Body { fatalError("pending") }
}
extension Response {
    public static func json(_ body: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) throws -> Response { fatalError("pending") }
}


extension Request {
    /// The Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header), 1 to 200 visible ASCII characters.
    /// - Throws: a 400 problem when it is missing or bad.
    public var idempotencyKey: String { get throws { fatalError("pending") } }
}

extension Kit {
    /// What ``httpServer(_:)`` runs. In tests: `try await kit.application(router).test(.router) { client in … }`.
    public func application(_ router: Router<RequestScope>) -> Application<RouterResponder<RequestScope>> { fatalError("pending") }

    /// A kit for tests: nothing of it runs by itself. `broker` nil: one that is never connected.
    /// `settings`: environment such as `["PAIDAN_HTTP_PORT": "0"]`. Tokens of `signer` are accepted.
    public static func testing(
        name: String, schema: String, pool: PostgresPool, broker: BrokerClient? = nil, signer: TokenSigner = TokenSigner(),
        settings: [String: String] = [:]
    ) throws -> Kit { fatalError("pending") }
}

/// What an access token says. The dispatcher signs it, every service reads it.
public struct TokenClaims: Sendable, Hashable {
    public var staff: ID<Staff>
    public var name: String
    public var roles: Set<String>
    public var departments: [String]
    public var expiresAt: Date
    public init(staff: ID<Staff>, name: String, roles: Set<String>, departments: [String], expiresAt: Date) { fatalError("pending") }
}

/// Signs access tokens (EdDSA). The dispatcher has one with a stored key; tests make a new one each.
public struct TokenSigner: Sendable {
    public let keyID: String
    /// 32 bytes, to be stored as a secret.
    public var privateKey: [UInt8] { fatalError("pending") }
    /// A new key.
    public init() { keyID = "" }
    /// A stored key. Throws when the bytes are no Ed25519 private key.
    public init(privateKey: [UInt8], keyID: String) throws { fatalError("pending") }
    public func sign(_ claims: TokenClaims) async throws -> String { fatalError("pending") }
    /// The public half, as a JWKS lists it.
    public var publicKey: PublicSigningKey { fatalError("pending") }
}

/// One key of a JWKS (RFC 7517, RFC 8037): `{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":…,"x":…}`.
public struct PublicSigningKey: Sendable, Hashable, Codable {
    public let kid: String
    /// The 32 bytes, base64url without padding.
    public let x: String
    public init(kid: String, x: String) { fatalError("pending") }
}

/// The body of `GET /api/dispatch/v1/keys`.
public struct PublicSigningKeys: Sendable, Hashable, Codable {
    public let keys: [PublicSigningKey]
    public init(keys: [PublicSigningKey]) { fatalError("pending") }
}

/// Renders docs/settings.md: the common settings and each service's own, as Markdown tables.
public enum SettingsDocument {
    public static func markdown(services: [(name: String, settings: [any AnySetting])]) -> String { fatalError("pending") }
}
