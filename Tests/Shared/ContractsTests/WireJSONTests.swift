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

    @Test(arguments: [
        "2026-02-29T00:00:00.000Z", "2026-00-01T00:00:00.000Z", "2026-01-01T24:00:00.000Z",
        "2026-01-01T00:60:00.000Z", "2026-01-32T00:00:00.000Z", "2026-02-30T00:00:00Z", "2026-11-23T25:99:99Z",
        "2026-11-22T08:30:00+24:00", "2026-11-22T08:30:00+08:60", "2026-11-22T08:30:00", "2026-11-22",
        "+12026-11-22T08:30:00Z", "294277-01-01T00:00:00Z", "-0001-12-31T16:00:00.000Z", "２026-11-22T08:30:00Z",
    ])
    func `is refused, not changed, when the calendar or the clock does not have it`(text: String) {
        #expect(WireJSON.date(from: text) == nil)
        #expect(throws: DecodingError.self) { try WireJSON.decode([Date].self, from: Array("[\"\(text)\"]".utf8)) }
    }

    @Test(arguments: [
        "2026-11-22T16:30:00.125+08:00", "2026-11-22t08:30:00.125z", "2026-11-22T08:30:00.125000000Z",
        "2026-11-22T16:30:00.125+0800", "2026-11-22T16:30:00.125+08", "2026-11-22T04:00:00.125-04:30",
    ])
    func `is the same in every form`(text: String) {
        #expect(WireJSON.date(from: text).map(WireJSON.text) == "2026-11-22T08:30:00.125Z")
    }

    /// What was read can be written, and what was written can be read: the first day of the year 0 in China lies in the
    /// year before it.
    @Test(arguments: ["0000-01-01T00:00:00+08:00", "9999-12-31T23:59:59-01:00", "9999-12-31T23:59:59.9999Z"])
    func `is refused when it could not be written again`(text: String) {
        #expect(WireJSON.date(from: text) == nil)
    }

    @Test(arguments: [-62_167_219_201, 253_402_300_800, 1e14, -1e14, .infinity, .nan])
    func `is not written when it could not be read again`(seconds: Double) {
        let date = Date(timeIntervalSince1970: seconds)
        #expect(throws: EncodingError.self) { try WireJSON.encode([date]) }
        #expect(throws: EncodingError.self) { try WireJSON.encode(["at": date]) }
        #expect(WireJSON.date(from: WireJSON.text(of: date)) != nil)
    }

    @Test func `that people send lies in the years 1900 to 2200`() throws {
        func read(_ text: String) throws -> [Date] {
            try WireJSON.decode([Date].self, from: Array("[\"\(text)\"]".utf8), times: WireJSON.era)
        }
        for text in ["1900-01-01T00:00:00+08:00", "2200-12-31T23:59:59-11:00"] { #expect(try read(text).count == 1) }
        for text in ["1899-12-31T00:00:00Z", "2201-01-02T00:00:00Z", "9999-12-31T00:00:00Z"] {
            #expect(throws: DecodingError.self) { try read(text) }
        }
    }
}

@Suite struct `JSON that was written before` {
    @Test func `stands where its value would`() throws {
        let parts: [[String: Int?]] = [["b": 1, "a": nil], [:]]
        let whole = try WireJSON.encode(["z": parts])
        #expect(try WireJSON.encode(["z": try parts.map { try WrittenJSON($0) }]) == whole)
        #expect(try WireJSON.encode(try WrittenJSON("a\"b")) == Array(#""a\"b""#.utf8))
    }

    @Test func `is written by nobody else`() throws {
        let written = try WrittenJSON(1)
        #expect(throws: EncodingError.self) { try JSONEncoder().encode(written) }
    }
}

@Suite struct `What people type` {
    @Test func `is a day that there is, from its beginning in China`() {
        #expect(TypedValue.day("2026-11-22").map(WireJSON.text) == "2026-11-21T16:00:00.000Z")
        #expect(TypedValue.day("1900-01-01") != nil && TypedValue.day("2200-12-31") != nil)
        for text in ["0000-01-01", "1899-12-31", "2201-01-01", "2026-02-30", "2026-13-45", "22.11.2026", ""] {
            #expect(TypedValue.day(text) == nil, "\(text)")
        }
    }

    @Test func `is a time of any offset, or by the clock on a wall in China`() {
        for text in ["2026-11-22T16:30", "2026-11-22T08:30:00Z", "2026-11-22T16:30:00.000+08:00"] {
            #expect(TypedValue.time(text).map(WireJSON.text) == "2026-11-22T08:30:00.000Z", "\(text)")
        }
        for text in ["0000-01-01T00:00:00+05:00", "2026-11-23T25:99", "2026-02-30T10:00", "3000-01-01T00:00:00Z"] {
            #expect(TypedValue.time(text) == nil, "\(text)")
        }
    }

    @Test func `is a number in digits, yes or no, or a list`() {
        #expect(TypedValue.number("-5.25") == Decimal(string: "-5.25"))
        #expect(TypedValue.number("0.12345678") == Decimal(string: "0.12345678"))
        #expect(TypedValue.number(String(repeating: "9", count: 30)) != nil)
        let bad = ["xyz", "1e5", "1,5", "NaN", "", "+1", "-", "--1", "1.", ".5", "1.5.5", "1.123456789", " 1", "１"]
        for text in bad + [String(repeating: "9", count: 31)] { #expect(TypedValue.number(text) == nil, "\(text)") }
        #expect(TypedValue.flag("on") == true && TypedValue.flag("no") == false && TypedValue.flag("maybe") == nil)
        #expect(TypedValue.list("a, b") == ["a", "b"])
    }
}
