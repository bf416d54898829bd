import AsyncHTTPClient
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTesting
import Kernel
import Logging
import NIOCore
import NIOHTTP1
import NIOSSL
import Postgres
import ServiceLifecycle
import Testing

@testable import ServiceKit

@Suite struct `A kit` {
    private func pool() -> PostgresPool {
        let nowhere = DatabaseSettings(
            hosts: [HostPort(host: "127.0.0.1", port: 1)], database: "x", user: "x", password: "x",
            applicationName: "x",
            schema: "x")
        return PostgresPool(
            nowhere, name: "x", size: 1, acquireTimeout: .milliseconds(200),
            logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() })
    }

    @Test func `answers 503 with Retry-After while the database is away`() async throws {
        let pool = pool()
        let kit = try Kit.testing(name: "intake", schema: "x", pool: pool)
        let router = kit.router()
        router.get("ask") { _, _ in
            try await kit.requestPool.query("select 1")
            return Response(status: .ok)
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await pool.run() }
            try await kit.application(router).test(.router) { client in
                let answer = try await client.execute(uri: "/ask", method: .get)
                #expect(answer.status == .serviceUnavailable)
                #expect(answer.headers[.retryAfter] == "2")
                #expect(try answer.document().detail == "The database does not answer.")
            }
            group.cancelAll()
        }
    }

    @Test func `refuses changes until the schema is there`() async throws {
        let kit = try Kit.testing(name: "intake", schema: "x", pool: pool())
        let shut = Kit(
            name: "intake", schema: "x", settings: kit.settings, logger: kit.logger, workPool: kit.workPool,
            requestPool: kit.requestPool, broker: kit.broker, identity: kit.identity, http: kit.http,
            outboxMaxAge: kit.outboxMaxAge,
            schemaGate: SchemaGate([], schema: "x", pool: kit.workPool, logger: kit.logger))
        let router = shut.router()
        router.post("change") { _, _ in Response(status: .ok) }
        try await shut.application(router).test(.router) { client in
            let early = try await client.execute(uri: "/change", method: .post)
            #expect(early.status == .serviceUnavailable)
            shut.schemaGate.open()
            let late = try await client.execute(uri: "/change", method: .post)
            #expect(late.status == .ok)
        }
    }

    @Test func `cannot check a server's certificate without authorities to trust`() throws {
        func start(_ environment: [String: String]) throws {
            _ = try Kit(
                name: "intake", schema: "x", migrations: [], common: CommonSettings(service: "intake", schema: "x"),
                settings: SettingsReader(environment: environment), logger: Logger(label: "x"))
        }
        #expect(throws: SettingsFault.self) { try start(["PAIDAN_DATABASE_TLS": "verify-full"]) }
        #expect(throws: SettingsFault.self) { try start(["PAIDAN_BROKER_TLS": "true"]) }
        try start(["PAIDAN_DATABASE_TLS": "verify-full", "PAIDAN_DATABASE_CA_FILE": "/ca.pem"])
    }

    @Test func `takes the tokens of the signer that it was given`() async throws {
        let signer = TokenSigner()
        let kit = try Kit.testing(name: "intake", schema: "x", pool: pool(), signer: signer)
        let router = kit.router()
        router.get("who") { request, _ in try Response.json(["name": try await kit.identity.require(request).name]) }
        let claims = TokenClaims(
            staff: ID(UUID()), name: "王小明", roles: [], departments: [], expiresAt: Date(timeIntervalSinceNow: 60))
        let token = try await signer.sign(claims)
        try await kit.application(router).test(.router) { client in
            let answer = try await client.execute(
                uri: "/who", method: .get, headers: [.authorization: "Bearer \(token)"])
            #expect(String(buffer: answer.body) == #"{"name":"王小明"}"#)
            let stranger = try await client.execute(uri: "/who", method: .get)
            #expect(stranger.status == .unauthorized)
            #expect(stranger.headers[.wwwAuthenticate] == "Bearer realm=\"paidan\"")
        }
    }

    @Test func `speaks TLS when it is given a certificate, and refuses half of one`() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (certificate, key) = (folder.appending(path: "crt.pem"), folder.appending(path: "key.pem"))
        let pair = try TestCertificate()
        try Data(pair.certificate.utf8).write(to: certificate)
        try Data(pair.key.utf8).write(to: key)
        let port = try FreePort().number
        let settings = [
            "PAIDAN_HTTP_TLS_CERTIFICATE": certificate.path, "PAIDAN_HTTP_TLS_KEY": key.path,
            "PAIDAN_HTTP_PORT": String(port),
        ]
        let kit = try Kit.testing(name: "intake", schema: "x", pool: pool(), settings: settings)
        let router = kit.router()
        router.get("hello") { _, _ in Response(status: .noContent) }
        var configuration = HTTPClient.Configuration()
        configuration.tlsConfiguration = .makeClientConfiguration()
        configuration.tlsConfiguration?.trustRoots = .file(certificate.path)
        let client = HTTPClient(configuration: configuration)
        let server = Task { try await kit.httpServer(router).run() }
        var status: UInt?
        let end = ContinuousClock.now + .seconds(10)
        while status == nil, ContinuousClock.now < end {
            status = try? await client.get(url: "https://127.0.0.1:\(port)/hello").get().status.code
        }
        #expect(status == 204)
        server.cancel()
        _ = await server.result
        try await client.shutdown()

        for broken in [["PAIDAN_HTTP_TLS_KEY": key.path], settings.merging(["PAIDAN_HTTP_TLS_KEY": "/none"]) { $1 }] {
            #expect(throws: SettingsFault.self) {
                try Kit.testing(name: "intake", schema: "x", pool: pool(), settings: broken)
            }
        }
    }
}
