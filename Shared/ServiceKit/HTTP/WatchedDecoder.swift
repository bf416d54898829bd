private import Foundation

/// Reads a value and all within it while a ``KeyWatch`` looks on.
struct Watched<Value: Decodable>: Decodable {
    let value: Value

    init(_ type: Value.Type, from decoder: any Decoder, _ watch: KeyWatch) throws {
        // The decoder has forms of its own for these, which only its containers know.
        if type == Date.self || type == URL.self || type == Decimal.self || type == Data.self {
            value = try decoder.singleValueContainer().decode(type)
        } else {
            value = try Value(from: WatchedDecoder(inner: decoder, watch: watch))
        }
    }

    init(from decoder: any Decoder) throws {
        let watch = decoder.userInfo[Self.key] as? KeyWatch ?? KeyWatch()
        try self.init(Value.self, from: decoder, watch)
    }

    static var key: CodingUserInfoKey { keyOfWatch }
}

/// Under which a decoder holds its ``KeyWatch``.
private let keyOfWatch: CodingUserInfoKey = {
    guard let key = CodingUserInfoKey(rawValue: "watch") else { preconditionFailure("a text is always taken") }
    return key
}()

private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil

    init(_ key: any CodingKey) { stringValue = key.stringValue }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// Plain values hold no keys: they need no watching.
private func isPlain(_ type: any Any.Type) -> Bool {
    type == String.self || type == Int.self || type == Bool.self || type == Double.self || type == Int64.self
}

private struct WatchedDecoder: Decoder {
    let inner: any Decoder
    let watch: KeyWatch

    var codingPath: [any CodingKey] { inner.codingPath }
    var userInfo: [CodingUserInfoKey: Any] { inner.userInfo }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        WatchedKeys.container(try inner.container(keyedBy: AnyKey.self), watch)
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        WatchedList(inner: try inner.unkeyedContainer(), watch: watch)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer {
        WatchedValue(inner: try inner.singleValueContainer(), watch: watch)
    }
}

private struct WatchedKeys<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let inner: KeyedDecodingContainer<AnyKey>
    let watch: KeyWatch

    static func container(_ inner: KeyedDecodingContainer<AnyKey>, _ watch: KeyWatch) -> KeyedDecodingContainer<Key> {
        let unread = inner.allKeys.filter { Key(stringValue: $0.stringValue) == nil }
        watch.look(at: inner.codingPath, unread: Set(unread.map(\.stringValue)))
        return KeyedDecodingContainer(WatchedKeys(inner: inner, watch: watch))
    }

    var codingPath: [any CodingKey] { inner.codingPath }
    var allKeys: [Key] { inner.allKeys.compactMap { Key(stringValue: $0.stringValue) } }

    func contains(_ key: Key) -> Bool { inner.contains(AnyKey(key)) }
    func decodeNil(forKey key: Key) throws -> Bool { try inner.decodeNil(forKey: AnyKey(key)) }

    func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
        if isPlain(type) { return try inner.decode(type, forKey: AnyKey(key)) }
        return try inner.decode(Watched<Value>.self, forKey: AnyKey(key)).value
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        WatchedKeys<Nested>.container(try inner.nestedContainer(keyedBy: AnyKey.self, forKey: AnyKey(key)), watch)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        WatchedList(inner: try inner.nestedUnkeyedContainer(forKey: AnyKey(key)), watch: watch)
    }

    func superDecoder() throws -> any Decoder { WatchedDecoder(inner: try inner.superDecoder(), watch: watch) }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        WatchedDecoder(inner: try inner.superDecoder(forKey: AnyKey(key)), watch: watch)
    }
}

private struct WatchedList: UnkeyedDecodingContainer {
    var inner: any UnkeyedDecodingContainer
    let watch: KeyWatch

    var codingPath: [any CodingKey] { inner.codingPath }
    var count: Int? { inner.count }
    var isAtEnd: Bool { inner.isAtEnd }
    var currentIndex: Int { inner.currentIndex }

    mutating func decodeNil() throws -> Bool { try inner.decodeNil() }

    mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        if isPlain(type) { return try inner.decode(type) }
        return try inner.decode(Watched<Value>.self).value
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        WatchedKeys<Nested>.container(try inner.nestedContainer(keyedBy: AnyKey.self), watch)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        WatchedList(inner: try inner.nestedUnkeyedContainer(), watch: watch)
    }

    mutating func superDecoder() throws -> any Decoder {
        WatchedDecoder(inner: try inner.superDecoder(), watch: watch)
    }
}

private struct WatchedValue: SingleValueDecodingContainer {
    let inner: any SingleValueDecodingContainer
    let watch: KeyWatch

    var codingPath: [any CodingKey] { inner.codingPath }

    func decodeNil() -> Bool { inner.decodeNil() }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
        switch Value.self {
        // Read in the decoder's own way: to go round once more would never end.
        case is any FixedWidthInteger.Type, is any BinaryFloatingPoint.Type, is String.Type, is Bool.Type, is Date.Type,
            is URL.Type, is Decimal.Type, is Data.Type:
            return try inner.decode(type)
        default: return try inner.decode(Watched<Value>.self).value
        }
    }
}
