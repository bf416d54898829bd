/// An address that mail can be sent to, as far as that can be told without sending: `local@domain`, at most 254
/// bytes, the local part at most 64 (RFC 5321 section 4.5.3.1); no spaces, no control characters, no angle brackets.
///
/// Its `description` is masked, so that an address that slips into a log cannot be written to.
public struct EmailAddress: Hashable, Sendable, CustomStringConvertible {
    public let text: String

    /// - Returns: nil when it cannot be an address.
    public init?(_ text: String) {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard text.utf8.count <= 254, parts.count == 2, (1...64).contains(parts[0].utf8.count), !parts[1].isEmpty else {
            return nil
        }
        let forbidden: (Unicode.Scalar) -> Bool = { scalar in
            scalar.value <= 0x20 || scalar.value == 0x7F || "<>()[],;:\\\"".unicodeScalars.contains(scalar)
                || scalar.properties.isWhitespace
        }
        guard !text.unicodeScalars.contains(where: forbidden) else { return nil }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        let good = labels.allSatisfy { !$0.isEmpty && $0.utf8.count <= 63 && !$0.hasPrefix("-") && !$0.hasSuffix("-") }
        guard good, !parts[0].hasPrefix("."), !parts[0].hasSuffix("."), !parts[0].contains("..") else { return nil }
        self.text = text
    }

    /// The first character and the domain: `w***@example.cn`.
    public var description: String {
        let at = text.firstIndex(of: "@") ?? text.endIndex
        return text.prefix(1) + "***" + text[at...]
    }
}
