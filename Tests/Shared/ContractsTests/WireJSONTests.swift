import Contracts
import Foundation
import TestSupport
import Testing

@Suite struct `A body as JSON` {
    struct Sample: Codable, Hashable {
        struct Part: Codable, Hashable {
            var z: String
            var a: Int?
        }

        indirect enum Case: Codable, Hashable {
            case bare
            case pair(Int, name: String)
            case part(Part?)
            case more([Case], last: Case)
        }

        var text = ""
        var cases: [Case] = []
        var parts: [Part] = []
        var table: [String: Double] = [:]
        var small: UInt8 = 0
        var signed: Int64 = 0
        var ratio = 0.0
        var flag = false
        var id = UUID()
        var list: [[Int]] = []
        var nothing: String?
    }

    private static func foundation(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes, .sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    @Test func `is byte for byte what Foundation writes with sorted names`() throws {
        var generator = Seeded(state: 20_261_123)
        for _ in 0..<500 {
            let text = String(
                String.UnicodeScalarView(
                    (0..<Int.random(in: 0...20, using: &generator)).compactMap { _ in
                        Unicode.Scalar(UInt32.random(in: 0...0x2FF, using: &generator))
                    }))
            let sample = Sample(
                text: text,
                cases: [
                    .bare, .pair(.random(in: -9...9, using: &generator), name: text), .part(.init(z: text)), .part(nil),
                    .more([.bare, .more([], last: .bare)], last: .pair(1, name: "z")),
                ],
                parts: [.init(z: text, a: nil), .init(z: "/", a: .random(in: -9...9, using: &generator))],
                table: ["b": Double(Int.random(in: -5...5, using: &generator)), "a\"": 0.5, "c": 1e21],
                small: .random(in: 0...255, using: &generator), signed: .random(in: .min ... .max, using: &generator),
                ratio: .random(in: -1000...1000, using: &generator), flag: .random(using: &generator),
                list: [[], [1], [2, 3]])
            let written = String(decoding: try WireJSON.encode(sample), as: UTF8.self)
            #expect(try written == Self.foundation(sample))
        }
        #expect(try String(decoding: WireJSON.encode(["x": [String]()]), as: UTF8.self) == "{\"x\":[]}")
        #expect(try String(decoding: WireJSON.encode([String: Int]()), as: UTF8.self) == "{}")
    }

    @Test func `is refused for a number that JSON cannot write`() {
        #expect(throws: EncodingError.self) { try WireJSON.encode([Double.nan]) }
        #expect(throws: EncodingError.self) { try WireJSON.encode(["a": Double.infinity]) }
    }
}

@Suite struct `A time on the wire` {
    @Test func `is what Foundation's calendar makes of it, and is read back`() throws {
        var generator = Seeded(state: 20_261_124)
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        for _ in 0..<2000 {
            // Years 0 to 9999, on whole seconds: of a fraction Foundation cuts off what may be a rounding of the number.
            let seconds = Double(Int.random(in: -63_114_076_800...252_423_993_599 - 2_000_000_000, using: &generator))
            let date = Date(timeIntervalSinceReferenceDate: seconds)
            // Before 1582 it counts Julian days.
            guard date > Date(timeIntervalSince1970: -12_219_292_800) else { continue }
            let text = WireJSON.text(of: date)
            #expect(text == date.formatted(style))
            #expect(WireJSON.date(from: text) == date)
        }
    }

    @Test func `keeps every millisecond`() {
        for millisecond in 0..<1000 {
            let text = "2026-02-28T23:59:59.\(String(1000 + millisecond).dropFirst())Z"
            #expect(WireJSON.date(from: text).map(WireJSON.text) == text)
        }
    }

    /// It rolls over, as Foundation reads it.
    @Test(arguments: [
        "2026-02-29T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
        "2026-01-01T00:60:00.000Z", "2026-01-32T00:00:00.000Z",
    ])
    func `is left to Foundation when the calendar does not have it`(text: String) {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        #expect(WireJSON.date(from: text) == (try? Date(text, strategy: style)))  // nil where it refuses
    }
}
