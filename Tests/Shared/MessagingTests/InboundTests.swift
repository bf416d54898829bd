import AMQP
import Contracts
import Foundation
import Kernel
import Messaging
import Postgres
import TestSupport
import Testing

@Suite struct `An adapter's request` {
    static func route(_ seen: Notebook<String>) -> Route {
        Route.inbound(InboundRequest.self) { incoming, work in
            for request in incoming {
                let body = try WireJSON.decode(InboundRequest.self, from: request.body)
                guard body.subject != nil else {
                    throw HandlingError.refused(
                        reason: "invalid",
                        faults: [FieldFault(field: "/subject", code: "required", message: "Say what it is about.")])
                }
                seen.write("\(request.userID ?? "")/\(request.messageID ?? "")")
                guard let queue = request.replyTo else { continue }
                try work.reply(
                    InboundAnswer(request: request.messageID, outcome: Open(.accepted)), to: queue, correlation: nil,
                    cause: request.envelope, request: request.messageID)
            }
        }.onRefusal { request, refusal, work in
            guard let queue = request.replyTo else { return }
            try work.reply(
                InboundAnswer(request: request.messageID, outcome: Open(.refused), faults: refusal.faults), to: queue,
                correlation: nil, cause: request.envelope, request: request.messageID)
        }
    }

