private import AsyncHTTPClient
private import Foundation
private import HTTPTypes
private import Hummingbird
public import HummingbirdCore
private import Kernel
import Logging
private import NIOCore
private import NIOHTTP1
public import ServiceLifecycle
private import Synchronization

/// Tells who asks, from the access token in `Authorization: Bearer …` or in the cookie `paidan`. The keys are fetched
/// from the dispatcher in the background, so that no request waits for another service.
public final class IdentityCheck: Service, Sendable {
    /// The cookie that a browser carries the token in.
    public static let cookie = "paidan"

    private static let refresh = Duration.seconds(300)
    /// However many unknown keys are named, the dispatcher is not asked more often.
    private static let shortestPause = Duration.seconds(5)
    private static let backoff = Backoff(base: .milliseconds(250), cap: .seconds(2))

    private let keysURL: String?
    private let logger: Logger
    private let verifier = TokenVerifier()
    private let isPinned = Mutex(false)
    /// Ends the pause between two fetches; nil while there is none.
    private let wake = Mutex<AsyncStream<Void>.Continuation?>(nil)

    /// - Parameter keysURL: where the keys are published; nil when they will be given by ``trust(_:)`` only.
    init(keysURL: String?, logger: Logger) {
        self.keysURL = keysURL
        self.logger = logger
    }

    /// Takes these keys and fetches none from now on: for the dispatcher, whose keys they are, and for tests.
    public func trust(_ keys: [PublicSigningKey]) {
        isPinned.withLock { $0 = true }
        verifier.replaceKeys(keys)
    }

    /// Who asks.
    ///
    /// - Parameter roles: the person must have one of them; empty: any person will do.
    /// - Throws: a 401 problem when there is no good token, 403 when no role fits or when a browser's request comes
    /// from
    ///   another site, 503 while the keys are not there yet.
    public func require(_ request: Request, roles: Set<String> = []) async throws -> Identity {
        let token = try Self.token(in: request)
        let claims: TokenClaims
        do {
            claims = try await verifier.verify(token, now: Date())
        } catch let refusal as TokenVerifier.Refusal {
            throw problem(for: refusal)
        }
        guard roles.isEmpty || !roles.isDisjoint(with: claims.roles) else {
            throw Problem.forbidden("This needs one of the roles \(roles.sorted().joined(separator: ", ")).")
        }
        return claims.identity
    }

    /// For ``Health``.
    func verify() throws {
        if !verifier.hasKeys {
            throw NotReady("the keys of the sign-in have not been fetched yet; is the dispatcher up?")
        }
    }

    public func run() async throws {
        guard let keysURL else { return try await gracefulShutdown() }
        try await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled, !self.isPinned.withLock({ $0 }) {
                do {
                    self.verifier.replaceKeys(try await Self.fetch(keysURL))
                    failures = 0
                } catch {
                    failures += 1
                    if failures == 5 {
                        self.logger.warning(
                            "Keys of the sign-in cannot be fetched; check identity.jwks_url and the dispatcher",
                            metadata: ["error": "\(String(describing: error))"])
                    }
                }
                await self.pause(failures: failures)
            }
            if !Task.isCancelled { try await gracefulShutdown() }
        }
    }

    private func problem(for refusal: TokenVerifier.Refusal) -> Problem {
        switch refusal {
        case .unknownKey:
            wake.withLock { $0?.finish() }
            if !verifier.hasKeys { return .unavailable("The keys of the sign-in are not here yet.") }
            return .signInNeeded("The access token is signed by a key that is not known here.")
        case .expired: return .signInNeeded("The access token has expired.")
        case .malformed, .badSignature: return .signInNeeded("The access token is not good.")
        }
    }

    private static func token(in request: Request) throws -> String {
        if let header = request.headers[.authorization] {
            let parts = header.split(separator: " ", maxSplits: 1)
            guard parts.count == 2, parts[0].lowercased() == "bearer" else {
                throw Problem.signInNeeded("The Authorization header must be: Bearer, a space, the access token.")
            }
            return String(parts[1])
        }
        guard let cookie = request.cookies[Self.cookie]?.value, !cookie.isEmpty else {
            throw Problem.signInNeeded("There is no access token.")
        }
        guard isOwnSite(request) else {
            throw Problem.forbidden(
                "A change by a browser must come from our own pages, or with the header X-Paidan: 1.")
        }
        return cookie
    }

    /// A browser sends the cookie along with whatever another site makes it send, but another site cannot set a header
    /// of ours, nor say that it is this one.
    public static func isOwnSite(_ request: Request) -> Bool {
        if [.get, .head, .options].contains(request.method) { return true }
        if request.headers[.xPaidan] == "1" { return true }
        if let site = request.headers[.secFetchSite] { return site == "same-origin" }
        guard let origin = request.headers[.origin], let host = request.head.authority else { return false }
        return origin == "https://\(host)" || origin == "http://\(host)"
    }

    private static func fetch(_ url: String) async throws -> [PublicSigningKey] {
        let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
        guard response.status == .ok else { throw NotReady("\(url) answers \(response.status.code)") }
        let body = try await response.body.collect(upTo: 1 << 16)
        return try JSONDecoder().decode(PublicSigningKeys.self, from: Data(body.readableBytesView)).keys
    }

    /// Until it is time to fetch again, or somebody brought a token of an unknown key.
    private func pause(failures: Int) async {
        let wait = failures == 0 ? Self.refresh : Self.backoff.wait(failures: failures, share: .random(in: 0.5..<1))
        // All three end early when the service stops; the caller's loop sees that.
        if failures == 0 { try? await Task.sleep(for: Self.shortestPause) }
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        if failures == 0 { wake.withLock { $0 = continuation } }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: wait) }  // cancelled when the other came first
            group.addTask { for await _ in stream {} }
            await group.next()
            group.cancelAll()
        }
        wake.withLock { $0 = nil }
    }
}

extension HTTPField.Name {
    fileprivate static let xPaidan = Self("X-Paidan")!
    fileprivate static let secFetchSite = Self("Sec-Fetch-Site")!
}
