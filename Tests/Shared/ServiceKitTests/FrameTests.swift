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
