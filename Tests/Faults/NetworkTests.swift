import FaultProxy
import StackSupport
import Testing

/// What networks, brokers and databases do to a suite that runs, without its processes dying.
@Suite(.serialized, .ownNetwork) struct `Under load behind a proxy` {
    let bench: Bench
    let network: Network
    var stack: Stack { bench.stack }

    init() throws {
        bench = try #require(Bench.current)
        network = try #require(Network.current)
    }

    @Test func `all connections cut, five times`() async throws {
        try await bench.survive("network cut", tickets: 40) { [bench, network] in
            for _ in 0..<5 {
                for proxy in network.both { proxy.cut() }
                try await bench.pause(upTo: 1)
            }
        }
        #expect(network.database.damaged > 0)
        #expect(network.broker.damaged > 0)
    }

    @Test func `connections cut within frames`() async throws {
        let before = network.both.map(\.damaged)
        try await bench.survive("cut in mid-frame", tickets: 40) { [network] in
            network.database.cutWithinFrames(after: 2_000...60_000)
            network.broker.cutWithinFrames(after: 1_000...30_000)
            try await Task.sleep(for: .seconds(4))
            for proxy in network.both { proxy.cutWithinFrames(after: nil) }
        }
        for (proxy, count) in zip(network.both, before) { #expect(proxy.damaged > count) }
    }

    @Test func `nothing moves for eight seconds`() async throws {
        try await bench.survive("network stalled", tickets: 40) { [network] in
            for proxy in network.both { proxy.flow(.hold) }
            try await Task.sleep(for: .seconds(8))
            for proxy in network.both { proxy.flow(.pass) }
        }
    }

    /// Connections that lost a byte stay dead: what is measured is how their owners find out.
    @Test(.enabled(if: isLongForm)) func `everything sent is swallowed for ten seconds`() async throws {
        try await bench.survive("black hole", tickets: 40) { [network] in
            for proxy in network.both { proxy.flow(.swallow) }
            try await Task.sleep(for: .seconds(10))
            for proxy in network.both { proxy.flow(.pass) }
        }
    }

    /// What is published is taken and its confirm never arrives; what is committed is kept and nobody is told.
    @Test func `nothing comes back for nine seconds`() async throws {
        try await bench.survive("answers and confirms lost", tickets: 40) { [network] in
            for proxy in network.both { proxy.flow(.swallow, [.toClient]) }
            try await Task.sleep(for: .seconds(9))
            for proxy in network.both { proxy.flow(.pass) }
        }
    }

    @Test(.enabled(if: isLongForm)) func `every byte takes 200 ms longer`() async throws {
        try await bench.survive("200 ms longer each way", tickets: 20, bound: 15) { [network] in
            for proxy in network.both { proxy.flow(.delay(.milliseconds(200))) }
            try await Task.sleep(for: .seconds(5))
            for proxy in network.both { proxy.flow(.pass) }
        }
    }

    @Test(.enabled(if: isLongForm)) func `every line carries 32 kbit a second`() async throws {
        try await bench.survive("32 kbit a second", tickets: 40) { [network] in
            for proxy in network.both { proxy.flow(.rate(4_000)) }
            try await Task.sleep(for: .seconds(10))
            for proxy in network.both { proxy.flow(.pass) }
        }
    }

    @Test func `frames begin with a wrong byte`() async throws {
        let before = network.both.map(\.damaged)
        try await bench.survive("corrupted frames", tickets: 40) { [network] in
            for directions in [[FaultProxy.Direction.toClient], [.toServer]] {
                for proxy in network.both { proxy.corrupt(directions) }
                try await Task.sleep(for: .seconds(2))
                for proxy in network.both { proxy.corrupt([]) }
            }
        }
        for (proxy, count) in zip(network.both, before) { #expect(proxy.damaged > count) }
    }

    @Test func `connections end after a COMMIT and before its answer`() async throws {
        let before = network.database.damaged
        try await bench.survive("cut at COMMIT", tickets: 60) { [network] in
            network.database.loseAnswers(toCommits: 7)
            try await Task.sleep(for: .seconds(6))
            network.database.loseAnswers(toCommits: nil)
        }
        #expect(network.database.damaged > before + 5)
    }
}
