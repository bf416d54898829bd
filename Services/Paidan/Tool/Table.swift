import Foundation

/// Text columns for a terminal, or JSON for a script.
struct Table {
    let columns: [String]
    var rows: [[String]] = []

    /// Padded with spaces; wide (East Asian) characters count as two.
    var text: String {
        let lines = [columns] + rows
        let widths = columns.indices.map { column in lines.map { Self.width($0[column]) }.max() ?? 0 }
        return lines.map { line in
            zip(line, widths).map { cell, width in cell + String(repeating: " ", count: width - Self.width(cell)) }
                .joined(separator: "  ").trimmingSuffix { $0 == " " }
        }.joined(separator: "\n")
    }

    static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { sum, scalar in
            let wide: [ClosedRange<UInt32>] = [
                0x1100...0x115F, 0x2E80...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
                0x20000...0x3FFFD,
            ]
            return sum + (wide.contains { $0.contains(scalar.value) } ? 2 : 1)
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> String {
        var text = self
        while let last = text.last, isDropped(last) { text.removeLast() }
        return text
    }
}

/// Prints `value` as JSON with sorted keys and times as RFC 3339.
func printJSON(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    print(String(decoding: try encoder.encode(value), as: UTF8.self))
}
