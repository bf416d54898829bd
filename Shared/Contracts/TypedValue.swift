public import Foundation

/// What people type into a form, read the same by every service that takes it.
public enum TypedValue {
    /// `2026-11-22`, as the beginning of that day in China. Nil for a day that there is not, or not in the years
    /// 1900 to 2200.
    public static func day(_ text: String) -> Date? {
        guard has("0000-00-00", text) else { return nil }
        return sensible(text + "T00:00:00+08:00")
    }

    /// RFC 3339, or `2026-11-22T16:30` as a browser's field says it, by the clock on a wall in China. Nil as for a day.
    public static func time(_ text: String) -> Date? {
        sensible(has("0000-00-00T00:00", text) ? text + ":00+08:00" : text)
    }

    /// Digits with or without a sign and a fraction.
    public static func number(_ text: String) -> Decimal? {
        let unsigned = text.utf8.first == UInt8(ascii: "-") ? text.utf8.dropFirst() : text.utf8[...]
        let parts = unsigned.split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = parts.first, isDigits(whole, 30), parts.count == 1 || isDigits(parts[1], 8) else {
            return nil
        }
        return Decimal(string: text)
    }

    public static func flag(_ text: String) -> Bool? {
        switch text {
        case "true", "yes", "on": true
        case "false", "no": false
        default: nil
        }
    }

    /// Entries with commas between them.
    public static func list(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// At least one, and nothing else.
    private static func isDigits(_ text: Substring.UTF8View, _ limit: Int) -> Bool {
        (1...limit).contains(text.count) && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }

    /// True when the text has a digit wherever the shape has a zero, and the shape's own character everywhere else.
    private static func has(_ shape: String, _ text: String) -> Bool {
        let zero = UInt8(ascii: "0")
        return shape.utf8.count == text.utf8.count
            && zip(shape.utf8, text.utf8).allSatisfy { $0 == zero ? (zero...zero + 9).contains($1) : $0 == $1 }
    }

    private static func sensible(_ text: String) -> Date? {
        // By its own clock: the era's ends leave room for every offset.
        guard let year = Int(text.prefix(4)), (1900...2200).contains(year) else { return nil }
        return WireJSON.date(from: text).flatMap { WireJSON.era.contains($0) ? $0 : nil }
    }
}
