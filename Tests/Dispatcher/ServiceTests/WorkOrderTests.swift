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

private let path = "/api/dispatch/v1/work-orders"

@Suite struct `A work order` {
    @Test func `is answered by where it stands when no more is asked for, and as a whole otherwise`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            func step(_ action: String, _ preference: String) async throws -> Answer {
                try await client.call(
                    .post, "\(path)/\(id)/actions/\(action)", token: engineer,
                    headers: [.init("Prefer")!: preference])
            }
            let accepted = try await step("accept", "respond-async, Return=\"minimal\"; foo=bar")
            #expect(accepted.status == 200, "\(accepted.text)")
            #expect(accepted.headers[.init("Preference-Applied")!] == "return=minimal")
            let members = try #require(try JSONSerialization.jsonObject(with: accepted.body) as? [String: Any])
            #expect(Set(members.keys) == ["id", "revision", "state", "step", "changedAt"])
            #expect(accepted["state"] == "accepted" && accepted["step"] == "accepted")
            let shown = try await client.call(.get, "\(path)/\(id)", token: engineer)
            #expect(accepted["revision"] == shown["revision"] && accepted["changedAt"] == shown["changedAt"])

            let departed = try await step("depart", "return=representation, return=minimal")
            #expect(departed["work.step"] == "travelling", "\(departed.text)")
            #expect(departed.headers[.init("Preference-Applied")!] == nil)
            let refused = try await step("accept", "return=minimal")
            #expect(refused.status == 200 || refused.status == 409, "\(refused.text)")
        }
    }

    @Test func `goes from the pool to its close by the API, and every step is told and kept`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            let desk = try await dispatcher.token("desk")
            let pool = try await client.call(.get, path + "?view=pool", token: engineer)
            #expect(pool["items.0.id"] == id.description, "\(pool.text)")
            #expect(pool["items.0.possible"] == "accept")
            #expect(pool["items.0.work.title.zh"] == "待接单")
            #expect(pool["items.0.process.code"] == "simple-repair")

            let steps = [
                ("accept", "accepted"), ("depart", "travelling"), ("arrive", "onSite"), ("finish", "done"),
            ]
            var revision = pool["items.0.revision"]
            for (place, (step, state)) in steps.enumerated() {
                let answer = try await client.call(
                    .post, "\(path)/\(id)/actions/\(step)", token: engineer,
                    json: #"{"reason":"第\#(place)步","expectedRevision":\#(revision ?? "0")}"#)
                #expect(answer.status == 200, "\(answer.text)")
                #expect(answer["state"] == state)
                #expect(answer["owner.name"] == (step == "finish" ? nil : "王磊"))
                revision = answer["revision"]
            }
            let closed = try await client.call(.post, "\(path)/\(id)/actions/close", token: desk)
            #expect(closed.status == 200, "\(closed.text)")
            #expect(closed["state"] == "closed")
            #expect(closed["work.outcome"] == "done")

            let whole = try await client.call(.get, "\(path)/\(id)", token: desk)
            #expect(whole["ticket.number"] == "T1000001")
            #expect(whole["customer.phone"] == "+8613800138000")
            let history = (0..<40).compactMap { index in whole["history.\(index).kind"].map { (index, $0) } }
            #expect(history.map { $0.1 }.filter { $0 == "moved" }.count == 5)
            let acted = history.filter { $0.1 == "acted" }.map { $0.0 }
            #expect(acted.map { whole["history.\($0).subject"] } == ["accept", "depart", "arrive", "finish", "close"])
            #expect(acted.map { whole["history.\($0).actor.name"] } == ["王磊", "王磊", "王磊", "王磊", "赵敏"])
            #expect(acted.first.flatMap { whole["history.\($0).reason"] } == "第0步")
            #expect(whole["errands.0.kind"] == "call-back")
            #expect(whole["errands.0.doneAt"] == nil)
            let number = try #require(whole["errands.0.number"])
            func done(_ number: String, _ token: String, _ json: String? = nil) async throws -> Answer {
                try await client.call(.post, "\(path)/\(id)/errands/\(number)/done", token: token, json: json)
            }
            let ticked = try await done(number, desk, #"{"note":"很满意"}"#)
            #expect(ticked["errands.0.doneBy.name"] == "赵敏", "\(ticked.text)")
            #expect(ticked["errands.0.note"] == "很满意")
            // The first word stands.
            let again = try await done(number, try await dispatcher.token("manager"), #"{"note":"再说"}"#)
            #expect(again.status == 200)
            #expect(again["errands.0.note"] == "很满意")
            #expect(again["errands.0.doneAt"] == ticked["errands.0.doneAt"])
            #expect(try await done("999999", desk).status == 404)
            try await dispatcher.database.pool.query(
                """
                insert into dispatch.work_errand (work_order, at, kind, role, fields)
                values (\(id.value), now(), 'payment', 'finance', '{}')
                """)
            let second = try #require(
                try await client.call(.get, "\(path)/\(id)", token: desk)["errands.1.number"])
            #expect(try await done(second, desk).problem == "role-missing")
            #expect(try await done(second, try await dispatcher.token("finance"))["errands.1.doneAt"] != nil)
            #expect(
                try await dispatcher.said() == [
                    "work.accepted.v1", "work.travelling.v1", "work.onsite.v1", "work.done.v1", "work.closed.v1",
                ])
            let versions = try await dispatcher.database.pool.query(
                """
                select aggregate_version, aggregate_id, correlation_id
                from dispatch.outbox
                where type like 'work.%'
                order by id
                """)
            let ticket = DispatcherFixture.ticket(1).ticket
            for (place, row) in versions.enumerated() {
                let (version, aggregate, correlation) = try row.decode(Int64.self, UUID.self, String.self)
                #expect(version == Int64(place) + 2)
                #expect(aggregate == id.value)
                #expect(correlation.lowercased() == ticket.description)
            }
            // The state is the fold of the history.
            let events = try await dispatcher.database.pool.query(WorkOrderStore.events(of: id))
                .map { try WorkOrderStore.event($0).event }
            let row = try #require(
                try await dispatcher.database.pool.query(WorkOrderStore.find(id, departments: ["service"])).first)
            #expect(try WorkOrderStore.record(row).state == ProcessState(events))
        }
    }

    @Test func `goes to one of 200 who grab at once, and the others are told who has it`() async throws {
        try await withDispatcher(connections: 16) { dispatcher, client in
            let id = try await dispatcher.open()
            let tokens = [
                "王磊": try await dispatcher.token("engineer"), "李强": try await dispatcher.token("engineer2"),
            ]
            let answers = try await withThrowingTaskGroup(of: (name: String, answer: Answer).self) { group in
                for number in 0..<200 {
                    let name = number % 2 == 0 ? "王磊" : "李强"
                    group.addTask {
                        (name, try await client.call(.post, "\(path)/\(id)/actions/accept", token: tokens[name]))
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let owner = try #require(answers.first { $0.answer.status == 200 }?.name)
            for (name, answer) in answers {
                if name == owner {
                    // His own repetitions harm nobody.
                    #expect(answer.status == 200, "\(answer.text)")
                    #expect(answer["owner.name"] == owner)
                } else {
                    #expect(answer.status == 409)
                    #expect(answer.problem == "not-here", "\(answer.text)")
                    #expect(answer["current.owner.name"] == owner, "\(answer.text)")
                }
            }
            #expect(try await dispatcher.said() == ["work.accepted.v1"])
            let acted = try await dispatcher.database.pool.query(
                "select 1 as one from dispatch.work_event where kind = 'acted'")
            #expect(acted.count == 1)
        }
    }

    @Test func `takes an action that its owner repeats without a second one`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            for step in ["accept", "accept", "depart", "accept", "depart"] {
                let answer = try await client.call(
                    .post, "\(path)/\(id)/actions/\(step)", token: engineer,
                    json: step == "accept" ? #"{"expectedRevision":2}"# : nil)
                #expect(answer.status == 200, "\(step) \(answer.text)")
            }
            #expect(try await dispatcher.said() == ["work.accepted.v1", "work.travelling.v1"])
        }
    }

    /// Whoever is told 200 believes that his words were kept.
    @Test func `takes no other words for a repetition`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            for (words, status) in [("到了再联系", 200), ("到了再联系", 200), ("改天再去", 409)] {
                let answer = try await client.call(
                    .post, "\(path)/\(id)/actions/accept", token: engineer, json: #"{"reason":"\#(words)"}"#)
                #expect(answer.status == status, "\(words) \(answer.text)")
            }
            let unknown = try await client.call(
                .post, "\(path)/\(id)/actions/accept", token: engineer, json: #"{"fields":{"remark":"x"}}"#)
            #expect(unknown.status != 200, "\(unknown.text)")
        }
    }

    @Test func `says which rule refused a command, in both languages, and how it stands`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            let early = try await client.call(.post, "\(path)/\(id)/actions/finish", token: engineer)
            #expect(early.status == 409)
            #expect(early.problem == "not-here")
            #expect(early["words.zh"]?.contains("accept") == true, "\(early.text)")
            #expect(early["words.en"]?.contains("accept") == true)
            #expect(early["current.state"] == "offered")
            let accepted = try await client.call(.post, "\(path)/\(id)/actions/accept", token: engineer)
            #expect(accepted.status == 200)
            let stale = try await client.call(
                .post, "\(path)/\(id)/actions/depart", token: engineer, json: #"{"expectedRevision":1}"#)
            #expect(stale.status == 409)
            #expect(stale.problem == "stale-version")
            #expect(stale["current.revision"] == accepted["revision"])
            let other = try await client.call(
                .post, "\(path)/\(id)/actions/depart", token: try await dispatcher.token("engineer2"))
            #expect(other.status == 403)
            #expect(other.problem == "not-owner")
            let desk = try await client.call(
                .post, "\(path)/\(id)/actions/depart", token: try await dispatcher.token("desk"))
            #expect(desk.status == 403)
            let unknown = try await client.call(.post, "\(path)/\(id)/actions/dance", token: engineer)
            #expect(unknown.status == 404)
            #expect(unknown.problem == "unknown-action")
            let put = try await client.call(
                .post, "\(path)/\(id)/aside", token: engineer, json: #"{"reason":"lunch"}"#)
            #expect(put.status == 422)
            #expect(put.problem == "unknown-reason")
            let suspended = try await client.call(
                .post, "\(path)/\(id)/suspension", token: engineer, json: #"{"reason":"x"}"#)
            #expect(suspended.status == 409)
            #expect(suspended.problem == "not-offered")
            #expect(try await dispatcher.said() == ["work.accepted.v1"])
        }
    }

    @Test func `names the field of bad input`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let engineer = try await dispatcher.token("engineer")
            let accept = "\(path)/\(id)/actions/accept"
            let long = String(repeating: "长", count: 2001)
            let reason = try await client.call(.post, accept, token: engineer, json: #"{"reason":"\#(long)"}"#)
            #expect(reason.status == 422)
            #expect(reason.problem == "text-too-long")
            let zero = try await client.call(.post, accept, token: engineer, json: #"{"reason":"a\u0000b"}"#)
            #expect(zero.status == 422, "\(zero.text)")
            #expect(zero["errors.0.field"] == "/reason")
            let field = try await client.call(.post, accept, token: engineer, json: #"{"fields":{"colour":"red"}}"#)
            #expect(field.status == 422)
            #expect(field["errors.0.field"] == "/fields/colour")
            #expect(try await client.call(.get, path + "?ticket=%00", token: engineer).status == 422)
            let slip = try await client.call(.post, accept, token: engineer, json: #"{"revision":1,"reson":"x"}"#)
            #expect(slip.status == 422)
            #expect(slip["errors.0.field"] == "/reson")
            #expect(slip["errors.1.field"] == "/revision")
            #expect(slip["errors.1.code"] == "unknownField")
            #expect(slip["errors.1.words.zh"] == "没有此字段。")
            let kind = try await client.call(.post, accept, token: engineer, json: #"{"expectedRevision":"one"}"#)
            #expect(kind.status == 422)
            #expect(kind["errors.0.field"] == "/expectedRevision")
            let query = try await client.call(.get, path + "?view=all&limit=0", token: engineer)
            #expect(query.status == 422)
            #expect(query["errors.0.field"] == "/view")
            #expect(query["errors.1.field"] == "/limit")
            #expect(try await client.call(.get, path + "?limit=x", token: engineer).status == 422)
            #expect(try await client.call(.get, path + "/none", token: engineer).status == 404)
            #expect(try await client.call(.post, path + "/none/actions/accept", token: engineer).status == 404)
            #expect(try await client.call(.get, path).status == 401)
            #expect(try await client.call(.post, accept).status == 401)
            let nobody = try await client.call(
                .post, "\(path)/\(id)/transfer", token: engineer, json: #"{"reason":"x","candidate":{"staff":"x"}}"#)
            #expect(nobody.status == 422)
            #expect(nobody["errors.0.field"] == "/candidate/staff")
            #expect(try await dispatcher.said().isEmpty)
        }
    }

    @Test func `is found by the ticket's number and in the list where it belongs`() async throws {
        try await withDispatcher { dispatcher, client in
            var ids: [ID<WorkOrder>] = []
            for number in 1...3 { ids.append(try await dispatcher.open(number)) }
            let engineer = try await dispatcher.token("engineer")
            let desk = try await dispatcher.token("desk")
            func list(_ query: String, _ token: String) async throws -> [String?] {
                let answer = try await client.call(.get, "\(path)?\(query)", token: token)
                #expect(answer.status == 200, "\(answer.text)")
                return (0..<3).map { answer["items.\($0).ticket.number"] }.filter { $0 != nil }.sorted { $0! < $1! }
            }
            #expect(try await list("view=pool", engineer) == ["T1000001", "T1000002", "T1000003"])
            #expect(try await list("view=pool&limit=2", engineer).count == 2)
            // It is for engineers, and the desk is none.
            #expect(try await list("view=pool", desk).isEmpty)
            let accepted = try await client.call(.post, "\(path)/\(ids[1])/actions/accept", token: engineer)
            #expect(accepted.status == 200)
            #expect(try await list("view=pool", engineer) == ["T1000001", "T1000003"])
            #expect(try await list("view=mine", engineer) == ["T1000002"])
            #expect(try await list("view=open", engineer) == ["T1000001", "T1000002", "T1000003"])
            for step in ["depart", "arrive", "finish"] {
                #expect(
                    try await client.call(.post, "\(path)/\(ids[1])/actions/\(step)", token: engineer).status == 200)
            }
            #expect(try await list("view=mine", engineer).isEmpty)
            #expect(try await list("view=pool", desk) == ["T1000002"])
            #expect(try await client.call(.post, "\(path)/\(ids[1])/actions/close", token: desk).status == 200)
            #expect(try await list("view=done", engineer) == ["T1000002"])
            #expect(try await list("", engineer) == ["T1000001", "T1000003"])
            #expect(try await list("ticket=T1000002", engineer) == ["T1000002"])
            #expect(try await list("ticket=T9", engineer).isEmpty)
        }
    }

    @Test func `is urged, copied, transferred and put aside, and comes back by itself`() async throws {
        try await withDispatcher { dispatcher, client in
            let id = try await dispatcher.open()
            let (engineer, desk) = (try await dispatcher.token("engineer"), try await dispatcher.token("desk"))
            let other = try dispatcher.member("engineer2").person
            func post(_ command: String, _ token: String, _ json: String? = nil) async throws -> Answer {
                try await client.call(.post, "\(path)/\(id)/\(command)", token: token, json: json)
            }
            let urged = try await post("urges", desk, #"{"note":"客户很急"}"#)
            #expect(urged["urges"] == "1", "\(urged.text)")
            #expect(try await post("urges", desk).problem == "too-soon")
            #expect(try await post("actions/accept", engineer).status == 200)
            let offered = try await client.call(.get, "\(path)/\(id)", token: engineer)
            #expect(offered["commands"]?.contains("transfer") == true, "\(offered.text)")
            let copied = try await post("copies", engineer, #"{"candidate":{"staff":"\#(other.id)"}}"#)
            #expect(copied["copied.0.name"] == "李强", "\(copied.text)")
            // Neither sees work of the department `service`.
            let stranger = try dispatcher.member("developer").person
            let blind = try await post("copies", engineer, #"{"candidate":{"staff":"\#(stranger.id)"}}"#)
            #expect(blind.status == 422)
            #expect(blind.text.contains("/candidate/staff"), "\(blind.text)")
            // Nor does the answer tell that there is such a person.
            for kind in ["copies", "delegation", "transfer"] {
                var told: [[String?]] = []
                for id in [stranger.id.description, "00000000-0000-4000-8000-0000000000ff"] {
                    let answer = try await post(
                        kind, engineer,
                        #"{"candidate":{"staff":"\#(id)"},"until":"2099-01-01T00:00:00Z","reason":"培训"}"#)
                    told.append(
                        ["\(answer.status)", answer.problem]
                            + ["code", "field", "message"].map { answer["errors.0.\($0)"] })
                }
                #expect(told[0] == told[1] && told[0][3] == "/candidate/staff")
            }
            let away = try await post("transfer", engineer, #"{"candidate":{"station":"beijing"},"reason":"近"}"#)
            #expect(away.problem == "unsuitable", "\(away.text)")
            let delegated = try await post(
                "delegation", engineer,
                #"{"candidate":{"staff":"\#(other.id)"},"until":"2099-01-01T00:00:00Z","reason":"培训"}"#)
            // The plain process offers no delegation.
            #expect(delegated.problem == "not-offered")
            let aside = try await post("aside", engineer, #"{"reason":"part","note":"缺主板"}"#)
            #expect(aside["hold.reason"] == "part", "\(aside.text)")
            #expect(try await post("actions/depart", engineer).problem == "on-hold")
            // Asked three times, a day apart; nobody answers, and on the fourth day it comes back.
            for _ in 1...4 { try await dispatcher.advance(.seconds(86_500)) }
            let back = try await client.call(.get, "\(path)/\(id)", token: engineer)
            #expect(back["hold.reason"] == nil, "\(back.text)")
            #expect(
                try await dispatcher.notices(of: id).filter { $0.contains("follow-up") || $0.contains("owner") }.count
                    >= 3)
            let transferred = try await post(
                "transfer", engineer, #"{"candidate":{"staff":"\#(other.id)"},"reason":"生病"}"#)
            #expect(transferred["owner.name"] == "李强", "\(transferred.text)")
            #expect(transferred["transfers"] == "1")
            let told = try await client.call(
                .get, "/api/dispatch/v1/notices", token: try await dispatcher.token("engineer2"))
            #expect(told.text.contains("\"transferred\""), "\(told.text)")
            #expect(told.text.contains("\"copied\""))
        }
    }
}

extension DispatcherFixture {
    /// Who was told of what: `recipient occasion`, the oldest first.
    func notices(of id: ID<WorkOrder>) async throws -> [String] {
        try await database.pool.query(
            "select recipient || ' ' || occasion from dispatch.work_notice where work_order = \(id.value) order by id"
        ).map { try $0.decode(String.self) }
    }
}
