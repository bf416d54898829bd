import Contracts
import Foundation
import Hummingbird
import Kernel
import Messaging
import Postgres
import TestSupport
import Testing

@testable import IntakeService

@Suite struct `Creating a ticket over HTTP` {
    @Test func `writes ticket, words, customer and event together`() async throws {
        try await IntakeStand.with { stand in
            let answer = try await stand.post(wish())
            #expect(answer.status == 201)
            let created = try answer.created
            #expect(created.number == "T1000001")
            #expect(created.status == "received")
            #expect(answer.headers[.location] == "/api/intake/v1/tickets/T1000001")
            #expect(WireJSON.date(from: created.createdAt) != nil)

            let row = try await stand.database.pool.query(
                """
                select ticket.id, subject, department, ticket.channel, customer.name, customer.phone, body
                from intake.ticket
                join intake.customer on customer.id = customer_id
                join intake.ticket_message on ticket_id = ticket.id
                """)[0]
            let (id, subject, department, channel, name, phone, words) = try row.decode(
                UUID.self, String.self, String.self, String.self, String.self, String.self, String.self)
            #expect(id.uuidString.lowercased() == created.id)
            #expect([subject, department, channel, name] == ["空调不制冷", "service", "web", "王小明"])
            #expect([phone, words] == ["+8613800138000", "昨晚开始"])

            let outbox = try await stand.database.pool.query(
                "select type, aggregate_id, aggregate_version, body from intake.outbox")
            #expect(outbox.count == 1)
            let (type, aggregate, version, body) = try outbox[0].decode(
                String.self, UUID.self, Int64.self, [UInt8].self)
            #expect(type == "ticket.created.v1")
            #expect(aggregate == id)
            #expect(version == 1)
            let event = try WireJSON.decode(TicketCreated.self, from: body)
            #expect(event.number == "T1000001")
            #expect(event.customer.phone == "+8613800138000")
        }
    }

    @Test func `tells the level of the customer's contract that is in force, the highest of several`() async throws {
        try await IntakeStand.with { stand in
            func level() async throws -> String? {
                #expect(try await stand.post(wish()).status == 201)
                let row = try await stand.database.pool.query(
                    "select body from intake.outbox order by id desc limit 1")[0]
                return try WireJSON.decode(TicketCreated.self, from: row.decode([UInt8].self)).serviceLevel
            }
            func contract(_ number: Int, _ level: String, from start: Int, until end: Int) async throws {
                try await stand.database.adminPool.query(
                    """
                    insert into intake.contract (id, customer_id, number, service_level, starts_on, ends_on)
                    select gen_random_uuid(), id, \("FW-\(number)"), \(level), intake.today() + \(start)::int, intake.today() + \(end)::int
                    from intake.customer
                    """)
            }
            #expect(try await level() == nil)
            try await contract(1, "gold", from: -400, until: -1)
            try await contract(2, "gold", from: 1, until: 400)
            #expect(try await level() == nil)
            try await contract(3, "basic", from: -1, until: 0)
            try await contract(4, "silver", from: 0, until: 1)
            #expect(try await level() == "silver")
            try await contract(5, "gold", from: 0, until: 1)
            try await contract(6, "key", from: 0, until: 1)
            #expect(try await level() == "key")
            try await contract(7, "vip", from: 0, until: 1)
            #expect(try await level() == "vip")
        }
    }

