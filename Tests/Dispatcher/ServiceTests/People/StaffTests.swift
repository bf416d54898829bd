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

private let api = "/api/dispatch/v1"

@Suite struct `Staff and departments` {
    private static let newcomer = """
        {"login":"Li.Ming","name":"李明","department":"shanghai","roles":["engineer"],"level":2,
         "phone":"138 0013 8000","email":"li.ming@example.cn"}
        """

    @Test func `are taken on, told to the others, and recorded, in one step`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let saidBefore = try await dispatcher.said(about: "staff").count
            let made = try await client.call(.post, api + "/staff", token: admin, json: Self.newcomer)
            #expect(made.status == 201, "\(made.text)")
            #expect(made["login"] == "li.ming")
            #expect(made["phone"] == "+8613800138000")
            let id = try #require(made["id"])
            #expect(made.headers[.location] == "\(api)/staff/\(id)")
            #expect(try await dispatcher.said(about: "staff").count == saidBefore + 1)
            #expect(try await dispatcher.record().last == "staffMade \(id) shanghai")
            // No telephone number on the record.
            let audit = try await client.call(.get, "\(api)/audit?subject=\(id)", token: admin)
            #expect(audit["items.0.details.phone"] == "changed")
            #expect(!audit.text.contains("13800138000"))

            let again = try await client.call(.post, api + "/staff", token: admin, json: Self.newcomer)
            #expect(again.status == 409)
            #expect(again.problem == "login-taken")
            #expect(again["words.zh"] == "该账号已被使用。")
            #expect(try await dispatcher.said(about: "staff").count == saidBefore + 1)
        }
    }

    @Test func `are found by department, role, skill and words, page by page`() async throws {
        try await withDispatcher { dispatcher, client in
            _ = try await ShanghaiRecords.make(dispatcher)
            let token = try await dispatcher.token("manager")
            func logins(_ query: String) async throws -> [String] {
                let answer = try await client.call(.get, "\(api)/staff?\(query)", token: token)
                return (0..<20).compactMap { answer["items.\($0).login"] }
            }
            #expect(try await logins("department=shanghai") == ["shanghai", "shanghai-station"])
            #expect(try await logins("role=engineer") == ["beijing", "engineer", "engineer2", "shanghai"])
            #expect(try await logins("skill=dell&level=3") == ["shanghai"])
            #expect(try await logins("skill=dell&level=4").isEmpty)
            #expect(try await logins("words=%E7%8E%8B") == ["engineer"])
            #expect(try await logins("department=rnd").isEmpty)
            #expect(try await logins("active=false").isEmpty)
            let page = try await client.call(.get, "\(api)/staff?limit=2", token: token)
            #expect(page["next"] == "beijing")
            #expect(try await logins("limit=1&after=beijing") == ["desk"])
            for bad in ["limit=0", "role=king", "active=maybe", "level=x"] {
                #expect(try await client.call(.get, "\(api)/staff?\(bad)", token: token).status == 422, "\(bad)")
            }
        }
    }

    @Test func `have no names that turn a line round or grow over their neighbours`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            for name in ["王\u{202E}明", "Wa\u{200B}ng", "x" + String(repeating: "\u{0301}", count: 30)] {
                let answer = try await client.call(
                    .post, api + "/staff", token: admin, json: Self.newcomer.replacing("李明", with: name))
                #expect(answer.status == 422 && answer["errors.0.field"] == "/name", "\(answer.text)")
            }
        }
    }

    @Test func `tell who looked at an older version what it is now`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let id = try dispatcher.member("engineer").person.id
            func change(_ name: String, version: Int) async throws -> Answer {
                try await client.call(
                    .put, "\(api)/staff/\(id)", token: admin,
                    json: """
                        {"name":"\(name)","department":"service","roles":["engineer"],"level":2,"expectedVersion":\(version)}
                        """)
            }
            #expect(try await change("王大磊", version: 1)["version"] == "2")
            let stale = try await change("王小磊", version: 1)
            #expect(stale.status == 409)
            #expect(stale.problem == "stale-version")
            #expect(stale["current.version"] == "2")
            #expect(stale["current.name"] == "王大磊")
            // Many at once: one gets it.
            let results = try await withThrowingTaskGroup(of: Int.self) { group in
                for place in 0..<6 { group.addTask { try await change("王\(place)", version: 2).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            #expect(results.count { $0 == 200 } == 1)
            #expect(results.count { $0 == 409 } == 5)
            let missing = try await client.call(
                .put, "\(api)/staff/\(id)", token: admin, json: #"{"name":"x","department":"service","roles":["desk"]}"#
            )
            #expect(missing["errors.0.field"] == "/expectedVersion")
        }
    }

    @Test func `lose their rights at once where rights are given`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            _ = try await StaffOperations(dispatcher.database.pool).add(
                "root", .init(name: "根", department: "service", roles: ["administrator"]))
            _ = try await StaffOperations(dispatcher.database.pool).change("admin", .init(roles: ["desk"]))
            // The token still says administrator.
            let refused = try await client.call(.post, api + "/staff", token: admin, json: Self.newcomer)
            #expect(refused.status == 403)
            #expect(refused.problem == "role-missing")
        }
    }

    @Test func `keep one administrator, and nobody changes his own rights`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let id = try dispatcher.member("admin").person.id
            let own = try await client.call(
                .put, "\(api)/staff/\(id)", token: admin,
                json: #"{"name":"吴昊","department":"service","roles":["administrator"],"expectedVersion":1}"#)
            #expect(own.problem == "own-rights")
            await #expect(throws: StaffOperations.Refused.self) {
                try await StaffOperations(dispatcher.database.pool).change("admin", .init(isActive: false))
            }
        }
    }

    @Test func `are given away as a file only for a reason, and on the record`() async throws {
        try await withDispatcher { dispatcher, client in
            _ = try await StaffOperations(dispatcher.database.pool).add(
                "formula", .init(name: "=1+1", department: "shanghai", roles: ["desk"], phone: "13800138000"))
            let exports = api + "/staff/exports"
            let manager = try await dispatcher.token("manager")
            #expect(try await client.call(.post, exports, token: manager, json: "{}").status == 422)
            let before = try await dispatcher.record().count
            let file = try await client.call(.post, exports, token: manager, json: #"{"reason":"年度通讯录"}"#)
            #expect(file.status == 200, "\(file.text)")
            #expect(file.text.contains("\"+8613800138000\""))
            #expect(file.text.contains("\"'=1+1\""))
            #expect(!file.text.contains("developer"))
            let record = try await dispatcher.record()
            #expect(record.count == before + 1)
            #expect(record.last == "staffExported service service")
            let engineer = try await dispatcher.token("engineer")
            #expect(
                try await client.call(.post, exports, token: engineer, json: #"{"reason":"no reason"}"#).status == 403)
        }
    }

    @Test func `are reset by an administrator of theirs with a one-time password`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try dispatcher.member("shanghai").person.id
            let issued = try await client.call(
                .post, "\(api)/staff/\(id)/one-time-password", token: try await dispatcher.token("admin"))
            let password = try #require(issued["password"])
            let entered = try await client.call(
                .post, api + "/sessions", json: #"{"login":"shanghai","password":"\#(password)"}"#)
            #expect(entered.status == 200)
            let list = try await client.call(
                .get, "\(api)/staff/\(id)/sessions", token: try await dispatcher.token("admin"))
            #expect(list["items.0.means"] == "oneTime")
            let ended = try await client.call(
                .delete, "\(api)/staff/\(id)/sessions", token: try await dispatcher.token("admin"))
            #expect(ended["ended"] == "1")
            #expect(try await client.call(.get, api + "/sessions/me", token: entered["token"]).status == 401)
            for login in ["shanghai-station", "manager", "developer"] {
                let answer = try await client.call(
                    .post, "\(api)/staff/\(id)/one-time-password", token: try await dispatcher.token(login))
                #expect([403, 404].contains(answer.status), "\(login)")
            }
        }
    }
}

