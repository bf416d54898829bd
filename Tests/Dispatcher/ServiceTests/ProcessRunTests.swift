import Contracts
@testable import DispatcherService
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

private let api = "/api/dispatch/v1"
private let path = "\(api)/work-orders"

extension DispatcherFixture {
    /// Puts a shipped process in force, as an administrator does.
    func putInForce(_ code: String, _ client: any TestClientProtocol) async throws {
        let answer = try await client.call(
            .post, "\(api)/processes/\(code)/versions/newest/in-force", token: try await token("admin"))
        guard answer.status == 204 else { throw NotInForce(answer: answer.text) }
    }

    struct NotInForce: Error {
        let answer: String
    }

    /// The messages of the outbox as their readers get them, oldest first.
    func messages() async throws -> [WorkMoved] {
        try await database.pool.query("select body from dispatch.outbox where type like 'work.%' order by id").map {
            try WireJSON.decode(WorkMoved.self, from: try $0.decode([UInt8].self))
        }
    }
}

@Suite struct `A repair on site, from the request to the call-back` {
    @Test func `runs through every step of its definition, and tells the customer of each`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let id = try await dispatcher.open()
            let tokens = [
                "desk": try await dispatcher.token("desk"), "engineer": try await dispatcher.token("engineer"),
                "finance": try await dispatcher.token("finance"),
            ]
            let engineer = try dispatcher.member("engineer").person.id
            func act(_ who: String, _ command: String, _ json: String? = nil) async throws -> Answer {
                let answer = try await client.call(.post, "\(path)/\(id)/\(command)", token: tokens[who], json: json)
                #expect(answer.status == 200, "\(command): \(answer.text)")
                return answer
            }
            let first = try await client.call(.get, "\(path)/\(id)", token: tokens["desk"])
            #expect(first["work.step"] == "confirm", "\(first.text)")
            #expect(first["work.fields.0.value"] == "从昨天起")

            _ = try await act("desk", "actions/to-pool")
            // Nobody accepts for five minutes: back to the desk (S3.15), who names an engineer.
            try await dispatcher.advance(.seconds(301))
            let back = try await client.call(.get, "\(path)/\(id)", token: tokens["desk"])
            #expect(back["work.step"] == "confirm", "\(back.text)")
            #expect(back["owner.name"] == "赵敏")
            #expect(try await dispatcher.notices(of: id).contains("desk nobody-accepted"))
            let named = try await act("desk", "actions/dispatch", #"{"candidate":{"staff":"\#(engineer)"}}"#)
            #expect(named["work.step"] == "offered")
            #expect(named["owner.name"] == "王磊")
            let mine = try await client.call(.get, path + "?view=mine", token: tokens["engineer"])
            #expect(mine["items.0.id"] == id.description)

            _ = try await act("engineer", "actions/accept")
            let opened = try await act("engineer", "actions/open-sheet", #"{"candidate":{"staff":"\#(engineer)"}}"#)
            #expect(opened["visits.0.step"] == "agreed", "\(opened.text)")
            let without = try await client.call(
                .post, "\(path)/\(id)/visits/1/actions/appoint", token: tokens["engineer"])
            #expect(without.status == 422)
            #expect(without["errors.0.field"] == "/fields/appointment")
            #expect(without["errors.0.code"] == "required")
            let appointed = try await act(
                "engineer", "visits/1/actions/appoint", #"{"fields":{"appointment":"2099-01-01T09:00:00+08:00"}}"#)
            #expect(appointed["visits.0.step"] == "travel")
            #expect(appointed["state"] == "accepted")
            let arrived = try await act("engineer", "visits/1/actions/arrive")
            #expect(arrived["state"] == "onSite")
            let sheet = try await act(
                "engineer", "visits/1/actions/finish",
                #"{"fields":{"handling":"换电容","result":"task-done","signature":"s-1"}}"#)
            #expect(sheet["work.step"] == "payment", "\(sheet.text)")
            #expect(sheet["visits.0.outcome"] == "done")
            let unpaid = try await client.call(
                .post, "\(path)/\(id)/actions/collected", token: tokens["engineer"],
                json: #"{"fields":{"paid":"0","pay_by":"cash"}}"#)
            #expect(unpaid.problem == "condition-failed")
            #expect(unpaid["words.zh"] == "没有收到款")
            _ = try await act("engineer", "actions/collected", #"{"fields":{"paid":20000,"pay_by":"wechat"}}"#)
            _ = try await act("finance", "actions/confirm-payment")
            let closed = try await act("desk", "actions/passed", #"{"fields":{"rating":"good"}}"#)
            #expect(closed["state"] == "closed", "\(closed.text)")

            let messages = try await dispatcher.messages()
            let told = messages.flatMap { message in
                (message.notices ?? []).filter { $0.to == "customer" }.map { "\($0.occasion): \($0.text?.zh ?? "")" }
            }
            #expect(
                told == [
                    "confirmed: 正在安排维修师傅", "confirmed: 正在安排维修师傅", "accept: 师傅已接单，将与您约定时间",
                    "visit-agreed: 师傅正在处理", "appointment: 待上门", "arrived: 上门处理", "closed: 已完成",
                ])
            #expect(messages.filter(\.wantsCallBack).map { $0.place?.step } == ["callback"])
            #expect(messages.last?.state == .closed)
            let steps = messages.filter(\.isStep).compactMap(\.place).map { $0.visit == nil ? $0.step : "1:\($0.step)" }
            #expect(
                steps == [
                    "offered", "confirm", "offered", "accepted", "1:agreed", "in-service", "1:travel", "1:on-site",
                    "1:solved", "payment", "finance", "callback", "closed",
                ])
            // Every message has its own version, without a gap.
            let versions = try await dispatcher.database.pool.query(
                "select aggregate_version from dispatch.outbox where type like 'work.%' order by id"
            ).map { try $0.decode(Int64.self) }
            #expect(versions == Array(2..<Int64(versions.count + 2)))
            #expect(
                try await dispatcher.database.pool.query(
                    "select 1 as one from dispatch.timer where fired_at is null and cancelled_at is null"
                ).isEmpty)
        }
    }

    @Test func `waits with an alarm while somebody has the work order, and hinders nobody`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let id = try await dispatcher.open()
            let desk = try await dispatcher.token("desk")
            #expect(try await client.call(.post, "\(path)/\(id)/actions/to-pool", token: desk).status == 200)
            try await dispatcher.database.pool.transaction { transaction in
                try await transaction.query(
                    "select 1 as one from dispatch.work_order where id = \(id.value) for update")
                try await dispatcher.advance(.seconds(301))
                let still = try await client.call(.get, "\(path)/\(id)", token: desk)
                #expect(still["work.step"] == "offered")
            }
            try await running([dispatcher.desk.timers]) {
                try await eventually("the work to come back to the desk") {
                    try await client.call(.get, "\(path)/\(id)", token: desk)["work.step"] == "confirm"
                }
            }
        }
    }