    @Test func `goes by the suite's day for warranty and contract, also when the clock is advanced`() async throws {
        try await IntakeStand.with { stand in
            try await IntakeDemo.fill(stand.database.pool)
            let token = try await stand.token(departments: ["service"])
            struct Look: Equatable {
                let level: String?
                let isToldUnderWarranty, isShownUnderWarranty, isFiledUnderWarranty, isInForce: Bool?
            }
            func look() async throws -> Look {
                var request = wish(phone: "13800138007", name: "陈静")
                request.productSerial = "POS-T8-70215"
                let created = try await stand.post(request).created
                let row = try await stand.database.pool.query(
                    "select body from intake.outbox order by id desc limit 1")[0]
                let event = try WireJSON.decode(TicketCreated.self, from: row.decode([UInt8].self))
                let ticket = try await stand.get("/api/intake/v1/tickets/\(created.number)", token: token).json
                let owner = try await stand.database.pool.query(
                    "select customer_id::text from intake.installed_product where serial = 'POS-T8-70215'")[0]
                let file = try await stand.get(
                    "/api/intake/v1/customers/\(owner.decode(String.self))", token: token
                ).json
                return Look(
                    level: event.serviceLevel, isToldUnderWarranty: event.isUnderWarranty,
                    isShownUnderWarranty: (ticket["product"] as? [String: Any])?["isUnderWarranty"] as? Bool,
                    isFiledUnderWarranty: (file["products"] as? [[String: Any]])?.first?["isUnderWarranty"] as? Bool,
                    isInForce: (file["contracts"] as? [[String: Any]])?.first?["isInForce"] as? Bool)
            }
            func all(_ level: String?, _ isSo: Bool) -> Look {
                Look(
                    level: level, isToldUnderWarranty: isSo, isShownUnderWarranty: isSo, isFiledUnderWarranty: isSo,
                    isInForce: isSo)
            }
            #expect(try await look() == all("key", true))
            let clock = DatabaseClock(schema: "intake")
            try await clock.setAdjustable(true, in: stand.database.ownerPool)
            _ = try await clock.advance(by: .seconds(3 * 366 * 86_400), in: stand.database.ownerPool)
            #expect(try await look() == all(nil, false))
        }
    }

    @Test func `tells who sent it, what was pressed and chosen, and what it knows of the machine`() async throws {
        try await IntakeStand.with { stand in
            try await IntakeDemo.fill(stand.database.pool)
            func told(_ request: InboundRequest) async throws -> TicketCreated {
                #expect(try await stand.post(request).status == 201)
                let row = try await stand.database.pool.query(
                    "select body from intake.outbox order by id desc limit 1")[0]
                return try WireJSON.decode(TicketCreated.self, from: row.decode([UInt8].self))
            }
            var request = wish()
            (request.source, request.key, request.topic) = ("station", "3", "warranty")
            request.productSerial = "AC-2024-000135"
            let new = try await told(request)
            #expect([new.source, new.key, new.topic] == ["station", "3", "warranty"])
            #expect(new.productModel == "空调 KFR-35GW" && new.isUnderWarranty == true)
            request.productSerial = "CNC-6150-0412"
            #expect(try await told(request).isUnderWarranty == false)
            request.productSerial = "no such machine"
            let strange = try await told(request)
            #expect(strange.productModel == nil && strange.isUnderWarranty == nil)
            // A caller's word makes nobody a key customer.
            #expect(strange.serviceLevel == nil)
        }
    }

    @Test func `gives the same answer to the same key, and 409 to another request under it`() async throws {
        try await IntakeStand.with { stand in
            let first = try await stand.post(wish(), key: "k-1")
            let again = try await stand.post(wish(), key: "k-1")
            let spaced = try await stand.post(
                body: """
                    { "description": "昨晚开始", "subject": "空调不制冷",
                      "customer": {"phone": "13800138000", "name": "王小明"} }
                    """, key: "k-1")
            #expect(first.status == 201)
            #expect(first.headers[.idempotentReplay] == nil)
            for answer in [again, spaced] {
                #expect(answer.status == 201)
                #expect(answer.text == first.text)
                #expect(answer.headers[.location] == first.headers[.location])
                #expect(answer.headers[.idempotentReplay] == "true")
            }
            let other = try await stand.post(wish("别的事"), key: "k-1")
            #expect(other.status == 409)
            #expect(other.headers[.contentType] == "application/problem+json")
            #expect(try await stand.count("select count(*) from intake.ticket") == 1)
            #expect(try await stand.count("select count(*) from intake.outbox") == 1)
        }
    }

