/// Looks at JSON bytes before anything is built from them: whether they are JSON (RFC 8259), where not, and how deep. A
/// decoder that calls itself for each level would run out of stack, and Foundation's does not say where it gave up.
struct JSONShape {
    enum Fault: Error, Hashable {
        case tooDeep
        /// The offset of the first byte that cannot stand there.
        case malformed(at: Int)
    }

    private enum Want { case value, valueOrClose, key, keyOrClose, colon, commaOrClose, end }

    /// The deepest nesting, bounded by the bits of ``kinds``.
    static let deepest = 64

    private var index = 0
    private var depth = 0
    /// One bit for each open bracket, the innermost lowest: 1 for an object, 0 for an array.
    private var kinds: UInt64 = 0
    private var want = Want.value

    /// - Throws: ``Fault``.
    static func check(_ bytes: Span<UInt8>) throws(Fault) {
        var shape = JSONShape()
        while shape.skipSpace(bytes) { try shape.step(bytes) }
        if shape.want != .end { throw .malformed(at: bytes.count) }
    }

    /// - Returns: false at the end.
    private mutating func skipSpace(_ bytes: Span<UInt8>) -> Bool {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x09, 0x0A, 0x0D: index += 1
            default: return true
            }
        }
        return false
    }

    private mutating func step(_ bytes: Span<UInt8>) throws(Fault) {
        let byte = bytes[index]
        switch (want, byte) {
        case (.value, UInt8(ascii: "{")), (.valueOrClose, UInt8(ascii: "{")): try open(object: true)
        case (.value, UInt8(ascii: "[")), (.valueOrClose, UInt8(ascii: "[")): try open(object: false)
        case (.value, _) where byte != UInt8(ascii: "]"): try scalar(bytes)
        case (.valueOrClose, _) where byte != UInt8(ascii: "]"): try scalar(bytes)
        case (.key, UInt8(ascii: "\"")), (.keyOrClose, UInt8(ascii: "\"")):
            try text(bytes)
            want = .colon
        case (.colon, UInt8(ascii: ":")): advance(to: .value)
        case (.commaOrClose, UInt8(ascii: ",")): advance(to: kinds & 1 == 1 ? .key : .value)
        case (.keyOrClose, UInt8(ascii: "}")), (.valueOrClose, UInt8(ascii: "]")): close()
        case (.commaOrClose, UInt8(ascii: "}")) where kinds & 1 == 1: close()
        case (.commaOrClose, UInt8(ascii: "]")) where kinds & 1 == 0: close()
        default: throw .malformed(at: index)
        }
    }

    private mutating func advance(to next: Want) {
        index += 1
        want = next
    }

    private mutating func open(object: Bool) throws(Fault) {
        depth += 1
        if depth > Self.deepest { throw .tooDeep }
        kinds = kinds << 1 | (object ? 1 : 0)
        advance(to: object ? .keyOrClose : .valueOrClose)
    }

    private mutating func close() {
        depth -= 1
        kinds >>= 1
        index += 1
        want = depth == 0 ? .end : .commaOrClose
    }

    private mutating func scalar(_ bytes: Span<UInt8>) throws(Fault) {
        switch bytes[index] {
        case UInt8(ascii: "\""): try text(bytes)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number(bytes)
        case UInt8(ascii: "t"): try word("true", bytes)
        case UInt8(ascii: "f"): try word("false", bytes)
        case UInt8(ascii: "n"): try word("null", bytes)
        default: throw .malformed(at: index)
        }
        want = depth == 0 ? .end : .commaOrClose
    }

    private mutating func word(_ word: StaticString, _ bytes: Span<UInt8>) throws(Fault) {
        for offset in 0..<word.utf8CodeUnitCount {
            guard index < bytes.count, bytes[index] == word.utf8Start[offset] else { throw .malformed(at: index) }
            index += 1
        }
    }

    private mutating func text(_ bytes: Span<UInt8>) throws(Fault) {
        index += 1
        while index < bytes.count {
            switch bytes[index] {
            case UInt8(ascii: "\""):
                index += 1
                return
            case UInt8(ascii: "\\"): index += 2
            case 0..<0x20: throw .malformed(at: index)
            default: index += 1
            }
        }
        throw .malformed(at: bytes.count)
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(Fault) {
        if bytes[index] == UInt8(ascii: "-") { index += 1 }
        if index < bytes.count, bytes[index] == UInt8(ascii: "0") { index += 1 } else { try digits(bytes) }
        if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            try digits(bytes)
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < bytes.count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                index += 1
            }
            try digits(bytes)
        }
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(Fault) {
        let start = index
        while index < bytes.count, (0x30...0x39).contains(bytes[index]) { index += 1 }
        if index == start { throw .malformed(at: index) }
    }
}
