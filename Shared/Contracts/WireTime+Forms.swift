import Foundation

extension WireTime {
    /// Every form of RFC 3339: any offset, with or without a fraction. The offset may lack its colon or its minutes. Nil
    /// for a time that the calendar or the clock does not have, and for one that ``text(of:)`` could not write.
    static func dateInAnyForm(_ text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard (20...60).contains(bytes.count), [UInt8(ascii: "T"), UInt8(ascii: "t")].contains(bytes[10]),
            bytes[..<10].allSatisfy({ isDigit($0) || $0 == UInt8(ascii: "-") }),
            bytes[11..<19].allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ":") })
        else { return nil }
        var (fraction, zone) = (0.0, bytes[19...])
        if zone.first == UInt8(ascii: ".") {
            let digits = zone.dropFirst().prefix { isDigit($0) }
            guard (1...9).contains(digits.count), let value = Double("0." + String(decoding: digits, as: UTF8.self))
            else { return nil }
            (fraction, zone) = (value, zone[digits.endIndex...])
        }
        let (day, clock) = (
            String(decoding: bytes[..<10], as: UTF8.self), String(decoding: bytes[11..<19], as: UTF8.self)
        )
        guard let whole = date(from: "\(day)T\(clock).000Z"), let offset = seconds(ofOffset: zone) else { return nil }
        let date = whole.addingTimeInterval(fraction - Double(offset))
        return Self.text(of: date) == nil ? nil : date
    }

    /// `Z`, `+08`, `+0800` or `+08:00`.
    private static func seconds(ofOffset text: ArraySlice<UInt8>) -> Int? {
        guard let sign = text.first else { return nil }
        var digits = Array(text.dropFirst())
        switch sign {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): return digits.isEmpty ? 0 : nil
        case UInt8(ascii: "+"), UInt8(ascii: "-"): break
        default: return nil
        }
        if digits.count == 5, digits[2] == UInt8(ascii: ":") { digits.remove(at: 2) }
        guard [2, 4].contains(digits.count), digits.allSatisfy(isDigit) else { return nil }
        let values = digits.map { Int($0) - 48 } + [0, 0]
        let (hours, minutes) = (values[0] * 10 + values[1], values[2] * 10 + values[3])
        guard hours < 24, minutes < 60 else { return nil }
        return (hours * 60 + minutes) * (sign == UInt8(ascii: "-") ? -60 : 60)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }
}
