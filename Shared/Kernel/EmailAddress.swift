/// An address that mail can be sent to, as far as that can be told without sending: `local@domain`, at most 254
/// bytes, the local part at most 64 (RFC 5321 section 4.5.3.1); no spaces, no control characters, no angle brackets.
///
/// Its `description` is masked, so that an address that slips into a log cannot be written to.
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// - Returns: nil when it cannot be an address.
    public init?(_ text: String) {
        guard text.utf8.count <= 254, Self.isWellFormed(text.utf8) else { return nil }
        guard text.utf8.allSatisfy({ $0 < 0x80 }) || !text.unicodeScalars.contains(where: \.properties.isWhitespace)
        else { return nil }
        self.text = text
    }

    /// Everything but white space beyond ASCII, in one pass.
    private static func isWellFormed(_ text: String.UTF8View) -> Bool {
        var isDomain = false
        /// Bytes of the local part, or of one label of the domain.
        var length = 0
        var last = UInt8(ascii: ".")
        for byte in text {
            switch byte {
            case 0...0x20, 0x7F, UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: ")"),
                UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: ";"), UInt8(ascii: ":"),
                UInt8(ascii: "\\"), UInt8(ascii: "\""):
                return false
            case UInt8(ascii: "@"):
                guard !isDomain, length <= 64, last != UInt8(ascii: ".") else { return false }
                (isDomain, length) = (true, 0)
            case UInt8(ascii: ".") where isDomain:
                guard (1...63).contains(length), last != UInt8(ascii: "-") else { return false }
                length = 0
            case UInt8(ascii: ".") where last == byte: return false
            case UInt8(ascii: "-") where isDomain && length == 0: return false
            default: length += 1
            }
            last = byte
        }
        return isDomain && (1...63).contains(length) && last != UInt8(ascii: "-")
    }

    /// The first character and the domain: `w***@example.cn`.
    public var description: String {
        let at = text.firstIndex(of: "@") ?? text.endIndex
        return text.prefix(1) + "***" + text[at...]
    }
}
