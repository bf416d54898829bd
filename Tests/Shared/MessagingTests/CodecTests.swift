import AMQP
import Contracts
import Foundation
import Kernel
import Testing

@testable import Messaging

@Suite struct `The envelope on the wire` {
    static let full = Envelope(
        id: UUID(uuidString: "8E7A6B1C-0F4D-5A21-9C3B-112233445566")!, type: "work.accepted.v1", source: "dispatcher",
        time: Date(timeIntervalSince1970: 1_795_000_000.125),
        aggregate: .init(id: UUID(uuidString: "00000000-0000-0000-0000-00000000000A")!, version: 7),
        correlation: UUID(uuidString: "00000000-0000-0000-0000-00000000000B")!,
        causation: UUID(uuidString: "00000000-0000-0000-0000-00000000000C")!,
        traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", replay: 2)

    @Test func `has these names and forms, for ever`() {
        let properties = EnvelopeCodec.properties(of: Self.full, stampedAt: Date(timeIntervalSince1970: 1_795_000_001))
        #expect(properties.contentType == "application/json")
        #expect(properties.isPersistent)
        #expect(properties.messageID == "8e7a6b1c-0f4d-5a21-9c3b-112233445566")
        #expect(properties.type == "work.accepted.v1")
        #expect(properties.appID == "dispatcher")
        #expect(properties.correlationID == "00000000-0000-0000-0000-00000000000b")
        #expect(properties.timestamp == Date(timeIntervalSince1970: 1_795_000_001))
        #expect(properties.userID == nil)
        #expect(
            properties.headers == [
                "cloudEvents:specversion": .string("1.0"),
                "cloudEvents:source": .string("dispatcher"),
                "cloudEvents:subject": .string("00000000-0000-0000-0000-00000000000a"),
                "cloudEvents:time": .string("2026-11-18T11:06:40.125Z"),
                "aggregateid": .string("00000000-0000-0000-0000-00000000000a"),
                "aggregateversion": .int(7),
                "causationid": .string("00000000-0000-0000-0000-00000000000c"),
                "traceparent": .string("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
                "replay": .int(2),
            ])
    }

    @Test func `is read as it was written`() throws {
        #expect(try EnvelopeCodec.envelope(of: EnvelopeCodec.properties(of: Self.full, stampedAt: Date())) == Self.full)
        var small = Self.full
        (small.aggregate, small.correlation, small.causation, small.traceparent, small.replay) = (nil, nil, nil, nil, 0)
        #expect(try EnvelopeCodec.envelope(of: EnvelopeCodec.properties(of: small, stampedAt: Date())) == small)
    }

    @Test func `names the attribute that is wrong`() {
        func fault(_ change: (inout MessageProperties) -> Void) -> String? {
            var properties = EnvelopeCodec.properties(of: Self.full, stampedAt: Date())
            change(&properties)
            do {
                _ = try EnvelopeCodec.envelope(of: properties)
                return nil
            } catch { return error.attribute }
        }
        #expect(fault { $0.messageID = nil } == "message_id")
        #expect(fault { $0.messageID = "call 5" } == "message_id")
        #expect(fault { $0.type = "" } == "type")
        #expect(fault { $0.type = "a\0b" } == "type")
        #expect(fault { $0.contentType = "text/plain" } == "content_type")
        #expect(fault { $0.contentType = "application/json; charset=utf-8" } == nil)
        #expect(fault { $0.headers["aggregateversion"] = .int(0) } == "aggregateversion")
        #expect(fault { $0.headers["aggregateversion"] = .string("12") } == nil)
        #expect(fault { $0.headers["aggregateversion"] = nil } == "aggregateversion")
        #expect(fault { $0.headers["aggregateid"] = nil } == "aggregateid")
        #expect(fault { $0.headers["aggregateid"] = .int(3) } == "aggregateid")
        #expect(fault { $0.headers["cloudEvents:time"] = .string("yesterday") } == "cloudEvents:time")
        #expect(fault { $0.headers["traceparent"] = .string("nonsense") } == nil)
        #expect(fault { $0.headers["replay"] = .string("x") } == nil)
    }
}

@Suite struct `Kept properties` {
    @Test func `come back as they were`() throws {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<500 {
            let properties = Self.random(&generator)
            let json = try PropertiesJSON.encode(properties)
            #expect(try PropertiesJSON.decode(json.utf8) == properties)
        }
    }

