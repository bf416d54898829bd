import AMQP
import FaultProxy
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

extension Logger {
    static let quiet = Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }
}

/// What a test saw, gathered from several tasks.
private final class Tally: Sendable {
    let confirmed = Mutex<Set<String>>([])
    let consumed = Mutex<Set<String>>([])
    let isPublishing = Mutex(true)
    let isDone = Mutex(false)
    let warnings = Mutex(0)
}

@Suite struct `A client` {
    @Test func `loses nothing when its connections are closed under load`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            let tally = Tally()
            let consumption = vhost.client.consume("work", prefetch: 100)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    while let batch = try await consumption.nextBatch(upTo: 64) {
                        tally.consumed.withLock { $0.formUnion(batch.map { String(decoding: $0.body, as: UTF8.self) }) }
                        consumption.acknowledge(batch.map(\.tag))
                    }
                }
                group.addTask {
                    var next = 0
                    while tally.isPublishing.withLock({ $0 }) {
                        let bodies = (next..<next + 200).map(String.init)
                        next += 200
                        let outcomes = await vhost.client.publish(
                            bodies.map { .test($0, to: "work") }, timeout: .seconds(10))
                        for (body, outcome) in zip(bodies, outcomes) where outcome == .confirmed {
                            tally.confirmed.withLock { _ = $0.insert(body) }
                        }
                    }
                    tally.isDone.withLock { $0 = true }
                }
                for _ in 0..<3 {
                    let before = tally.confirmed.withLock { $0.count }
                    #expect(try await vhost.closeAllConnections(atLeast: 2) >= 2)
                    try await eventually("more confirms after the reconnect") {
                        tally.confirmed.withLock { $0.count } > before + 1000
                    }
                    try await vhost.client.untilReady()
                }
                tally.isPublishing.withLock { $0 = false }
                try await eventually("the last batch") { tally.isDone.withLock { $0 } }
                try await eventually("an empty queue") { try await vhost.queueDepth("work") == 0 }
                try await eventually("everything confirmed to be consumed") {
                    let all = tally.confirmed.withLock { $0 }
                    return tally.consumed.withLock { all.isSubset(of: $0) }
                }
                await consumption.cancel()
                try await group.waitForAll()
            }
            try await eventually("an empty queue") { try await vhost.queueDepth("work") == 0 }
        }
    }

    @Test func `stays alive while it has nothing to say`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            let tally = Tally()
            let client = BrokerClient(
                vhost.settings(heartbeat: .seconds(1)), declarations: Declarations(),
                logger: Logger(label: "counting") { _ in CountingHandler { tally.warnings.withLock { $0 += 1 } } })
            try await running(client) {
                try await client.untilReady()
                let consumption = client.consume("work", prefetch: 1)
                async let batch = consumption.nextBatch(upTo: 1)
                let start = ContinuousClock.now
                try await eventually("five heartbeats to pass") { ContinuousClock.now - start > .seconds(5) }
                #expect(await client.publish([.test(to: "work")]) == [.confirmed])
                #expect(try await batch?.first?.isRedelivered == false)
                #expect(tally.warnings.withLock { $0 } == 0)
            }
        }
    }

    @Test func `notices a peer that is silent, frees stuck sends and comes back`() async throws {
        try await withVhost(declarations: Declarations(queues: [.quorum("work")])) { vhost in
            let proxy = try FaultProxy(
                to: vhost.management.port, at: vhost.management.host, speaking: .amqp)
            defer { proxy.stop() }
            let client = BrokerClient(
                vhost.settings(heartbeat: .seconds(1), host: "127.0.0.1", port: proxy.port),
                declarations: Declarations(), logger: .quiet)
            try await running(client) {
                try await client.untilReady()
                #expect(await client.publish([.test(to: "work")]) == [.confirmed])
                proxy.flow(.hold)
                var large = Publication.test(to: "work")
                large.body = Array(repeating: 1, count: 16 << 20)
                let start = ContinuousClock.now
                let outcome = await client.publish([large], timeout: .seconds(30))
                #expect(ContinuousClock.now - start < .seconds(12), "the silence was not noticed")
                guard case .unknown? = outcome.first else {
                    Issue.record("\(outcome)")
                    return
                }
                #expect(await !client.status.isPublisherReady)
                proxy.flow(.pass)
                try await client.untilReady()
                #expect(await client.publish([.test(to: "work")], timeout: .seconds(20)) == [.confirmed])
            }
        }
    }
}

/// Counts warnings and errors.
private struct CountingHandler: LogHandler {
    let count: @Sendable () -> Void
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.trace

    init(count: @escaping @Sendable () -> Void) { self.count = count }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        if event.level >= .warning { count() }
    }
}
