public import AMQP
import Foundation
public import Logging
import Synchronization

/// A vhost of a test's own, with a client that runs; both are gone after the test.
public final class TestVhost: Sendable {
    public let name: String
    /// Runs, signed in as the broker's administrator.
    public let client: BrokerClient
    public let management = BrokerManagement()
    private let users = Mutex<[String]>([])

    fileprivate init(name: String, client: BrokerClient) {
        self.name = name
        self.client = client
    }

    /// How to sign in here; without arguments as the broker's administrator.
    public func settings(
        user: String? = nil, password: String? = nil, heartbeat: Duration = .seconds(10), host: String? = nil,
        port: Int? = nil
    ) -> BrokerSettings {
        Self.settings(
            management, vhost: name, user: user, password: password, heartbeat: heartbeat, host: host, port: port)
    }

    fileprivate static func settings(
        _ management: BrokerManagement, vhost: String, user: String? = nil, password: String? = nil,
        heartbeat: Duration = .seconds(10), host: String? = nil, port: Int? = nil
    ) -> BrokerSettings {
        BrokerSettings(
            hosts: [.init(host: host ?? management.host, port: port ?? management.port)], vhost: vhost,
            user: user ?? management.user, password: password ?? management.password, heartbeat: heartbeat,
            connectionName: "test \(vhost)")
    }

    /// A user of this vhost alone, deleted with it; the patterns are the broker's permissions.
    ///
    /// - Returns: how to sign in as that user, whose name begins with `user`.
    public func createUser(
        _ user: String, configure: String = "", write: String = "", read: String = ""
    ) async throws -> BrokerSettings {
        let name = "\(user)_\(self.name)"
        let password = UUID().uuidString
        users.withLock { $0.append(name) }
        try await management.call("PUT", ["users", name], json: #"{"password":"\#(password)","tags":""}"#)
        let permissions = try JSONEncoder().encode(["configure": configure, "write": write, "read": read])
        try await management.call(
            "PUT", ["permissions", self.name, name], json: String(decoding: permissions, as: UTF8.self))
        return settings(user: name, password: password)
    }

    /// Ends connections of this vhost from the broker's side. The management's list lags, so this waits until it shows
    /// at least `count` of them.
    ///
    /// - Returns: how many were closed.
    @discardableResult public func closeAllConnections(atLeast count: Int = 1) async throws -> Int {
        struct Connection: Decodable { let name: String }
        var names: [String] = []
        try await eventually("\(count) connections in the management's list") {
            let data = try await management.call("GET", ["vhosts", name, "connections"])
            names = try JSONDecoder().decode([Connection].self, from: data).map(\.name)
            return names.count >= count
        }
        for name in names { try await management.call("DELETE", ["connections", name]) }
        return names.count
    }

    /// Messages ready in a queue; zero when there is no such queue.
    public func queueDepth(_ queue: String) async throws -> Int {
        try await client.inspect(queue: queue)?.messages ?? 0
    }

    /// Without those of the default exchange.
    public func bindings() async throws -> [BindingDeclaration] {
        try await rawBindings().map {
            BindingDeclaration(exchange: $0.source, queue: $0.destination, key: $0.routing_key)
        }
    }

    public func delete(_ binding: BindingDeclaration) async throws {
        for raw in try await rawBindings()
        where (raw.source, raw.destination, raw.routing_key) == (binding.exchange, binding.queue, binding.key) {
            try await management.call(
                "DELETE", ["bindings", name, "e", raw.source, "q", raw.destination, raw.properties_key])
        }
    }

    private struct RawBinding: Decodable {
        let source: String
        let destination: String
        let destination_type: String
        let routing_key: String
        let properties_key: String
    }

    private func rawBindings() async throws -> [RawBinding] {
        let data = try await management.call("GET", ["bindings", name])
        return try JSONDecoder().decode([RawBinding].self, from: data)
            .filter { !$0.source.isEmpty && $0.destination_type == "queue" }
    }

    fileprivate func deleteUsers() async throws {
        for user in users.withLock({ $0 }) { try await management.call("DELETE", ["users", user]) }
    }
}

/// Runs `body` in a vhost of its own, where `declarations` are made; everything is deleted afterwards.
public func withVhost<Result>(
    declarations: Declarations = Declarations(),
    logger: Logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }),
    _ body: (TestVhost) async throws -> Result
) async throws -> Result {
    let management = BrokerManagement()
    let name = "t_" + UUID().uuidString.lowercased().replacing("-", with: "")
    try await management.call("PUT", ["vhosts", name])
    let result: Swift.Result<Result, any Error>
    do {
        try await management.call(
            "PUT", ["permissions", name, management.user], json: #"{"configure":".*","write":".*","read":".*"}"#)
        let client = BrokerClient(
            TestVhost.settings(management, vhost: name), declarations: declarations, logger: logger)
        let vhost = TestVhost(name: name, client: client)
        result = await runningOutcome(client) {
            try await client.untilReady()
            return try await body(vhost)
        }
        try await vhost.deleteUsers()
    } catch {
        try await management.call("DELETE", ["vhosts", name])
        throw error
    }
    try await management.call("DELETE", ["vhosts", name])
    return try result.get()
}

/// Runs `client` while `body` does.
public func running<Result>(_ client: BrokerClient, _ body: () async throws -> Result) async throws -> Result {
    try await runningOutcome(client, body).get()
}

private func runningOutcome<Result>(
    _ client: BrokerClient, _ body: () async throws -> Result
) async -> Swift.Result<Result, any Error> {
    await withTaskGroup(of: Void.self) { group in
        // Ends by the cancellation below.
        group.addTask { try? await client.run() }
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        group.cancelAll()
        return result
    }
}

extension BrokerClient {
    /// Returns when both connections are up and everything is declared.
    public func untilReady() async throws {
        try await eventually("both connections to the broker") {
            let status = await status
            return status.isPublisherReady && status.isConsumerReady
        }
    }
}

/// Waits for a condition that nobody signals.
public func eventually(
    _ what: String, within limit: Duration = .seconds(20), _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let deadline = clock.now + limit
    while try await !condition() {
        if clock.now > deadline { throw BrokerManagement.Failure(description: "waited \(limit) in vain for: \(what)") }
        try await Task.sleep(for: .milliseconds(20))
    }
}

extension QueueDeclaration {
    /// A quorum queue, as the suite's.
    public static func quorum(_ name: String, _ more: [String: FieldValue] = [:]) -> QueueDeclaration {
        QueueDeclaration(name: name, arguments: ["x-queue-type": .string("quorum")].merging(more) { $1 })
    }
}