    @Test func `hold nothing that Postgres cannot keep, and no bottomless tables`() throws {
        var deep = FieldValue.string("bottom")
        for _ in 0..<5_000 { deep = .table(["a": deep]) }
        var properties = MessageProperties()
        properties.messageID = "a\0b"
        properties.headers = ["k\0": .string("v\0"), "deep": deep]
        let json = try PropertiesJSON.encode(properties)
        #expect(!json.contains("\\u0000") && !json.utf8.contains(0))
        #expect(json.utf8.count < 1000)
        // Takes the table apart from above: its own end would go down 5,000 levels at once.
        while case .table(let table) = deep { deep = table["a"] ?? .void }
    }

    static func random(_ generator: inout some RandomNumberGenerator) -> MessageProperties {
        func text() -> String {
            String(
                (0..<Int.random(in: 0..<12, using: &generator)).map { _ in
                    "aé派\u{1F600}\"\\/\n".randomElement(using: &generator)!
                })
        }
        func value(_ depth: Int) -> FieldValue {
            switch Int.random(in: 0..<(depth > 3 ? 7 : 9), using: &generator) {
            case 0: .bool(.random(using: &generator))
            case 1: .int(.random(in: .min ... .max, using: &generator))
            case 2: .double(.random(in: -1e300...1e300, using: &generator))
            case 3: .bytes((0..<5).map { _ in .random(in: 0...255, using: &generator) })
            case 4:
                .timestamp(Date(timeIntervalSince1970: Double(Int.random(in: 0...4_000_000_000, using: &generator))))
            case 5: .void
            case 6: .string(text())
            case 7: .array((0..<3).map { _ in value(depth + 1) })
            default: .table([text() + "1": value(depth + 1), text() + "2": value(depth + 1)])
            }
        }
        var properties = MessageProperties()
        properties.contentType = Bool.random(using: &generator) ? text() : nil
        properties.isPersistent = .random(using: &generator)
        properties.messageID = text()
        properties.userID = Bool.random(using: &generator) ? text() : nil
        properties.timestamp = Date(timeIntervalSince1970: 1_795_000_000)
        for _ in 0..<4 { properties.headers[text()] = value(0) }
        return properties
    }
}

@Suite struct `A JSON text, before it is decoded` {
    @Test func `is judged as a decoder would, for good and bad texts`() {
        let good = [
            "{}", "[]", "0", "-0.5e+10", "\"\"", "true", "null", " [1, 2 ,{\"a\":[]}] ", #"{"a":{"b":"\u00e9\\\"派"}}"#,
            "1E5",
        ]
        for text in good { #expect(throws: Never.self) { try JSONText.check(Array(text.utf8)) } }
        let bad = [
            "", " ", "{", "[", "]", "{]", "[}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "[1,]", "[,1]", "01", "1.", "-",
            ".5", "1e",
            "nul", "truex", "\"", "\"\\x\"", "\"\\u12\"", "{1:2}", "1 2", "[1 2]", "{\"a\" 1}", "\"a\nb\"", "+1", "'a'",
            "{}}",
        ]
        for text in bad { #expect(throws: JSONText.Fault.self, "\(text)") { try JSONText.check(Array(text.utf8)) } }
    }

    @Test func `may be 64 levels deep and no deeper, however deep it is`() {
        func nested(_ depth: Int) -> [UInt8] {
            Array((String(repeating: "[", count: depth) + String(repeating: "]", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try JSONText.check(nested(64)) }
        #expect(throws: JSONText.Fault.tooDeep) { try JSONText.check(nested(65)) }
        #expect(throws: JSONText.Fault.tooDeep) { try JSONText.check(nested(1_000_000)) }
    }

    @Test func `may not hold what Postgres cannot keep`() {
        #expect(throws: JSONText.Fault.nulCharacter) { try JSONText.check(Array(#"{"a":"\u0000"}"#.utf8)) }
        #expect(throws: JSONText.Fault.notUTF8) { try JSONText.check([0x22, 0xFF, 0x22]) }
    }
}

@Suite struct `A dead letter of the broker` {
    /// What is written in its headers may be a stranger's, and must fit the archive all the same.
    @Test func `is read without trust`() {
        var properties = MessageProperties()
        properties.headers = [
            "paidan-dead-reason": .string("refused"), "paidan-dead-queue": .string("intake.inbound"),
            "paidan-dead-faults": .string("[no JSON"), "paidan-dead-attempts": .int(.max), "replay": .int(.max),
        ]
        let parcel = Parcel(body: [], properties: properties, exchange: "", routingKey: "")
        let letter = DeadLetterReading.read(parcel, queue: "intake.inbound", now: Date(timeIntervalSince1970: 0))
        #expect(letter.faults == nil)
        #expect(letter.attempts <= Int(Int32.max))
        #expect(letter.replayCount <= Int(Int32.max))
    }
}
