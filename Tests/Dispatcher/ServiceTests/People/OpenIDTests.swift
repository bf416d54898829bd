import DispatcherDomain
import Contracts
import Crypto
import CryptoExtras
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import JWTKit
import Kernel
import Postgres
import ServiceKit
import Synchronization
import TestSupport
import Testing

private let path = "/api/dispatch/v1/sessions/oidc"

/// A provider of identities that says what it is told to say.
final class FakeProvider: Sendable {
    struct State: Sendable {
        var issuer = ""
        /// What the authorization request asked for, by code.
        var asked: [String: [String: String]] = [:]
        /// Changes the claims before they are signed.
        var claims: [String: String] = [:]
        var aud = "paidan-client"
        var lifetime = 300.0
        var emailVerified: Bool? = true
        var key = Key.first
        /// What came to the token endpoint.
        var redeemed: [String: String] = [:]
        var authorization: String?
    }

    /// What it signs with and publishes: one of two Ed25519 keys, or an RSA key that does not say for which algorithm.
    enum Key: String, Sendable { case first, second, rsa }

    let state = Mutex(State())
    let signers = [Key.first: TokenSigner(), .second: TokenSigner()]
    let rsa = Result { try _RSA.Signing.PrivateKey(keySize: .bits2048) }
    let stranger = TokenSigner()
    let signsAsStranger = Mutex(false)

    struct Claims: JWTPayload {
        let iss: String
        let sub: String
        let aud: String
        let exp: Int
        let iat: Int
        let nonce: String?
        let email: String?
        let email_verified: Bool?

        func verify(using algorithm: some JWTAlgorithm) async throws {}
    }

    var router: Router<BasicRequestContext> {
        let router = Router()
        router.get("/.well-known/openid-configuration") { [self] _, _ in
            let issuer = state.withLock { $0.issuer }
            return """
                {"issuer":"\(issuer)","authorization_endpoint":"\(issuer)/authorize","token_endpoint":"\(issuer)/token",
                 "jwks_uri":"\(issuer)/jwks"}
                """
        }
        router.get("/jwks") { [self] _, _ in
            let key = state.withLock { $0.key }
            let own: String
            if let signer = signers[key] {
                own = #""kty":"OKP","crv":"Ed25519","alg":"EdDSA","x":"\#(signer.publicKey.x)""#
            } else {
                let (modulus, exponent) = try Insecure.RSA.PublicKey(backing: rsa.get().publicKey).getKeyPrimitives()
                own = #""kty":"RSA","n":"\#(Base64URL.encode(modulus))","e":"\#(Base64URL.encode(exponent))""#
            }
            return #"{"keys":[{"kty":"oct","kid":"odd","k":"AAAA"},{"kid":"\#(key.rawValue)",\#(own)}]}"#
        }
        router.post("/token") { [self] request, _ in
            let body = String(buffer: try await request.body.collect(upTo: 4096))
            let fields = Dictionary(
                body.split(separator: "&").map { pair in
                    let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
                    return (sides[0], sides.count > 1 ? sides[1].removingPercentEncoding ?? "" : "")
                }, uniquingKeysWith: { first, _ in first })
            let (state, asked) = state.withLock { state in
                state.redeemed = fields
                state.authorization = request.headers[.authorization]
                return (state, state.asked.removeValue(forKey: fields["code"] ?? ""))
            }
            // As a provider with PKCE does: the verifier must fit the challenge.
            let challenge = Base64URL.encode(SHA256.hash(data: Data((fields["code_verifier"] ?? "").utf8)))
            guard let asked, asked["code_challenge"] == challenge, asked["redirect_uri"] == fields["redirect_uri"]
            else {
                throw HTTPError(.badRequest)
            }
            let now = Date().timeIntervalSince1970
            let claims = Claims(
                iss: state.claims["iss"] ?? state.issuer, sub: state.claims["sub"] ?? "subject-1", aud: state.aud,
                exp: Int(now + state.lifetime), iat: Int(now), nonce: state.claims["nonce"] ?? asked["nonce"],
                email: state.claims["email"], email_verified: state.emailVerified)
            let token = try await sign(claims, state.key)
            return #"{"access_token":"x","token_type":"Bearer","id_token":"\#(token)"}"#
        }
        return router
    }

