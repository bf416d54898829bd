import StackSupport
import Testing

/// Starts one stack for a whole suite, and takes it down afterwards.
struct OwnStack: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        let collector = try await Collector()
        try await Collector.$current.withValue(collector) {
            let environment = ["PAIDAN_OTLP_ENDPOINT": "http://127.0.0.1:\(collector.port)"]
            try await Stack("system", environment: environment).whileUp(body)
        }
        try await collector.stop()
    }
}

extension Trait where Self == OwnStack {
    static var ownStack: Self { OwnStack() }
}
