@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import ServiceKit
import TestSupport
import Testing

private let path = "/api/dispatch/v1/sessions"

@Suite struct `Signing in` {
    @Test func `gives a token, good for the API and in a cookie, once for each password`() async throws {
        try await withDispatcher { dispatcher, client in
            let password = try await StaffPasswords.issue(login: "manager", pool: dispatcher.database.pool)
            let body = #"{"login":"Manager","password":" \#(password.uppercased()) "}"#
            let answer = try await client.call(.post, path, json: body)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["staff.name"] == "陈静")
            #expect(answer["staff.roles"] == "desk,manager")
            #expect(answer["staff.departments"] == "beijing,service,shanghai")
            let token = try #require(answer["token"])
            let cookie = try #require(answer.headers[.setCookie])
            #expect(cookie == "paidan=\(token); Path=/; Max-Age=43200; HttpOnly; SameSite=Lax")

            let me = try await client.call(.get, path + "/me", token: token)
            #expect(me["login"] == "manager")
            let byCookie = try await client.call(.get, path + "/me", headers: [.cookie: "paidan=\(token)"])
            #expect(byCookie["login"] == "manager")
            #expect(try await client.call(.get, path + "/me", token: token + "x").status == 401)
            #expect(try await client.call(.get, path + "/me").status == 401)

            let again = try await client.call(.post, path, json: body)
            #expect(again.status == 401)
            #expect(again.headers[.setCookie] == nil)
        }
    }

    @Test func `uses a password up once, however many try it at the same time`() async throws {
        try await withDispatcher { dispatcher, client in
            let password = try await StaffPasswords.issue(login: "desk", pool: dispatcher.database.pool)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await client.call(.post, path, json: #"{"login":"desk","password":"\#(password)"}"#).status
                    }
                }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 200 } == 1, "\(statuses)")
            #expect(statuses.allSatisfy { [200, 401, 429].contains($0) }, "\(statuses)")
        }
    }

    @Test func `locks a login after five failures, whether there is such a login or not`() async throws {
        try await withDispatcher { dispatcher, client in
            let pool = dispatcher.database.pool
            for login in ["engineer", "nobody"] {
                // Counted as the route does, without the time that a hash takes.
                for _ in 0..<4 { #expect(try await StaffStore().beginAttempt(login, in: pool) == .allowed) }
                let fifth = try await client.call(.post, path, json: #"{"login":"\#(login)","password":"wrong"}"#)
                #expect(fifth.status == 401)
                #expect(fifth["title"] == "Login or password is wrong.")
                let locked = try await client.call(.post, path, json: #"{"login":"\#(login)","password":"wrong"}"#)
                #expect(locked.status == 429)
                let wait = try #require(locked.headers[.retryAfter].flatMap { Int($0) })
                #expect((30...60).contains(wait))
            }
            // A minute later the next failure locks for two.
            try await pool.query("update dispatch.sign_in_attempt set locked_until = now() - interval '1 second'")
            let sixth = try await client.call(.post, path, json: #"{"login":"engineer","password":"wrong"}"#)
            #expect(sixth.status == 401)
            let locked = try await client.call(.post, path, json: #"{"login":"engineer","password":"wrong"}"#)
            #expect(locked.headers[.retryAfter].flatMap { Int($0) }.map { (90...120).contains($0) } == true)
            // Whoever may mint passwords may open the lock.
            let password = try await StaffPasswords.issue(login: "engineer", pool: pool)
            let good = try await client.call(.post, path, json: #"{"login":"engineer","password":"\#(password)"}"#)
            #expect(good.status == 200)
            let left = try await pool.query("select login from dispatch.sign_in_attempt").map {
                try $0.decode(String.self)
            }
            #expect(left == ["nobody"])
        }
    }

    @Test func `refuses expired passwords, replaced ones, and people who work here no more`() async throws {
        try await withDispatcher { dispatcher, client in
            let pool = dispatcher.database.pool
            func signIn(_ login: String, _ password: String) async throws -> Int {
                try await client.call(.post, path, json: #"{"login":"\#(login)","password":"\#(password)"}"#).status
            }
            let expired = try await StaffPasswords.issue(login: "desk", pool: pool)
            try await pool.query("update dispatch.staff_password set expires_at = now()")
            #expect(try await signIn("desk", expired) == 401)
            let replaced = try await StaffPasswords.issue(login: "desk", pool: pool)
            let newest = try await StaffPasswords.issue(login: "desk", pool: pool)
            #expect(try await signIn("desk", replaced) == 401)
            #expect(try await signIn("desk", newest) == 200)
            let leaver = try await StaffPasswords.issue(login: "admin", pool: pool)
            try await pool.query("update dispatch.staff set active = false where login = 'admin'")
            #expect(try await signIn("admin", leaver) == 401)
            await #expect(throws: StaffPasswords.UnknownLogin.self) {
                try await StaffPasswords.issue(login: "admin", pool: pool)
            }
            await #expect(throws: StaffPasswords.UnknownLogin.self) {
                try await StaffPasswords.issue(login: "'; drop table dispatch.staff; --", pool: pool)
            }
        }
    }

    @Test func `names the fields that are wrong`() async throws {
        try await withDispatcher { _, client in
            let answer = try await client.call(
                .post, path, json: #"{"login":"\#(String(repeating: "x", count: 65))"}"#)
            #expect(answer.status == 422)
            #expect(answer["errors.0.field"] == "/login")
            #expect(answer["errors.1.field"] == "/password")
            let zero = try await client.call(.post, path, json: #"{"login":"a\u0000","password":"x"}"#)
            #expect(zero.status == 422, "\(zero.text)")
        }
    }

    @Test func `publishes the key by which everybody can check a token`() async throws {
        try await withDispatcher { dispatcher, client in
            let keys = try await client.call(.get, "/api/dispatch/v1/keys")
            #expect(keys.status == 200)
            #expect(keys["keys.0.kty"] == "OKP")
            #expect(keys["keys.0.kid"] == dispatcher.settings.signer.keyID)
            #expect(!keys.text.contains("\"d\""))
        }
    }

    @Test(arguments: ["", "short", "not base64 at all!!", "AAAA"])
    func `does not start with a key that is none`(key: String) {
        #expect(throws: (any Error).self) {
            try DispatcherSettings(SettingsReader(environment: ["PAIDAN_IDENTITY_SIGNING_KEY": key]))
        }
    }
}

@Suite struct `The demo` {
    @Test func `can be filled in twice`() async throws {
        try await withDispatcher { dispatcher, _ in
            let pool = dispatcher.database.pool
            try await pool.query("update dispatch.staff set name = '王大磊' where login = 'engineer'")
            try await DispatcherDemo.fill(pool)
            let names = try await pool.query("select name from dispatch.staff where login = 'engineer'").map {
                try $0.decode(String.self)
            }
            #expect(names == ["王大磊"])
            #expect(DispatcherDemo.logins.count == 8)
        }
    }
}
