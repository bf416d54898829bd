import AsyncHTTPClient
public import Foundation
import NIOCore
import NIOHTTP1

/// Somebody at the front door, signed in or not.
public struct Person: Sendable {
    public let front: String
    public let token: String?

    public init(front: String, token: String? = nil) {
        self.front = front
        self.token = token
    }

    /// A customer: nobody signed in.
    public static func customer(at stack: Stack) throws -> Person {
        Person(front: "http://127.0.0.1:\(try stack.port("front"))", token: nil)
    }

    /// Gets a one-time password from the operator and uses it.
    public static func signIn(_ login: String, at stack: Stack) async throws -> Person {
        let password = try await stack.paidan("staff", "password", login)
        guard password.status == 0 else { throw Unmet("staff password: \(password.output)") }
        let visitor = try customer(at: stack)
        let answer = try await visitor.post(
            "/api/dispatch/v1/sessions",
            ["login": login, "password": password.output.trimmingCharacters(in: .whitespacesAndNewlines)])
        guard [200, 201].contains(answer.status), let token = answer.object["token"] as? String else {
            throw Unmet("sign-in: \(answer.status) \(answer.text)")
        }
        return Person(front: visitor.front, token: token)
    }

    public struct Answer: Sendable {
        public let status: Int
        public let text: String
        public let headers: [String: String]

        public var object: [String: Any] {
            // A body that is no JSON object reads as an empty one; the tests then miss the field and show the text.
            (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]) ?? [:]
        }
    }

    public func get(_ path: String) async throws -> Answer { try await call(.GET, path, body: nil, headers: [:]) }

    public func post(_ path: String, _ body: [String: Any] = [:], headers: [String: String] = [:]) async throws
        -> Answer
    {
        try await call(.POST, path, body: JSONSerialization.data(withJSONObject: body), headers: headers)
    }

    public func put(_ path: String, _ body: [String: Any]) async throws -> Answer {
        try await call(.PUT, path, body: JSONSerialization.data(withJSONObject: body), headers: [:])
    }

    /// A file as it is, not JSON.
    public func put(_ path: String, bytes: Data, headers: [String: String]) async throws -> Answer {
        try await call(.PUT, path, body: bytes, headers: headers)
    }

    public func delete(_ path: String) async throws -> Answer { try await call(.DELETE, path, body: nil, headers: [:]) }

    private enum Method: String { case GET, POST, PUT, DELETE }

    private func call(_ method: Method, _ path: String, body: Data?, headers: [String: String]) async throws -> Answer {
        var request = HTTPClientRequest(url: front + path)
        request.method = HTTPMethod(rawValue: method.rawValue)
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body {
            if !request.headers.contains(name: "content-type") {
                request.headers.add(name: "content-type", value: "application/json")
            }
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let text = String(buffer: try await response.body.collect(upTo: 4 << 20))
        let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: Int(response.status.code), text: text, headers: Dictionary(pairs) { first, _ in first })
    }

    /// Creates a ticket and gives its number.
    public func createTicket(
        _ subject: String, description: String? = nil, key: String = UUID().uuidString, kind: String = "repair",
        phone: String = "13800138001", email: String = "zhang@example.cn", openID: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> String {
        var customer = ["name": "张三", "phone": phone, "email": email]
        customer["weChatOpenID"] = openID
        var body: [String: Any] = ["subject": subject, "kind": kind, "customer": customer]
        body["description"] = description
        let answer = try await post(
            "/api/intake/v1/tickets", body, headers: headers.merging(["idempotency-key": key]) { own, _ in own })
        guard answer.status == 201, let number = answer.object["number"] as? String else {
            throw Unmet("create: \(answer.status) \(answer.text)")
        }
        return number
    }
}