    private func sign(_ claims: Claims, _ key: Key) async throws -> String {
        let kid = JWKIdentifier(string: key.rawValue)
        let keys = JWTKeyCollection()
        if let signer = signsAsStranger.withLock({ $0 }) ? stranger : signers[key] {
            let key = try Curve25519.Signing.PrivateKey(rawRepresentation: signer.privateKey)
            await keys.add(eddsa: EdDSA.PrivateKey(backing: key), kid: kid)
        } else {
            await keys.add(
                rsa: try Insecure.RSA.PrivateKey(backing: rsa.get()), digestAlgorithm: .sha256, kid: kid)
        }
        return try await keys.sign(claims, kid: kid)
    }

    /// The person signs in there, and the browser is sent back with a code.
    func approve(_ location: String) throws -> (code: String, state: String) {
        let query = try #require(URLComponents(string: location)?.queryItems)
        let asked = Dictionary(query.map { ($0.name, $0.value ?? "") }, uniquingKeysWith: { first, _ in first })
        let code = UUID().uuidString
        state.withLock { $0.asked[code] = asked }
        return (code, try #require(asked["state"]))
    }
}

@Suite struct `Signing in by a provider of identities` {
    /// A dispatcher that knows the provider, and somebody with an e-mail address.
    private func withProvider(
        _ body: @escaping @Sendable (DispatcherFixture, any TestClientProtocol, FakeProvider) async throws -> Void
    ) async throws {
        let provider = FakeProvider()
        try await Application(
            router: provider.router, configuration: .init(address: .hostname("127.0.0.1", port: 0))
        ).test(.live) { outside in
            let issuer = "http://127.0.0.1:\(try #require(outside.port))"
            provider.state.withLock { $0.issuer = issuer }
            try await withDispatcher(settings: [
                "PAIDAN_IDENTITY_OIDC_ISSUER": issuer, "PAIDAN_IDENTITY_OIDC_CLIENT_ID": "paidan-client",
                "PAIDAN_IDENTITY_OIDC_CLIENT_SECRET": "s3cret", "PAIDAN_IDENTITY_PUBLIC_URL": "https://desk.example/",
            ]) { dispatcher, client in
                _ = try await StaffOperations(dispatcher.database.pool).change(
                    "engineer", .init(email: "Wang.Lei@example.cn"))
                provider.state.withLock { $0.claims["email"] = "wang.lei@EXAMPLE.cn" }
                try await body(dispatcher, client, provider)
            }
        }
    }

