import AMQP
import AsyncHTTPClient
import Contracts
import Foundation
import Hummingbird
import Logging
import Messaging
import NIOCore
import NIOHTTP1
import Postgres
import ServiceLifecycle
import Synchronization
import Testing
import TestSupport

@testable import ServiceKit

@Suite struct `The start and the stop` {
    /// Notes what is still there when it is told to stop.
    private final class Witness: Service {
        struct Sight: Equatable {
            var isReady: Bool
            var isHTTPOpen: Bool
            var isDatabaseThere: Bool
            var isBrokerThere: Bool
            var isAdminOpen: Bool
        }

        private let kit: Kit
        private let port: Int
        private let admin: Int
        let sight = Mutex<Sight?>(nil)
        let running = Mutex(false)

        init(kit: Kit, port: Int, admin: Int) {
            self.kit = kit
            self.port = port
            self.admin = admin
        }

        func run() async throws {
            running.withLock { $0 = true }
            try await gracefulShutdown()
            let isReady = await kit.health.report().isReady
            let status = await kit.broker.status
            // A port that nobody listens at is asked until the time is over.
            let isHTTPOpen = await answers(port, within: .seconds(2))
            let isAdminOpen = await answers(admin, within: .seconds(20))
            let isDatabaseThere = await (try? kit.workPool.ping()) != nil
            sight.withLock {
                $0 = Sight(
                    isReady: isReady, isHTTPOpen: isHTTPOpen, isDatabaseThere: isDatabaseThere,
                    isBrokerThere: status.isPublisherReady, isAdminOpen: isAdminOpen)
            }
        }

        private func answers(_ port: Int, within limit: TimeAmount) async -> Bool {
            var request = HTTPClientRequest(url: "http://127.0.0.1:\(port)/livez")
            request.headers.add(name: "connection", value: "close")
            return await (try? HTTPClient.shared.execute(request, timeout: limit)) != nil
        }
    }

    @Test func `end HTTP first, then the parts, then relay, broker and database, the admin port last`() async throws {
        try await withDatabase(schema: "probe", migrations: MessagingSchema.migrations) { database in
            try await withVhost(declarations: Topology.suite.owned(by: "intake").declarations) { vhost in
                let (port, admin) = (try FreePort().number, try FreePort().number)
                let kit = try kit(database, vhost, port: port)
                let witness = Witness(kit: kit, port: port, admin: admin)
                let adminServer = AdminServer(service: "intake", version: "1", health: kit.health, registry: nil)
                    .application(host: "127.0.0.1", port: admin, logger: kit.logger)
                // The server stands first, and is the first to stop all the same.
                let plan = StartPlan(
                    kit: kit, before: [adminServer], bindings: nil, own: [kit.httpServer(kit.router()), witness])
                let stops = Mutex(0)
                let group = ServiceGroup(
                    configuration: ServiceGroupConfiguration(
                        services: plan.parts { stops.withLock { $0 += 1 } }, logger: kit.logger))
                async let running: Void = group.run()
                try await until { witness.running.withLock { $0 } }
                try await until { await kit.health.report().isReady }
                await group.triggerGracefulShutdown()
                try await running
                #expect(
                    witness.sight.withLock { $0 }
                        == Witness.Sight(
                            isReady: false, isHTTPOpen: false, isDatabaseThere: true, isBrokerThere: true,
                            isAdminOpen: true))
                #expect(stops.withLock { $0 } == 1)
            }
        }
    }

    @Test func `hold the parts back until the schema is migrated`() async throws {
        try await withDatabase(schema: "probe") { database in
            let gate = SchemaGate(
                MessagingSchema.migrations, schema: "probe", pool: database.pool, logger: Logger(label: "x"))
            let group = ServiceGroup(configuration: .init(services: [gate], logger: Logger(label: "x")))
            async let running: Void = group.run()
            async let passed: Void = gate.wait()
            try await until { (try? gate.verify()) == nil && !gate.isOpen }
            let trouble = #expect(throws: NotReady.self) { try gate.verify() }
            #expect(trouble != nil)
            let migrator = Migrator(
                MessagingSchema.migrations, schema: "probe", in: database.ownerPool, logger: Logger(label: "x"))
            _ = try await migrator.apply()
            await passed
            try gate.verify()
            await group.triggerGracefulShutdown()
            try await running
        }
    }

    @Test func `give a waiting part up when the stop comes first`() async throws {
        let pool = PostgresPool(
            TestServer.settings(database: "postgres"), name: "x", size: 1, logger: Logger(label: "x"))
        let gate = SchemaGate([], schema: "x", pool: pool, logger: Logger(label: "x"))
        let waiting = Task { await gate.wait() }
        waiting.cancel()
        await waiting.value
        #expect(!gate.isOpen)
    }

    private func kit(_ database: TestDatabase, _ vhost: TestVhost, port: Int) throws -> Kit {
        let reader = SettingsReader(environment: ["PAIDAN_HTTP_PORT": String(port)])
        let common = CommonSettings(service: "intake", schema: "probe")
        var logger = Logger(label: "intake")
        logger.logLevel = .critical
        let pools = ["work", "requests"].map { PostgresPool(database.settings, name: $0, size: 2, logger: logger) }
        let kit = Kit(
            name: "intake", schema: "probe", settings: reader, logger: logger, workPool: pools[0],
            requestPool: pools[1],
            broker: BrokerClient(
                vhost.settings(), declarations: Topology.suite.owned(by: "intake").declarations, logger: logger),
            identity: IdentityCheck(keysURL: nil, logger: logger), http: try HTTPAddress(common, reader),
            outboxMaxAge: .seconds(30),
            schemaGate: SchemaGate(MessagingSchema.migrations, schema: "probe", pool: pools[0], logger: logger))
        kit.registerHealth()
        return kit
    }

    /// Asks again and again, ten seconds at most.
    private func until(_ condition: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(10)
        while ContinuousClock.now < end {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("The condition has not come true within ten seconds.")
    }
}
