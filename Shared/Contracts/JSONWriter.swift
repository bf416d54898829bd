import Foundation
import Kernel

/// Writes any `Encodable` as JSON text, straight into bytes: messages and answers are written thousands of times a
/// second, and Foundation's encoder first builds a tree of each.
///
/// Members are in the order of their names. A nested container, as of an enumeration with values, is written before
/// anything else is put into the one around it; `superEncoder` is not there.
final class JSONWriter {
    // Unchecked: whoever has a writer calls it in one task, and nothing is called from within a change of these two.
    @exclusivity(unchecked) fileprivate(set) var bytes: [UInt8] = []
    /// Where each member of the open objects lies, name and value; those of the innermost are last.
    @exclusivity(unchecked) fileprivate var members: [Range<Int>] = []

    init() { bytes.reserveCapacity(1024) }

    /// - Throws: `EncodingError` for a number that JSON cannot write, for a time that could not be read again, and for a
    ///   value that writes nothing.
    func write<Value: Encodable>(_ value: Value) throws {
        if Value.self == String.self, let text = value as? String { return string(text) }
        if Value.self == Date.self, let date = value as? Date { return try time(date) }
        if Value.self == Data.self, let data = value as? Data { return string(data.base64EncodedString()) }
        if Value.self == WrittenJSON.self, let written = value as? WrittenJSON {
            return bytes.append(contentsOf: written.bytes)
        }
        let place = JSONPlace(self)
        try value.encode(to: place)
        try place.close(after: value)
    }

    fileprivate func raw(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    fileprivate func bool(_ flag: Bool) { if flag { raw("true") } else { raw("false") } }
    fileprivate func number(_ value: some FixedWidthInteger) { bytes.append(contentsOf: String(value).utf8) }

    fileprivate func number(_ value: Double) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "JSON has no way to write \(value)"))
        }
        let text = value.description
        bytes.append(contentsOf: text.hasSuffix(".0") ? text.utf8.dropLast(2) : text.utf8[...])
    }

    private func time(_ date: Date) throws {
        guard let text = WireTime.text(of: date) else {
            // Its seconds: Foundation's words for a time far outside stop the program.
            throw EncodingError.invalidValue(
                date.timeIntervalSince1970,
                .init(codingPath: [], debugDescription: "a time outside of the years 0 to 9999"))
        }
        string(text)
    }

    /// With its quotes (RFC 8259 section 7).
    fileprivate func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { text in
            var start = 0
            for index in text.indices where text[index] < 0x20 || text[index] == 0x22 || text[index] == 0x5C {
                bytes.append(contentsOf: text[start..<index])
                start = index + 1
                escape(text[index])
            }
            bytes.append(contentsOf: text[start...])
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private func escape(_ byte: UInt8) {
        switch byte {
        case 0x22: raw("\\\"")
        case 0x5C: raw("\\\\")
        case 0x08: raw("\\b")
        case 0x09: raw("\\t")
        case 0x0A: raw("\\n")
        case 0x0C: raw("\\f")
        case 0x0D: raw("\\r")
        default:
            raw(byte < 0x10 ? "\\u000" : "\\u001")
            bytes.append(byte & 15 < 10 ? 48 + byte & 15 : 87 + byte & 15)
        }
    }

    /// Puts the members from `first` on, which end the text, in the order of their names.
    fileprivate func sortMembers(from first: Int) {
        defer { members.removeSubrange(first...) }
        let own = members[first...]
        let sorted: [Range<Int>]? = bytes.withUnsafeBytes { text in
            let isSorted = own.indices.dropFirst().allSatisfy { Self.isOrdered(own[$0 - 1], own[$0], text) }
            return isSorted ? nil : own.sorted { Self.isOrdered($0, $1, text) }
        }
        guard let sorted, let start = own.first?.lowerBound else { return }
        var text: [UInt8] = []
        text.reserveCapacity(bytes.count - start)
        for member in sorted {
            if !text.isEmpty { text.append(UInt8(ascii: ",")) }
            text.append(contentsOf: bytes[member])
        }
        bytes.replaceSubrange(start..., with: text)
    }

    /// A quotation mark, which ends each name, comes before every letter.
    private static func isOrdered(_ one: Range<Int>, _ other: Range<Int>, _ text: UnsafeRawBufferPointer) -> Bool {
        guard let base = text.baseAddress else { return false }
        let difference = memcmp(base + one.lowerBound, base + other.lowerBound, min(one.count, other.count))
        return difference == 0 ? one.count < other.count : difference < 0
    }
}

/// Where one value is written.
private final class JSONPlace: Encoder {
    enum Kind { case object, array, single }

