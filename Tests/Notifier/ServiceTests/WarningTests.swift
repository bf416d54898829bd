import Contracts
import Foundation
import Logging
import NotifierDomain
import Synchronization
import Testing

@testable import NotifierService

@Suite struct `A provider that is away` {
    @Test func `is told of once a minute, with the reason and one ticket`() async throws {
        let told = Mutex<[(level: Logger.Level, metadata: Logger.Metadata)]>([])
        let logger = Logger(label: "test") { _ in
            Listening { event in told.withLock { $0.append((event.level, event.metadata ?? [:])) } }
        }
        try await Desk.with { desk in
            let provider = ToldProvider(Array(repeating: .transient("no connection"), count: 3))
            let sender = desk.sender(.sms, provider, logger: logger)
            for _ in 1...3 {
                let delivery = try await desk.plan(Samples.news(), [.sms])[0]
                try await desk.send(delivery, .sms, by: sender)
            }
        }
        let warnings = told.withLock { $0.filter { $0.level == .warning } }
        #expect(warnings.count == 1)
        #expect(warnings.first?.metadata["channel"] == "sms")
        #expect(warnings.first?.metadata["reason"] == "no connection")
        #expect(warnings.first?.metadata["ticket.id"] != nil)
    }

    @Test func `is told of again after the pause, with how many were not said`() {
        let rarely = Rarely(every: .seconds(60))
        let start = ContinuousClock.now
        #expect(rarely.take(now: start) == 0)
        #expect(rarely.take(now: start + .seconds(1)) == nil)
        #expect(rarely.take(now: start + .seconds(59)) == nil)
        #expect(rarely.take(now: start + .seconds(60)) == 2)
        #expect(rarely.take(now: start + .seconds(61)) == nil)
    }
}

/// Hands every line to a closure.
private struct Listening: LogHandler {
    let hear: @Sendable (LogEvent) -> Void
    var metadata = Logger.Metadata()
    var logLevel = Logger.Level.info

    init(_ hear: @escaping @Sendable (LogEvent) -> Void) { self.hear = hear }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) { hear(event) }
}
