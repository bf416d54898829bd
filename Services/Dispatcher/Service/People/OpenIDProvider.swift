import AsyncHTTPClient
import Crypto
import Foundation
import JWTKit
import NIOCore
import NIOHTTP1
import ServiceKit
import Synchronization

/// A provider of identities that vouches for people: OpenID Connect Core 1.0, authorization code with PKCE (RFC 7636).
/// What it publishes is fetched when it is needed, and kept for an hour.
final class OpenIDProvider: Sendable {
    struct Settings: Sendable {
        /// As it names itself; `/.well-known/openid-configuration` is below it.
        let issuer: String
        let clientID: String
        let clientSecret: String?
        /// The claim by which somebody is known here at his first sign-in: an e-mail address.
        let claim: String
        /// Where it sends the browser back to.
        let redirectURI: String
    }

    /// Why nobody was let in. What the provider said is not shown.
    enum Fault: Error, Equatable, CustomStringConvertible {
        /// It does not answer, or not as it should.
        case unreachable(String)
        /// The browser comes back with something that was not begun here, or too late.
        case notBegun
        /// The provider would not, or he would not; its word for it.
        case refused(String)
        /// The token is not good; the word says in what.
        case badToken(String)

        var description: String {
            switch self {
            case .unreachable(let why): "the provider of identities: \(why)"
            case .notBegun: "no sign-in was begun in this browser, or too long ago"
            case .refused(let word): "the provider says \(word)"
            case .badToken(let why): "the provider's token: \(why)"
            }
        }
    }

    /// Who somebody is, as the provider says.
    struct Vouched: Sendable, Equatable {
        let issuer: String
        let subject: String
        let email: String?
    }

    /// What a browser keeps while it is away: sealed, so that only this service can have made it.
    private struct Journey: Codable {
        let state: String
        let nonce: String
        let verifier: String
        let target: String
        let until: Date
    }

    private struct Discovery: Decodable, Sendable {
        let issuer: String
        let authorization_endpoint: String
        let token_endpoint: String
        let jwks_uri: String
    }

    private struct Known: Sendable {
        let discovery: Discovery
        let keys: JWTKeyCollection
        let fetchedAt: ContinuousClock.Instant
    }

    /// How long somebody may take to sign in there.
    static let patience: TimeInterval = 600
    private static let keep = Duration.seconds(3600)
    /// Clocks differ.
    private static let leeway: TimeInterval = 60

    let settings: Settings
    private let secret: ServerSecret
    private let known = Mutex<Known?>(nil)

    init(_ settings: Settings, secret: ServerSecret) {
        self.settings = settings
        self.secret = secret
    }

    /// Where to send the browser, and what it must keep.
    ///
    /// - Parameter target: the page of ours to come back to.
    /// - Throws: ``Fault``.
    func begin(target: String, now: Date) async throws -> (url: String, journey: String) {
        let discovery = try await fetchKnown().discovery
        let journey = Journey(
            state: Self.random(), nonce: Self.random(), verifier: Self.random(), target: target,
            until: now.addingTimeInterval(Self.patience))
        let challenge = Base64URL.encode(SHA256.hash(data: Data(journey.verifier.utf8)))
        let query = Self.form([
            ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", settings.redirectURI),
            ("scope", "openid email profile"), ("state", journey.state), ("nonce", journey.nonce),
            ("code_challenge", challenge), ("code_challenge_method", "S256"),
        ])
        let separator = discovery.authorization_endpoint.contains("?") ? "&" : "?"
        let sealed = secret.seal(Array(try JSONEncoder().encode(journey)), for: .oidc)
        return (discovery.authorization_endpoint + separator + query, sealed)
    }

    /// Who has come back, and where he wanted to go.
    ///
    /// - Throws: ``Fault``.
    func finish(
        code: String?, state: String?, error: String? = nil, journey text: String?, now: Date
    ) async throws -> (vouched: Vouched, target: String) {
        guard let text, let body = secret.open(text, for: .oidc) else { throw Fault.notBegun }
        let journey = try JSONDecoder().decode(Journey.self, from: Data(body))
        guard let state, PasswordHash.areEqual(Array(state.utf8), Array(journey.state.utf8)), journey.until > now else {
            throw Fault.notBegun
        }
        // RFC 6749 section 4.1.2.1.
        if let error { throw Fault.refused(String(error.prefix(40).filter { $0.isLetter || $0 == "_" })) }
        guard let code else { throw Fault.notBegun }
        let known = try await fetchKnown()
        let token = try await redeem(code, verifier: journey.verifier, at: known.discovery.token_endpoint)
        let claims = try await signed(token, by: known)
        return (try check(claims, token, known.discovery, nonce: journey.nonce, now: now), journey.target)
    }

