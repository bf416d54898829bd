import Testing

/// Arrows point down only: Main → Service → (Domain, ServiceKit, Messaging) → (Postgres, AMQP) → C libraries.
@Suite struct `The dependency rule` {
    static let services = ["Intake", "Dispatcher", "Notifier", "FollowUp", "Reporting"]
    static let standard: Set = ["Foundation", "FoundationEssentials", "Dispatch", "Synchronization", "Glibc"]
    static let shared: Set<String> = [
        "Kernel", "Contracts", "BusinessTime", "CPostgres", "Postgres", "CRabbitMQ", "AMQP", "Messaging", "ServiceKit",
        "Pages",
        "PaidanTool",
    ]
    static let ours = shared.union(services.flatMap { ["\($0)Domain", "\($0)Service"] })

    /// What the files below one folder may import.
    struct Rule {
        let folder: String
        /// Of our own modules.
        let ours: Set<String>
        /// Of outside libraries; nil when any.
        let outside: Set<String>?
    }

    static let sharedRules: [Rule] = [
        Rule(folder: "Shared/Kernel/", ours: [], outside: ["Crypto"]),
        Rule(folder: "Shared/Contracts/", ours: ["Kernel"], outside: []),
        Rule(folder: "Shared/BusinessTime/", ours: ["Kernel"], outside: []),
        Rule(
            folder: "Shared/Postgres/", ours: ["Kernel", "CPostgres"],
            outside: ["Logging", "Metrics", "ServiceLifecycle", "Crypto"]),
        Rule(
            folder: "Shared/AMQP/", ours: ["Kernel", "CRabbitMQ"], outside: ["Logging", "Metrics", "ServiceLifecycle"]),
        Rule(
            folder: "Shared/Messaging/", ours: ["Kernel", "Contracts", "Postgres", "AMQP"],
            outside: ["Logging", "Metrics", "Tracing", "ServiceLifecycle"]),
        Rule(
            folder: "Shared/ServiceKit/", ours: ["Kernel", "Contracts", "Postgres", "AMQP", "Messaging"], outside: nil),
        Rule(
            folder: "Services/Paidan/Tool/", ours: ours.subtracting(["CPostgres", "CRabbitMQ", "PaidanTool"]),
            outside: nil),
        Rule(folder: "Services/Paidan/Main/", ours: ["PaidanTool"], outside: ["ArgumentParser"]),
    ]

    static func rules(of service: String) -> [Rule] {
        let parts: Set<String> = [
            "Kernel", "Contracts", "BusinessTime", "Postgres", "Messaging", "ServiceKit", "Pages",
        ]
        return [
            // Yams: the dispatcher's processes are YAML, and reading them is a rule like any other.
            Rule(
                folder: "Services/\(service)/Domain/", ours: ["Kernel", "Contracts", "BusinessTime"],
                outside: service == "Dispatcher" ? ["Yams"] : []),
            Rule(folder: "Services/\(service)/Service/", ours: parts.union(["\(service)Domain"]), outside: nil),
            Rule(folder: "Services/\(service)/Main/", ours: ["\(service)Service", "ServiceKit"], outside: []),
        ]
    }

    static let allowed = sharedRules + services.flatMap(rules(of:))

    @Test func `holds for every import line`() throws {
        for file in try SourceTree("Shared", "Services").files {
            let rule = Self.allowed.first { file.path.hasPrefix($0.folder) }
            guard let rule else {
                Issue.record("\(file.path) lies in no folder that the rule knows")
                continue
            }
            for module in file.imports where !Self.standard.contains(module) {
                if Self.ours.contains(module) {
                    #expect(rule.ours.contains(module), "\(file.path) imports \(module)")
                } else if let outside = rule.outside {
                    #expect(outside.contains(module), "\(file.path) imports \(module)")
                }
            }
        }
    }

    @Test func `keeps the C libraries in the folders that touch the wire`() throws {
        for file in try SourceTree("Shared", "Services", "Tests").files {
            for module in file.imports where module == "CPostgres" || module == "CRabbitMQ" {
                #expect(file.path.contains("/Wire/"), "\(file.path) imports \(module)")
            }
        }
    }
}
