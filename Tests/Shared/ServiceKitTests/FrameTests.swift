import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import Logging
import Metrics
import NIOCore
import Synchronization
import Testing

@testable import ServiceKit

/// The frame around a router of our own, without database or broker.
struct Frame {
    let router = Router(context: RequestScope.self, options: .autoGenerateHeadEndpoints)
    let routes = RouteTable()
    let registry = PrometheusRegistry()
    let log = Mutexed()
    let refusal = Refusal()

    final class Mutexed: Sendable {
        let lines = Mutex<[String]>([])
    }

    final class Refusal: Sendable {
        let problem = Mutex<Problem?>(nil)
    }

    init() {
        router.add(
            middleware: RequestFrame(figures: RequestFigures(service: "intake"), routes: routes) { [refusal] in
                refusal.problem.withLock { $0 }
            })
    }

    func test<Value: Sendable>(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Value) async throws
        -> Value
    {
        routes.fill(from: router)
        let logger = Logger(label: "x") { [log] _ in
            SuiteLogHandler(service: "intake", level: .info, format: .json) { line in
                log.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        }
        return try await withMetricsFactory(registry) {
            try await Application(router: router, logger: logger).test(.router, body)
        }
    }
}

struct Document: Decodable, Equatable {
    let type, title, instance: String
    let status: Int
    let detail: String?
    let traceId: String?
    let errors: [FieldFault]?
}

extension TestResponse {
    func document() throws -> Document {
        #expect(headers[.contentType] == "application/problem+json")
        let document = try JSONDecoder().decode(Document.self, from: Data(body.readableBytesView))
        #expect(document.status == status.code)
        return document
    }
}

@Suite struct `Every answer` {
    private struct Inside: Error, CustomStringConvertible {
        let description = "select secret from vault"
    }

    private func frame() -> Frame {
        let frame = Frame()
        frame.router.get("things/:id") { _, context in try Response.json(["id": context.parameters.require("id")]) }
        frame.router.post("things") { _, _ in try Response.json(["a": 1], status: .created) }
        frame.router.get("fails") { _, _ -> Response in throw Inside() }
        frame.router.get("refuses") { _, _ -> Response in
            throw InvalidInput([FieldFault(field: "/a", code: "required", message: "is \"missing\"")])
        }
        frame.router.get("hummingbird") { _, _ -> Response in throw HTTPError(.badRequest, message: "wrong \"query\"") }
        frame.router.get("page") { _, _ in
            Response(status: .ok, headers: [.contentSecurityPolicy: "default-src 'self'", .cacheControl: "max-age=9"])
        }
        return frame
    }

    @Test func `has the headers that an API needs, unless the handler has set its own`() async throws {
        try await frame().test { client in
            let answer = try await client.execute(uri: "/things/7", method: .get)
            #expect(answer.status == .ok)
            #expect(answer.headers[.xContentTypeOptions] == "nosniff")
            #expect(answer.headers[.cacheControl] == "no-store")
            #expect(answer.headers[.contentSecurityPolicy] == "default-src 'none'; frame-ancestors 'none'")
            let page = try await client.execute(uri: "/page", method: .get)
            #expect(page.headers[.contentSecurityPolicy] == "default-src 'self'")
            #expect(page.headers[.cacheControl] == "max-age=9")
            let missing = try await client.execute(uri: "/nowhere", method: .get)
            #expect(missing.headers[.xContentTypeOptions] == "nosniff")
        }
    }

    @Test func `to an unknown address is a problem document with 404`() async throws {
        try await frame().test { client in
            let answer = try await client.execute(uri: "/nowhere/at/all?x=1", method: .get)
            let document = try answer.document()
            #expect(answer.status == .notFound)
            #expect(document.type == "tag:paidan,2026:problem/not-found")
            #expect(document.instance == "/nowhere/at/all")
        }
    }

    @Test func `to a wrong method is 405 and says which are right`() async throws {
        try await frame().test { client in
            let answer = try await client.execute(uri: "/things/7", method: .delete)
            #expect(answer.status == .methodNotAllowed)
            #expect(answer.headers[.allow] == "GET, HEAD")
            _ = try answer.document()
            let other = try await client.execute(uri: "/things", method: .get)
            #expect(other.headers[.allow] == "POST")
        }
    }

    @Test func `to an unforeseen error is 500 and tells nothing of the inside, but the log does`() async throws {
        let frame = frame()
        try await frame.test { client in
            let answer = try await client.execute(uri: "/fails", method: .get)
            #expect(answer.status == .internalServerError)
            #expect(!String(buffer: answer.body).contains("secret"))
            #expect(try answer.document().detail?.contains("traceId") == true)
        }
        let line = try #require(frame.log.lines.withLock { $0 }.first { $0.contains("\"level\":\"error\"") })
        #expect(line.contains("select secret from vault"))
        #expect(line.contains("\"http.path\":\"/fails\""))
    }

