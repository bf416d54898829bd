import AMQP
import Contracts
import Foundation
import TestSupport
import Testing

@testable import Messaging

@Suite struct `A subscription` {
    /// Too few to fill a window at once, and too many for the queue to be quiet: the broker gives back whatever is on its way
    /// when it is cancelled.
    @Test(arguments: [5.0, 40, 300, 1500]) func `stops in the midst of its traffic, and nothing is given back`(
        rate: Double
    ) async throws {
        try await withVhost(declarations: Topology.suite.declarations) { vhost in
            let traffic = Task {
                let start = ContinuousClock.now
                var sent = 0
                while !Task.isCancelled {
                    let due = Int((ContinuousClock.now - start) / .seconds(1) * rate)
                    if due > sent {
                        let messages = try (sent..<due).map { _ in Sample.publication(try Sample.event()) }
                        for outcome in await vhost.client.publish(messages) { #expect(outcome == .confirmed) }
                        sent = due
                    }
                    // The traffic's own pace; cut short at its end.
                    try? await Task.sleep(for: .milliseconds(2))
                }
                return sent
            }
            defer { traffic.cancel() }
            var received = 0
            for _ in 0..<6 { received += try await Self.take(from: vhost.client, seconds: 0.7) }
            traffic.cancel()
            let sent = try await traffic.value
            let rest = vhost.client.consume("dispatcher.events", prefetch: 1000)
            while received < sent {
                let batch = try #require(try await rest.nextBatch(upTo: 1000))
                #expect(batch.allSatisfy { !$0.isRedelivered })
                received += batch.count
                await rest.acknowledge(batch.map(\.tag))
            }
            #expect(received == sent)
            await rest.cancel()
        }
    }

    /// How many it got until it ended, `seconds` and a stop later; each once.
    private static func take(from broker: BrokerClient, seconds: Double) async throws -> Int {
        let subscription = Subscription("dispatcher.events", prefetch: 256, broker)
        async let stop: Void = {
            try await Task.sleep(for: .seconds(seconds))
            await subscription.stop()
        }()
        var received = 0
        while let batch = try await subscription.nextBatch(upTo: 64) {
            #expect(batch.allSatisfy { !$0.isRedelivered }, "given back")
            received += batch.count
            await subscription.acknowledge(batch.map(\.tag))
        }
        try await stop
        return received
    }
}
