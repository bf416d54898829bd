import FaultProxy
import Foundation
import StackSupport
import Synchronization
import Testing

/// What stands between the services of a stack and their database and broker.
struct Network: Sendable {
    @TaskLocal static var current: Network?

    let database: FaultProxy
    let broker: FaultProxy
    var both: [FaultProxy] { [database, broker] }

    /// Puts the proxies in place and starts the services anew.
    init(before stack: Stack) async throws {
        database = try FaultProxy(to: try stack.port("postgres"), speaking: .postgres)
        broker = try FaultProxy(to: try stack.port("amqp"), speaking: .amqp)
        // Short times, so that a test need not be long.
        let settings = """
            PAIDAN_DATABASE_HOSTS=127.0.0.1:\(database.port)
            PAIDAN_BROKER_HOSTS=127.0.0.1:\(broker.port)
            PAIDAN_BROKER_HEARTBEAT=4s
            PAIDAN_OUTBOX_MAX_AGE=5s

            """
        for service in services {
            let file = try FileHandle(forWritingTo: stack.state.appending(path: "env/\(service).env"))
            try file.seekToEnd()
            try file.write(contentsOf: Data(settings.utf8))
            try file.close()
            try await stack.end(service, by: SIGTERM)
            try await stack.start(service)
        }
        try await stack.waitUntilReady()
    }

    func stop() { for proxy in both { proxy.stop() } }
}

/// One stack for all faults, one after the other, with a proxy before its database and one before its broker.
struct OwnNetwork: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try await Turn.shared.take()
        let stack = Stack("network")
        let seed = Seed.given()
        print("faults: seed \(seed.value) (repeat with PAIDAN_TEST_SEED=\(seed.value))")
        // The services speak through them until they have stopped.
        let network = Mutex<Network?>(nil)
        defer {
            network.withLock { $0 }?.stop()
            Turn.shared.giveBack()
        }
        try await stack.whileUp {
            let between = try await Network(before: stack)
            network.withLock { $0 = between }
            try await Network.$current.withValue(between) {
                try await Bench.$current.withValue(Bench(stack, seed: seed), operation: body)
            }
        }
    }
}

extension Trait where Self == OwnNetwork {
    static var ownNetwork: Self { OwnNetwork() }
}

/// Whole stacks come one after the other: two of them on a small machine would measure each other.
final class Turn: Sendable {
    static let shared = Turn()

    private let isTaken = Mutex(false)

    func take() async throws {
        while isTaken.withLock({ isTaken in
            defer { isTaken = true }
            return isTaken
        }) {
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    func giveBack() { isTaken.withLock { $0 = false } }
}
