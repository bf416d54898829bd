import Foundation
import Kernel

/// One logical line of an iCalendar file (RFC 5545 section 3.1): name, parameters, value.
struct ContentLine {
    /// Of the first physical line, from 1.
    let number: Int
    /// In capitals.
    let name: String
    let parameters: [String: String]
    let value: String

    /// The value with the escapes of TEXT (section 3.3.11) undone.
    var text: String {
        var result = ""
        var isEscaped = false
        for character in value {
            if isEscaped {
                result.append(character == "n" || character == "N" ? " " : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }

    /// - Returns: nil when the line has no name or no value.
    init?(_ bytes: [UInt8], number: Int) {
        let text = String(decoding: bytes, as: UTF8.self)
        var isQuoted = false
        let colon = text.firstIndex { character in
            if character == "\"" { isQuoted.toggle() }
            return character == ":" && !isQuoted
        }
        guard let colon else { return nil }
        isQuoted = false
        let parts = text[..<colon].split(omittingEmptySubsequences: false) { character in
            if character == "\"" { isQuoted.toggle() }
            return character == ";" && !isQuoted
        }
        guard let name = parts.first, !name.isEmpty else { return nil }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            guard let equals = part.firstIndex(of: "=") else { return nil }
            parameters[part[..<equals].uppercased()] =
                part[part.index(after: equals)...].trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        }
        self.number = number
        self.name = name.uppercased()
        self.parameters = parameters
        value = String(text[text.index(after: colon)...])
    }

    /// Unfolds bytes, not characters: a line may be folded inside a character. Bare LF is taken as well as CRLF.
    ///
    /// - Throws: a fault with the line that is none.
    static func read(_ file: Data) throws(InvalidInput) -> [ContentLine] {
        var lines: [ContentLine] = []
        var open: (bytes: [UInt8], number: Int)?
        func close() throws(InvalidInput) {
            guard let (bytes, number) = open, !bytes.isEmpty else { return }
            guard let line = ContentLine(bytes, number: number) else {
                throw InvalidInput(field: "/\(number)", code: "malformed", "line \(number): this is no iCalendar line")
            }
            lines.append(line)
        }
        for (number, raw) in zip(1..., file.split(separator: 10, omittingEmptySubsequences: false)) {
            var bytes = Array(raw.last == 13 ? raw.dropLast() : raw)
            if number == 1, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
            if let first = bytes.first, first == 32 || first == 9, open != nil {
                open?.bytes += bytes.dropFirst()
            } else {
                try close()
                open = (bytes, number)
            }
        }
        try close()
        return lines
    }
}
