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

@Suite struct `A JSON body` {
    private struct Body: Codable {
        struct Customer: Codable {
            let phones: [String]
        }
        struct Tree: Codable {
            let branches: [Tree]

            init(from decoder: any Decoder) throws { branches = try decoder.singleValueContainer().decode([Tree].self) }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.singleValueContainer()
                try container.encode(branches)
            }
        }
        /// Read by two that know one key each.
        struct Either: Codable {
            let one: Int?
            let other: Int?

            private enum One: String, CodingKey { case one }
            private enum Other: String, CodingKey { case other }

            init(from decoder: any Decoder) throws {
                one = try decoder.container(keyedBy: One.self).decodeIfPresent(Int.self, forKey: .one)
                other = try decoder.container(keyedBy: Other.self).decodeIfPresent(Int.self, forKey: .other)
            }
        }
        let count: Int
        let customer: Customer
        let flag: Bool?
        let at: Date?
        let byName: [String: Customer]?
        let list: [Either]?
        let tree: Tree?
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

    private let good = #"{"count":1,"customer":{"phones":["1"]}}"#

    @Test(arguments: [
        "application/json", "application/json; charset=utf-8", "APPLICATION/JSON", "application/cloudevents+json",
    ])
    func `is taken`(type: String) async throws {
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
        let tree = { (depth: Int) in
            let nested = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            return #"{"count":1,"customer":{"phones":["1"]},"tree":\#(nested)}"#
        }
        #expect(try await send(tree(64)).status == .badRequest)
        #expect(try await send(tree(63)).status == .ok)
        let text = "\"" + String(repeating: "[\\\"{", count: 200) + "\""
        #expect(try await send(good.replacing("\"1\"", with: text)).status == .ok)
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

    @Test(arguments: [
        (#"{"count":1,"customer":{"phones":[]},"more":{"x":[1]},"Flag":true}"#, ["/Flag", "/more"]),
        (#"{"count":1,"customer":{"phones":[],"fone/no":1}}"#, ["/customer/fone~1no"]),
        (#"{"count":1,"customer":{"phones":[]},"byName":{"any":{"phones":[],"x":1}}}"#, ["/byName/any/x"]),
        (#"{"count":1,"customer":{"phones":[]},"list":[{"one":1,"other":2},{"neither":3}]}"#, ["/list/1/neither"]),
    ])
    func `with a field that nobody reads is 422 and points to it`(text: String, fields: [String]) async throws {
        let answer = try await send(text)
        #expect(answer.status == .unprocessableContent)
        let faults = try answer.document().errors
        #expect(faults?.map(\.field) == fields)
        #expect(Set(faults?.map(\.code) ?? []) == ["unknownField"])
        #expect(String(buffer: answer.body).contains("没有此字段。"))
    }

    @Test func `names a missing field and the misspelt one together`() async throws {
        let faults = try await send(#"{"count":1,"custommer":{"phones":[]}}"#).document().errors
        #expect(faults?.map(\.field) == ["/customer", "/custommer"])
        #expect(faults?.map(\.code) == ["required", "unknownField"])
    }

    @Test func `with very many fields that nobody reads gets a short answer`() async throws {
        let many = (0..<1000).map { "\"\(String(repeating: "x", count: 200))\($0)\":1" }.joined(separator: ",")
        let answer = try await send("{\"count\":1,\"customer\":{\"phones\":[]},\(many)}")
        #expect(try answer.document().errors?.count == 20)
        #expect(answer.body.readableBytes < 10_000)
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
