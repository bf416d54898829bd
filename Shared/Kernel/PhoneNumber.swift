/// A telephone number in E.164 form, such as `+8613800138000`.
///
/// Its `description` is masked, so that a number that slips into a log cannot be called.
public struct PhoneNumber: Hashable, Sendable, CustomStringConvertible {
    /// `+`, the country code and the number; digits only behind the plus; 8 to 15 digits.
    public let e164: String

    /// Reads what people type: spaces, dots, dashes and brackets are dropped; `00` in front means `+`; a number of
    /// 11 digits that starts with 1, or of 10 to 12 digits that starts with 0, is taken as Chinese.
    ///
    /// - Returns: nil when it cannot be a telephone number.
    public init?(_ text: String) {
        guard text.utf8.count <= 40 else { return nil }
        var digits = ""
        var international = false
        for character in text {
            switch character {
            case "0"..."9" where character.isASCII: digits.append(character)
            case "+" where digits.isEmpty && !international: international = true
            case " ", "-", ".", "(", ")", "（", "）": continue
            default: return nil
            }
        }
        if !international, digits.hasPrefix("00") {
            digits.removeFirst(2)
        } else if !international, digits.count == 11, digits.hasPrefix("1") {
            digits = "86" + digits
        } else if !international, (10...12).contains(digits.count), digits.hasPrefix("0") {
            digits = "86" + digits.dropFirst()
        } else if !international {
            return nil
        }
        guard (8...15).contains(digits.count), !digits.hasPrefix("0") else { return nil }
        e164 = "+" + digits
    }

    /// The last two digits only: `+86*******00`.
    public var description: String {
        String(e164.prefix(3)) + String(repeating: "*", count: e164.count - 5) + String(e164.suffix(2))
    }
}
