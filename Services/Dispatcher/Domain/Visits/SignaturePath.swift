public import Kernel

/// A signature as it was drawn: an SVG path of moves, lines and curves in absolute coordinates, and nothing else.
public enum SignaturePath {
    /// Bytes.
    public static let longest = 20_000
    public static let longestName = 80

    /// Nil when it can be kept: it begins with `M`, draws something, has for each of `M L C Q Z` the numbers that it
    /// takes, and each number is at most 10,000 with at most three decimals.
    public static func fault(_ path: String) -> FieldFault? {
        guard !path.isEmpty else { return refused("required", "请签名", "a signature is wanted") }
        guard path.utf8.count <= longest else {
            return refused("tooLong", "最多\(longest)字节", "at most \(longest) bytes")
        }
        guard isWhole(Array(path.utf8)) else {
            return refused("malformed", "只能是M、L、C、Q、Z和数字的SVG路径", "an SVG path of M, L, C, Q, Z and numbers")
        }
        return nil
    }

    public static func fault(signer: String) -> FieldFault? {
        let name = signer.trimmingWhitespace
        if name.isEmpty { return FieldFault(field: "/signer", code: "required", message: "请填写签字人 / who has signed") }
        if name.count > longestName {
            return FieldFault(
                field: "/signer", code: "tooLong", message: "最多\(longestName)字 / at most \(longestName) characters")
        }
        if let flaw = TextFlaw.first(in: name, isLine: true) {
            return FieldFault(field: "/signer", code: "malformed", message: "\(flaw.words.zh) / \(flaw.words.en)")
        }
        return nil
    }

    private static func refused(_ code: String, _ zh: String, _ en: String) -> FieldFault {
        FieldFault(field: "/path", code: code, message: "\(zh) / \(en)")
    }

    private static func isWhole(_ bytes: [UInt8]) -> Bool {
        var place = 0
        var hasDrawn = false
        var isFirst = true
        func skip() { while place < bytes.count, bytes[place] == 0x20 || bytes[place] == 0x2C { place += 1 } }
        while true {
            skip()
            guard place < bytes.count else { return hasDrawn }
            let command = bytes[place]
            place += 1
            let takes: Int
            switch command {
            case UInt8(ascii: "M"), UInt8(ascii: "L"): takes = 2
            case UInt8(ascii: "Q"): takes = 4
            case UInt8(ascii: "C"): takes = 6
            case UInt8(ascii: "Z"): takes = 0
            default: return false
            }
            guard !isFirst || command == UInt8(ascii: "M") else { return false }
            isFirst = false
            var numbers = 0
            skip()
            while place < bytes.count, !(0x41...0x5A).contains(bytes[place]) {
                guard number(bytes, &place) else { return false }
                numbers += 1
                skip()
            }
            guard takes == 0 ? numbers == 0 : numbers > 0 && numbers % takes == 0 else { return false }
            if command != UInt8(ascii: "M"), command != UInt8(ascii: "Z") { hasDrawn = true }
            if command == UInt8(ascii: "M"), numbers > 2 { hasDrawn = true }
        }
    }

    /// `-12.345`.
    private static func number(_ bytes: [UInt8], _ place: inout Int) -> Bool {
        func digits(_ most: Int) -> Int? {
            let start = place
            while place < bytes.count, (0x30...0x39).contains(bytes[place]) { place += 1 }
            return (1...most).contains(place - start) ? place - start : nil
        }
        if place < bytes.count, bytes[place] == UInt8(ascii: "-") { place += 1 }
        guard digits(4) != nil else { return false }
        guard place < bytes.count, bytes[place] == UInt8(ascii: ".") else { return true }
        place += 1
        return digits(3) != nil
    }
}
