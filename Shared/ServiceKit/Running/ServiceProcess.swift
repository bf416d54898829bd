private import AsyncHTTPClient
private import Contracts
private import Foundation
private import Hummingbird
private import Logging
private import Metrics
private import NIOCore
private import NIOHTTP1
private import Postgres
private import ServiceLifecycle
private import Tracing
private import UnixSignals

/// One service as a process: its command line, its global set-up, its start and its stop.
struct ServiceProcess<Suite: SuiteService> {
    let arguments: [String]
    private let common = CommonSettings(service: Suite.name, schema: Suite.schema)

    init(arguments: [String]) { self.arguments = arguments }

    /// - Returns: the process's exit status.
    func run() async -> Int32 {
        // A peer that closes early is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        let command = arguments.first.flatMap { $0.hasPrefix("-") ? nil : $0 }
        var options = Array(arguments.dropFirst(command == nil ? 0 : 1))
        if options.contains("--version") { return say("\(Suite.name) \(BuildInfo.version)\n") }
        if options.contains("--help") || options.contains("-h") { return say(help) }
        let mustPrint = options.contains("--print-config")
        let isJSON = options.contains("--json")
        options.removeAll { $0 == "--print-config" || $0 == "--json" }
        let reader = SettingsReader(environment: ProcessInfo.processInfo.environment, arguments: options)
        do {
            if command == "settings" { return say(try listing(isJSON: isJSON)) }
            try reader.verify(Suite.allSettings)
            if mustPrint { return say(try reader.listing(Suite.allSettings)) }
            switch command {
            case nil, "serve": return try await serve(reader)
            case "check": return try await check(reader)
            case let other?: return complain("'\(other)' is no command.\n\(help)")
            }
        } catch let fault as SettingsFault {
            return complain(fault.faults.map { "\(Suite.name): \($0)\n" }.joined())
        } catch {
            Logger(label: Suite.name).critical(
                "Stopped by an error", metadata: ["error": "\(String(reflecting: error))"])
            return 1
        }
    }

    private func serve(_ reader: SettingsReader) async throws -> Int32 {
        let logger = try startLogging(reader)
        for warning in reader.warnings(Suite.allSettings) {
            logger.warning("Unknown setting", metadata: ["error": "\(warning)"])
        }
        let registry = startMetrics()
        let exporter = try startTracing(reader, logger)
        let kit = try Kit(
            name: Suite.name, schema: Suite.schema, migrations: Suite.migrations, common: common, settings: reader,
            logger: logger)
        let admin = AdminServer(service: Suite.name, version: BuildInfo.version, health: kit.health, registry: registry)
            .application(
                host: try reader.read(common.adminHost), port: try reader.read(common.adminPort), logger: logger)
        let bindings = try bindingsCheck(reader, logger)
        if let bindings { kit.health.register("bindings") { try bindings.verify() } }
        let own = try await Suite.parts(kit)
        let plan = StartPlan(kit: kit, before: (exporter.map { [$0] } ?? []) + [admin], bindings: bindings, own: own)
        let deadline = try reader.read(common.stopDeadline)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: plan.parts { StopDeadline.start(deadline, logger) },
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        logger.info("Starting", metadata: ["version": "\(BuildInfo.version)"])
        do {
            try await group.run()
        } catch {
            // Said by the part that failed.
            logger.critical("Stopped by an error", metadata: ["error": "\(String(reflecting: error))"])
            return 1
        }
        logger.info("Stopped")
        return 0
    }

    private func startLogging(_ reader: SettingsReader) throws -> Logger {
        let level = Logger.Level(rawValue: try reader.read(common.logLevel)) ?? .info
        let format = SuiteLogHandler.Format(rawValue: try reader.read(common.logFormat)) ?? .json
        let service = Suite.name
        LoggingSystem.bootstrap { _ in
            SuiteLogHandler(service: service, level: level, format: format) { LogSink.standardError.write($0) }
        }
        return Logger(label: Suite.name)
    }

    private func startMetrics() -> PrometheusRegistry {
        let registry = PrometheusRegistry()
        MetricsSystem.bootstrap(registry)
        Meter(label: "paidan_build_info", dimensions: [("version", BuildInfo.version), ("service", Suite.name)]).set(1)
        let figures = ProcessFigures(registry: registry)
        registry.onCollect { figures.collect() }
        return registry
    }

    private func startTracing(_ reader: SettingsReader, _ logger: Logger) throws -> SpanExporter? {
        let exporter = try reader.read(common.traces).map {
            SpanExporter(service: Suite.name, version: BuildInfo.version, endpoint: $0, logger: logger)
        }
        InstrumentationSystem.bootstrap(SuiteTracer(exporter: exporter))
        return exporter
    }

    private func bindingsCheck(_ reader: SettingsReader, _ logger: Logger) throws -> BindingsCheck? {
        guard let url = try reader.read(common.brokerManagement) else { return nil }
        return BindingsCheck(
            managementURL: url, vhost: try reader.read(common.brokerVhost), user: try reader.read(common.brokerUser),
            password: try reader.read(common.brokerPassword), topology: Topology.suite.owned(by: Suite.name),
            logger: logger)
    }

    /// Asks the running service whether it is ready, for health checks of containers.
    private func check(_ reader: SettingsReader) async throws -> Int32 {
        let host = try reader.read(common.adminHost)
        let reachable = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "[::1]" : host
        let url = "http://\(reachable):\(try reader.read(common.adminPort))/readyz?verbose"
        do {
            let response = try await HTTPClient.shared.execute(HTTPClientRequest(url: url), timeout: .seconds(5))
            let body = try await response.body.collect(upTo: 1 << 16)
            _ = say(String(buffer: body))
            return response.status == .ok ? 0 : 1
        } catch {
            return complain("\(Suite.name) does not answer at \(url): \(error)\n", status: 1)
        }
    }

    private func listing(isJSON: Bool) throws -> String {
        guard isJSON else { return SettingsDocument.markdown(services: [(Suite.name, Suite.settings)]) }
        let entries = Suite.allSettings.map {
            SettingEntry(
                key: $0.key, variable: $0.environmentName, meaning: $0.summary, expectation: $0.expectation,
                defaultText: $0.defaultText, isSecret: $0.isSecret, isRequired: $0.isRequired)
        }
        return String(decoding: try WireJSON.encode(entries), as: UTF8.self) + "\n"
    }

    private var help: String {
        """
        \(Suite.name) [serve] [--key value …]   runs until SIGTERM or SIGINT
        \(Suite.name) --print-config            shows the settings in force, without secrets
        \(Suite.name) settings [--json]         describes every setting
        \(Suite.name) check                     ends with 0 when the running service is ready
        \(Suite.name) --version

        """
    }

    private func say(_ text: String) -> Int32 {
        FileHandle.standardOutput.write(Data(text.utf8))
        return 0
    }

    private func complain(_ text: String, status: Int32 = 2) -> Int32 {
        FileHandle.standardError.write(Data(text.utf8))
        return status
    }
}

/// One setting in `settings --json`.
private struct SettingEntry: Encodable {
    let key, variable, meaning, expectation: String
    let defaultText: String?
    let isSecret, isRequired: Bool
}
