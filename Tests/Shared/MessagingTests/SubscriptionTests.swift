import AMQP
import Contracts
import Foundation
import TestSupport
import Testing

@testable import Messaging

@Suite struct `A subscription` {
    /// The broker gives back whatever is on its way when it is cancelled. Others that take their share of what fills the window
    /// are what an update meets that stops one instance after another.
    @Test(arguments: [5.0, 40, 300, 1500], [0, 2]) func `stops in the midst of its traffic, and nothing is given back`(
        rate: Double, others: Int
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
            let sides = (0..<others).map { _ in
                let side = Subscription("dispatcher.events", prefetch: 256, vhost.client, logger: Workshop.logger)
                return (side, Task { try await Self.takeAll(of: side) })
            }
            var received = 0
            for _ in 0..<6 { received += try await Self.take(from: vhost.client, seconds: 0.7) }
            traffic.cancel()
            let sent = try await traffic.value
            for (side, task) in sides {
                await side.stop()
                received += try await task.value
            }
            let rest = Subscription("dispatcher.events", prefetch: 1000, vhost.client, logger: Workshop.logger)
            while received < sent {
                let batch = try #require(try await rest.nextBatch(upTo: 1000))
                #expect(batch.allSatisfy { !$0.isRedelivered })
                received += batch.count
                rest.acknowledge(batch.map(\.tag))
            }
            #expect(received == sent)
            await rest.stop()
        }
    }

    /// How many it got until it ended, `seconds` and a stop later; each once.
    private static func take(from broker: BrokerClient, seconds: Double) async throws -> Int {
        let subscription = Subscription("dispatcher.events", prefetch: 256, broker, logger: Workshop.logger)
        async let stop: Void = {
            try await Task.sleep(for: .seconds(seconds))
            await subscription.stop()
        }()
        let received = try await takeAll(of: subscription)
        try await stop
        return received
    }

    private static func takeAll(of subscription: Subscription) async throws -> Int {
        var received = 0
        while let batch = try await subscription.nextBatch(upTo: 64) {
            #expect(batch.allSatisfy { !$0.isRedelivered }, "given back")
            received += batch.count
            subscription.acknowledge(batch.map(\.tag))
        }
        return received
    }
}