    @Test func `goes on after an alarm that nobody can serve any more, and the next alarm still comes`() async throws {
        try await withDispatcher { dispatcher, client in
            try await dispatcher.putInForce("s3-repair", client)
            let id = try await dispatcher.open()
            let desk = try await dispatcher.token("desk")
            for round in 1...2 {
                let offered = try await client.call(.post, "\(path)/\(id)/actions/to-pool", token: desk)
                #expect(offered.status == 200, "\(round): \(offered.text)")
                try await dispatcher.advance(.seconds(301))
                let back = try await client.call(.get, "\(path)/\(id)", token: desk)
                #expect(back["work.step"] == "confirm", "\(round): \(back.text)")
            }
            let fired = try await dispatcher.database.pool.query(
                "select 1 as one from dispatch.work_event where kind = 'timerFired'")
            #expect(fired.count == 2)
        }
    }
}

@Suite struct `A request that needs a grant` {
    /// A library's own process, with a role of its own and a suspension that the manager must grant.
    private static let text = """
        process: library
        version: 1
        title: 图书馆 / Library
        serves: {departments: [shanghai]}
        roles: {librarian: 馆员 / Librarian}
        fields:
          fee: {title: 费用 / Fee, type: money}
          shelfmark: {title: 内部 / Internal, visible-to: [librarian]}
        steps:
          shelf:
            title: 上架 / On the shelf
            owner: librarian
            actions:
              lend: {title: 借出 / Lend, by: [owner], fill: [fee, shelfmark], approval: [manager], to: lent}
          lent: {title: 已借出 / Lent, end: done}
        suspend: {by: [owner], approval: [manager], resume-by: [manager]}
        """