@Suite struct `Departments` {
    @Test func `are made, moved and closed, and the tree stays a tree`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            func call(_ method: HTTPRequest.Method, _ code: String, _ json: String) async throws -> Answer {
                try await client.call(
                    method, api + "/departments" + (method == .post ? "" : "/\(code)"), token: admin, json: json)
            }
            let name = #""name":{"zh":"浦东站","en":"Pudong"}"#
            let made = try await call(.post, "", #"{"code":"pudong",\#(name),"parent":"shanghai","kind":"agent"}"#)
            #expect(made.status == 201, "\(made.text)")
            #expect(try await dispatcher.said(about: "department").last == "department.changed.v1")
            let loop = try await call(
                .put, "shanghai", #"{\#(name),"parent":"pudong","kind":"station","expectedVersion":1}"#)
            #expect(loop.problem == "department-loop")
            let used = try await call(
                .put, "shanghai", #"{\#(name),"parent":"service","isActive":false,"expectedVersion":1}"#)
            #expect(used.problem == "department-in-use")
            let top = try await call(.post, "", #"{"code":"top",\#(name)}"#)
            #expect(top.problem == "invalid")
            let foreign = try await call(.put, "rnd", #"{\#(name),"expectedVersion":1}"#)
            #expect(foreign.problem == "other-department")
            #expect(try await call(.put, "mars", #"{\#(name),"expectedVersion":1}"#).status == 404)
            let moved = try await call(
                .put, "pudong", #"{\#(name),"parent":"beijing","kind":"agent","expectedVersion":1}"#)
            #expect(moved["parent"] == "beijing")
            let closed = try await call(
                .put, "pudong", #"{\#(name),"parent":"beijing","kind":"agent","isActive":false,"expectedVersion":2}"#)
            #expect(closed["isActive"] == "0")
            let stale = try await call(.put, "pudong", #"{\#(name),"parent":"beijing","expectedVersion":2}"#)
            #expect(stale["current.version"] == "3")
            // Who signs in now has the new tree in his token.
            let session = try await dispatcher.signIn("beijing", client)
            #expect(session["staff.departments"] == "beijing,pudong")
        }
    }
}
