// swift-tools-version: 6.2
import PackageDescription

// Libraries from outside, by the name the targets below use.
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore = Target.Dependency.product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTLS = Target.Dependency.product(name: "HummingbirdTLS", package: "hummingbird")
let hummingbirdTesting = Target.Dependency.product(name: "HummingbirdTesting", package: "hummingbird")
let jwtKit = Target.Dependency.product(name: "JWTKit", package: "jwt-kit")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let metricsTestKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let lifecycleTestKit = Target.Dependency.product(name: "ServiceLifecycleTestKit", package: "swift-service-lifecycle")
let tracing = Target.Dependency.product(name: "Tracing", package: "swift-distributed-tracing")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// One service is three targets and their tests: rules that touch nothing, the parts around them, a five-line program.
func service(
    _ name: String, executable: String, rulesParts: [Target.Dependency] = [], rulesResources: [Resource] = [],
    parts: [Target.Dependency] = [], resources: [Resource] = [], serviceTests: [Target.Dependency] = []
) -> [Target] {
    let rules: [Target.Dependency] = ["Kernel", "Contracts"]
    let domain = Target.Dependency.target(name: "\(name)Domain")
    let shared: [Target.Dependency] =
        rules + [
            domain, "Postgres", "Messaging", "ServiceKit", logging, metrics, tracing, serviceLifecycle, hummingbird,
        ]
    let service = Target.Dependency.target(name: "\(name)Service")
    return [
        .target(
            name: "\(name)Domain", dependencies: rules + rulesParts, path: "Services/\(name)/Domain",
            resources: rulesResources),
        .target(
            name: "\(name)Service", dependencies: shared + parts, path: "Services/\(name)/Service", resources: resources
        ),
        .executableTarget(name: executable, dependencies: [service], path: "Services/\(name)/Main"),
        .testTarget(
            name: "\(name)DomainTests", dependencies: rules + [domain, "TestSupport"],
            path: "Tests/\(name)/DomainTests"),
        .testTarget(
            name: "\(name)ServiceTests",
            dependencies: rules + [
                domain, service, "Postgres", "AMQP", "Messaging", "ServiceKit", "TestSupport", hummingbird,
                hummingbirdTesting, logging,
            ] + serviceTests,
            path: "Tests/\(name)/ServiceTests"),
    ]
}

/// Every service embeds its migrations, so that a binary can never meet a schema it does not know how to make.
func migrations(_ names: String...) -> [Resource] {
    names.map { .embedInCode("Store/Migrations/\($0).sql") }
}

/// The shipped process definitions are part of the program, so that a service can begin without any file beside it.
func processes(_ names: String...) -> [Resource] {
    names.map { .embedInCode("Processes/Definitions/\($0).yaml") }
}

let shared: [Target] = [
    .target(name: "Kernel", dependencies: [crypto], path: "Shared/Kernel"),
    .target(name: "Contracts", dependencies: ["Kernel"], path: "Shared/Contracts"),
    .target(name: "BusinessTime", dependencies: ["Kernel"], path: "Shared/BusinessTime"),
    .systemLibrary(
        name: "CPostgres", path: "Shared/CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .target(
        name: "Postgres",
        dependencies: ["CPostgres", "Kernel", logging, metrics, serviceLifecycle, crypto], path: "Shared/Postgres"),
    .systemLibrary(
        name: "CRabbitMQ", path: "Shared/CRabbitMQ", pkgConfig: "librabbitmq", providers: [.apt(["librabbitmq-dev"])]),
    .target(
        name: "AMQP", dependencies: ["CRabbitMQ", "Kernel", logging, metrics, serviceLifecycle], path: "Shared/AMQP"),
    .target(
        name: "Messaging",
        dependencies: ["Postgres", "AMQP", "Contracts", "Kernel", logging, metrics, tracing, serviceLifecycle],
        path: "Shared/Messaging",
        resources: ["messaging", "timers_by_key", "suspects"].map { .embedInCode("Migrations/\($0).sql") }),
    .target(
        name: "ServiceKit",
        dependencies: [
            "Messaging", "Postgres", "AMQP", "Contracts", "Kernel", logging, metrics, tracing, serviceLifecycle,
            unixSignals, configuration, hummingbird, hummingbirdCore, hummingbirdTLS, jwtKit, asyncHTTPClient, crypto,
            nioCore, nioHTTP1, nioPosix, nioSSL,
        ],
        path: "Shared/ServiceKit"),
]

