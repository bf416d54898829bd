/// Looks at the bytes of a JSON text (RFC 8259) without building anything: what may not reach a decoder or a `jsonb`
/// column is found here, in one pass and without recursion.
enum JSONText {
    enum Fault: Error, Hashable {
        case malformed(offset: Int)
        case tooDeep
        /// Postgres cannot keep U+0000 in text, so nobody here can handle it.
        case nulCharacter
        case notUTF8
    }

    /// - Parameter depth: arrays and objects inside each other; at most 64.
    static func check(_ bytes: [UInt8], depth: Int = 64) throws(Fault) {
        var scanner = JSONScanner(depthLimit: min(depth, 64))
        bytes.withUnsafeBufferPointer { scanner.scan($0) }
        if let fault = scanner.fault { throw fault }
        if scanner.sawNonASCII, String(validating: bytes, as: UTF8.self) == nil { throw .notUTF8 }
    }
}

private struct JSONScanner {
    private enum Expected { case value, valueOrEnd, keyOrEnd, key, colon, commaOrEnd }

    let depthLimit: Int
    private(set) var fault: JSONText.Fault?
    private(set) var sawNonASCII = false
    private var depth = 0
    /// One bit a level, the innermost lowest: 1 for an object.
    private var objects: UInt64 = 0

    init(depthLimit: Int) { self.depthLimit = depthLimit }

    mutating func scan(_ text: UnsafeBufferPointer<UInt8>) {
        var expected = Expected.value
        var index = 0
        while index < text.count {
            let byte = text[index]
            if byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
                index += 1
                continue
            }
            switch (expected, byte) {
            case (.value, UInt8(ascii: "{")), (.valueOrEnd, UInt8(ascii: "{")):
                guard open(object: true) else { return }
                expected = .keyOrEnd
                index += 1
            case (.value, UInt8(ascii: "[")), (.valueOrEnd, UInt8(ascii: "[")):
                guard open(object: false) else { return }
                expected = .valueOrEnd
                index += 1
            case (.valueOrEnd, UInt8(ascii: "]")), (.keyOrEnd, UInt8(ascii: "}")),
                (.commaOrEnd, UInt8(ascii: "]")) where depth > 0 && objects & 1 == 0,
                (.commaOrEnd, UInt8(ascii: "}")) where depth > 0 && objects & 1 == 1:
                depth -= 1
                objects >>= 1
                expected = .commaOrEnd
                index += 1
            case (.commaOrEnd, UInt8(ascii: ",")) where depth > 0:
                expected = objects & 1 == 1 ? .key : .value
                index += 1
            case (.colon, UInt8(ascii: ":")):
                expected = .value
                index += 1
            case (.key, UInt8(ascii: "\"")), (.keyOrEnd, UInt8(ascii: "\"")):
                guard let end = string(text, from: index + 1) else { return }
                index = end
                expected = .colon
            case (.value, UInt8(ascii: "\"")), (.valueOrEnd, UInt8(ascii: "\"")):
                guard let end = string(text, from: index + 1) else { return }
                index = end
                expected = .commaOrEnd
            case (.value, _), (.valueOrEnd, _):
                guard let end = literal(text, from: index) ?? number(text, from: index) else {
                    return fail(at: index)
                }
                index = end
                expected = .commaOrEnd
            default: return fail(at: index)
            }
        }
        if depth > 0 || expected != .commaOrEnd { fail(at: index) }
    }

    private mutating func fail(at offset: Int) { fault = .malformed(offset: offset) }

    private mutating func open(object: Bool) -> Bool {
        guard depth < depthLimit else {
            fault = .tooDeep
            return false
        }
        depth += 1
        objects = objects << 1 | (object ? 1 : 0)
        return true
    }

    /// - Returns: the offset behind the closing quote; nil after a fault was noted.
    private mutating func string(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < text.count {
            let byte = text[index]
            if byte == UInt8(ascii: "\"") { return index + 1 }
            if byte < 0x20 { break }
            if byte >= 0x80 { sawNonASCII = true }
            index += 1
            guard byte == UInt8(ascii: "\\") else { continue }
            guard index < text.count else { break }
            let escaped = text[index]
            index += 1
            if escaped == UInt8(ascii: "u") {
                guard index + 4 <= text.count, text[index..<index + 4].allSatisfy(Self.isHexDigit) else { break }
                if text[index..<index + 4].allSatisfy({ $0 == UInt8(ascii: "0") }) {
                    fault = .nulCharacter
                    return nil
                }
                index += 4
            } else if !"\"\\/bfnrt".utf8.contains(escaped) {
                break
            }
        }
        fail(at: index)
        return nil
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"),
            UInt8(ascii: "A")...UInt8(ascii: "F"):
            true
        default: false
        }
    }

    private func literal(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let word: StaticString =
            switch text[start] {
            case UInt8(ascii: "t"): "true"
            case UInt8(ascii: "f"): "false"
            default: "null"
            }
        let end = start + word.utf8CodeUnitCount
        guard end <= text.count else { return nil }
        for offset in 0..<word.utf8CodeUnitCount where text[start + offset] != word.utf8Start[offset] { return nil }
        return end
    }

    private func number(_ text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        var index = start
        func digits() -> Bool {
            let first = index
            while index < text.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[index]) { index += 1 }
            return index > first
        }
        if text[index] == UInt8(ascii: "-") { index += 1 }
        if index < text.count, text[index] == UInt8(ascii: "0") {
            index += 1
        } else if !digits() {
            return nil
        }
        if index < text.count, text[index] == UInt8(ascii: ".") {
            index += 1
            guard digits() else { return nil }
        }
        if index < text.count, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < text.count, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
            guard digits() else { return nil }
        }
        return index
    }
}
