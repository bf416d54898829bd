import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import StackSupport

/// The broker's management and metrics, as its operator sees them.
struct Broker: Sendable {
    let stack: Stack

    private func get(_ url: String, _ method: String = "GET", body: String? = nil) async throws -> Data {
        var request = HTTPClientRequest(url: url)
        if let body { request.body = .bytes(ByteBuffer(string: body)) }
        request.method = .init(rawValue: method)
        let login = Data("operator:\(try stack.secret("broker-operator"))".utf8).base64EncodedString()
        request.headers.add(name: "authorization", value: "Basic \(login)")
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        let body = try await response.body.collect(upTo: 8 << 20)
        guard (200..<300).contains(response.status.code) else { throw Unmet("\(method) \(url): \(response.status)") }
        return Data(body.readableBytesView)
    }

    private func management(_ path: String, _ method: String = "GET", body: String? = nil) async throws -> Data {
        try await get("http://127.0.0.1:\(try stack.port("management"))/api/\(path)", method, body: body)
    }

    /// An empty one, open to the operator.
    func make(vhost: String) async throws {
        _ = try await management("vhosts/\(vhost)", "PUT")
        let all = #"{"configure": ".*", "write": ".*", "read": ".*"}"#
        _ = try await management("permissions/\(vhost)/operator", "PUT", body: all)
    }

    func remove(vhost: String) async throws { _ = try await management("vhosts/\(vhost)", "DELETE") }

    /// Ends every connection that clients have; returns how many.
    func closeConnections() async throws -> Int {
        struct Connection: Decodable { let name: String }
        let names = try await JSONDecoder().decode([Connection].self, from: management("connections?columns=name")).map(
            \.name)
        for name in names {
            let escaped = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? name
            _ = try await management("connections/\(escaped)", "DELETE")
        }
        return names.count
    }

    func purge(_ queue: String) async throws { _ = try await management("queues/paidan/\(queue)/contents", "DELETE") }

    func delete(_ queue: String) async throws { _ = try await management("queues/paidan/\(queue)", "DELETE") }

    /// Removes the binding by the queue's own name.
    func unbind(_ queue: String, from exchange: String) async throws {
        _ = try await management("bindings/paidan/e/\(exchange)/q/\(queue)/\(queue)", "DELETE")
    }

    /// Zero while it is not there.
    func consumers(of queue: String) async throws -> Int {
        struct Queue: Decodable {
            let name: String
            let consumers: Int?
        }
        let queues = try await JSONDecoder().decode(
            [Queue].self, from: management("queues/paidan?columns=name,consumers"))
        return queues.first { $0.name == queue }?.consumers ?? 0
    }

    /// Sum of a family of the broker's own counters and gauges; these do not lag.
    func metric(_ name: String) async throws -> Int {
        let text = String(
            decoding: try await get("http://127.0.0.1:\(try stack.port("prometheus"))/metrics"), as: UTF8.self)
        let values = text.split(separator: "\n")
            .filter { $0.hasPrefix(name + "{") || $0.hasPrefix(name + " ") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
        return Int(values.reduce(0, +))
    }
}
