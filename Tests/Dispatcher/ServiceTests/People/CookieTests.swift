import Contracts
import DispatcherDomain
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import ServiceKit
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

@Suite struct `A browser's sign-in` {
    @Test func `travels over TLS only when it is so set, and goes with the sign-out`() async throws {
        try await withDispatcher(settings: ["PAIDAN_IDENTITY_COOKIE_SECURE": "true"]) { dispatcher, client in
            let password = try await StaffPasswords.issue(login: "desk", pool: dispatcher.database.pool)
            let entered = try await client.call(
                .post, api + "/sessions", json: #"{"login":"desk","password":"\#(password)"}"#)
            let cookies = entered.headers[values: .setCookie]
            #expect(cookies.count == 3)
            #expect(cookies.allSatisfy { $0.hasSuffix("; HttpOnly; SameSite=Lax; Secure") }, "\(cookies)")
            let out = try await client.call(
                .delete, api + "/sessions/me", token: entered["token"])
            for name in ["paidan", "paidan_refresh"] {
                #expect(out.cookie(name) == "")
                #expect(
                    out.headers[values: .setCookie].contains { $0.hasPrefix("\(name)=;") && $0.contains("Max-Age=0;") })
            }
        }
    }

    @Test func `is no help to another site's page, whatever change it sends`() async throws {
        try await withDispatcher { dispatcher, client in
            let token = try await dispatcher.token("admin")
            let before = try await dispatcher.record()
            let routes = DispatcherService.router(dispatcher.kit, dispatcher.settings).routes
                .filter { ![.get, .head].contains($0.method) }
            #expect(routes.count > 30)
            // Without anybody's cookie to help it; a form cannot send its JSON. Nor where the link alone says who asks.
            let open = "POST \(api)/sessions"
            for route in routes
            where "\(route.method.rawValue) \(route.path)" != open && !route.path.description.contains("{token}") {
                let path = route.path.description.replacing("{id}", with: UUID().uuidString)
                    .replacing("{code}", with: "service")
                for site: HTTPFields in [
                    [.init("Sec-Fetch-Site")!: "cross-site"], [.init("Sec-Fetch-Site")!: "same-site"],
                    [.origin: "https://evil.example"],
                ] {
                    var headers = site
                    headers[.cookie] = "paidan=\(token); paidan_refresh=\(token)"
                    headers[.contentType] = "application/x-www-form-urlencoded"
                    let answer = try await client.call(route.method, path, headers: headers)
                    // A form cannot send what is read as JSON, either.
                    #expect(
                        [403, 415].contains(answer.status),
                        "\(route.method) \(path) \(site): \(answer.status) \(answer.text)")
                }
            }
            let form = try await client.call(
                .post, api + "/sessions", headers: [.contentType: "text/plain", .origin: "https://evil.example"])
            #expect(form.status == 415)
            #expect(try await dispatcher.record() == before)
        }
    }
}

@Suite struct `A change of the signing key` {
    private struct Stage {
        let keys: [TokenSigner]
        let oldIsGood: Bool
        let newIsGood: Bool
    }

    @Test func `signs nobody out while both keys are set, and ends the old one's tokens when it is left away`()
        async throws
    {
        let (old, new) = (TokenSigner(), TokenSigner())
        for stage in [
            Stage(keys: [old], oldIsGood: true, newIsGood: false),
            Stage(keys: [new, old], oldIsGood: true, newIsGood: true),
            Stage(keys: [new], oldIsGood: false, newIsGood: true),
        ] {
            let (oldSigner, newSigner) = (try Self.signer(old), try Self.signer(new))
            let first = stage.newIsGood ? newSigner : oldSigner
            let published = stage.keys.map(\.publicKey.x)
            try await withDispatcher(settings: Self.settings(stage.keys)) { dispatcher, client in
                let keys = try await client.call(.get, api + "/keys")
                #expect((0..<3).compactMap { keys["keys.\($0).x"] } == published)
                let byOld = try await Self.me(oldSigner, dispatcher, client)
                #expect(byOld == (stage.oldIsGood ? 200 : 401))
                let byNew = try await Self.me(newSigner, dispatcher, client)
                #expect(byNew == (stage.newIsGood ? 200 : 401))
                let entered = try await dispatcher.signIn("desk", client)
                let header = entered["token"]?.split(separator: ".").first.flatMap { Base64URL.decode($0) } ?? []
                #expect(String(decoding: header, as: UTF8.self).contains(first.keyID))
            }
        }
    }

    private static func settings(_ keys: [TokenSigner]) -> [String: String] {
        let texts = keys.map { Data($0.privateKey).base64EncodedString() }
        return ["PAIDAN_IDENTITY_SIGNING_KEY": texts.joined(separator: ",")]
    }

    /// As the dispatcher with this key alone would sign.
    private static func signer(_ key: TokenSigner) throws -> TokenSigner {
        try DispatcherSettings(SettingsReader(environment: settings([key]))).signer
    }

    private static func me(
        _ signer: TokenSigner, _ dispatcher: DispatcherFixture, _ client: any TestClientProtocol
    ) async throws -> Int {
        let member = try dispatcher.member("desk")
        let token = try await signer.sign(
            TokenClaims(
                staff: member.person.id, name: member.person.name, roles: member.roles,
                departments: member.departments.sorted(), expiresAt: Date(timeIntervalSinceNow: 3600)))
        return try await client.call(.get, api + "/sessions/me", token: token).status
    }
}