let services: [Target] = [
    service(
        "Intake", executable: "intake",
        resources: migrations("V001_intake", "V002_progress", "V003_wishes", "V005_levels", "V006_today")),
    service(
        "Dispatcher", executable: "dispatcher", rulesParts: [yams, "BusinessTime"],
        rulesResources: processes(
            "requirement-review", "s0-direct", "s0-stations", "s1-complaints", "s1-computer", "s1-other", "s1-sales",
            "s1-software",
            "s1-telephone", "s2-generic", "s3-repair", "s4-complaint", "s4-hotline", "s4-onsite", "s4-project",
            "simple-repair"),
        parts: ["BusinessTime", asyncHTTPClient, crypto, cryptoExtras, jwtKit, nioCore, nioHTTP1, nioPosix],
        resources: migrations(
            "V001_dispatch", "V002_people", "V003_processes", "V010_clocks", "V012_errands", "V013_texts",
            "V015_lighter_commands", "V016_offers", "V017_visits", "V018_phone", "V019_parts_and_money",
            "V020_appointments", "V021_pieces") + [
                .embedInCode("HTTP/openapi.yaml")
            ],
        serviceTests: ["BusinessTime", crypto, cryptoExtras, jwtKit, yams]),
    service(
        "Notifier", executable: "notifier",
        parts: [asyncHTTPClient, mustache, nioCore, nioHTTP1, nioPosix, nioSSL],
        resources: migrations("V001_notify", "V002_steps", "V004_approvals"),
        serviceTests: ["WeChatSimulator", nioCore, nioPosix, asyncHTTPClient]),
    service(
        "FollowUp", executable: "followup", parts: [nioCore],
        resources: migrations("V001_followup", "V003_calls") + [.embedInCode("HTTP/openapi.yaml")],
        serviceTests: [yams]),
    service(
        "Reporting", executable: "reporting",
        resources: migrations("V001_report", "V002_steps", "V004_incidents", "V005_wishes", "V006_calls")),
    [
        .target(
            name: "PaidanTool",
            dependencies: [
                "Kernel", "Contracts", "Postgres", "AMQP", "Messaging", "ServiceKit", "IntakeService",
                "DispatcherService", "DispatcherDomain", "BusinessTime",
                "NotifierService", "FollowUpService", "ReportingService", argumentParser, asyncHTTPClient, nioCore,
                nioHTTP1, logging,
            ],
            path: "Services/Paidan/Tool"),
        .executableTarget(name: "paidan", dependencies: ["PaidanTool", argumentParser], path: "Services/Paidan/Main"),
        .testTarget(
            name: "PaidanToolTests",
            dependencies: [
                "PaidanTool", "DispatcherDomain", "BusinessTime", "TestSupport", "StackSupport", "Postgres", "AMQP",
                "Messaging",
                "Contracts", "Kernel", argumentParser, logging,
            ],
            path: "Tests/Paidan"),
    ],
].flatMap { $0 }

