import AMQP
import Foundation
import Logging
import Postgres
import ServiceLifecycle

/// The servers that the script has started for this run.
enum Places {
    static func database(schema: String) throws -> DatabaseSettings {
        DatabaseSettings(
            hosts: [HostPort(host: "127.0.0.1", port: try port("BENCH_DATABASE_PORT"))], database: "bench",
            user: "postgres", password: try word("BENCH_DATABASE_PASSWORD"), applicationName: "ticketload",
            schema: schema)
    }

    static func broker() throws -> BrokerSettings {
        BrokerSettings(
            hosts: [.init(host: "127.0.0.1", port: try port("BENCH_BROKER_PORT"))],
            vhost: try word("BENCH_BROKER_VHOST"), user: try word("BENCH_BROKER_USER"),
            password: try word("BENCH_BROKER_PASSWORD"), connectionName: "ticketload")
    }

    private static func word(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else { throw Misuse(what: "\(name) is not set") }
        return value
    }

    private static func port(_ name: String) throws -> Int {
        guard let port = Int(try word(name)) else { throw Misuse(what: "\(name) is no port") }
        return port
    }
}

/// Runs `body` beside a service that runs as long as it does.
func with<Result: Sendable>(
    _ service: some Service, _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    try await withThrowingTaskGroup(of: Result?.self) { group in
        group.addTask {
            try await service.run()
            return nil
        }
        group.addTask { try await body() }
        while let result = try await group.next() {
            guard let result else { throw Misuse(what: "a connection ended early") }
            group.cancelAll()
            return result
        }
        throw Misuse(what: "nothing ran")
    }
}
