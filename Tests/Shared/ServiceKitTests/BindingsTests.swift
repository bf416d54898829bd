import AMQP
import Contracts
import Foundation
import Logging
import Messaging
import ServiceLifecycle
import Synchronization
import Testing
import TestSupport

@testable import ServiceKit

@Suite struct `The bindings check` {
    private func trouble(_ check: BindingsCheck) -> String? {
        do {
            try check.verify()
            return nil
        } catch {
            return (error as? NotReady)?.reason
        }
    }

    @Test func `is content with what the contracts declare, and names what is missing`() async throws {
        let own = Topology.suite.owned(by: "intake")
        var partial = own.declarations
        let gone = try #require(partial.bindings.first { $0.queue == "intake.events" })
        partial.bindings.removeAll { $0 == gone }
        try await withVhost(declarations: partial) { vhost in
            let management = vhost.management
            let check = BindingsCheck(
                managementURL: "http://\(management.host):\(management.managementPort)/", vhost: vhost.name,
                user: management.user, password: management.password, topology: own,
                logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() })
            let group = ServiceGroup(configuration: .init(services: [check], logger: Logger(label: "x")))
            async let running: Void = group.run()
            let missing = "missing bindings: intake.events from \(gone.exchange) by \(gone.key)"
            try await until { trouble(check) == missing }
            try await vhost.client.declare(own.declarations)
            try await until { trouble(check) == nil }
            await group.triggerGracefulShutdown()
            try await running
        }
    }

    @Test func `says so when the management API refuses`() async throws {
        try await withVhost(declarations: Declarations()) { vhost in
            let management = vhost.management
            let check = BindingsCheck(
                managementURL: "http://\(management.host):\(management.managementPort)", vhost: vhost.name,
                user: "nobody",
                password: "wrong", topology: Topology.suite.owned(by: "intake"),
                logger: Logger(label: "x") { _ in SwiftLogNoOpLogHandler() })
            let group = ServiceGroup(configuration: .init(services: [check], logger: Logger(label: "x")))
            async let running: Void = group.run()
            try await until { trouble(check) == "the broker's management API answers 401" }
            await group.triggerGracefulShutdown()
            try await running
        }
    }

    @Test func `says since when a binding is gone, and the command that brings back what went past it`() async throws {
        let own = Topology.suite.owned(by: "intake")
        let gone = try #require(own.declarations.bindings.first { $0.queue == "intake.events" })
        let told = Mutex<[String]>([])
        let logger = Logger(label: "x") { _ in
            SuiteLogHandler(service: "intake", level: .info, format: .json) { line in
                told.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        }
        func lines(_ word: String) -> [String] { told.withLock { $0.filter { $0.contains(word) } } }
        try await withVhost(declarations: own.declarations) { vhost in
            let management = vhost.management
            let check = BindingsCheck(
                managementURL: "http://\(management.host):\(management.managementPort)", vhost: vhost.name,
                user: management.user, password: management.password, topology: own, logger: logger)
            let group = ServiceGroup(configuration: .init(services: [check], logger: Logger(label: "x")))
            async let running: Void = group.run()
            try await until { trouble(check) == nil }
            let key = gone.key.replacing("#", with: "%23")
            try await management.call(
                "DELETE", ["bindings", vhost.name, "e", gone.exchange, "q", gone.queue, key])
            try await until { lines("bindings are missing").count == 1 }
            try await vhost.client.declare(own.declarations)
            try await until { lines("bindings are there again").count == 1 }
            await group.triggerGracefulShutdown()
            try await running
        }
        for line in lines("Broker bindings are") {
            #expect(line.contains(/paidan outbox resend --since 20[0-9-]+T[0-9:]+Z --yes/))
        }
    }

    private func until(_ condition: () -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < end {
            if condition() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("The condition has not come true within twenty seconds.")
    }
}
