@testable import DispatcherService
import DispatcherDomain
import Contracts
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
    @Test func `gives tokens in cookies that no script reads, once for each one-time password`() async throws {
        try await withDispatcher { dispatcher, client in
            let password = try await StaffPasswords.issue(login: "manager", pool: dispatcher.database.pool)
            let body = #"{"login":"Manager","password":" \#(password.uppercased()) "}"#
            let answer = try await client.call(.post, path, json: body)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(answer["staff.name"] == "陈静")
            #expect(answer["staff.roles"] == "desk,manager")
            #expect(answer["staff.departments"] == "beijing,service,shanghai")
            #expect(answer["means"] == "oneTime")
            #expect(answer["refreshToken"] == nil)
            let token = try #require(answer["token"])
            let cookies = answer.headers[values: .setCookie]
            #expect(cookies.first == "paidan=\(token); Path=/; Max-Age=900; HttpOnly; SameSite=Lax")
            #expect(cookies.allSatisfy { $0.contains("; HttpOnly; SameSite=Lax") })
            #expect(
                cookies.contains { $0.hasPrefix("paidan_refresh=") && $0.contains("Path=/api/dispatch/v1/sessions;") })

            let me = try await client.call(.get, path + "/me", token: token)
            #expect(me["login"] == "manager")
            #expect(me["hasPassword"] == "0")
            let byCookie = try await client.call(.get, path + "/me", headers: [.cookie: "paidan=\(token)"])
            #expect(byCookie["login"] == "manager")
            #expect(try await client.call(.get, path + "/me", token: token + "x").status == 401)
            #expect(try await client.call(.get, path + "/me").status == 401)

            let again = try await client.call(.post, path, json: body)
            #expect(again.status == 401)
            #expect(again.problem == "sign-in-failed")
            #expect(again["words.zh"]?.hasPrefix("账号或密码错误") == true)
            #expect(again.headers[.setCookie] == nil)
        }
    }

    @Test func `uses a one-time password up once, however many try it at the same time`() async throws {
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

    @Test func `takes a chosen password, and ends the other sessions when another is chosen`() async throws {
        try await withDispatcher { dispatcher, client in
            let first = try await dispatcher.signIn("engineer", client)
            let other = try await dispatcher.signIn("engineer", client)
            let token = try #require(first["token"])
            func choose(_ new: String, present: String? = nil, token: String) async throws -> Answer {
                let fields = ["new": new, "present": present].compactMapValues { $0 }
                let json = String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
                return try await client.call(.put, "/api/dispatch/v1/password", token: token, json: json)
            }
            let short = try await choose("short", token: token)
            #expect(short.status == 422)
            #expect(short.problem == "password-unfit")
            #expect(try await choose("correct horse battery", token: token).status == 204)
            let renewal = #"{"refreshToken":"\#(try #require(other["refreshToken"]))"}"#
            #expect(try await client.call(.post, path + "/renewal", json: renewal).status == 401)
            let own = #"{"refreshToken":"\#(try #require(first["refreshToken"]))"}"#
            #expect(try await client.call(.post, path + "/renewal", json: own).status == 200)

            let signedIn = try await client.call(
                .post, path, json: #"{"login":"engineer","password":"correct horse battery"}"#)
            #expect(signedIn.status == 200, "\(signedIn.text)")
            let next = try #require(signedIn["token"])
            // An open browser is not enough.
            #expect(try await choose("another good one", token: next).problem == "wrong-password")
            #expect(try await choose("another good one", present: "no", token: next).status == 403)
            #expect(
                try await choose("another good one", present: "correct horse battery", token: next).status == 204)
            let old = try await client.call(
                .post, path, json: #"{"login":"engineer","password":"correct horse battery"}"#)
            #expect(old.status == 401)
            #expect(try await dispatcher.record().count { $0.hasPrefix("passwordChanged") } == 2)
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
            #expect(answer["errors.0.words.zh"] == "最多64个字节。")
            #expect(answer["errors.1.field"] == "/password")
            let zero = try await client.call(.post, path, json: #"{"login":"a\u0000","password":"x"}"#)
            #expect(zero.status == 422, "\(zero.text)")
        }
    }
}

@Suite struct `The throttle of sign-ins` {
    private func tryIt(
        _ login: String, _ password: String, from address: String, device: String? = nil,
        _ client: any TestClientProtocol
    ) async throws -> Answer {
        var headers: HTTPFields = [.forwardedFor: address]
        if let device { headers[.cookie] = "paidan_device=\(device)" }
        return try await client.call(
            .post, path, json: #"{"login":"\#(login)","password":"\#(password)"}"#, headers: headers)
    }

    /// Counts failures as the route does, without the time that a hash takes.
    private func fail(_ login: String, from address: String, times: Int, _ pool: PostgresPool) async throws {
        let counters = [
            SignInFailureStore.Counter(rule: .pair, key: SignInFailureStore.key(login: login, from: address)),
            SignInFailureStore.Counter(rule: .address, key: SignInFailureStore.key(address: address)),
            SignInFailureStore.Counter(rule: .login, key: SignInFailureStore.key(login: login)),
        ]
        for _ in 0..<times { _ = try await SignInFailureStore().begin(counters, in: pool) }
    }

    @Test func `locks login and address after five failures, whether there is such a login or not`() async throws {
        try await withDispatcher { dispatcher, client in
            let pool = dispatcher.database.pool
            for login in ["engineer", "nobody"] {
                try await fail(login, from: "192.0.2.1", times: 4, pool)
                let fifth = try await tryIt(login, "wrong", from: "192.0.2.1", client)
                #expect(fifth.status == 401)
                let locked = try await tryIt(login, "wrong", from: "192.0.2.1", client)
                #expect(locked.status == 429)
                #expect(locked.problem == "sign-in-locked")
                let wait = try #require(locked.headers[.retryAfter].flatMap { Int($0) })
                #expect((30...60).contains(wait))
                // Not from elsewhere.
                #expect(try await tryIt(login, "wrong", from: "192.0.2.2", client).status == 401)
            }
            // A minute later the next failure locks for two.
            try await pool.query("update dispatch.sign_in_failure set locked_until = now() - interval '1 second'")
            #expect(try await tryIt("engineer", "wrong", from: "192.0.2.1", client).status == 401)
            let locked = try await tryIt("engineer", "wrong", from: "192.0.2.1", client)
            #expect(locked.headers[.retryAfter].flatMap { Int($0) }.map { (90...120).contains($0) } == true)
            // Whoever may mint passwords lets him in, though the same stranger fails again meanwhile.
            let password = try await StaffPasswords.issue(login: "engineer", pool: pool)
            try await fail("engineer", from: "192.0.2.1", times: 6, pool)
            #expect(try await tryIt("engineer", "wrong", from: "192.0.2.1", client).status == 429)
            #expect(try await tryIt("engineer", password, from: "192.0.2.1", client).status == 200)
        }
    }

    @Test func `lets nobody lock another out: his device, his address and a one-time password get in`() async throws {
        try await withDispatcher { dispatcher, client in
            let pool = dispatcher.database.pool
            let session = try await dispatcher.signIn("engineer", client, from: "198.51.100.7")
            let chosen = try await client.call(
                .put, "/api/dispatch/v1/password", token: session["token"], json: #"{"new":"correct horse battery"}"#)
            #expect(chosen.status == 204)
            let known = try await tryIt("engineer", "correct horse battery", from: "198.51.100.7", client)
            let device = try #require(known.cookie("paidan_device"))
            // A stranger goes on from as many addresses as he likes.
            for place in 0..<8 { try await fail("engineer", from: "203.0.113.\(place)", times: 4, pool) }
            let stranger = try await tryIt("engineer", "correct horse battery", from: "203.0.113.99", client)
            #expect(stranger.status == 429)
            let wait = try #require(stranger.headers[.retryAfter].flatMap { Int($0) })
            #expect(wait <= 900)
            #expect(try await tryIt("engineer", "correct horse battery", from: "198.51.100.7", client).status == 200)
            let moved = try await tryIt(
                "engineer", "correct horse battery", from: "203.0.113.98", device: device, client)
            #expect(moved.status == 200)
            let forged = try await tryIt(
                "engineer", "correct horse battery", from: "203.0.113.96", device: "A" + device.dropFirst(), client)
            #expect(forged.status == 429)
            // Somebody else's device is no use.
            let other = KnownDevice(login: "desk", name: "x").text(dispatcher.settings.secret)
            #expect(
                try await tryIt("engineer", "correct horse battery", from: "203.0.113.97", device: other, client).status
                    == 429)
        }
    }

    @Test func `holds up an address that tries many logins`() async throws {
        try await withDispatcher { dispatcher, client in
            let pool = dispatcher.database.pool
            for login in 0..<30 { try await fail("login\(login)", from: "203.0.113.5", times: 1, pool) }
            #expect(try await tryIt("engineer", "wrong", from: "203.0.113.5", client).status == 429)
            #expect(try await tryIt("engineer", "wrong", from: "203.0.113.6", client).status == 401)
        }
    }

    @Test(arguments: [
        ("192.0.2.1", "192.0.2.1"), ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"), ("2001:DB8::1", "2001:db8:0:0::/64"),
        ("::1", "0:0:0:0::/64"), ("::ffff:192.0.2.1", "192.0.2.1"),
    ])
    func `counts an IPv6 subscriber as one`(address: String, network: String) {
        #expect(ClientAddress.network(of: address) == network)
    }
}

@Suite struct `The keys of the sign-in` {
    @Test func `are published, without their private halves`() async throws {
        try await withDispatcher { dispatcher, client in
            let keys = try await client.call(.get, "/api/dispatch/v1/keys")
            #expect(keys.status == 200)
            #expect(keys["keys.0.kty"] == "OKP")
            #expect(keys["keys.0.kid"] == dispatcher.settings.signer.keyID)
            #expect(!keys.text.contains("\"d\""))
        }
    }

    @Test func `are taken as long as they are in the settings, and the first signs`() throws {
        let (old, new) = (TokenSigner(), TokenSigner())
        func settings(_ signers: TokenSigner...) throws -> DispatcherSettings {
            let text = signers.map { Data($0.privateKey).base64EncodedString() }.joined(separator: ", ")
            return try DispatcherSettings(SettingsReader(environment: ["PAIDAN_IDENTITY_SIGNING_KEY": text]))
        }
        let before = try settings(old)
        let during = try settings(new, old)
        let after = try settings(new)
        #expect(during.publicKeys.map(\.x) == [new.publicKey.x, old.publicKey.x])
        #expect(during.signer.publicKey.x == new.publicKey.x)
        let token = RefreshToken(session: UUID(), generation: 3)
        #expect(RefreshToken(token.text(before.secret), during.secret) == token)
        #expect(RefreshToken(token.text(before.secret), after.secret) == nil)
        #expect(RefreshToken(token.text(during.secret), after.secret) == token)
        // A mark for one purpose is none for another.
        #expect(KnownDevice(token.text(after.secret), after.secret) == nil)
    }

    @Test(arguments: ["", "short", "not base64 at all!!", "AAAA", ","])
    func `let nothing start that are none`(key: String) {
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
            #expect(DispatcherDemo.logins.count == 15)
            #expect(try await dispatcher.said(about: "staff").count == 15)
        }
    }
}