    @Test func `happens when it was granted, by somebody else, and not before`() async throws {
        try await withDispatcher { dispatcher, client in
            let admin = try await dispatcher.token("admin")
            let put = try await client.call(
                .post, "\(api)/processes", token: admin, json: try `A definition`.json(Self.text))
            #expect(put.status == 201, "\(put.text)")
            let id = try await dispatcher.open(1, department: "shanghai")
            let librarian = try await dispatcher.token("shanghai-station")
            let manager = try await dispatcher.token("manager")
            func post(_ command: String, _ token: String, _ json: String? = nil) async throws -> Answer {
                try await client.call(.post, "\(path)/\(id)/\(command)", token: token, json: json)
            }
            // Nobody has the role yet.
            #expect(try await post("actions/lend", librarian).problem == "role-missing")
            let member = try dispatcher.member("shanghai-station").person
            let given = try await client.call(
                .put, "\(api)/work-roles/librarian", token: admin, json: #"{"members":["\#(member.id)"]}"#)
            #expect(given.status == 204, "\(given.text)")
            let typo = try await client.call(
                .put, "\(api)/work-roles/libarian", token: admin, json: #"{"members":["\#(member.id)"]}"#)
            #expect(typo.status == 422)
            #expect(typo["errors.0.message"]?.contains("librarian") == true, "\(typo.text)")
            let roles = try await client.call(.get, "\(api)/work-roles", token: admin)
            #expect(roles["items.0.title.en"] == "Librarian")
            #expect(roles["items.0.staff.0.name"] == member.name)

            try await dispatcher.database.pool.query("update dispatch.staff set email = login || '@example.cn'")
            let asked = try await post("suspension", librarian, #"{"reason":"盘点"}"#)
            // All who may grant it are told, by the mail address, and nobody else.
            let told = try await dispatcher.messages().last?.approvers ?? []
            #expect(told.map(\.email) == ["admin@example.cn", "manager@example.cn"])
            #expect(asked["approvals.0.subject"] == "suspension", "\(asked.text)")
            #expect(asked["hold.kind"] == nil)
            let waiting = try await client.call(.get, path + "?view=approvals", token: manager)
            #expect(waiting["items.0.id"] == id.description)
            #expect(waiting["items.0.approvals.0.isMine"] == "1", "\(waiting.text)")
            #expect(try await post("approvals/1/grant", librarian).problem == "role-missing")
            let granted = try await post("approvals/1/grant", manager)
            #expect(granted["hold.kind"] == "suspended", "\(granted.text)")
            #expect(try await dispatcher.messages().last?.approvers == nil)
            #expect(try await post("actions/lend", librarian).problem == "on-hold")
            #expect(try await post("resumption", librarian).problem == "role-missing")
            #expect(try await post("resumption", manager).status == 200)

            let wanted = try await post(
                "actions/lend", librarian, #"{"fields":{"fee":"50","shelfmark":"A1"}}"#)
            #expect(wanted["approvals.0.fields.1.value"] == "A1", "\(wanted.text)")
            // Whoever grants it sees what he grants, and nothing that is not for him.
            let seen = try await client.call(.get, "\(path)/\(id)", token: manager)
            #expect(seen["approvals.0.fields.0.code"] == "fee", "\(seen.text)")
            #expect(seen["approvals.0.fields.0.value"] == "50")
            #expect(!seen.text.contains("A1"))
            let refused = try await post("approvals/2/refusal", manager, #"{"reason":"缺页"}"#)
            #expect(refused["work.step"] == "shelf", "\(refused.text)")
            #expect(refused["approvals.0.number"] == nil)
            #expect(try await post("approvals/2/grant", manager).problem == "no-such-approval")
            #expect(try await post("actions/lend", librarian).status == 200)
            let lent = try await post("approvals/3/grant", manager)
            #expect(lent["state"] == "closed", "\(lent.text)")
            let notices = try await client.call(.get, "\(api)/notices", token: librarian)
            #expect(notices.text.contains("\"approval-refused\""), "\(notices.text)")
        }
    }
}

@Suite struct `The page of a work order` {
    private static let text = """
        process: boxes
        version: 1
        title: 箱子 / Boxes
        serves: {departments: [shanghai]}
        fields:
          size: {title: 尺寸 / Size, type: choice, choices: {small: 小号 / Small, large: 大号 / Large}}
          agreed: {title: 约定 / Agreed, type: time}
        steps:
          taken:
            title: 受理 / Taken
            owner: engineer
            actions:
              measure: {title: 测量 / Measure, by: [owner], require: [size, agreed]}
              pack: {title: 打包 / Pack, by: [owner], to: packed}
          packed: {title: 已打包 / Packed, end: done}
        """

    @Test func `shows what is filled in, and times as people read them`() async throws {
        try await withDispatcher { dispatcher, client in
            let put = try await client.call(
                .post, "\(api)/processes", token: try await dispatcher.token("admin"),
                json: try `A definition`.json(Self.text))
            #expect(put.status == 201, "\(put.text)")
            let id = try await dispatcher.open(1, department: "shanghai")
            let engineer = try await dispatcher.token("engineer")
            let measured = try await client.call(
                .post, "\(path)/\(id)/actions/measure", token: engineer,
                json: #"{"fields":{"size":"large","agreed":"2026-11-24T01:30:00Z"}}"#)
            #expect(measured.status == 200, "\(measured.text)")
            let page = try await client.call(.get, "/m/\(id)", token: engineer, headers: [.acceptLanguage: "en"])
            #expect(page.text.contains("<dt>Size</dt><dd>Large</dd>"), "\(page.text)")
            #expect(page.text.contains("<dt>Agreed</dt><dd>2026-11-24 09:30</dd>"), "\(page.text)")
            #expect(page.text.firstMatch(of: /[0-9]T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z/) == nil, "\(page.text)")
            let seen = try await client.call(.get, "\(path)/\(id)", token: engineer)
            #expect(seen.text.contains(#""subject":"agreed, size""#), "\(seen.text)")
        }
    }
}
