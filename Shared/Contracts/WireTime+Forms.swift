import Foundation

extension WireTime {
    /// Every form of RFC 3339: any offset, with or without a fraction. The offset may lack its colon or its minutes. Nil
    /// for a time that the calendar or the clock does not have, and for one that ``text(of:)`` could not write.
    static func dateInAnyForm(_ text: String) -> Date? {
        guard (20...60).contains(text.utf8.count),
            let parts = text.wholeMatch(
                of: /([0-9-]{10})[Tt]([0-9:]{8})(\.[0-9]{1,9})?([Zz]|[+\-][0-9]{2}(?::?[0-9]{2})?)/),
            let whole = date(from: "\(parts.1)T\(parts.2).000Z"), let offset = seconds(ofOffset: parts.4)
        else { return nil }
        let fraction = parts.3.flatMap { Double("0\($0)") } ?? 0
        let date = whole.addingTimeInterval(fraction - Double(offset))
        return Self.text(of: date) == nil ? nil : date
    }

    private static func seconds(ofOffset text: Substring) -> Int? {
        guard let sign = text.first, sign != "Z", sign != "z" else { return 0 }
        let digits = text.dropFirst().filter { $0 != ":" }
        guard let hours = Int(digits.prefix(2)), let minutes = digits.count == 2 ? 0 : Int(digits.suffix(2)),
            hours < 24,
            minutes < 60
        else { return nil }
        return (hours * 60 + minutes) * (sign == "-" ? -60 : 60)
    }
}