let tests: [Target] = [
    .target(
        name: "TestSupport",
        dependencies: ["Postgres", "AMQP", "Messaging", "Contracts", "Kernel", logging],
        path: "Tests/Support/TestSupport"),
    .target(name: "FaultProxy", path: "Tests/Support/FaultProxy"),
    .target(
        name: "WeChatSimulator", dependencies: [hummingbird, logging], path: "Tests/Support/WeChatSimulator"),
    .executableTarget(
        name: "wechat-simulator", dependencies: ["WeChatSimulator"], path: "Tests/Support/WeChatSimulatorMain"),
    .testTarget(name: "KernelTests", dependencies: ["Kernel"], path: "Tests/Shared/KernelTests"),
    .testTarget(
        name: "ContractsTests", dependencies: ["Contracts", "Kernel", "TestSupport", yams],
        path: "Tests/Shared/ContractsTests",
        resources: [.copy("Golden")]),
    .testTarget(
        name: "BusinessTimeTests", dependencies: ["BusinessTime", "Kernel"], path: "Tests/Shared/BusinessTimeTests",
        resources: [.copy("Golden")]),
    .testTarget(
        name: "PostgresTests",
        dependencies: ["Postgres", "Kernel", "TestSupport", "FaultProxy", logging, metrics, serviceLifecycle],
        path: "Tests/Shared/PostgresTests"),
    .testTarget(
        name: "AMQPTests", dependencies: ["AMQP", "Kernel", "TestSupport", "FaultProxy", logging, serviceLifecycle],
        path: "Tests/Shared/AMQPTests"),
    .testTarget(
        name: "MessagingTests",
        dependencies: [
            "Messaging", "Postgres", "AMQP", "Contracts", "Kernel", "TestSupport", logging, metrics, metricsTestKit,
            tracing,
            serviceLifecycle,
        ],
        path: "Tests/Shared/MessagingTests"),
    .testTarget(
        name: "SimulationTests", dependencies: ["Messaging", "AMQP", "Contracts", "Kernel", "TestSupport"],
        path: "Tests/Shared/SimulationTests"),
    .testTarget(
        name: "ServiceKitTests",
        dependencies: [
            "ServiceKit", "Messaging", "Postgres", "AMQP", "Contracts", "Kernel", "TestSupport", hummingbird,
            hummingbirdTesting, logging, metrics, tracing,
            configuration, jwtKit, asyncHTTPClient, serviceLifecycle, nioCore,
        ],
        path: "Tests/Shared/ServiceKitTests"),
    .executableTarget(
        name: "ticketload",
        dependencies: ["BusinessTime", "Postgres", "AMQP", "Messaging", logging, serviceLifecycle],
        path: "Tests/Load/ticketload"),
    .testTarget(name: "ArchitectureTests", path: "Tests/Architecture"),
    .target(
        name: "StackSupport", dependencies: [asyncHTTPClient, nioCore, nioHTTP1], path: "Tests/Support/StackSupport"),
    .testTarget(name: "SystemTests", dependencies: ["StackSupport", "DispatcherDomain"], path: "Tests/System"),
    .testTarget(
        name: "FaultTests",
        dependencies: [
            "StackSupport", "TestSupport", "FaultProxy", "AMQP", asyncHTTPClient, crypto, nioCore, nioHTTP1, logging,
        ],
        path: "Tests/Faults"),
]

let package = Package(
    name: "Paidan",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-configuration", from: "1.4.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/vapor/jwt-kit", from: "5.7.0"),
    ],
    targets: shared + services + tests
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ]
}

// PAIDAN_ONLY=PostgresTests,AMQPTests builds just those targets and what they stand on; a full build leaves it unset.
if let only = Context.environment["PAIDAN_ONLY"], !only.isEmpty {
    var wanted = Set(only.split(separator: ",").map(String.init))
    var frontier = wanted
    while !frontier.isEmpty {
        let needed = package.targets.filter { frontier.contains($0.name) }.flatMap(\.dependencies)
        let names = needed.compactMap { dependency -> String? in
            switch dependency {
            case .targetItem(let name, _), .byNameItem(let name, _): name
            default: nil
            }
        }
        frontier = Set(names).subtracting(wanted)
        wanted.formUnion(frontier)
    }
    package.targets.removeAll { !wanted.contains($0.name) }
}
