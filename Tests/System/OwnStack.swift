import StackSupport
import Testing

/// Starts one stack for a whole suite, and takes it down afterwards.
struct OwnStack: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void
    ) async throws {
        try await Stack("system").whileUp(body)
    }
}

extension Trait where Self == OwnStack {
    static var ownStack: Self { OwnStack() }
}
