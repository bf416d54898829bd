import Foundation
import StackSupport
import Synchronization
import Testing

/// An update of the programs goes this way, many times a year.
extension `Under load` {
    @Test func `a stop by SIGTERM ends with status 0 and gives no message back to the broker`() async throws {
        let before = try await redelivered()
        let children = try await adopt(services)
        try await bench.survive("SIGTERM of all five") { [bench] in
            try await bench.pause(upTo: 1.5)
            try await stop(children)
        }
        #expect(try await redelivered() == before, "messages were given back")
    }

    /// More than is worked off: windows are full, queues and outboxes grow. All five at once, then each alone (one of them in
    /// the short form) while the others go on sending to it.
    @Test func `a stop by SIGTERM under as much load as clients can make gives nothing back either`() async throws {
        let alone = isLongForm ? services : [bench.shuffled(services)[0]]
        for stopped in [services] + alone.map({ [$0] }) {
            let before = try await redelivered()
            let children = try await adopt(stopped)
            let count = bench.history.withLock { $0.tickets.count }
            let begin = ContinuousClock.now
            try await bench.load(0, eager: 58) { [bench, stack] in
                try await Task.sleep(for: .seconds(2))
                try await bench.pause(upTo: 1)
                let start = ContinuousClock.now
                try await stop(children)
                print(
                    "faults: SIGTERM of \(stopped.joined(separator: ", ")): ended after \(ContinuousClock.now - start)")
                try await stack.waitUntilReady()
                // What was given back is delivered again.
                try await Task.sleep(for: .seconds(1))
            }
            let taken = bench.history.withLock { $0.tickets.count } - count
            print("faults: \(Int(Double(taken) / ((ContinuousClock.now - begin) / .seconds(1)))) tickets a second")
            try await bench.judge("SIGTERM of \(stopped.joined(separator: ", "))")
            let given = try await redelivered() - before
            #expect(given == 0, "given back by \(stopped)")
        }
    }

    private func redelivered() async throws -> Int {
        try await bench.broker.metric("rabbitmq_global_messages_redelivered_total")
    }

    /// Starts them again as our own children, so that their status reaches us.
    private func adopt(_ services: [String]) async throws -> [(service: String, child: Child)] {
        for service in services { try await stack.end(service, by: SIGTERM) }
        let children = try services.map { (service: $0, child: try stack.adopt($0)) }
        try await stack.waitUntilReady()
        return children
    }

    /// Stops all at once and starts them again. Status 0 is within the deadline.
    private func stop(_ children: [(service: String, child: Child)]) async throws {
        for (service, _) in children { try stack.signal(service, SIGTERM) }
        for (service, child) in children {
            let status = await child.status
            #expect(status == 0, "\(service)")
        }
        for (service, _) in children { try await stack.start(service) }
    }
}
