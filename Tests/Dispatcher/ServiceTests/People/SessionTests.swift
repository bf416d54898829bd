@testable import DispatcherService
import ServiceKit
import DispatcherDomain
import Contracts
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

private let path = "/api/dispatch/v1/sessions"

@Suite struct `A session` {
    private func renew(_ token: String?, _ client: any TestClientProtocol) async throws -> Answer {
        try await client.call(.post, path + "/renewal", json: #"{"refreshToken":"\#(token ?? "")"}"#)
    }

    @Test func `is renewed by a token that changes each time`() async throws {
        try await withDispatcher { dispatcher, client in
            let first = try await dispatcher.signIn("desk", client)
            let second = try await renew(first["refreshToken"], client)
            #expect(second.status == 200, "\(second.text)")
            #expect(second["refreshToken"] != first["refreshToken"])
            #expect(second["staff.login"] == "desk")
            let third = try await renew(second["refreshToken"], client)
            #expect(third.status == 200)
            #expect(try await client.call(.get, path + "/me", token: third["token"]).status == 200)
        }
    }

    @Test func `gives the same once more when an answer was lost, and ends when an old token comes later`() async throws
    {
        try await withDispatcher { dispatcher, client in
            let first = try await dispatcher.signIn("desk", client)
            let second = try await renew(first["refreshToken"], client)
            let repeated = try await renew(first["refreshToken"], client)
            #expect(repeated["refreshToken"] == second["refreshToken"])
            // Half a minute later it is a copy.
            try await dispatcher.database.pool.query(
                "update dispatch.sign_in_session set renewed_at = now() - interval '31 seconds'")
            let stolen = try await renew(first["refreshToken"], client)
            #expect(stolen.status == 401)
            #expect(stolen.problem == "session-over")
            #expect(try await renew(second["refreshToken"], client).status == 401)
            let ends = try await dispatcher.database.pool.query("select ended_because from dispatch.sign_in_session")
            let words = try ends.map { try $0.decode(String.self) }
            #expect(words == ["tokenReused"])
        }
    }

    @Test func `of two that renew at the same time both go on`() async throws {
        try await withDispatcher { dispatcher, client in
            let first = try await dispatcher.signIn("desk", client)
            let tokens = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<6 { group.addTask { try await renew(first["refreshToken"], client)["refreshToken"] } }
                return try await group.reduce(into: Set<String?>()) { $0.insert($1) }
            }
            #expect(tokens.count == 1 && !tokens.contains(nil))
        }
    }

    @Test(arguments: ["", "x", "a.b", String(repeating: "A", count: 2500)])
    func `is not had by guessing`(token: String) async throws {
        try await withDispatcher { _, client in
            let answer = try await renew(token, client)
            #expect(answer.status == 401)
        }
    }

    @Test func `is over when it was idle for too long, and at its end however often it was renewed`() async throws {
        try await withDispatcher { dispatcher, client in
            let pool = dispatcher.database.pool
            let idle = try await dispatcher.signIn("desk", client)
            try await pool.query("update dispatch.sign_in_session set renewed_at = now() - interval '8 days'")
            #expect(try await renew(idle["refreshToken"], client).status == 401)
            let old = try await dispatcher.signIn("desk", client)
            try await pool.query("update dispatch.sign_in_session set expires_at = now()")
            #expect(try await renew(old["refreshToken"], client).status == 401)
        }
    }

    @Test func `is seen and ended by its owner, one or all, and by nobody else`() async throws {
        try await withDispatcher { dispatcher, client in
            let here = try await dispatcher.signIn("desk", client, from: "198.51.100.1")
            let there = try await dispatcher.signIn("desk", client, from: "198.51.100.2")
            let list = try await client.call(.get, path, token: here["token"])
            #expect(list["items.0.address"] == "198.51.100.2")
            #expect(list["items.1.isPresent"] == "1")
            #expect(list["items.2.id"] == nil)
            let id = try #require(list["items.0.id"])
            let other = try await dispatcher.signIn("engineer", client)
            #expect(try await client.call(.delete, "\(path)/\(id)", token: other["token"]).status == 404)
            #expect(try await client.call(.delete, "\(path)/\(id)", token: here["token"]).status == 204)
            #expect(try await renew(there["refreshToken"], client).status == 401)
            // The access token that is out is no longer good where sessions are known.
            #expect(try await client.call(.get, path + "/me", token: there["token"]).status == 401)
            #expect(try await client.call(.delete, path, token: here["token"]).status == 204)
            #expect(try await renew(here["refreshToken"], client).status == 401)
            #expect(try await renew(other["refreshToken"], client).status == 200)
        }
    }

    @Test func `is ended by signing out, also when the access token has run out`() async throws {
        try await withDispatcher { dispatcher, client in
            let session = try await dispatcher.signIn("desk", client)
            let refresh = try #require(session["refreshToken"])
            let foreign = try await client.call(.delete, path + "/me", headers: [.cookie: "paidan_refresh=\(refresh)"])
            #expect(foreign.status == 403)
            let out = try await client.call(
                .delete, path + "/me", headers: [.cookie: "paidan_refresh=\(refresh)", .init("X-Paidan")!: "1"])
            #expect(out.status == 204)
            #expect(out.cookie("paidan_refresh") == "")
            #expect(try await renew(refresh, client).status == 401)
        }
    }

    @Test func `in a browser is renewed for our own pages only`() async throws {
        try await withDispatcher { dispatcher, client in
            let session = try await dispatcher.signIn("desk", client)
            let cookie = "paidan_refresh=\(try #require(session["refreshToken"]))"
            let foreign = try await client.call(
                .post, path + "/renewal", headers: [.cookie: cookie, .init("Sec-Fetch-Site")!: "cross-site"])
            #expect(foreign.status == 403)
            let own = try await client.call(
                .post, path + "/renewal", headers: [.cookie: cookie, .init("Sec-Fetch-Site")!: "same-origin"])
            #expect(own.status == 200)
            #expect(own.cookie("paidan") == own["token"])
        }
    }

    @Test func `ends with the account`() async throws {
        try await withDispatcher { dispatcher, client in
            let session = try await dispatcher.signIn("engineer2", client)
            let operations = StaffOperations(dispatcher.database.pool)
            _ = try await operations.change("engineer2", .init(isActive: false))
            #expect(try await renew(session["refreshToken"], client).status == 401)
            #expect(try await client.call(.get, path + "/me", token: session["token"]).status == 401)
        }
    }
}
