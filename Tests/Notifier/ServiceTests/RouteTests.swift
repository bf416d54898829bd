import Contracts
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import NotifierDomain
import Postgres
import ServiceKit
import Testing
import TestSupport

@testable import NotifierService

@Suite struct `A notifier process` {
    @Test(arguments: [
        ("sms", ["ProviderClient", "EffectConsumer<SendDelivery>", "Sweeper", "DeferredWorker"]),
        ("mail", ["ProviderClient", "SMTPRelay", "EffectConsumer<SendDelivery>", "Sweeper", "DeferredWorker"]),
        ("planner", ["Consumer", "DeadLetterArchiver", "DeferredWorker"]),
        ("http", ["DeferredWorker", "HTTPServerPart"]),
        (
            "planner,sms,mail,wechat,http",
            [
                "Consumer", "DeadLetterArchiver", "ProviderClient", "EffectConsumer<SendDelivery>", "SMTPRelay",
                "EffectConsumer<SendDelivery>", "EffectConsumer<SendDelivery>", "Sweeper", "DeferredWorker",
                "HTTPServerPart",
            ]
        ),
    ])
    func `has the parts of its roles and no others`(roles: String, parts: [String]) async throws {
        try await withDatabase(schema: "notify", migrations: NotifierService.migrations) { database in
            let kit = try Kit.testing(
                name: "notifier", schema: "notify", pool: database.pool, settings: ["PAIDAN_ROLES": roles])
            let made = try await NotifierService.parts(kit)
            for case let client as ProviderClient in made { try await client.close() }
            #expect(made.map { "\(type(of: $0))" } == parts)
        }
    }
}

@Suite struct `The notifier's routes` {
    static func with(
        _ body:
            @Sendable @escaping (Desk, any TestClientProtocol, _ token: @Sendable ([String]) async throws -> HTTPFields)
            async throws -> Void
    ) async throws {
        try await withDatabase(schema: "notify", migrations: NotifierService.migrations) { database in
            let signer = TokenSigner()
            let kit = try Kit.testing(name: "notifier", schema: "notify", pool: database.pool, signer: signer)
            let desk = Desk(database)
            let router = kit.router()
            DeliveryRoutes(views: DeliveryViews(pool: database.pool), identity: kit.identity).add(to: router)
            ReceiptRoutes(take: desk.receipts, kannelSecret: "word").add(to: router)
            try await kit.application(router).test(.router) { client in
                try await body(desk, client) { departments in
                    let claims = TokenClaims(
                        staff: ID(UUID()), name: "李娜", roles: ["agent"], departments: departments, expiresAt: .now + 600
                    )
                    return [.authorization: "Bearer \(try await signer.sign(claims))"]
                }
            }
        }
    }

    @Test func `list a ticket's deliveries with their attempts, masked`() async throws {
        try await Self.with { desk, client, token in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            try await desk.send(delivery, .sms, by: desk.sender(.sms, ToldProvider()))
            try await client.execute(
                uri: "/api/notify/v1/deliveries?ticket=T1000001", method: .get, headers: try await token(["hq"])
            ) {
                #expect($0.status == .ok)
                let text = String(buffer: $0.body)
                #expect(text.contains("+86*********00") && !text.contains("13800138000"))
                #expect(text.contains("\"attempts\":[{") && text.contains("\"state\":\"sent\""))
            }
            try await client.execute(
                uri: "/api/notify/v1/deliveries/\(delivery)", method: .get, headers: try await token(["hq"])
            ) {
                #expect($0.status == .ok)
            }
        }
    }

    @Test func `show nothing of another department`() async throws {
        try await Self.with { desk, client, token in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            try await client.execute(
                uri: "/api/notify/v1/deliveries?ticket=T1000001", method: .get, headers: try await token(["east"])
            ) {
                #expect(String(buffer: $0.body) == "{\"deliveries\":[]}")
            }
            try await client.execute(
                uri: "/api/notify/v1/deliveries/\(delivery)", method: .get, headers: try await token(["east"])
            ) {
                #expect($0.status == .notFound)
            }
            // Without a department named in the query, row-level security says the same.
            let seen = try await desk.pool.transaction(role: DeliveryViews.memberRole) { transaction in
                try await transaction.query("select set_config('paidan.departments', '{east}', true)")
                return try await transaction.query("select id from notify.delivery").count
            }
            #expect(seen == 0)
        }
    }

    @Test func `ask who is there, and for a ticket`() async throws {
        try await Self.with { _, client, token in
            try await client.execute(uri: "/api/notify/v1/deliveries?ticket=T1", method: .get) {
                #expect($0.status == .unauthorized)
            }
            try await client.execute(uri: "/api/notify/v1/deliveries", method: .get, headers: try await token(["hq"])) {
                #expect($0.status == .badRequest)
            }
        }
    }

    @Test func `take Kannel's report from whoever knows the secret`() async throws {
        try await Self.with { desk, client, _ in
            let delivery = try await desk.plan(Samples.news(), [.sms])[0]
            try await desk.send(delivery, .sms, by: desk.sender(.sms, ToldProvider()))
            let path = "/api/notify/v1/receipts/kannel"
            for (uri, status) in [
                ("\(path)/wrong/\(delivery).1?status=1", HTTPResponse.Status.notFound),
                ("\(path)/word/\(delivery).1", .badRequest),
                ("\(path)/word/\(delivery).1?status=x", .badRequest), ("\(path)/word/nonsense?status=1", .ok),
                ("\(path)/word/\(delivery).1?status=1&answer=ok%0a", .ok),
            ] {
                try await client.execute(uri: uri, method: .get) { #expect($0.status == status, "\(uri)") }
            }
            #expect(try await desk.state(delivery) == "delivered")
        }
    }
}
