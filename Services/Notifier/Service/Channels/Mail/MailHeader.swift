import Foundation

/// Header fields as they travel: 7 bits, folded, no line of ours begun by somebody else's text.
enum MailHeader {
    /// `Name: text` with its line end. Text that is not short printable ASCII goes as encoded words (RFC 2047): each at most
    /// 75 characters, whole characters only, no line longer than 76. Control characters become spaces.
    static func text(_ name: String, _ text: String) -> String {
        let clean = withoutControls(text)
        let line = "\(name): \(clean)"
        return isPlain(clean) && line.utf8.count <= 76
            ? line + "\r\n" : "\(name): \(encodedWords(clean, used: name.utf8.count + 2))\r\n"
    }

    /// `Name: display <address>`; only the display name is encoded.
    static func mailbox(_ name: String, display: String, address: String) -> String {
        let clean = withoutControls(display)
        guard !clean.isEmpty else { return "\(name): <\(address)>\r\n" }
        let isAtoms = clean.utf8.allSatisfy { $0 == 0x20 || isAlphanumeric($0) }
        let words = isAtoms && clean.utf8.count <= 60 ? clean : encodedWords(clean, used: name.utf8.count + 2)
        return "\(name): \(words)\r\n <\(address)>\r\n"
    }

    /// RFC 5322 section 3.3, in UTC.
    static func date(_ date: Date) -> String {
        let seconds = Int(date.timeIntervalSince1970.rounded(.down))
        let day = Int((Double(seconds) / 86400).rounded(.down))
        let second = seconds - day * 86400
        // Days to a date of the Gregorian calendar; eras of 400 years begin on a first of March.
        let shifted = day + 719_468
        let era = Int((Double(shifted) / 146_097).rounded(.down))
        let ofEra = shifted - era * 146_097
        let yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36524 - ofEra / 146_096) / 365
        let ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let fromMarch = (5 * ofYear + 2) / 153
        let month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][((day % 7) + 7) % 7]
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let clock = [second / 3600, second / 60 % 60, second % 60].map(twoDigits).joined(separator: ":")
        return
            "Date: \(weekday), \(twoDigits(ofYear - (153 * fromMarch + 2) / 5 + 1)) \(names[month - 1]) \(year) \(clock) +0000\r\n"
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func withoutControls(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else {
            return text
        }
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.map { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) ? " " : $0 }))
    }

    private static func isPlain(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7E).contains($0) } && !text.contains("=?")
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }

    /// - Parameter used: characters that stand on the first line already.
    private static func encodedWords(_ text: String, used: Int) -> String {
        var words: [String] = []
        var word: [UInt8] = []
        // 76 a line, less the space that folds it, less `=?UTF-8?B??=`; three bytes become four characters.
        func room() -> Int { (min(76 - (words.isEmpty ? used : 1), 75) - 12) / 4 * 3 }
        func close() {
            words.append("=?UTF-8?B?\(Data(word).base64EncodedString())?=")
            word = []
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            if word.count + bytes.count > room() { close() }
            word += bytes
        }
        if !word.isEmpty { close() }
        return words.joined(separator: "\r\n ")
    }
}
