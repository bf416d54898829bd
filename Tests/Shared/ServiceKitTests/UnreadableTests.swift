import Foundation
import Hummingbird
import Kernel
import Logging
import Postgres
import ServiceLifecycle
import Testing

@testable import ServiceKit

/// Over a bare socket: clients that know HTTP refuse to send such things. One by one: each blocks a thread of the pool.
@Suite(.serialized) struct `A request that is no request` {
    @Test(arguments: [
        (
            "GET /hello HTTP/1.1\r\nhost: x\r\nauthorization: " + String(repeating: "x", count: 90_000), 431,
            "headers-too-large"
        ),
        (
            "GET /hello HTTP/1.1\r\nhost: x\r\n" + String(repeating: "a: b\r\n", count: 1_100) + "\r\n", 431,
            "headers-too-large"
        ),
        ("this is not HTTP\r\n\r\n", 400, "malformed"),
    ])
    func `is answered by a problem document`(text: String, status: Int, type: String) async throws {
        let port = try FreePort().number
        let kit = try Kit.testing(
            name: "intake", schema: "x", pool: pool(), settings: ["PAIDAN_HTTP_PORT": String(port)])
        let router = kit.router()
        router.get("hello") { _, _ in Response(status: .noContent) }
        let server = Task { try await kit.httpServer(router).run() }
        var answer = ""
        let end = ContinuousClock.now + .seconds(10)
        while answer.isEmpty, ContinuousClock.now < end { answer = Self.exchange(text, with: port) }
        server.cancel()
        _ = await server.result
        #expect(answer.hasPrefix("HTTP/1.1 \(status) "))
        let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
        try #require(parts.count == 2)
        #expect(parts[0].lowercased().contains("content-type: application/problem+json"))
        #expect(parts[0].lowercased().contains("content-length: \(parts[1].utf8.count)"))
        struct Answer: Decodable { let type: String, status: Int }
        let document = try JSONDecoder().decode(Answer.self, from: Data(parts[1].utf8))
        #expect(document.type == "tag:paidan,2026:problem/" + type && document.status == status)
    }

    private func pool() -> PostgresPool {
        let nowhere = DatabaseSettings(
            hosts: [HostPort(host: "127.0.0.1", port: 1)], database: "x", user: "x", password: "x",
            applicationName: "x",
            schema: "x")
        return PostgresPool(
            nowhere, name: "x", size: 1, acquireTimeout: .milliseconds(200),
            logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() })
    }

    /// Everything that comes until the server closes; empty while nobody listens.
    private static func exchange(_ text: String, with port: Int) -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, size) }
        }
        guard status == 0 else { return "" }
        let bytes = Array(text.utf8)
        _ = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = recv(descriptor, &buffer, buffer.count, 0), count > 0 { answer += buffer[..<count] }
        return String(decoding: answer, as: UTF8.self)
    }
}
