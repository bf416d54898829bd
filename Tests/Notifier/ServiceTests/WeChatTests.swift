import Contracts
import Foundation
import Hummingbird
import Kernel
import Logging
import NotifierDomain
import Testing
import TestSupport
import WeChatSimulator

@testable import NotifierService

@Suite struct `The WeChat channel` {
    static let body = "thing1: 空调不制冷\ncharacter_string2: T1000001\nthing3: 已受理\ntime5: 2026-11-22 16:30"

    static func message(_ openid: String = "oOPENID_1", delivery: ID<Delivery> = ID(UUID())) -> Outgoing {
        Samples.outgoing(.wechat, to: openid, body: body, delivery: delivery)
    }

    /// A simulator, a database for the token, and channels of as many processes as asked for.
    static func with(
        tokenLifetime: TimeInterval = 7200, secret: String = "secret", processes: Int = 1,
        _ body: @Sendable @escaping (WeChatSimulator, [WeChat]) async throws -> Void
    ) async throws {
        let simulator = try WeChatSimulator(appID: "wx1", secret: "secret", tokenLifetime: tokenLifetime)
        let (ports, started) = AsyncStream.makeStream(of: Int.self)
        try await withDatabase(schema: "notify", migrations: NotifierService.migrations) { database in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await simulator.application(port: 0, logger: Logger(label: "wechat")) { started.yield($0) }
                        .runService(gracefulShutdownSignals: [])
                }
                let port = await ports.first { _ in true } ?? 0
                let client = ProviderClient(connections: 8)
                let settings = NotifierSettings.WeChat(
                    url: "http://127.0.0.1:\(port)", appID: "wx1", secret: secret, template: "TEMPLATE", workers: 4)
                let channels = (0..<processes).map { _ in
                    let tokens = WeChatTokens(
                        client: client, settings: settings, store: ProviderAccountStore(pool: database.pool),
                        timeout: .seconds(5))
                    return WeChat(client: client, settings: settings, tokens: tokens, timeout: .seconds(5))
                }
                let outcome: Result<Void, any Error>
                do { outcome = .success(try await body(simulator, channels)) } catch { outcome = .failure(error) }
                try await client.close()
                group.cancelAll()
                while let _ = try? await group.next() {}
                try outcome.get()
            }
        }
    }

    @Test func `sends a template message with its fields`() async throws {
        try await Self.with { simulator, channels in
            let message = Self.message()
            #expect(await channels[0].send(message).label == "accepted")
            let sent = try #require(simulator.sent.first)
            #expect(sent.openid == "oOPENID_1")
            #expect(sent.clientMessageID == message.repetitionKey)
            #expect(
                sent.data == [
                    "thing1": "空调不制冷", "character_string2": "T1000001", "thing3": "已受理", "time5": "2026-11-22 16:30",
                ])
        }
    }

    @Test func `fetches one token for many workers of many processes`() async throws {
        try await Self.with(processes: 3) { simulator, channels in
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<30 {
                    group.addTask { #expect(await channels[index % 3].send(Self.message()).label == "accepted") }
                }
            }
            #expect(simulator.tokensGiven == 1)
            #expect(simulator.sent.count == 30)
        }
    }

    @Test func `replaces a token that the platform no longer takes, once for all`() async throws {
        try await Self.with(processes: 2) { simulator, channels in
            for channel in channels { #expect(await channel.send(Self.message()).label == "accepted") }
            simulator.expireTokens()
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<20 {
                    group.addTask { #expect(await channels[index % 2].send(Self.message()).label == "accepted") }
                }
            }
            #expect(simulator.tokensGiven == 2)
        }
    }

    @Test func `takes a new token before the old one ends`() async throws {
        try await Self.with(tokenLifetime: 2) { simulator, channels in
            #expect(await channels[0].send(Self.message()).label == "accepted")
            try await Task.sleep(for: .seconds(1.2))
            #expect(await channels[0].send(Self.message()).label == "accepted")
            #expect(simulator.tokensGiven == 2)
        }
    }

    @Test func `gives up when a fresh token is refused as well`() async throws {
        try await Self.with { simulator, channels in
            simulator.answerNext(with: [40001, 40001])
            #expect(await channels[0].send(Self.message()).label == "provider_unusable")
        }
    }

    @Test func `says that the account is wrong when it is`() async throws {
        try await Self.with(secret: "wrong") { simulator, channels in
            #expect(await channels[0].send(Self.message()).label == "provider_unusable")
            #expect(simulator.tokensGiven == 0)
        }
    }

    @Test func `repeats what is in doubt without the reader seeing it twice`() async throws {
        try await Self.with { simulator, channels in
            let message = Self.message()
            simulator.dropNextAnswer()
            #expect(await channels[0].send(message).label == "ambiguous")
            #expect(await channels[0].send(message).label == "accepted")
            #expect(simulator.sent.count == 1)
        }
    }

    @Test(arguments: [("unknown1", "rejected_recipient"), ("gone1", "rejected_recipient")])
    func `knows readers who cannot be reached`(openid: String, label: String) async throws {
        try await Self.with { _, channels in
            #expect(await channels[0].send(Self.message(openid)).label == label)
        }
    }

    @Test(arguments: [(-1, "transient"), (45009, "throttled"), (47003, "rejected_message")])
    func `reads the documented codes`(code: Int, label: String) async throws {
        try await Self.with { simulator, channels in
            simulator.answerNext(with: [code])
            let outcome = await channels[0].send(Self.message())
            #expect(outcome.label == label)
            #expect(outcome.reason?.contains("rid: ") == true)
        }
    }

    @Test func `is refused fields that are too long, and never sends such`() async throws {
        try await Self.with { simulator, channels in
            var long = Self.message()
            long = Samples.outgoing(
                .wechat, to: "oOPENID_1", body: "thing1: \(String(repeating: "长", count: 99))", delivery: long.delivery)
            #expect(await channels[0].send(long).label == "accepted")
            #expect(simulator.sent.first?.data["thing1"]?.count == 20)
            let bad = Samples.outgoing(.wechat, to: "oOPENID_1", body: "character_string1: 汉字", delivery: ID(UUID()))
            #expect(await channels[0].send(bad).label == "rejected_message")
        }
    }
}
