import AMQP
import Contracts
import Foundation
import TestSupport

@testable import Messaging

/// Damages messages: bytes, lengths, depths and types of the body; presence and kind of the properties.
struct Mutator {
    /// A message as a service sends it, and where its words are.
    struct Original: Sendable {
        let body: [UInt8]
        let properties: MessageProperties
        /// Texts (keys too), numbers and words, without what is around them.
        let tokens: [Range<Int>]

        init(body: [UInt8], properties: MessageProperties) {
            self.body = body
            self.properties = properties
            tokens = Self.tokens(of: body)
        }

        private static func tokens(of body: [UInt8]) -> [Range<Int>] {
            var tokens: [Range<Int>] = []
            var start: Int?
            var isText = false
            for (place, byte) in body.enumerated() {
                if isText {
                    guard byte == UInt8(ascii: "\""), body[place - 1] != UInt8(ascii: "\\") else { continue }
                    isText = false
                    tokens.append(start!..<place + 1)
                    start = nil
                } else if "{}[]:, \n".utf8.contains(byte) {
                    if let first = start { tokens.append(first..<place) }
                    start = nil
                } else if start == nil {
                    start = place
                    isText = byte == UInt8(ascii: "\"")
                }
            }
            return tokens
        }
    }

    /// What may stand where another word stood.
    private static let words: [[UInt8]] =
        [
            "null", "true", "0", "-1", "1e999", "9223372036854775808", "0.1", "\"\"", "\"x\"", "\"\\u0000\"",
            "\"\\ud800\"", "\"\\uDC00\\uD800\"", "\"派\u{1F600}\"", "[]", "{}", "[[]]", "{\"a\":{\"a\":1}}", "[1,", "}",
            "\"2026-02-30T25:61:61Z\"", "\"+0000-00-00T00:00:00.000000000000Z\"",
            "\"00000000-0000-0000-0000-00000000000\"",
        ].map { Array($0.utf8) } + [
            Array(repeating: UInt8(ascii: "["), count: 70), Array(repeating: UInt8(ascii: "9"), count: 400),
            Array("\"".utf8) + Array(repeating: UInt8(ascii: "y"), count: 300) + Array("\"".utf8),
            [0x22, 0xFF, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        ]

    private static let bottomless = Array(repeating: Array("{\"a\":[".utf8), count: 10_000).flatMap(\.self)
    private static let endless = Array(repeating: UInt8(ascii: " "), count: Sorter.bodyLimit + 1)

    private static let values: [FieldValue] = [
        .void, .bool(true), .int(.min), .int(0), .int(.max), .double(.nan), .double(-.infinity), .string(""),
        .string("x"), .string("a\0b"), .string("99999999999999999999"), .bytes([0, 0xFF]), .array([.int(1)]),
        .table(["a": .table(["b": .void])]), .timestamp(Date(timeIntervalSince1970: 1e15)),
        .string(String(repeating: "z", count: 2000)),
    ]

    private static let texts: [String?] = [
        nil, "", "x", "\0", "ticket.created.v2", "inbound.request.v1", "delivery.send.v1", "work.done.v1",
        "00000000-0000-0000-0000-000000000000", "application/xml", "application/cloudevents+json",
        String(repeating: "ü", count: 200),
    ]

    var random: Seeded

    mutating func body(of original: Original) -> [UInt8] {
        switch random.below(4000) {
        case 0: return Self.endless + original.body
        case 1...4: return Self.bottomless + original.body
        default: break
        }
        var body = original.body
        // From the back, so that the places in front stay where they are.
        if random.chance(70) {
            let word = Self.words[random.below(Self.words.count)]
            let token = original.tokens[random.below(original.tokens.count)]
            body = body[..<token.lowerBound] + word + body[token.upperBound...]
        }
        for _ in 0..<random.below(3) where !body.isEmpty {
            let place = random.below(body.count)
            switch random.below(6) {
            case 0: body[place] = UInt8(random.below(256))
            case 1: body[place] ^= 1 << UInt8(random.below(8))
            case 2: body.remove(at: place)
            case 3: body.insert(UInt8(random.below(256)), at: place)
            case 4: body = Array(body[..<place])
            default: body += body[place...]
            }
        }
        return body
    }

    mutating func properties(of original: Original) -> MessageProperties {
        var properties = original.properties
        guard random.chance(60) else { return properties }
        for _ in 0...random.below(2) {
            switch random.below(10) {
            case 0...3:
                let name = properties.headers.keys.sorted()[random.below(properties.headers.count)]
                properties.headers[name] = Self.values[random.below(Self.values.count)]
            case 4: properties.headers[EnvelopeCodec.HeaderName.replay] = Self.values[random.below(Self.values.count)]
            case 5: properties.messageID = Self.texts[random.below(Self.texts.count)]
            case 6: properties.type = Self.texts[random.below(Self.texts.count)]
            case 7: properties.contentType = Self.texts[random.below(Self.texts.count)]
            case 8: properties.userID = Self.texts[random.below(Self.texts.count)]
            default:
                properties.appID = Self.texts[random.below(Self.texts.count)]
                properties.timestamp = random.chance(50) ? nil : Date(timeIntervalSince1970: 0)
            }
        }
        return properties
    }
}
