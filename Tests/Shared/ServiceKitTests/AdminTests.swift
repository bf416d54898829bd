import Hummingbird
import HummingbirdTesting
import Logging
import Metrics
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct `The admin port` {
    private let health = Health()
    private let registry = PrometheusRegistry()

    private func get(_ path: String) async throws -> TestResponse {
        let server = AdminServer(service: "intake", version: "1.2.3", health: health, registry: registry)
        return try await Application(router: server.router()).test(.router) { client in
            try await client.execute(uri: path, method: .get)
        }
    }

    @Test func `says that the process lives, whatever its parts do`() async throws {
        health.register("database") { throw NotReady("away") }
        #expect(try await get("/livez").status == .ok)
    }

    @Test func `is ready when every part is`() async throws {
        health.register("database") {}
        health.register("broker") {}
        let answer = try await get("/readyz?verbose")
        #expect(answer.status == .ok)
        #expect(String(buffer: answer.body) == "[+] database\n[+] broker\nready\n")
        #expect(String(buffer: try await get("/readyz").body) == "ready\n")
    }

    @Test func `is not ready when a part is not, and says which and why`() async throws {
        health.register("database") {}
        health.register("broker") { throw NotReady("no connection to the broker") }
        let answer = try await get("/readyz")
        #expect(answer.status == .serviceUnavailable)
        #expect(String(buffer: answer.body) == "[-] broker: no connection to the broker\nnot ready\n")
    }

    @Test func `is ready in spite of a part that is not needed`() async throws {
        health.register("identity", isRequired: false) { throw NotReady("no keys") }
        let answer = try await get("/readyz?verbose")
        #expect(answer.status == .ok)
        #expect(String(buffer: answer.body) == "[!] identity: no keys\nready\n")
    }

    /// A server that is stopped does not even take the wish to cancel.
    @Test func `does not wait for a part that cannot be cancelled`() async throws {
        let (held, release) = AsyncStream<Void>.makeStream()
        health.register("deaf") { await Task { for await _ in held {} }.value }
        let answer = try await get("/readyz")
        #expect(String(buffer: answer.body) == "[-] deaf: gives no answer\nnot ready\n")
        release.finish()
    }

    @Test func `does not wait forever for a part`() async throws {
        health.register("stuck") { try await Task.sleep(for: .seconds(600)) }
        let answer = try await get("/readyz")
        #expect(String(buffer: answer.body) == "[-] stuck: gives no answer\nnot ready\n")
    }

    @Test func `is not ready any more when the stop has begun`() async throws {
        health.register("database") {}
        health.beginStop()
        #expect(try await get("/readyz").status == .serviceUnavailable)
    }

    @Test func `shows metrics as Prometheus wants them, and the version`() async throws {
        Counter(label: "paidan_x", factory: registry).increment()
        let answer = try await get("/metrics")
        #expect(answer.headers[.contentType] == "text/plain; version=0.0.4; charset=utf-8")
        #expect(String(buffer: answer.body).contains("paidan_x_total 1\n"))
        #expect(String(buffer: try await get("/version").body) == #"{"service":"intake","version":"1.2.3"}"#)
    }
}
