import Testing

@testable import AMQP

@Suite struct `Contents` {
    private static func delivery(_ number: UInt64) -> Incoming {
        .deliver(number: number, isRedelivered: false, exchange: "e", routingKey: "k")
    }

    private enum Piece {
        case method(Incoming)
        case header(Int)
        case body([UInt8])
    }

    private static func take(_ piece: Piece, _ channel: UInt16, _ assembler: inout ContentAssembler) throws
        -> ContentAssembler.Assembled?
    {
        switch piece {
        case .method(let method): try assembler.take(.method(method), channel: channel)
        case .header(let size):
            try assembler.take(.header(bodySize: UInt64(size), MessageProperties()), channel: channel)
        case .body(let bytes):
            try bytes.withUnsafeBytes { (raw) throws(ProtocolFault) in try assembler.take(.body(raw), channel: channel)
            }
        }
    }

    @Test func `come whole out of frames of forty channels in any interleaving`() throws {
        for seed in 0..<200 {
            var random = SplitMix(state: UInt64(seed))
            var streams: [[Piece]] = []
            var expected: [[[UInt8]]] = []
            for _ in 0..<40 {
                var stream: [Piece] = []
                var bodies: [[UInt8]] = []
                for number in 1...UInt64.random(in: 1...6, using: &random) {
                    if Bool.random(using: &random) { stream.append(.method(.acknowledged(number, multiple: false))) }
                    let parts = (0..<Int.random(in: 0...4, using: &random)).map { _ in
                        (0..<Int.random(in: 1...9, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
                        }
                    }
                    stream += [.method(Self.delivery(number)), .header(parts.joined().count)] + parts.map { .body($0) }
                    bodies.append(Array(parts.joined()))
                }
                streams.append(stream)
                expected.append(bodies)
            }
            var assembler = ContentAssembler()
            var got: [[[UInt8]]] = Array(repeating: [], count: 40)
            var positions = Array(repeating: 0, count: 40)
            var open = Array(0..<40)
            while let channel = open.randomElement(using: &random) {
                let piece = streams[channel][positions[channel]]
                positions[channel] += 1
                if positions[channel] == streams[channel].count { open.removeAll { $0 == channel } }
                guard let whole = try Self.take(piece, UInt16(channel), &assembler) else { continue }
                if case .deliver(let number, _, _, _) = whole.method {
                    #expect(number == UInt64(got[channel].count + 1))
                    got[channel].append(whole.body)
                }
            }
            #expect(got == expected, "seed \(seed)")
        }
    }

    @Test func `are refused, not guessed, when frames do not follow each other`() {
        let sequences: [[Piece]] = [
            [.header(3)], [.body([1])], [.method(Self.delivery(1)), .body([1])],
            [.method(Self.delivery(1)), .header(2), .body([1, 2, 3])],
            [.method(Self.delivery(1)), .header(2), .header(2)],
            [.method(Self.delivery(1)), .method(Self.delivery(2))],
            [.method(Self.delivery(1)), .header(2), .method(.done)],
        ]
        for sequence in sequences {
            #expect(throws: ProtocolFault.self) {
                var assembler = ContentAssembler()
                for piece in sequence { _ = try Self.take(piece, 1, &assembler) }
            }
        }
    }

    @Test func `survive any order of frames without a crash`() {
        var random = SplitMix(state: 7)
        for _ in 0..<20_000 {
            var assembler = ContentAssembler()
            for _ in 0..<12 {
                let piece: Piece =
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: .method(Self.delivery(1))
                    case 1: .header(Int.random(in: 0...5, using: &random))
                    case 2: .method(.closesChannel(code: 404, text: ""))
                    default: .body(Array(repeating: 0, count: Int.random(in: 0...5, using: &random)))
                    }
                // A refusal ends the connection; what matters here is that it is one.
                guard (try? Self.take(piece, UInt16.random(in: 1...2, using: &random), &assembler)) != nil else {
                    break
                }
            }
        }
    }

    @Test func `cut off by the channel's close leave nothing behind`() throws {
        var assembler = ContentAssembler()
        _ = try Self.take(.method(Self.delivery(1)), 3, &assembler)
        _ = try Self.take(.header(10), 3, &assembler)
        let closed = try Self.take(.method(.closesChannel(code: 406, text: "x")), 3, &assembler)
        #expect(closed?.method == .closesChannel(code: 406, text: "x"))
        _ = try Self.take(.method(Self.delivery(1)), 3, &assembler)
        #expect(try Self.take(.header(0), 3, &assembler)?.body == [])
    }
}
