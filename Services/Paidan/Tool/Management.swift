import AsyncHTTPClient
import Contracts
import Foundation
import NIOCore
import NIOHTTP1

/// How to reach the broker's management API.
struct ManagementSettings {
    let url: String
    let vhost: String
    let user: String
    let password: String
}

/// The broker's management API: what AMQP itself cannot tell (bindings, depths) or do (users).
struct Management {
    let settings: ManagementSettings

    struct Queue: Codable {
        let name: String
        let messages: Int?
        let messages_ready: Int?
        let messages_unacknowledged: Int?
        let consumers: Int?
    }

    struct Exchange: Decodable {
        let name: String
        let type: String
    }

    struct Binding: Decodable {
        let source: String
        let destination: String
        let destination_type: String
        let routing_key: String
    }

    func queues() async throws -> [Queue] { try await get("queues/\(vhost)") }
    func exchanges() async throws -> [Exchange] { try await get("exchanges/\(vhost)") }
    func bindings() async throws -> [Binding] { try await get("bindings/\(vhost)") }

    /// Creates the user, or gives it a new password.
    func put(user: String, password: String) async throws {
        try await send(.PUT, "users/\(Self.escape(user))", ["password": password, "tags": ""])
    }

    func put(permissionsOf user: String, configure: String, write: String, read: String) async throws {
        try await send(
            .PUT, "permissions/\(vhost)/\(Self.escape(user))", ["configure": configure, "write": write, "read": read])
    }

    /// Which routing keys `user` may publish to `exchange` with.
    func put(topicPermissionsOf user: String, exchange: String, write: String) async throws {
        try await send(
            .PUT, "topic-permissions/\(vhost)/\(Self.escape(user))",
            ["exchange": exchange, "write": write, "read": "^$"])
    }

    private var vhost: String { Self.escape(settings.vhost) }

    private static func escape(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(CharacterSet(charactersIn: "-_."))) ?? ""
    }

    private func get<Answer: Decodable>(_ path: String) async throws -> Answer {
        let bytes = try await call(.GET, path, nil)
        return try JSONDecoder().decode(Answer.self, from: Data(bytes.readableBytesView))
    }

    private func send(_ method: HTTPMethod, _ path: String, _ body: [String: String]) async throws {
        _ = try await call(method, path, JSONEncoder().encode(body))
    }

    private enum HTTPMethod: String { case GET, PUT }

    private func call(_ method: HTTPMethod, _ path: String, _ body: Data?) async throws -> ByteBuffer {
        var request = HTTPClientRequest(url: "\(settings.url)/api/\(path)")
        request.method = method == .GET ? .GET : .PUT
        request.setBasicAuth(username: settings.user, password: settings.password)
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response: HTTPClientResponse
        do {
            response = try await HTTPClient.shared.execute(request, timeout: .seconds(10))
        } catch {
            throw Complaint(
                "The broker's management API at \(settings.url) does not answer: is the broker up? (\(error))")
        }
        guard (200..<300).contains(Int(response.status.code)) else {
            throw Complaint("The broker's management API refused \(method) \(path): \(response.status).")
        }
        return try await response.body.collect(upTo: 16 << 20)
    }
}