    @Test func `makes one ticket of fifty requests with one key at the same time`() async throws {
        try await IntakeStand.with { stand in
            let answers = try await withThrowingTaskGroup(of: IntakeStand.Answer.self) { group in
                for _ in 0..<50 { group.addTask { try await stand.post(wish(), key: "same") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.allSatisfy { $0.status == 201 })
            #expect(Set(answers.map(\.text)).count == 1)
            #expect(answers.count { $0.headers[.idempotentReplay] == nil } == 1)
            #expect(try await stand.count("select count(*) from intake.ticket") == 1)
        }
    }

    @Test func `lets only one of two requests have a key that both use at the same time`() async throws {
        try await IntakeStand.with { stand in
            let answers = try await withThrowingTaskGroup(of: IntakeStand.Answer.self) { group in
                for index in 0..<20 { group.addTask { try await stand.post(wish("事 \(index % 2)"), key: "shared") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.count { $0.status == 201 } == 10)
            #expect(answers.count { $0.status == 409 } == 10)
            #expect(try await stand.count("select count(*) from intake.ticket") == 1)
        }
    }

    @Test func `keeps the keys of different callers apart`() async throws {
        try await IntakeStand.with { stand in
            let token = try await stand.token(departments: ["service"])
            let mine = try await stand.post(wish("甲"), key: "1", token: token)
            let others = try await stand.post(wish("乙"), key: "1", token: stand.token(departments: ["service"]))
            let anybodys = try await stand.post(wish("丙"), key: "1")
            for answer in [mine, others, anybodys] { #expect(answer.status == 201) }
            let numbers = try [mine, others, anybodys].map { try $0.created.number }
            #expect(Set(numbers).count == 3)
        }
    }

    @Test func `refuses one of fifty and takes the others`() async throws {
        try await IntakeStand.with { stand in
            let answers = try await withThrowingTaskGroup(of: (Int, IntakeStand.Answer).self) { group in
                for index in 0..<50 {
                    group.addTask {
                        var request = wish("事 \(index)")
                        if index == 17 { request.customer = .init(id: UUID().uuidString) }
                        if index == 30 { request.subject = "" }
                        return (index, try await stand.post(request))
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            for (index, answer) in answers { #expect(answer.status == ([17, 30].contains(index) ? 422 : 201)) }
            #expect(try answers[17]?.problem.errors?.map(\.field) == ["/customer/id"])
            #expect(try await stand.count("select count(*) from intake.ticket") == 48)
            #expect(try await stand.count("select count(*) from intake.outbox") == 48)
            #expect(try await stand.count("select count(*) from intake.customer") == 1)
            #expect(try await stand.count("select count(distinct number) from intake.ticket") == 48)
        }
    }

    @Test func `does not let a row that the database refuses fail its neighbours`() async throws {
        try await IntakeStand.with { stand in
            try await stand.database.ownerPool.query(
                "alter table intake.ticket add constraint ticket_no_poison check (subject <> 'poison')")
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<50 {
                    group.addTask { try await stand.post(wish(index == 25 ? "poison" : "事 \(index)")).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses.count { $0 == 201 } == 49)
            #expect(statuses.count { $0 == 500 } == 1)
            #expect(try await stand.count("select count(*) from intake.ticket") == 49)
            #expect(try await stand.count("select count(*) from intake.outbox") == 49)
        }
    }

    @Test func `names every wrong field, the customer's name included`() async throws {
        try await IntakeStand.with { stand in
            let answer = try await stand.post(
                body: #"{"subject":"","kind":"wish","customer":{"phone":"13800138000","language":"xx"}}"#, key: "k")
            #expect(answer.status == 422)
            #expect(answer.headers[.contentType] == "application/problem+json")
            let faults = try answer.problem.errors ?? []
            #expect(
                Set(faults.map { "\($0.field) \($0.code)" }) == [
                    "/subject required", "/kind unknownValue", "/customer/language unknownValue",
                    "/customer/name required",
                ])
            let kinds = try await stand.post(
                body: #"{"subject":7,"kind":"wish","address":[],"customer":{"name":{},"phone":true}}"#, key: "k")
            #expect(
                Set(try kinds.problem.errors?.map { "\($0.field) \($0.code)" } ?? []) == [
                    "/subject malformed", "/kind unknownValue", "/address malformed", "/customer/name malformed",
                    "/customer/phone malformed",
                ])
            let slips = try await stand.post(
                body: #"{"subject":"","urgncy":"high","customer":{"name":"a","fone":"1","subject":"b"}}"#, key: "k")
            #expect(
                Set(try slips.problem.errors?.map { "\($0.field) \($0.code)" } ?? []).isSuperset(of: [
                    "/subject required", "/urgncy unknownField", "/customer/fone unknownField",
                    "/customer/subject unknownField",
                ]), "\(slips.text)")
            // A known customer needs no name.
            _ = try await stand.post(wish())
            let known = try await stand.post(body: #"{"subject":"","customer":{"phone":"13800138000"}}"#, key: "k")
            #expect(try known.problem.errors?.map(\.field) == ["/subject"])
            let good = try await stand.post(body: #"{"subject":"a","customer":{"phone":"13800138000"}}"#, key: "k")
            #expect(good.status == 201)
        }
    }

    @Test func `refuses what cannot be read, and what has no key`() async throws {
        try await IntakeStand.with { stand in
            let keyless = try await stand.post(wish(), key: nil)
            #expect(keyless.status == 400)
            #expect(try await stand.post(body: "{", key: "k").status == 400)
            #expect(try await stand.post(body: #"{"subject":7}"#, key: "k").status == 422)
            #expect(
                try await stand.post(
                    body: #"{"subject":"nul \u0000","customer":{"name":"a","phone":"13800138000"}}"#, key: "k"
                ).status == 422)
            #expect(try await stand.post(wish(), key: "k", token: "nonsense").status == 401)
            #expect(try await stand.count("select count(*) from intake.ticket") == 0)
        }
    }

    @Test func `answers 503 while the database is gone, and opens the ticket when it is back`() async throws {
        try await IntakeStand.with { stand in
            try await stand.database.terminateBackends()
            let answer = try await stand.post(wish(), key: "k")
            #expect([201, 503].contains(answer.status))
            let again = try await stand.post(wish(), key: "k")
            #expect(again.status == 201)
            #expect(try await stand.count("select count(*) from intake.ticket") == 1)
        }
    }
}

@Suite struct `A customer` {
    @Test func `is one, however many requests introduce him at once`() async throws {
        try await IntakeStand.with { stand in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let answer = try await stand.post(wish("事 \(index)"))
                        #expect(answer.status == 201)
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await stand.count("select count(*) from intake.customer") == 1)
            #expect(try await stand.count("select count(distinct customer_id) from intake.ticket") == 1)
            #expect(try await stand.count("select count(*) from intake.ticket") == 40)
        }
    }

    @Test func `is found by id, telephone, mail and openid, and by his contact's telephone`() async throws {
        try await IntakeStand.with { stand in
            #expect(try await IntakeDemo.fill(stand.database.pool) == 8)
            #expect(try await IntakeDemo.fill(stand.database.pool) == 0)
            let huaxin = try await stand.database.pool.query(
                "select id from intake.customer where phone = '+8613800138001'")[0].decode(UUID.self)
            let ways: [InboundRequest.Sender] = [
                .init(id: huaxin.uuidString), .init(phone: "138-0013-8001"), .init(email: "SERVICE@huaxin.example.cn"),
                .init(weChatOpenID: "oDemo_huaxin"), .init(phone: "13800138011"),
                .init(email: "zhou@huaxin.example.cn"),
            ]
            for way in ways {
                let answer = try await stand.post(InboundRequest(subject: "停机", customer: way))
                #expect(answer.status == 201, "\(answer.text)")
            }
            #expect(try await stand.count("select count(*) from intake.ticket where customer_id = \(huaxin)") == 6)
            #expect(try await stand.count("select count(*) from intake.customer") == 8)
        }
    }

    @Test func `keeps what is stored of him when a request says something else`() async throws {
        try await IntakeStand.with { stand in
            _ = try await stand.post(wish(email: "wang@example.cn"))
            _ = try await stand.post(wish(email: "thief@example.cn"))
            let row = try await stand.database.pool.query("select email from intake.customer")
            #expect(row.count == 1)
            #expect(try row[0].decode(String.self) == "wang@example.cn")
            #expect(try await stand.count("select count(*) from intake.ticket where email = 'thief@example.cn'") == 1)
        }
    }
}