    @Test func `to input that a rule refused names the fields`() async throws {
        try await frame().test { client in
            let answer = try await client.execute(uri: "/refuses", method: .get)
            #expect(answer.status == .unprocessableContent)
            #expect(
                try answer.document().errors == [FieldFault(field: "/a", code: "required", message: "is \"missing\"")])
        }
    }

    @Test func `to an error of the web framework is a problem document, too`() async throws {
        try await frame().test { client in
            let answer = try await client.execute(uri: "/hummingbird", method: .get)
            #expect(answer.status == .badRequest)
            #expect(try answer.document().detail == "wrong \"query\"")
        }
    }

    @Test func `to a change is 503 with Retry-After while changes cannot be taken, and reading goes on`() async throws {
        let frame = frame()
        frame.refusal.problem.withLock { $0 = .unavailable("Messages wait.", retryAfter: .seconds(5)) }
        try await frame.test { client in
            let answer = try await client.execute(uri: "/things", method: .post)
            #expect(answer.status == .serviceUnavailable)
            #expect(answer.headers[.retryAfter] == "5")
            #expect(try answer.document().detail == "Messages wait.")
            #expect(try await client.execute(uri: "/things/7", method: .get).status == .ok)
        }
    }

    @Test func `is logged without a secret in its path, and without what the database quotes`() async throws {
        struct Quoting: Error, CustomStringConvertible, CustomDebugStringConvertible {
            let description = "programming 22P02"
            let debugDescription = "invalid input syntax for type integer: 13800138000"
        }
        let frame = Frame()
        frame.router.get("receipts/{secret}/{attempt}") { _, _ in Response(status: .noContent) }
        frame.router.get("quotes") { _, _ -> Response in throw Quoting() }
        try await frame.test { client in
            _ = try await client.execute(uri: "/receipts/open-sesame/7", method: .get)
            _ = try await client.execute(uri: "/quotes", method: .get)
        }
        let lines = frame.log.lines.withLock { $0 }
        #expect(lines.contains { $0.contains("receipts/{secret}/{attempt}") })
        #expect(lines.contains { $0.contains("programming 22P02") })
        #expect(lines.allSatisfy { !$0.contains("open-sesame") && !$0.contains("13800138000") })
    }

    @Test func `is logged without the query and counted by route`() async throws {
        let frame = frame()
        try await frame.test { client in
            _ = try await client.execute(uri: "/things/7?phone=13800138000", method: .get)
            _ = try await client.execute(uri: "/things/8", method: .get)
            _ = try await client.execute(uri: "/any/thing", method: .get)
        }
        let lines = frame.log.lines.withLock { $0 }.filter { $0.contains("\"message\":\"Request\"") }
        #expect(lines.count == 3)
        #expect(lines[0].contains("\"http.path\":\"/things/7\""))
        #expect(lines.allSatisfy { !$0.contains("13800138000") })
        let text = String(decoding: frame.registry.render(), as: UTF8.self)
        #expect(
            text.contains(
                "paidan_http_requests_total{method=\"GET\",route=\"/things/{id}\",service=\"intake\",status=\"200\"} 2\n"
            ))
        #expect(text.contains("route=\"NotFound\",service=\"intake\",status=\"404\"} 1\n"))
        #expect(text.contains("paidan_http_request_seconds_count{"))
    }
}

@Suite struct `A JSON body` {
    private struct Body: Codable {
        struct Customer: Codable {
            let phones: [String]
        }
        let count: Int
        let customer: Customer
        let flag: Bool?
        let at: Date?
    }

    private func send(_ text: String, type: String? = "application/json", limit: Int = 1 << 20) async throws
        -> TestResponse
    {
        let frame = Frame()
        frame.router.post("take") { request, _ in
            let body = try await request.json(Body.self, limit: limit)
            return try Response.json(body)
        }
        return try await frame.test { client in
            try await client.execute(
                uri: "/take", method: .post, headers: type.map { [.contentType: $0] } ?? [:],
                body: ByteBuffer(string: text))
        }
    }

