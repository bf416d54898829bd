import Contracts
import DispatcherDomain
@testable import DispatcherService
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import ServiceKit
import TestSupport
import Testing

private let api = "/api/dispatch/v1"

@Suite struct `A station's month` {
    /// From the engineer's line to the closed statement, its correction in the next month, and who may look.
    @Test func `closes to the fen, and what was wrong is put right in the next`() async throws {
        try await withDispatcher { dispatcher, client in
            let order = try await dispatcher.open(1, department: "shanghai")
            func call(
                _ method: HTTPRequest.Method, _ path: String, _ who: String, _ json: String? = nil
            ) async throws -> Answer {
                try await client.call(method, api + path, token: try await dispatcher.token(who), json: json)
            }
            let id = UUID()
            let line = #"{"id":"\#(id)","kind":"part","text":"主板","quantity":3,"price":3333}"#
            let notHis = try await call(.post, "/work-orders/\(order)/charges", "shanghai", line)
            #expect(notHis.status == 403 && notHis.problem == "not-owner", "\(notHis.text)")
            #expect(try await call(.post, "/work-orders/\(order)/actions/accept", "shanghai").status == 200)
            for _ in 0..<2 {
                let entered = try await call(.post, "/work-orders/\(order)/charges", "shanghai", line)
                #expect(entered["amount"] == "9999" && entered["bearer"] == "customer", "\(entered.text)")
            }
            let other = try await call(
                .post, "/work-orders/\(order)/charges", "shanghai",
                #"{"id":"\#(id)","kind":"part","text":"主板","quantity":4,"price":3333}"#)
            #expect(other.status == 409 && other.problem == "other-request", "\(other.text)")
            let wrong = try await call(
                .post, "/work-orders/\(order)/charges", "shanghai",
                #"{"kind":"part","text":"x","quantity":-1,"price":1}"#)
            #expect(wrong.status == 422 && wrong["errors.0.field"] == "/quantity", "\(wrong.text)")
            let subsidy = try await call(
                .post, "/work-orders/\(order)/charges", "shanghai", #"{"kind":"subsidy","text":"工时","price":5001}"#)
            let charges = try await call(.get, "/work-orders/\(order)/charges", "shanghai-station")
            #expect(charges["items.1.id"] == subsidy["id"] && charges["items.2.id"] == nil, "\(charges.text)")

            let decided = try await call(
                .put, "/charges/\(id)/bearer", "supervisor", #"{"inside":true,"bearer":"vendor","reason":"批次问题"}"#)
            #expect(decided["bearer"] == "vendor", "\(decided.text)")
            #expect(try await call(.post, "/charges/\(id)/review", "manager", #"{"passes":true}"#).status == 403)
            let month = try #require(SettlementMonth(Date(), in: EngineerStore.standardZone))
            for line in [id.uuidString.lowercased(), subsidy["id"] ?? ""] {
                let passed = try await call(.post, "/charges/\(line)/review", "supervisor", #"{"passes":true}"#)
                #expect(passed["month"] == month.text, "\(passed.text)")
            }
            let place = "/settlements/shanghai/\(month.text)"
            let early = try await call(.post, "\(place)/closing", "finance")
            #expect(early.problem == "month-not-over", "\(early.text)")
            // Into the next month, whatever day it is.
            let middle = try #require(
                LocalDay("\(month.next.text)-15")?.moment(minute: 720, in: EngineerStore.standardZone))
            try await dispatcher.advance(.seconds(Int(middle.timeIntervalSinceNow)))
            // One line of the month is not reviewed yet.
            let late = try await call(
                .post, "/work-orders/\(order)/charges", "shanghai", #"{"kind":"travel","text":"路费","price":1}"#)
            try await dispatcher.database.pool.query(
                "update dispatch.charge set entered_at = now() - interval '1 day' where id = \(late["id"] ?? "")::uuid")
            #expect(try await call(.post, "\(place)/closing", "finance").problem == "unreviewed")
            #expect(try await call(.post, "/charges/\(late["id"] ?? "")/withdrawal", "shanghai").status == 200)

            // Two people at once close it once.
            let finance = try await dispatcher.token("finance")
            let closings = try await withThrowingTaskGroup(of: Answer.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await client.call(.post, "\(api)\(place)/closing", token: finance) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for closing in closings {
                #expect(closing.status == 200 && closing["closing.total"] == "15000", "\(closing.text)")
                #expect(closing["payable"] == "15000" && closing["byBearer.vendor"] == "9999")
            }
            let export = try await call(.get, "\(place)/export", "finance")
            #expect(export.text.hasSuffix("total,,,,,,150.00,,,,\r\n"), "\(export.text)")

            let correct = UUID()
            let correction = try await call(
                .post, "/charges/\(id)/correction", "finance", #"{"id":"\#(correct)","amount":-99,"reason":"单价录错"}"#)
            #expect(correction["month"] == month.next.text && correction["corrects"] != nil, "\(correction.text)")
            // Told again it is that one; an id of another line is refused, and does not show that line.
            for (name, amount, refusal) in [
                (correct, "-99", nil), (correct, "-98", "other-request"), (id, "-99", "other-request"),
                (UUID(), "\(Int64.min)", "invalid"),
            ] as [(UUID, String, String?)] {
                let again = try await call(
                    .post, "/charges/\(id)/correction", "finance",
                    #"{"id":"\#(name)","amount":\#(amount),"reason":"单价录错"}"#)
                #expect(again["id"] == (refusal == nil ? correction["id"] : nil), "\(again.text)")
                #expect(again.problem == refusal, "\(again.text)")
            }
            #expect(try await call(.get, place, "finance")["total"] == "15000")
            let next = try await call(.get, "/settlements/shanghai/\(month.next.text)", "finance")
            #expect(next["total"] == "-99" && next["closing.at"] == nil, "\(next.text)")
            // Nobody changes it afterwards, not even by a statement of the service's own.
            await #expect(throws: PostgresError.self) {
                try await dispatcher.database.pool.query("update dispatch.charge set text = 'x' where id = \(id)")
            }
            await #expect(throws: PostgresError.self) {
                try await dispatcher.database.pool.transaction(role: "dispatch_run") {
                    try await $0.query("update dispatch.settlement set total = 0")
                }
            }
            for (who, path) in [
                ("beijing", place), ("engineer", place), ("beijing", "/work-orders/\(order)/charges"),
                ("beijing", "/work-orders/\(order)/payments"),
            ] {
                #expect(try await call(.get, path, who).status == 404, "\(who) \(path)")
            }
            #expect(try await call(.post, "/charges/\(id)/review", "beijing", #"{"passes":true}"#).status == 404)
        }
    }

    /// S3.20, S3.21.
    @Test func `has the customer's payment recorded once and confirmed by finance`() async throws {
        try await withDispatcher { dispatcher, client in
            let order = try await dispatcher.open()
            let id = UUID()
            let accepted = try await client.call(
                .post, "\(api)/work-orders/\(order)/actions/accept", token: try await dispatcher.token("engineer"))
            #expect(accepted.status == 200, "\(accepted.text)")
            func record(_ amount: Int) async throws -> Answer {
                try await client.call(
                    .post, "\(api)/work-orders/\(order)/payments", token: try await dispatcher.token("engineer"),
                    json: #"{"id":"\#(id)","amount":\#(amount),"means":"wechat"}"#)
            }
            let first = try await record(20_000)
            #expect(first.status == 200 && first["state"] == "recorded", "\(first.text)")
            #expect(try await record(20_000)["recordedAt"] == first["recordedAt"])
            #expect(try await record(30_000).problem == "other-request")
            #expect(try await record(-1)["errors.0.field"] == "/amount")
            func confirm(_ who: String, _ json: String) async throws -> Answer {
                try await client.call(
                    .post, "\(api)/payments/\(id)/confirmation", token: try await dispatcher.token(who), json: json)
            }
            #expect(try await confirm("engineer", #"{"received":true}"#).status == 403)
            #expect(try await confirm("finance", #"{"received":false}"#).problem == "reason-missing")
            #expect(try await confirm("finance", #"{"received":true}"#)["state"] == "confirmed")
            #expect(try await confirm("finance", #"{"received":false,"reason":"退票"}"#).problem == "decided")
        }
    }
}

@Suite struct `The stock` {
    @Test func `gives the last piece to one, and tells the others who has it`() async throws {
        try await withDispatcher { dispatcher, client in
            let warehouse = try await dispatcher.token("warehouse")
            let engineer = try dispatcher.member("engineer").person.id
            func call(_ method: HTTPRequest.Method, _ path: String, _ token: String, _ json: String? = nil) async throws
                -> Answer
            { try await client.call(method, api + path, token: token, json: json) }
            let part = try await call(
                .put, "/parts/board", warehouse, #"{"name":{"zh":"主板","en":"Board"},"price":50000,"hasSerials":true}"#)
            #expect(part.status == 200, "\(part.text)")
            let receipt = UUID()
            for _ in 0..<2 {
                let moved = try await call(
                    .post, "/parts/board/movements", warehouse,
                    #"{"id":"\#(receipt)","kind":"receipt","quantity":1,"to":"headquarters"}"#)
                #expect(moved.status == 200, "\(moved.text)")
            }
            let negative = try await call(
                .post, "/parts/board/movements", warehouse, #"{"kind":"receipt","quantity":-1,"to":"headquarters"}"#)
            #expect(negative.status == 422 && negative["errors.0.field"] == "/quantity", "\(negative.text)")

            for (field, json) in [
                ("/to", #"{"kind":"transfer","from":"headquarters","to":"station:nowhere"}"#),
                ("/to", #"{"kind":"transfer","from":"headquarters","to":"engineer:\#(UUID())"}"#),
                ("/visit", #"{"kind":"receipt","to":"headquarters","visit":3000000000}"#),
            ] {
                let refused = try await call(.post, "/parts/board/movements", warehouse, json)
                #expect(refused.status == 422 && refused["errors.0.field"] == field, "\(refused.text)")
            }

            let mine = try await dispatcher.token("engineer")
            var requests: [String] = []
            for number in 1...4 {
                let order = try await dispatcher.open(number)
                _ = try await call(.post, "/work-orders/\(order)/actions/accept", mine)
                let asked = try await call(
                    .post, "/work-orders/\(order)/part-requests", mine, #"{"part":"board","isUrgent":\#(number == 3)}"#)
                requests.append(try #require(asked["id"], "\(asked.text)"))
            }
            let list = try await call(.get, "/part-requests", warehouse)
            #expect(list["items.0.id"] == requests[2], "\(list.text)")
            let ids = requests
            let answers = try await withThrowingTaskGroup(of: Answer.self) { group in
                for id in ids {
                    group.addTask {
                        try await client.call(
                            .post, "\(api)/part-requests/\(id)/grant", token: warehouse,
                            json: #"{"from":"headquarters"}"#)
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let granted = answers.filter { $0.status == 200 }
            #expect(granted.count == 1)
            for lost in answers where lost.status != 200 {
                #expect(
                    lost.problem == "not-enough" && lost["detail"]?.contains("马超 took some last for T") == true,
                    "\(lost.text)")
            }
            let id = granted[0]["id"] ?? ""
            let shipped = try await call(
                .post, "/part-requests/\(id)/ship", warehouse, #"{"carrier":"顺丰","tracking":"SF1"}"#)
            #expect(shipped["state"] == "shipped", "\(shipped.text)")
            for _ in 0..<2 {
                #expect(try await call(.post, "/part-requests/\(id)/receive", mine)["state"] == "received")
            }
            let stock = try await call(.get, "/stock?part=board", mine)
            #expect(stock["items.0.place"] == "engineer:\(engineer)" && stock["items.1.place"] == nil, "\(stock.text)")
            let order = granted[0]["workOrder"] ?? ""
            let used = try await call(
                .post, "/parts/board/movements", mine,
                #"{"kind":"use","from":"engineer:\#(engineer)","workOrder":"\#(order)","oldSerial":"A1","newSerial":"B2"}"#
            )
            #expect(used["newSerial"] == "B2", "\(used.text)")
            _ = try await call(
                .post, "/parts/board/movements", warehouse, #"{"kind":"receipt","to":"engineer:\#(engineer)"}"#)
            let twice = try await call(
                .post, "/parts/board/movements", mine,
                #"{"kind":"use","from":"engineer:\#(engineer)","workOrder":"\#(order)","newSerial":"B2"}"#)
            #expect(twice.problem == "serial-taken" && twice["words.zh"]?.contains("王磊") == true, "\(twice.text)")
            _ = try await call(
                .post, "/parts/board/movements", mine,
                #"{"kind":"return","from":"engineer:\#(engineer)","to":"headquarters"}"#)
            // What came out is no stock, and waits to be sent back.
            let old = try await call(.get, "/old-parts", mine)
            #expect(old["items.0.serial"] == "A1" && old["items.0.workOrder"] == order, "\(old.text)")
            let back = #"{"kind":"return","from":"engineer:\#(engineer)","to":"headquarters","oldSerial":"A1"}"#
            #expect(try await call(.post, "/parts/board/movements", mine, back).status == 200)
            #expect(try await call(.post, "/parts/board/movements", mine, back).problem == "not-here")
            let place = try await call(.get, "/old-parts?part=board&place=headquarters", warehouse)
            #expect(place["items.0.serial"] == "A1" && place["items.1.serial"] == nil, "\(place.text)")
            #expect(try await call(.get, "/stock?part=board", warehouse)["items.0.quantity"] == "1")
            let newest = try await call(.get, "/parts/board/movements?limit=2", warehouse)
            #expect(newest["items.0.oldSerial"] == "A1" && newest["items.1.kind"] == "return", "\(newest.text)")
            let next = try await call(.get, "/parts/board/movements?before=\(newest["next"] ?? "")", warehouse)
            #expect(next["items.0.kind"] == "receipt" && next["items.1.newSerial"] == "B2", "\(next.text)")
            let beijing = try await dispatcher.token("beijing")
            let theirs = try await call(.get, "/parts/board/movements?place=engineer:\(engineer)", beijing)
            #expect(theirs.status == 200 && theirs["items.0.kind"] == nil, "\(theirs.text)")
            _ = try await call(
                .post, "/parts/board/movements", warehouse,
                #"{"kind":"write-off","from":"headquarters","note":"进水"}"#)
            #expect(try await call(.get, "/stock?part=board", warehouse)["items.0.place"] == nil)
            // The stock is what its movements say.
            let apart = try await dispatcher.database.pool.query(
                """
                select 1 as one
                from dispatch.part_stock s
                where s.quantity <> (
                  select coalesce(sum(case when m.to_place = s.place then m.quantity else 0 end
                    - case when m.from_place = s.place then m.quantity else 0 end), 0)
                  from dispatch.stock_movement m
                  where m.part = s.part
                    and (m.kind = 'use' or m.old_serial is null))
                """)
            #expect(apart.isEmpty)
            #expect(try await call(.get, "/stock", try await dispatcher.token("beijing"))["items.0.place"] == nil)
        }
    }
}