    let writer: JSONWriter
    let firstMember: Int
    // Unchecked as the writer's.
    @exclusivity(unchecked) private var kind: Kind?
    @exclusivity(unchecked) private var isFirst = true
    /// The container in it that is being written, and where its member began; an element of an array has none.
    @exclusivity(unchecked) private var nested: (place: JSONPlace, memberStart: Int?)?
    @exclusivity(unchecked) private var isClosed = false

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    init(_ writer: JSONWriter) {
        self.writer = writer
        firstMember = writer.members.count
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        open(.object)
        return KeyedEncodingContainer(JSONObject(place: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        open(.array)
        return JSONArray(place: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer {
        kind = .single
        return JSONSingle(writer: writer)
    }

    private func open(_ kind: Kind) {
        guard self.kind == nil else { return }
        self.kind = kind
        writer.bytes.append(kind == .object ? UInt8(ascii: "{") : UInt8(ascii: "["))
    }

    func close(after value: some Encodable) throws {
        closeNested()
        isClosed = true
        switch kind {
        case .object:
            writer.sortMembers(from: firstMember)
            writer.bytes.append(UInt8(ascii: "}"))
        case .array: writer.bytes.append(UInt8(ascii: "]"))
        case .single: break
        case nil:
            throw EncodingError.invalidValue(
                value, .init(codingPath: [], debugDescription: "\(type(of: value)) writes nothing"))
        }
    }

    /// A container within this one, behind the member's name if it has one.
    func nest(memberStart: Int? = nil) -> JSONPlace {
        let place = JSONPlace(writer)
        nested = (place, memberStart)
        return place
    }

    private func closeNested() {
        guard let (place, start) = nested else { return }
        nested = nil
        place.end()
        if let start { writer.members.append(start..<writer.bytes.count) }
    }

    /// Of a nested container, whose kind is known from its beginning.
    private func end() {
        closeNested()
        isClosed = true
        if kind == .object { writer.sortMembers(from: firstMember) }
        writer.bytes.append(kind == .object ? UInt8(ascii: "}") : UInt8(ascii: "]"))
    }

    /// Before each member or element.
    func separate() {
        if isClosed { JSONWriter.refuse() }
        closeNested()
        if !isFirst { writer.bytes.append(UInt8(ascii: ",")) }
        isFirst = false
    }
}

private struct JSONObject<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let place: JSONPlace
    var codingPath: [any CodingKey] { [] }

    private func member(_ key: Key, _ value: (JSONWriter) throws -> Void) rethrows {
        let start = begin(key)
        try value(place.writer)
        place.writer.members.append(start..<place.writer.bytes.count)
    }

    private func begin(_ key: Key) -> Int {
        place.separate()
        let start = place.writer.bytes.count
        place.writer.string(key.stringValue)
        place.writer.bytes.append(UInt8(ascii: ":"))
        return start
    }

    func encodeNil(forKey key: Key) { member(key) { $0.raw("null") } }
    func encode(_ value: Bool, forKey key: Key) { member(key) { $0.bool(value) } }
    func encode(_ value: String, forKey key: Key) { member(key) { $0.string(value) } }
    func encode(_ value: Int, forKey key: Key) { member(key) { $0.number(value) } }
    func encode(_ value: Double, forKey key: Key) throws { try member(key) { try $0.number(value) } }
    func encode(_ value: some Encodable, forKey key: Key) throws { try member(key) { try $0.write(value) } }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> { place.nest(memberStart: begin(key)).container(keyedBy: type) }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        place.nest(memberStart: begin(key)).unkeyedContainer()
    }
    func superEncoder() -> any Encoder { JSONWriter.refuse() }
    func superEncoder(forKey key: Key) -> any Encoder { JSONWriter.refuse() }
}

private struct JSONArray: UnkeyedEncodingContainer {
    let place: JSONPlace
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(place: JSONPlace) { self.place = place }

    private mutating func element(_ value: (JSONWriter) throws -> Void) rethrows {
        place.separate()
        count += 1
        try value(place.writer)
    }

    mutating func encodeNil() { element { $0.raw("null") } }
    mutating func encode(_ value: some Encodable) throws { try element { try $0.write(value) } }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        nest().container(keyedBy: type)
    }
    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { nest().unkeyedContainer() }

    private mutating func nest() -> JSONPlace {
        place.separate()
        count += 1
        return place.nest()
    }

    func superEncoder() -> any Encoder { JSONWriter.refuse() }
}

private struct JSONSingle: SingleValueEncodingContainer {
    let writer: JSONWriter
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { writer.raw("null") }
    func encode(_ value: Bool) { writer.bool(value) }
    func encode(_ value: String) { writer.string(value) }
    func encode(_ value: Double) throws { try writer.number(value) }
    func encode(_ value: Float) throws { try writer.number(Double(value)) }
    func encode(_ value: Int) { writer.number(value) }
    func encode(_ value: Int8) { writer.number(value) }
    func encode(_ value: Int16) { writer.number(value) }
    func encode(_ value: Int32) { writer.number(value) }
    func encode(_ value: Int64) { writer.number(value) }
    func encode(_ value: UInt) { writer.number(value) }
    func encode(_ value: UInt8) { writer.number(value) }
    func encode(_ value: UInt16) { writer.number(value) }
    func encode(_ value: UInt32) { writer.number(value) }
    func encode(_ value: UInt64) { writer.number(value) }
    func encode(_ value: some Encodable) throws { try writer.write(value) }
}

extension JSONWriter {
    fileprivate static func refuse() -> Never {
        preconditionFailure("A value that is written as JSON encodes its parts one after the other")
    }
}
