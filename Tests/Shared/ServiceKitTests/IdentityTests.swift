import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JWTKit
import Kernel
import Logging
import ServiceLifecycle
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct `The identity check` {
    private let signer = TokenSigner()
    private let staff = ID<Staff>(UUID())

    private func claims(expiresIn seconds: Double = 600, roles: Set<String> = ["agent"]) -> TokenClaims {
        TokenClaims(
            staff: staff, name: "王小明", roles: roles, departments: ["north"],
            expiresAt: Date(timeIntervalSinceNow: seconds))
    }

    private func check() -> IdentityCheck {
        let check = IdentityCheck(keysURL: nil, logger: Logger(label: "x"))
        check.trust([signer.publicKey])
        return check
    }

    private func request(
        _ method: HTTPRequest.Method = .get, bearer: String? = nil, cookie: String? = nil, headers: HTTPFields = [:]
    ) -> Request {
        var head = HTTPRequest(
            method: method, scheme: "http", authority: "paidan.example", path: "/x", headerFields: headers)
        if let bearer { head.headerFields[.authorization] = "Bearer \(bearer)" }
        if let cookie { head.headerFields[.cookie] = "theme=dark; paidan=\(cookie)" }
        return Request(head: head, body: RequestBody(buffer: ByteBuffer()))
    }

    private func status(_ check: IdentityCheck, _ request: Request, roles: Set<String> = []) async -> Int {
        do {
            _ = try await check.require(request, roles: roles)
            return 200
        } catch {
            return (error as? Problem)?.status.code ?? 0
        }
    }

    @Test func `knows who has signed in, by header and by cookie`() async throws {
        let token = try await signer.sign(claims())
        let expected = Identity(staff: staff, name: "王小明", roles: ["agent"], departments: ["north"])
        for _ in 0..<2 {
            #expect(try await check().require(request(bearer: token)) == expected)
            #expect(try await check().require(request(cookie: token)) == expected)
        }
    }

    @Test func `knows of which session a token is`() async throws {
        var claims = self.claims()
        claims.session = UUID()
        let token = try await signer.sign(claims)
        #expect(try await check().require(request(bearer: token)).session == claims.session)
    }

    @Test func `asks for a sign-in when there is no token, a broken or an expired one`() async throws {
        let check = check()
        #expect(await status(check, request()) == 401)
        for text in ["x", "a.b", "a.b.c", "....", String(repeating: "x", count: 100_000)] {
            #expect(await status(check, request(bearer: text)) == 401)
        }
        #expect(await status(check, request(headers: [.authorization: "Basic eDp5"])) == 401)
        #expect(await status(check, request(bearer: try await signer.sign(claims(expiresIn: -1)))) == 401)
    }

    @Test func `sees a token expire that it has taken before`() async throws {
        let verifier = TokenVerifier()
        verifier.replaceKeys([signer.publicKey])
        let token = try await signer.sign(claims())
        let now = Date()
        _ = try await verifier.verify(token, now: now)
        await #expect(throws: TokenVerifier.Refusal.expired) { try await verifier.verify(token, now: now + 601) }
    }

    @Test func `refuses a token whose words were changed`() async throws {
        let check = check()
        let parts = try await signer.sign(claims()).split(separator: ".")
        let forged = String(decoding: try #require(Base64URL.decode(parts[1])), as: UTF8.self).replacing(
            "agent", with: "admin")
        let token = "\(parts[0]).\(Base64URL.encode(forged.utf8)).\(parts[2])"
        #expect(await status(check, request(bearer: token)) == 401)
    }

    @Test func `refuses a token signed with another key under our key's name`() async throws {
        let thief = try TokenSigner(privateKey: TokenSigner().privateKey, keyID: signer.keyID)
        #expect(await status(check(), request(bearer: try await thief.sign(claims()))) == 401)
    }

    @Test(arguments: ["none", "None", "HS256", "ES256"])
    func `refuses other algorithms`(algorithm: String) async throws {
        let good = try await signer.sign(claims()).split(separator: ".")
        let header = Base64URL.encode("{\"alg\":\"\(algorithm)\",\"typ\":\"JWT\",\"kid\":\"\(signer.keyID)\"}".utf8)
        #expect(await status(check(), request(bearer: "\(header).\(good[1]).")) == 401)
        #expect(await status(check(), request(bearer: "\(header).\(good[1]).\(good[2])")) == 401)
    }

    @Test func `refuses a token made with the public key as a shared secret`() async throws {
        let key = try #require(Base64URL.decode(signer.publicKey.x))
        let kid = JWKIdentifier(string: signer.keyID)
        let keys = await JWTKeyCollection().add(hmac: HMACKey(from: Data(key)), digestAlgorithm: .sha256, kid: kid)
        let token = try await keys.sign(TokenPayload(claims()), kid: kid)
        #expect(await status(check(), request(bearer: token)) == 401)
    }

    @Test func `refuses an unknown key with 401, and with 503 while it has none at all`() async throws {
        let token = try await TokenSigner().sign(claims())
        #expect(await status(check(), request(bearer: token)) == 401)
        let empty = IdentityCheck(keysURL: "http://127.0.0.1:1", logger: Logger(label: "x"))
        #expect(await status(empty, request(bearer: token)) == 503)
    }

    @Test func `answers 403 when no role fits`() async throws {
        let check = check()
        let token = try await signer.sign(claims(roles: ["agent", "manager"]))
        #expect(await status(check, request(bearer: token), roles: ["admin"]) == 403)
        #expect(await status(check, request(bearer: token), roles: ["admin", "manager"]) == 200)
    }

    @Test func `takes a change by cookie only from our own pages`() async throws {
        let check = check()
        let token = try await signer.sign(claims())
        func status(_ headers: HTTPFields) async -> Int {
            await self.status(check, request(.post, cookie: token, headers: headers))
        }
        let fetchSite = try #require(HTTPField.Name("Sec-Fetch-Site"))
        #expect(await status([:]) == 403)
        #expect(await status([.origin: "https://evil.example"]) == 403)
        #expect(await status([.origin: "https://paidan.example"]) == 200)
        #expect(await status([fetchSite: "cross-site", .origin: "https://paidan.example"]) == 403)
        #expect(await status([fetchSite: "same-site"]) == 403)
        #expect(await status([fetchSite: "same-origin"]) == 200)
        #expect(await status([try #require(HTTPField.Name("X-Paidan")): "1"]) == 200)
        #expect(await self.status(check, request(.post, bearer: token)) == 200)
        #expect(await self.status(check, request(.get, cookie: token)) == 200)
    }

    @Test func `forgets tokens of a key that was withdrawn`() async throws {
        let verifier = TokenVerifier()
        verifier.replaceKeys([signer.publicKey])
        let token = try await signer.sign(claims())
        _ = try await verifier.verify(token, now: Date())
        verifier.replaceKeys([TokenSigner().publicKey])
        await #expect(throws: TokenVerifier.Refusal.unknownKey) { try await verifier.verify(token, now: Date()) }
    }

    @Test func `stores its key and signs the same way after`() async throws {
        let again = try TokenSigner(privateKey: signer.privateKey, keyID: signer.keyID)
        #expect(again.publicKey == signer.publicKey)
        #expect(await status(check(), request(bearer: try await again.sign(claims()))) == 200)
        #expect(throws: (any Error).self) { try TokenSigner(privateKey: [1, 2, 3], keyID: "x") }
    }

    @Test func `fetches the keys by itself, and again when it meets an unknown one`() async throws {
        let published = Mutex([signer.publicKey])
        let router = Router()
        router.get("keys") { _, _ in try Response.json(PublicSigningKeys(keys: published.withLock { $0 })) }
        let dispatcher = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await dispatcher.test(.live) { client in
            let port = try #require(client.port)
            let check = IdentityCheck(keysURL: "http://127.0.0.1:\(port)/keys", logger: Logger(label: "x"))
            let group = ServiceGroup(configuration: .init(services: [check], logger: Logger(label: "x")))
            async let running: Void = group.run()
            func becomes200(_ token: String) async throws -> Bool {
                let end = ContinuousClock.now + .seconds(20)
                while ContinuousClock.now < end {
                    if await status(check, request(bearer: token)) == 200 { return true }
                    try await Task.sleep(for: .milliseconds(20))
                }
                return false
            }
            #expect(try await becomes200(try await signer.sign(claims())))
            let newer = TokenSigner()
            published.withLock { $0.append(newer.publicKey) }
            #expect(try await becomes200(try await newer.sign(claims())))
            await group.triggerGracefulShutdown()
            try await running
        }
    }
}
