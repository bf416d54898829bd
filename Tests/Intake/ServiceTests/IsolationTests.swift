import IntakeDomain
import Contracts
import Foundation
import Hummingbird
import Kernel
import Postgres
import TestSupport
import Testing

@testable import IntakeService

@Suite struct `A member of staff` {
    @Test func `sees the tickets of his departments and no other`() async throws {
        try await IntakeStand.with { stand in
            let north = try await stand.post(wish("北", department: "field-north")).created
            let south = try await stand.post(wish("南", department: "field-south")).created
            let token = try await stand.token(departments: ["field-north", "service"])
            let path = "/api/intake/v1/tickets"
            #expect(try await stand.get("\(path)/\(north.number)", token: token).status == 200)
            #expect(try await stand.get("\(path)/\(south.number)", token: token).status == 404)
            let list = try await stand.get(path, token: token)
            #expect(list.text.contains(north.number))
            #expect(!list.text.contains(south.number))
            let nobody = try await stand.token(departments: [])
            #expect(try await stand.get(path, token: nobody).text == #"{"tickets":[]}"#)
            #expect(try await stand.get(path).status == 401)
            #expect(try await stand.get("\(path)/\(north.number)").status == 401)
        }
    }

    @Test func `reads a ticket with its words, its machine and its customer's file`() async throws {
        try await IntakeStand.with { stand in
            try await IntakeDemo.fill(stand.database.pool)
            var request = wish()
            request.productSerial = "AC-2024-000135"
            let created = try await stand.post(request).created
            let token = try await stand.token(departments: ["service"])
            let ticket = try await stand.get("/api/intake/v1/tickets/\(created.number)", token: token)
            let json = try ticket.json
            #expect(json["id"] as? String == created.id)
            #expect(json["subject"] as? String == "空调不制冷")
            #expect(json["status"] as? String == "received")
            #expect((json["product"] as? [String: Any])?["isUnderWarranty"] as? Bool == true)
            #expect((json["messages"] as? [[String: Any]])?.first?["body"] as? String == "昨晚开始")
            // Levels are the company's own words.
            let levels = try await stand.database.ownerPool.query(
                "update intake.contract set service_level = 'platinum-24h' returning number")
            #expect(!levels.isEmpty)
            let customer = (json["customer"] as? [String: Any])?["id"] as? String ?? ""
            let file = try await stand.get("/api/intake/v1/customers/\(customer)", token: token)
            #expect(file.status == 200)
            let products = try file.json["products"] as? [Any]
            #expect(products?.count == 1)
            #expect(try await stand.get("/api/intake/v1/customers/\(UUID())", token: token).status == 404)
            #expect(try await stand.get("/api/intake/v1/customers/17", token: token).status == 404)
            #expect(try await stand.get("/api/intake/v1/customers/\(customer)").status == 401)
        }
    }

    @Test func `finds tickets by number, telephone, words and status`() async throws {
        try await IntakeStand.with { stand in
            _ = try await stand.post(wish("100% 漏水"))
            _ = try await stand.post(wish("停电", phone: "13800138001", name: "李芳"))
            let token = try await stand.token(departments: ["service"])
            func found(_ query: String) async throws -> Int {
                let escaped = query.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                let answer = try await stand.get("/api/intake/v1/tickets?query=\(escaped)", token: token)
                let tickets = try answer.json["tickets"] as? [Any]
                return tickets?.count ?? -1
            }
            #expect(try await found("T1000002") == 1)
            #expect(try await found("138 0013 8001") == 1)
            #expect(try await found("李") == 1)
            #expect(try await found("100%") == 1)
            #expect(try await found("%") == 1)
            #expect(try await found("") == 2)
            let none = try await stand.get("/api/intake/v1/tickets?status=done", token: token)
            #expect(none.text == #"{"tickets":[]}"#)
            for wrong in ["query=a%00", "status=lost", "status=%00", "limit=0", "limit=many"] {
                #expect(try await stand.get("/api/intake/v1/tickets?\(wrong)", token: token).status == 422, "\(wrong)")
            }
        }
    }

    @Test func `has a role that sees nothing without departments, and cannot write`() async throws {
        try await IntakeStand.with { stand in
            _ = try await stand.post(wish())
            let tables = ["ticket", "ticket_message"]
            for table in tables {
                let seen = try await stand.database.pool.transaction(role: "intake_member") { transaction in
                    try await transaction.query("select from intake.\(unescaped: table)").count
                }
                #expect(seen == 0, "\(table)")
                #expect(try await stand.count("select count(*) from intake.\(unescaped: table)") == 1)
            }
            for table in ["idempotency_key", "outbox_sent", "inbox", "dead_letter"] {
                await #expect(throws: PostgresError.self) {
                    try await stand.database.pool.transaction(role: "intake_member") { transaction in
                        _ = try await transaction.query("select from intake.\(unescaped: table)")
                    }
                }
            }
            await #expect(throws: PostgresError.self) {
                try await stand.database.pool.transaction(role: "intake_member") { transaction in
                    _ = try await transaction.query("delete from intake.ticket")
                }
            }
        }
    }
}

@Suite struct `A customer without an account` {
    @Test func `learns the status with number and contact, and nothing with a wrong one`() async throws {
        try await IntakeStand.with { stand in
            let created = try await stand.post(wish(email: "wang@example.cn")).created
            let path = "/api/intake/v1/track/\(created.number)"
            let status = try await stand.get("\(path)?contact=8000").json["status"] as? String
            #expect(status == "received")
            #expect(try await stand.get("\(path)?contact=Wang@example.cn").status == 200)
            for wrong in ["8001", "", "%25", "%00", "000", "13800138000", "x@example.cn"] {
                #expect(try await stand.get("\(path)?contact=\(wrong)").status == 404, "\(wrong)")
            }
            #expect(try await stand.get("/api/intake/v1/track/T9?contact=8000").status == 404)
        }
    }

    @Test func `is not helped to guess, on a ticket that is there or on one that is not`() async throws {
        try await IntakeStand.with { stand in
            let (one, other) = (
                try await stand.post(wish()).created.number, try await stand.post(wish()).created.number
            )
            for number in [one, "T999"] {
                for guess in 0..<GuessThrottle.most {
                    let path = "/api/intake/v1/track/\(number)?contact=\(1000 + guess)"
                    #expect(try await stand.get(path).status == 404)
                }
                let late = try await stand.get("/api/intake/v1/track/\(number)?contact=8000")
                #expect(late.status == 429, "\(late.text)")
                #expect(late.headers[.retryAfter].flatMap { Int($0) }.map { (1...900).contains($0) } == true)
                let small = try await stand.get("/api/intake/v1/track/\(number.lowercased())?contact=8000")
                #expect(small.status == 429, "\(small.text)")
            }
            #expect(try await stand.get("/api/intake/v1/track/\(other)?contact=8000").status == 200)
        }
    }
}

@Suite struct `An idempotency key` {
    @Test func `is forgotten after three days`() async throws {
        try await IntakeStand.with { stand in
            _ = try await stand.post(wish(), key: "old")
            _ = try await stand.post(wish(), key: "young")
            try await stand.database.pool.query(
                "update intake.idempotency_key set created_at = now() - interval '73 hours' where key = 'old'")
            #expect(try await AnswerStore.removeOld(in: stand.database.pool) == 1)
            #expect(try await AnswerStore.removeOld(in: stand.database.pool) == 0)
            #expect(try await stand.post(wish(), key: "young").headers[.idempotentReplay] == "true")
            #expect(try await stand.post(wish(), key: "old").headers[.idempotentReplay] == nil)
        }
    }
}
