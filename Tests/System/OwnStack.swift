import StackSupport
import Testing

/// Starts one stack for a whole suite, and takes it down afterwards.
struct OwnStack: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        let collector = try await Collector()
        try await Collector.$current.withValue(collector) {
            let environment = [
                "PAIDAN_OTLP_ENDPOINT": "http://127.0.0.1:\(collector.port)",
                // Every kind that a shipped process serves.
                "PAIDAN_TICKETS_KINDS": "question,requirement,complaint,repair,maintenance,field-order,project",
            ]
            try await Stack("system", environment: environment).whileUp(body)
        }
        try await collector.stop()
    }
}

extension Trait where Self == OwnStack {
    static var ownStack: Self { OwnStack() }
}
