/// How a text travels as SMS: in which alphabet, and in how many parts (3GPP TS 23.038, 23.040).
public struct TextMessage: Hashable, Sendable {
    public enum Alphabet: String, Sendable {
        /// 160 septets in one part, 153 in each of several.
        case gsm7
        /// 70 UTF-16 units in one part, 67 in each of several.
        case ucs2
    }

    public let alphabet: Alphabet
    /// Septets, or UTF-16 units.
    public let length: Int
    public let parts: Int

    /// A character of two units (an emoji, or one of the extension table) is never cut between parts.
    public init(_ text: String) {
        let scalars = text.unicodeScalars
        let isGSM = scalars.allSatisfy { Self.basic.contains($0) || Self.extended.contains($0) }
        alphabet = isGSM ? .gsm7 : .ucs2
        let units = scalars.map { isGSM ? (Self.extended.contains($0) ? 2 : 1) : ($0.value > 0xFFFF ? 2 : 1) }
        length = units.reduce(0, +)
        let (single, each) = isGSM ? (160, 153) : (70, 67)
        guard length > single else {
            parts = 1
            return
        }
        var parts = 1
        var used = 0
        for unit in units {
            if used + unit > each { (parts, used) = (parts + 1, 0) }
            used += unit
        }
        self.parts = parts
    }

    private static let basic = Set(
        ("@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
            + "¿abcdefghijklmnopqrstuvwxyzäöñüà").unicodeScalars)
    private static let extended = Set("\u{0C}^{}\\[~]|€".unicodeScalars)
}