    private let good = #"{"count":1,"customer":{"phones":["1"]},"more":{"x":[1]}}"#

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/cloudevents+json",
    ])
    func `is taken, unknown fields and all`(type: String) async throws {
        #expect(try await send(good, type: type).status == .ok)
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", nil])
    func `of another content type is 415`(type: String?) async throws {
        let answer = try await send(good, type: type)
        #expect(answer.status == .unsupportedMediaType)
        _ = try answer.document()
    }

    @Test func `that is too large is 413`() async throws {
        let answer = try await send("\"" + String(repeating: "x", count: 2 << 20) + "\"")
        #expect(answer.status == .contentTooLarge)
        _ = try answer.document()
        #expect(try await send(good, limit: good.utf8.count).status == .ok)
        #expect(try await send(good, limit: good.utf8.count - 1).status == .contentTooLarge)
    }

    @Test(arguments: ["[", "{\"a\":"])
    func `that is 10,000 levels deep is 400 and harms nobody`(opening: String) async throws {
        let answer = try await send(String(repeating: opening, count: 10_000))
        #expect(answer.status == .badRequest)
        #expect(try answer.document().detail?.contains("64 levels") == true)
    }

    @Test func `may be 64 levels deep, and brackets within texts do not count`() async throws {
        let deep = String(repeating: "[", count: 63) + String(repeating: "]", count: 63)
        #expect(
            try await send(good.replacing("[1]", with: deep + "").replacing("\"x\":", with: "\"x\":")).status
                == .badRequest)
        let near = String(repeating: "[", count: 62) + String(repeating: "]", count: 62)
        #expect(try await send(good.replacing("[1]", with: near)).status == .ok)
        let text = "\"" + String(repeating: "[\\\"{", count: 200) + "\""
        #expect(try await send(good.replacing("[1]", with: text)).status == .ok)
    }

    @Test(arguments: ["", "nonsense", "{\"count\":1,", "{\"count\":01}", "\u{FEFF}x", "{'a':1}"])
    func `that is no JSON is 400`(text: String) async throws {
        let answer = try await send(text)
        #expect(answer.status == .badRequest)
        #expect(try answer.document().type.hasSuffix("/malformed"))
    }

    @Test func `that is no JSON is 400 with the place`() async throws {
        let answer = try await send("{\"count\":1,\n  nonsense}")
        #expect(try answer.document().detail?.contains("line 2, column") == true)
    }

    @Test(arguments: [
        (#"{"count":"1","customer":{"phones":[]}}"#, "/count", "malformed"),
        (#"{"count":1.5,"customer":{"phones":[]}}"#, "/count", "malformed"),
        (#"{"count":1e99,"customer":{"phones":[]}}"#, "/count", "malformed"),
        (#"{"customer":{"phones":[]}}"#, "/count", "required"),
        (#"{"count":null,"customer":{"phones":[]}}"#, "/count", "required"),
        (#"{"count":1,"customer":{}}"#, "/customer/phones", "required"),
        (#"{"count":1,"customer":{"phones":["1",2]}}"#, "/customer/phones/1", "malformed"),
        (#"{"count":1,"customer":[]}"#, "/customer", "malformed"),
        (#"{"count":1,"customer":{"phones":[]},"flag":"yes"}"#, "/flag", "malformed"),
        (#"{"count":1,"customer":{"phones":[]},"at":"yesterday"}"#, "/at", "malformed"),
        (#"[]"#, "", "malformed"),
    ])
    func `with a wrong field is 422 and points to it`(text: String, field: String, code: String) async throws {
        let answer = try await send(text)
        #expect(answer.status == .unprocessableContent)
        let faults = try answer.document().errors
        #expect(faults?.map(\.field) == [field])
        #expect(faults?.map(\.code) == [code])
    }

    @Test func `crashes nobody, however it is damaged`() async throws {
        let frame = Frame()
        frame.router.post("take") { request, _ in
            _ = try await request.json(Body.self)
            return Response(status: .ok)
        }
        let good = Array(good.utf8)
        try await frame.test { client in
            var random = SystemRandomNumberGenerator()
            for _ in 0..<3000 {
                var bytes = good
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
                }
                let answer = try await client.execute(
                    uri: "/take", method: .post, headers: [.contentType: "application/json"],
                    body: ByteBuffer(bytes: bytes))
                #expect([200, 400, 422].contains(answer.status.code))
            }
        }
    }
}

@Suite struct `An idempotency key` {
    private func send(_ key: String?) async throws -> TestResponse {
        let frame = Frame()
        frame.router.post("take") { request, _ in try Response.json(["key": try request.idempotencyKey]) }
        return try await frame.test { client in
            try await client.execute(uri: "/take", method: .post, headers: key.map { [.idempotencyKey: $0] } ?? [:])
        }
    }

    @Test(arguments: [
        ("8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"), ("\"abc\"", "abc"),
    ])
    func `is read with and without quotation marks`(header: String, key: String) async throws {
        #expect(String(buffer: try await send(header).body) == "{\"key\":\"\(key)\"}")
    }

    @Test func `must be there`() async throws {
        #expect(try await send(nil).document().type.hasSuffix("/idempotency-key-missing"))
    }

    @Test(arguments: ["", "a b", "\"\"", "键", String(repeating: "x", count: 201)])
    func `must be 1 to 200 visible ASCII characters`(key: String) async throws {
        #expect(try await send(key).status == .badRequest)
    }
}