    @Test func `is taken once, answered, or refused with its faults and archived`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let seen = Notebook<String>()
            let consumer = shop.consumer(on: "intake.inbound", outbox: outbox, routes: Self.route(seen))
            let user = shop.vhost.management.user
            let answers = Topology.replyQueue(of: user)
            try await shop.broker.declare(
                Declarations(
                    queues: [.quorum(answers)],
                    bindings: [BindingDeclaration(exchange: "paidan.replies", queue: answers, key: answers)]))
            func request(
                _ id: String?, _ body: String, user: String?, replyTo: String? = nil, type: String? = nil
            ) -> Publication {
                var properties = MessageProperties()
                properties.type = type
                properties.messageID = id
                properties.userID = user
                properties.replyTo = replyTo ?? answers
                return Publication(
                    exchange: "paidan.inbound", routingKey: "inbound.phone", properties: properties,
                    body: Array(body.utf8))
            }
            let good = #"{"subject": "坏了"}"#
            let replies = shop.broker.consume(answers, prefetch: 10)
            var got: [String: InboundAnswer] = [:]
            try await serving([relay, shop.archiver(["intake.inbound"]), consumer]) {
                try await shop.publish([
                    request("call 1", good, user: user), request("call 1", good, user: user),
                    request("call 2", "{}", user: user), request("call 3", "oops", user: user),
                    request("call 4", good, user: nil), request(nil, good, user: user),
                    // Nobody may have his answers sent to another's queue.
                    request("call 5", good, user: user, replyTo: "reply.other"),
                    request("call 6", good, user: user, type: "inbound.request.v1"),
                    // A later major may mean anything.
                    request("call 7", good, user: user, type: "inbound.request.v9"),
                ])
                while got.count < 6 {
                    let batch = try #require(try await replies.nextBatch(upTo: 10))
                    for message in batch {
                        let answer = try WireJSON.decode(InboundAnswer.self, from: message.body)
                        #expect(message.properties.correlationID == answer.request)
                        got[answer.request ?? ""] = answer
                    }
                    replies.acknowledge(batch.map(\.tag))
                }
                try await eventually("five are archived") { try await shop.count("dead_letter") == 5 }
                try await eventually("the outbox is empty") { try await shop.count("outbox") == 0 }
            }
            await replies.cancel()
            #expect(Set(seen.entries) == ["\(user)/call 1", "\(user)/call 5", "\(user)/call 6"])
            #expect(try await shop.count("inbox") == 3)
            // One answer each: to calls 1, 2, 3, 6, 7 and to the one without an id.
            #expect(try await shop.count("outbox_sent", where: "exchange = 'paidan.replies'") == 6)
            #expect(got["call 1"]?.outcome == Open(.accepted))
            #expect(got["call 7"]?.faults?.map(\.code) == ["unknownValue"])
            #expect(got["call 2"]?.faults?.map(\.field) == ["/subject"])
            #expect(got["call 3"]?.outcome == Open(.refused))
            #expect(got[""]?.faults?.first?.code == "required")
            let letters = try await DeadLetters(schema: Workshop.schema).list(in: shop.pool)
            #expect(letters.first { $0.messageID == "call 2" }?.faults?.map(\.code) == ["required"])
            #expect(letters.first { $0.messageID == "call 2" }?.sourceUser == user)
            #expect(letters.first { $0.messageID == "call 4" }?.sourceUser == nil)
        }
    }

    @Test func `can be replayed from the archive as the adapter's own`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let outbox = Outbox(schema: Workshop.schema, relay: relay)
            let isOpen = Notebook<Bool>()
            let seen = Notebook<String>()
            let consumer = shop.consumer(
                on: "intake.inbound", outbox: outbox,
                routes: .inbound(InboundRequest.self) { incoming, _ in
                    if isOpen.entries.isEmpty { throw HandlingError.refused(reason: "closed") }
                    for one in incoming {
                        seen.write(
                            "\(one.userID ?? "")/\(one.messageID ?? "")/\(one.routingKey)/\(one.envelope.replay)")
                    }
                })
            let user = shop.vhost.management.user
            var properties = MessageProperties()
            properties.messageID = "call 1"
            properties.userID = user
            try await serving([relay, shop.archiver(["intake.inbound"]), consumer, shop.deferredWorker(consumer)]) {
                try await shop.publish([
                    Publication(
                        exchange: "paidan.inbound", routingKey: "inbound.phone", properties: properties,
                        body: Array("{}".utf8))
                ])
                try await eventually("it is archived") { try await shop.count("dead_letter") == 1 }
                let letters = DeadLetters(schema: Workshop.schema)
                let open = try await letters.list(in: shop.pool)
                isOpen.write(true)
                #expect(try await letters.replay(open.map(\.id), in: shop.pool) == 1)
                #expect(try await letters.replay(open.map(\.id), in: shop.pool) == 0)
                try await eventually("it is handled") { seen.entries == ["\(user)/call 1/inbound.phone/1"] }
                try await eventually("nothing waits") { try await shop.count("deferred") == 0 }
                #expect(try await letters.list(in: shop.pool) == [])
            }
        }
    }

    /// An adapter writes what it likes into properties and headers; that may cost it its own request, and nobody else's.
    @Test func `cannot stop the queue by properties that no database takes`() async throws {
        try await Workshop.run { shop in
            let relay = shop.relay()
            let seen = Notebook<String>()
            let consumer = shop.consumer(
                on: "intake.inbound", outbox: Outbox(schema: Workshop.schema, relay: relay), routes: Self.route(seen))
            let user = shop.vhost.management.user
            func request(_ id: String, _ body: String, _ change: (inout MessageProperties) -> Void) -> Publication {
                var properties = MessageProperties()
                properties.messageID = id
                properties.userID = user
                change(&properties)
                return Publication(
                    exchange: "paidan.inbound", routingKey: "inbound.phone", properties: properties,
                    body: Array(body.utf8))
            }
            let farAway = Date(timeIntervalSince1970: 9e15)
            try await serving([relay, shop.archiver(["intake.inbound"]), consumer]) {
                try await shop.publish([
                    request("time", "oops") { $0.timestamp = farAway },
                    request("trace", "oops") {
                        $0.headers["traceparent"] = .string("00-" + String(repeating: "\0", count: 52))
                    },
                    request("death", "oops") {
                        $0.headers["x-death"] = .array([.table(["time": .timestamp(farAway), "count": .int(1)])])
                    },
                    request("replay", "oops") { $0.headers["replay"] = .int(.max) },
                    request("word", "oops") { $0.headers["paidan-dead-attempts"] = .int(.max) },
                    request("good", #"{"subject": "坏了"}"#) { $0.timestamp = farAway },
                ])
                try await eventually("five are archived") { try await shop.count("dead_letter") == 5 }
                #expect(seen.entries == ["\(user)/good"])
            }
        }
    }
}
