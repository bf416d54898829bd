@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

@Suite struct `The pages` {
    @Test func `sign in by a form and lead through the work with one button each`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let form = try await client.call(.get, "/signin", headers: [.acceptLanguage: "en-GB,en;q=0.9"])
            #expect(form.text.contains("Sign in"))
            #expect(try await client.call(.get, "/signin").text.contains("登录"))
            let stranger = try await client.call(.get, "/m")
            #expect(stranger.status == 303)
            #expect(stranger.headers[.location] == "/api/dispatch/v1/sessions/renewal?to=/m")
            let turnedAway = try await client.call(.get, "/api/dispatch/v1/sessions/renewal?to=/m")
            #expect(turnedAway.headers[.location] == "/signin")

            let password = try await StaffPasswords.issue(login: "engineer", pool: dispatcher.database.pool)
            let wrong = try await client.post("/signin", form: "login=engineer&password=x")
            #expect(wrong.status == 401)
            #expect(wrong.text.contains("账号或密码错误"))
            let entered = try await client.post(
                "/signin", form: "login=engineer&password=\(password.replacing("-", with: "+"))")
            #expect(entered.status == 303)
            let cookie = "paidan=\(try #require(entered.cookie("paidan")))"

            for (button, state) in [("接单", "待接单"), ("出发", "已接单"), ("到达", "途中"), ("完成", "现场处理")] {
                let page = try await client.call(.get, "/m", headers: [.cookie: String(cookie)])
                #expect(page.text.contains(state))
                // What a customer wrote is shown, not run.
                #expect(page.text.contains("空调不制冷 &quot;&#39;&lt;b&gt;"))
                let match = try #require(
                    page.text.firstMatch(
                        of:
                            /action="(\/m\/[^"]+)"><input type="hidden" name="revision" value="(\d+)">(?:<label>[^<]*<input[^>]*><\/label>)*<button>(.+?)<\/button>/
                    ))
                #expect(match.3 == button)
                #expect(match.1.hasPrefix("/m/\(id)/"))
                let taken = try await client.post(String(match.1), form: "revision=\(match.2)", cookie: String(cookie))
                #expect(taken.status == 303, "\(taken.text)")
            }
            #expect(try await dispatcher.said().last == "work.done.v1")
            let late = try await client.post("/m/\(id)/accept", form: "revision=1", cookie: String(cookie))
            #expect(late.status == 303)

            // The access token has run out: the page comes back by the refresh token.
            let refresh = "paidan_refresh=\(try #require(entered.cookie("paidan_refresh")))"
            let renewed = try await client.call(
                .get, "/api/dispatch/v1/sessions/renewal?to=/m", headers: [.cookie: refresh])
            #expect(renewed.headers[.location] == "/m")
            let next = "paidan=\(try #require(renewed.cookie("paidan")))"
            #expect(try await client.call(.get, "/m", headers: [.cookie: next]).status == 200)

            let left = try await client.post("/signout", form: "", cookie: next)
            #expect(left.cookie("paidan") == "")
            let over = try await client.call(
                .get, "/api/dispatch/v1/sessions/renewal?to=/m",
                headers: [.cookie: "paidan_refresh=\(try #require(renewed.cookie("paidan_refresh")))"])
            #expect(over.headers[.location] == "/signin")
        }
    }

    @Test func `take no form from another site`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let cookie = "paidan=\(try await dispatcher.token("engineer"))"
            let foreign = try await client.post("/m/\(id)/accept", form: "", cookie: cookie, site: "cross-site")
            #expect(foreign.status == 403)
            #expect(try await client.post("/signin", form: "login=a&password=b", site: "cross-site").status == 403)
            // A browser without TLS says only the origin.
            let named = try await client.post(
                "/signin", form: "login=a&password=b", site: nil, origin: "http://other.example")
            #expect(named.status == 403)
            #expect(try await dispatcher.said().isEmpty)
        }
    }

    @Test(arguments: ["//evil.example", "/\\evil.example", "https://evil.example", "/m\r\nX: y", ""])
    func `send nobody to another site`(target: String) {
        #expect(ReturnPath(target).path == "/m")
    }

    @Test func `say so when somebody was quicker`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let first = "paidan=\(try await dispatcher.token("engineer2"))"
            let second = "paidan=\(try await dispatcher.token("engineer"))"
            #expect(try await client.post("/m/\(id)/accept", form: "revision=2", cookie: first).status == 303)
            let late = try await client.post("/m/\(id)/accept", form: "revision=2", cookie: second)
            #expect(late.status == 409)
            #expect(late.text.contains("李强"), "\(late.text)")
        }
    }
}

extension TestClientProtocol {
    /// As a browser sends a form.
    fileprivate func post(
        _ path: String, form: String, cookie: String? = nil, site: String? = "same-origin", origin: String? = nil
    ) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/x-www-form-urlencoded"]
        headers[.secFetchSite] = site
        headers[.origin] = origin
        if let cookie { headers[.cookie] = cookie }
        return try await execute(uri: path, method: .post, headers: headers, body: .init(string: form)) { response in
            Answer(status: response.status.code, headers: response.headers, body: Data(response.body.readableBytesView))
        }
    }
}