    private func redeem(_ code: String, verifier: String, at url: String) async throws -> String {
        struct Answer: Decodable { let id_token: String? }
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "Accept", value: "application/json")
        if let password = settings.clientSecret {
            let pair = "\(Self.escaped(settings.clientID)):\(Self.escaped(password))"
            request.headers.add(name: "Authorization", value: "Basic \(Data(pair.utf8).base64EncodedString())")
        }
        request.body = .bytes(
            ByteBuffer(
                string: Self.form([
                    ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", settings.redirectURI),
                    ("client_id", settings.clientID), ("code_verifier", verifier),
                ])))
        guard let token = try await Self.json(Answer.self, request).id_token else {
            throw Fault.unreachable("it gave no id_token")
        }
        return token
    }

    private struct IDToken: JWTPayload {
        let iss: String
        let sub: String
        let aud: AudienceClaim
        let azp: String?
        let exp: Double
        let iat: Double
        let nonce: String?
        let email_verified: Bool?

        /// Checked below, by whoever knows the time and the settings.
        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    /// The claims of a token that the provider has signed, with keys that are fetched anew when those that are known
    /// do not fit: it may have changed them.
    private func signed(_ token: String, by known: Known) async throws -> IDToken {
        do {
            return try await known.keys.verify(token, as: IDToken.self)
        } catch {
            self.known.withLock { $0 = nil }
        }
        let fresh = try await fetchKnown()
        do {
            return try await fresh.keys.verify(token, as: IDToken.self)
        } catch {
            throw Fault.badToken("its signature cannot be checked")
        }
    }

    /// OpenID Connect Core section 3.1.3.7.
    private func check(
        _ claims: IDToken, _ token: String, _ discovery: Discovery, nonce: String, now: Date
    ) throws(Fault) -> Vouched {
        guard claims.iss == discovery.issuer else { throw Fault.badToken("another issuer") }
        guard claims.aud.value.contains(settings.clientID), claims.azp ?? settings.clientID == settings.clientID,
            claims.aud.value.count == 1 || claims.azp != nil
        else { throw Fault.badToken("made for another") }
        guard claims.exp > now.timeIntervalSince1970 - Self.leeway,
            claims.iat < now.timeIntervalSince1970 + Self.leeway
        else { throw Fault.badToken("not of this time") }
        guard claims.nonce == nonce else { throw Fault.badToken("of another sign-in") }
        // An address that its owner may have typed himself proves nothing; of another claim the administrator who chose
        // it knows that it does.
        let isProved = settings.claim == "email" ? claims.email_verified == true : claims.email_verified != false
        let email = isProved ? Self.claim(settings.claim, in: token) : nil
        return Vouched(issuer: claims.iss, subject: claims.sub, email: email)
    }

    /// A text claim of a token that was verified.
    private static func claim(_ name: String, in token: String) -> String? {
        let parts = token.split(separator: ".")
        guard parts.count == 3, let body = Base64URL.decode(parts[1]),
            // It was read before: a claim that is no text is none.
            let claims = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]
        else { return nil }
        return claims[name] as? String
    }

    private func fetchKnown() async throws -> Known {
        if let known = known.withLock({ $0 }), ContinuousClock.now - known.fetchedAt < Self.keep { return known }
        let base = settings.issuer.hasSuffix("/") ? String(settings.issuer.dropLast()) : settings.issuer
        let discovery = try await Self.json(
            Discovery.self, HTTPClientRequest(url: base + "/.well-known/openid-configuration"))
        guard discovery.issuer == settings.issuer else { throw Fault.unreachable("it calls itself by another name") }
        let keys = JWTKeyCollection()
        var count = 0
        for key in try await Self.json(KeySet.self, HTTPClientRequest(url: discovery.jwks_uri)).keys.compactMap(\.key) {
            try await keys.add(jwk: key)
            count += 1
        }
        guard count > 0 else { throw Fault.unreachable("it publishes no key that can be used") }
        let found = Known(discovery: discovery, keys: keys, fetchedAt: .now)
        known.withLock { $0 = found }
        return found
    }

    /// Keys of kinds that are not known here are left out; the others are not harmed.
    private struct KeySet: Decodable {
        struct Entry: Decodable {
            let key: JWK?

            init(from decoder: any Decoder) throws {
                // A key of a kind that this library cannot read.
                guard let key = try? JWK(from: decoder), key.keyIdentifier != nil else {
                    self.key = nil
                    return
                }
                self.key = key
            }
        }

        let keys: [Entry]
    }

    private static func json<Body: Decodable>(_ type: Body.Type, _ request: HTTPClientRequest) async throws -> Body {
        do {
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
            guard response.status == .ok else { throw Fault.unreachable("it answers \(response.status.code)") }
            let body = try await response.body.collect(upTo: 1 << 18)
            return try JSONDecoder().decode(Body.self, from: Data(body.readableBytesView))
        } catch let fault as Fault {
            throw fault
        } catch is DecodingError {
            throw Fault.unreachable("it answers in another form")
        } catch {
            throw Fault.unreachable("it does not answer")
        }
    }

    private static func random() -> String {
        Base64URL.encode((0..<32).map { _ in UInt8.random(in: .min ... .max) })
    }

    private static func form(_ fields: [(String, String)]) -> String {
        fields.map { "\($0.0)=\(escaped($0.1))" }.joined(separator: "&")
    }

    private static func escaped(_ text: String) -> String {
        let plain = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~")
        return text.addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
