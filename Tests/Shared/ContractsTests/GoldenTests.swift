import Contracts
import Foundation
import TestSupport
import Testing

/// The golden files are the wire as it once was. They are added to and never changed.
@Suite struct `A message on the wire` {
    static func golden(_ type: MessageType) throws -> [UInt8] {
        let url = try #require(
            Bundle.module.url(forResource: type.description, withExtension: "json", subdirectory: "Golden"),
            "no golden file for \(type): add Tests/Shared/ContractsTests/Golden/\(type).json")
        return Array(try Data(contentsOf: url))
    }

    static func dictionary(_ bytes: [UInt8]) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? NSDictionary)
    }

    static func decode(_ body: any Message.Type, _ bytes: [UInt8]) throws -> any Message {
        func open<Body: Message>(_ type: Body.Type) throws -> Body { try WireJSON.decode(type, from: bytes) }
        return try open(body)
    }

    @Test(arguments: Samples.all.map { $0.type }) func `looks as it always did`(type: MessageType) throws {
        let sample = try #require(Samples.all.first { $0.type == type })
        #expect(try Self.dictionary(WireJSON.encode(sample)) == Self.dictionary(Self.golden(type)))
    }

    @Test(arguments: Samples.all.map { $0.type }) func `is read as it always was`(type: MessageType) throws {
        let sample = try #require(Samples.all.first { $0.type == type })
        let body = try #require(Catalogue.types[type.description])
        let read = try Self.decode(body, Self.golden(type))
        #expect(read.hashValue == sample.hashValue && "\(read)" == "\(sample)")
        #expect(read.type == type)
    }

    @Test(arguments: Samples.all.map { $0.type }) func `is read when a newer sender added fields`(type: MessageType)
        throws
    {
        var object = try #require(try Self.dictionary(Self.golden(type)) as? [String: Any])
        object["addedLater"] = ["deep": [1, 2, 3]]
        let bytes = Array(try JSONSerialization.data(withJSONObject: object))
        let body = try #require(Catalogue.types[type.description])
        #expect(try Self.decode(body, bytes).type == type)
    }

    @Test func `is read as it was before work ran by processes, and means the same`() throws {
        let url = try #require(
            Bundle.module.url(
                forResource: "before-processes.work.done.v1", withExtension: "json", subdirectory: "Golden"))
        let done = try WireJSON.decode(WorkMoved.self, from: Array(Data(contentsOf: url)))
        #expect(done.place == nil && done.notices == nil)
        #expect(done.isStep && done.wantsCallBack)
    }

    @Test func `has a sample and a golden file for every type of the catalogue`() throws {
        #expect(Set(Samples.all.map { $0.type.description }) == Set(Catalogue.types.keys))
        for type in Samples.all.map({ $0.type }) { _ = try Self.golden(type) }
    }

    @Test func `keeps a word it does not know, and says it again unchanged`() throws {
        var object = try #require(try Self.dictionary(Self.golden(MessageType("ticket.created"))) as? [String: Any])
        object["channel"] = "hologram"
        object["urgency"] = "apocalyptic"
        let created = try WireJSON.decode(
            TicketCreated.self, from: Array(JSONSerialization.data(withJSONObject: object)))
        #expect(created.channel == .unknown("hologram"))
        let again = try Self.dictionary(WireJSON.encode(created))
        #expect(again["channel"] as? String == "hologram" && again["urgency"] as? String == "apocalyptic")
    }

    @Test(arguments: ["2026-11-22T08:30:00Z", "2026-11-22T08:30:00.000Z", "2026-11-22T16:30:00+08:00"])
    func `takes every way to write a time`(text: String) throws {
        #expect(WireJSON.date(from: text) == Date(timeIntervalSince1970: 1_795_336_200))
    }

    @Test(arguments: ["", "yesterday", "2026-13-01T00:00:00Z", "1795336200"])
    func `refuses what is no time`(text: String) {
        #expect(WireJSON.date(from: text) == nil)
    }
}

/// Mutated messages must be refused or read, never crash the reader.
@Suite struct `A damaged message` {
    @Test func `is refused or read, but crashes nothing`() throws {
        var generator = Seeded(state: 20_261_122)
        for sample in Samples.all {
            let whole = try WireJSON.encode(sample)
            let body = try #require(Catalogue.types[sample.type.description])
            for _ in 0..<400 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...4, using: &generator) {
                    let place = Int.random(in: 0..<bytes.count, using: &generator)
                    switch Int.random(in: 0..<3, using: &generator) {
                    case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                    case 1: bytes.remove(at: place)
                    default: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: place)
                    }
                }
                do {
                    _ = try `A message on the wire`.decode(body, bytes)
                } catch is DecodingError {
                    continue
                }
            }
        }
    }
}
