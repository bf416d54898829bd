import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// Somebody at the front door, signed in or not.
struct Person {
    let front: String
    let token: String?

    /// A customer: nobody signed in.
    static func customer(at stack: Stack) throws -> Person {
        Person(front: "http://127.0.0.1:\(try stack.port("front"))", token: nil)
    }

    /// Gets a one-time password from the operator and uses it.
    static func signIn(_ login: String, at stack: Stack) async throws -> Person {
        let password = try await stack.paidan("staff", "password", login)
        try #require(password.status == 0, "staff password: \(password.output)")
        let visitor = try customer(at: stack)
        let answer = try await visitor.post(
            "/api/dispatch/v1/sessions",
            ["login": login, "password": password.output.trimmingCharacters(in: .whitespacesAndNewlines)])
        try #require(answer.status == 200 || answer.status == 201, "sign-in: \(answer.status) \(answer.text)")
        return Person(front: visitor.front, token: try #require(answer.object["token"] as? String))
    }

    struct Answer {
        let status: Int
        let text: String
        let headers: [String: String]

        var object: [String: Any] {
            // A body that is no JSON object reads as an empty one; the tests then miss the field and show the text.
            (try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]) ?? [:]
        }
    }

    func get(_ path: String) async throws -> Answer { try await call(.GET, path, body: nil, headers: [:]) }

    func post(_ path: String, _ body: [String: Any] = [:], headers: [String: String] = [:]) async throws -> Answer {
        try await call(.POST, path, body: JSONSerialization.data(withJSONObject: body), headers: headers)
    }

    private enum Method { case GET, POST }

    private func call(_ method: Method, _ path: String, body: Data?, headers: [String: String]) async throws -> Answer {
        var request = HTTPClientRequest(url: front + path)
        request.method = method == .GET ? .GET : .POST
        for (name, value) in headers { request.headers.add(name: name, value: value) }
        if let token { request.headers.add(name: "authorization", value: "Bearer \(token)") }
        if let body {
            request.headers.add(name: "content-type", value: "application/json")
            request.body = .bytes(ByteBuffer(bytes: body))
        }
        let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
        let text = String(buffer: try await response.body.collect(upTo: 4 << 20))
        let pairs = response.headers.map { ($0.name.lowercased(), $0.value) }
        return Answer(
            status: Int(response.status.code), text: text, headers: Dictionary(pairs) { first, _ in first })
    }

    /// Creates a ticket and gives its number.
    func createTicket(
        _ subject: String, key: String = UUID().uuidString, phone: String = "13800138001", email: String = "zhang@example.cn",
        openID: String? = nil
    ) async throws -> String {
        var customer = ["name": "张三", "phone": phone, "email": email]
        customer["weChatOpenID"] = openID
        let body: [String: Any] = ["subject": subject, "kind": "repair", "customer": customer]
        let answer = try await post("/api/intake/v1/tickets", body, headers: ["idempotency-key": key])
        try #require(answer.status == 201, "create: \(answer.status) \(answer.text)")
        return try #require(answer.object["number"] as? String)
    }
}
