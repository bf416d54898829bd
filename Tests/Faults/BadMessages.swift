import AMQP
import Foundation
import Logging
import StackSupport
import Synchronization

/// Messages that nobody can handle, published by an adapter and by a service.
struct BadMessages {
    let bench: Bench

    private struct Fault {
        let name: String
        var hasID = true
        var type: String?
        var body: [UInt8]
    }

    private static let deep = Array(
        (String(repeating: "[", count: 10_000) + String(repeating: "]", count: 10_000)).utf8)
    /// As large as the broker takes: 16 MiB, sixteen times what consumers read.
    private static let huge: [UInt8] = {
        let (begin, end) = (Array("{\"subject\": \"".utf8), Array("\"}".utf8))
        return begin + [UInt8](repeating: 0x78, count: (16 << 20) - begin.count - end.count) + end
    }()

    private static func faults(unknownMajor: String, body: String) -> [Fault] {
        [
            Fault(name: "no JSON", body: Array("oops".utf8)),
            Fault(name: "wrong shape", body: Array("[1, 2, 3]".utf8)),
            Fault(name: "wrong type", type: "nobody.knows.v1", body: Array(body.utf8)),
            Fault(name: "unknown major", type: unknownMajor, body: Array(body.utf8)),
            Fault(name: "no id", hasID: false, body: Array(body.utf8)),
            Fault(name: "deep", body: deep),
            Fault(name: "huge", body: huge),
        ]
    }

    /// Publishes every kind of fault among `neighbours` good requests; what must be archived goes into the history.
    func publish(among neighbours: Int) async throws {
        let good = """
            {"subject": "neighbour", "kind": "repair", "customer": {"name": "N", "phone": "13912345678",
            "email": "n@example.cn", "weChatOpenID": "oNeighbour"}}
            """
        func request(_ id: String?, type: String?, _ body: [UInt8]) -> Publication {
            var properties = MessageProperties()
            properties.contentType = "application/json"
            properties.messageID = id
            properties.type = type
            properties.userID = "example"
            return Publication(
                exchange: "paidan.inbound", routingKey: "inbound.faults", properties: properties, body: body)
        }
        var requests = (0..<neighbours).map {
            request("neighbour-\($0)", type: "inbound.request.v1", Array(good.utf8))
        }
        for (index, fault) in Self.faults(unknownMajor: "inbound.request.v9", body: good).enumerated() {
            let id = fault.hasID ? "bad-\(index)" : nil
            requests.insert(
                request(id, type: fault.type ?? "inbound.request.v1", fault.body), at: 5 * index + 1)
            note("intake", id)
        }
        try await send(requests, as: "example")

        var events: [Publication] = []
        for fault in Self.faults(unknownMajor: "ticket.created.v9", body: "{}") {
            let id = fault.hasID ? UUID().uuidString.lowercased() : nil
            var properties = MessageProperties()
            properties.contentType = "application/json"
            properties.messageID = id
            properties.type = fault.type ?? "ticket.created.v1"
            properties.appID = "intake"
            properties.timestamp = Date()
            properties.headers = ["aggregateid": .string(UUID().uuidString.lowercased()), "aggregateversion": .int(1)]
            let key = fault.name == "unknown major" ? "ticket.created.v9" : "ticket.created.v1"
            events.append(
                Publication(exchange: "paidan.events", routingKey: key, properties: properties, body: fault.body))
            // Those who are told of tickets; reporting hears everything.
            for schema in ["dispatch", "notify", "report"] { note(schema, id) }
        }
        try await send(events, as: "intake")
    }

    /// One that ends the notifier when `PAIDAN_DEADLY` says so; the others who hear it cannot read it.
    ///
    /// - Returns: its id.
    func publishDeadly(_ mark: String) async throws -> String {
        let id = UUID().uuidString.lowercased()
        var properties = MessageProperties()
        properties.contentType = "application/json"
        properties.messageID = id
        properties.type = "ticket.created.v1"
        properties.appID = "intake"
        properties.timestamp = Date()
        properties.headers = ["aggregateid": .string(UUID().uuidString.lowercased()), "aggregateversion": .int(1)]
        let body = Array("{\"mark\": \"\(mark)\"}".utf8)
        try await send(
            [
                Publication(
                    exchange: "paidan.events", routingKey: "ticket.created.v1", properties: properties, body: body)
            ], as: "intake")
        for schema in ["dispatch", "notify", "report"] { note(schema, id) }
        return id
    }

    /// The adapter says that it is a service, and a service that it is the adapter.
    func publishInAnothersName() async throws -> [PublishOutcome] {
        var outcomes: [PublishOutcome] = []
        for (user, name) in [("example", "intake"), ("intake", "example")] {
            var properties = MessageProperties()
            properties.messageID = UUID().uuidString.lowercased()
            properties.type = "ticket.created.v1"
            properties.userID = name
            let exchange = user == "example" ? "paidan.inbound" : "paidan.events"
            let key = user == "example" ? "inbound.faults" : "ticket.created.v1"
            outcomes += try await outcome(
                of: [Publication(exchange: exchange, routingKey: key, properties: properties, body: Array("{}".utf8))],
                as: user)
        }
        return outcomes
    }

    private func note(_ schema: String, _ id: String?) {
        bench.history.withLock { $0.dead.append("\(schema) \(id ?? "")") }
    }

    private func send(_ messages: [Publication], as user: String) async throws {
        let outcomes = try await outcome(of: messages, as: user)
        guard outcomes.allSatisfy({ $0 == .confirmed }) else { throw Unmet("not confirmed: \(outcomes)") }
    }

    private func outcome(of messages: [Publication], as user: String) async throws -> [PublishOutcome] {
        let settings = BrokerSettings(
            hosts: [.init(host: "127.0.0.1", port: try bench.stack.port("amqp"))], vhost: "paidan", user: user,
            password: try bench.stack.secret("broker-\(user)"), heartbeat: .seconds(10), connectionName: "faults")
        let client = BrokerClient(
            settings, declarations: Declarations(),
            logger: Logger(label: "faults", factory: { _ in SwiftLogNoOpLogHandler() }))
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            _ = try await eventually("a line to the broker") { await client.status.isPublisherReady ? true : nil }
            let outcomes = await client.publish(messages, timeout: .seconds(20))
            group.cancelAll()
            return outcomes
        }
    }
}