    private func go(
        _ client: any TestClientProtocol, _ provider: FakeProvider, to target: String = "/m",
        changing change: (inout (code: String, state: String, cookie: String)) -> Void = { _ in }
    ) async throws -> Answer {
        let begun = try await client.call(.get, "\(path)?to=\(target)")
        #expect(begun.status == 303, "\(begun.text)")
        let location = try #require(begun.headers[.location])
        let (code, state) = try provider.approve(location)
        var back = (code: code, state: state, cookie: try #require(begun.cookie("paidan_journey")))
        change(&back)
        return try await client.call(
            .get, "\(path)/callback?code=\(back.code)&state=\(back.state)",
            headers: [.cookie: "paidan_journey=\(back.cookie)"])
    }

    @Test func `lets in whom it vouches for, and knows him by his subject from then on`() async throws {
        try await withProvider { dispatcher, client, provider in
            let entered = try await go(client, provider, to: "/reports")
            #expect(entered.status == 303, "\(entered.text)")
            #expect(entered.headers[.location] == "/reports")
            let token = try #require(entered.cookie("paidan"))
            let me = try await client.call(.get, "/api/dispatch/v1/sessions/me", token: token)
            #expect(me["login"] == "engineer")
            let (redeemed, authorization) = provider.state.withLock { ($0.redeemed, $0.authorization) }
            #expect(redeemed["redirect_uri"] == "https://desk.example/api/dispatch/v1/sessions/oidc/callback")
            #expect(authorization == "Basic " + Data("paidan-client:s3cret".utf8).base64EncodedString())
            // The address may change hands; the subject does not.
            provider.state.withLock { $0.claims["email"] = "somebody.else@example.cn" }
            #expect(try await go(client, provider).status == 303)
            provider.state.withLock { state in
                state.claims["email"] = "wang.lei@example.cn"
                state.claims["sub"] = "subject-2"
            }
            let other = try await go(client, provider)
            #expect(other.status == 403)
            #expect(other.problem == "not-on-the-staff")
        }
    }

    @Test func `lets in nobody who does not work here, or whose address is not proved`() async throws {
        try await withProvider { dispatcher, client, provider in
            for verified in [false, nil] {
                provider.state.withLock { $0.emailVerified = verified }
                #expect(try await go(client, provider).status == 403)
            }
            provider.state.withLock { state in
                state.emailVerified = true
                state.claims["email"] = nil
            }
            #expect(try await go(client, provider).status == 403)
            provider.state.withLock { $0.claims["email"] = "wang.lei@example.cn" }
            _ = try await StaffOperations(dispatcher.database.pool).change("engineer", .init(isActive: false))
            #expect(try await go(client, provider).status == 403)
        }
    }

    @Test func `takes no token that is another's, old, or signed by another`() async throws {
        try await withProvider { _, client, provider in
            let wrong: [@Sendable (inout FakeProvider.State) -> Void] = [
                { $0.aud = "another-client" }, { $0.claims["iss"] = "https://evil.example" },
                { $0.claims["nonce"] = "replayed" }, { $0.lifetime = -600 },
            ]
            let right = provider.state.withLock { $0 }
            for change in wrong {
                provider.state.withLock { change(&$0) }
                let answer = try await go(client, provider)
                #expect(answer.status == 401, "\(answer.text)")
                #expect(answer.cookie("paidan") == nil)
                provider.state.withLock { $0 = right }
            }
            provider.signsAsStranger.withLock { $0 = true }
            #expect(try await go(client, provider).status == 401)
            provider.signsAsStranger.withLock { $0 = false }
            #expect(try await go(client, provider).status == 303)
        }
    }

    @Test(arguments: [FakeProvider.Key.second, .rsa])
    func `goes on at once when the provider changes its key`(key: FakeProvider.Key) async throws {
        try await withProvider { _, client, provider in
            let before = try await go(client, provider).status
            provider.state.withLock { $0.key = key }
            let after = try await go(client, provider).status
            provider.signsAsStranger.withLock { $0 = true }
            let stranger = try await go(client, provider).status
            #expect(before == 303)
            #expect(after == 303)
            #expect(stranger == 401)
        }
    }

    @Test func `ends without a session when the provider says no`() async throws {
        try await withProvider { dispatcher, client, provider in
            let begun = try await client.call(.get, path)
            let (_, state) = try provider.approve(try #require(begun.headers[.location]))
            let back = try await client.call(
                .get, "\(path)/callback?error=access_denied&error_description=%3Cb%3E&state=\(state)",
                headers: [.cookie: "paidan_journey=\(try #require(begun.cookie("paidan_journey")))"])
            #expect(back.status == 401)
            #expect(back.problem == "sign-in-failed")
            #expect(try await dispatcher.database.pool.query("select 1 as one from dispatch.sign_in_session").isEmpty)
        }
    }

    @Test func `goes on only in the browser where it was begun`() async throws {
        try await withProvider { dispatcher, client, provider in
            #expect(try await go(client, provider) { $0.cookie = "" }.status == 401)
            #expect(try await go(client, provider) { $0.state = "other" }.status == 401)
            #expect(try await go(client, provider) { $0.cookie += "A" }.status == 401)
            let unknown = try await go(client, provider) { $0.code = "never-given" }
            #expect(unknown.status == 503)
            #expect(try await dispatcher.database.pool.query("select 1 as one from dispatch.sign_in_session").isEmpty)
        }
    }

    @Test func `is not there when no provider is set, and must be set whole`() async throws {
        try await withDispatcher { _, client in
            for address in [path, path + "/callback"] {
                let answer = try await client.call(.get, address)
                #expect(answer.status == 404, "\(address)")
            }
        }
        #expect(throws: DispatcherSettings.HalfProvider.self) {
            try DispatcherSettings(
                SettingsReader(environment: [
                    "PAIDAN_IDENTITY_SIGNING_KEY": Data(TokenSigner().privateKey).base64EncodedString(),
                    "PAIDAN_IDENTITY_OIDC_ISSUER": "https://login.example",
                ]))
        }
    }
}
