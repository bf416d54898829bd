/// Looks at JSON bytes before anything is built from them.
enum JSONShape {
    /// Whether arrays and objects are nested more than `limit` deep: a decoder that calls itself for each level would run
    /// out of stack. Only brackets and strings are looked at; everything else is left to the decoder.
    static func isDeeper(than limit: Int, _ bytes: borrowing RawSpan) -> Bool {
        var depth = 0
        var isText = false
        var isEscaped = false
        for index in 0..<bytes.byteCount {
            let byte = bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)
            if isText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > limit { return true }
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            default: break
            }
        }
        return false
    }
}
