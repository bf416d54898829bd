import Foundation

/// A text body in 7 bits and lines of at most 76 characters (RFC 2045 section 6).
struct TransferEncoding {
    /// `quoted-printable` where that stays readable, `base64` for text that is mostly not ASCII.
    let name: String
    /// Ends with a line end.
    let body: String

    /// Line ends of `text` may be LF or CRLF; they travel as CRLF.
    init(_ text: String) {
        var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
            Substring($0)
        }
        for index in lines.indices.dropLast() where lines[index].utf8.last == UInt8(ascii: "\r") {
            lines[index] = Substring(lines[index].utf8.dropLast())
        }
        let foreign = text.utf8.count { $0 >= 0x80 }
        if foreign * 6 > text.utf8.count {
            name = "base64"
            let encoded = Data(lines.joined(separator: "\r\n").utf8)
                .base64EncodedString(options: [
                    .lineLength76Characters, .endLineWithCarriageReturn, .endLineWithLineFeed,
                ])
            body = encoded + "\r\n"
        } else {
            name = "quoted-printable"
            body = lines.map(Self.quoted).joined(separator: "\r\n") + "\r\n"
        }
    }

    private static let hex = Array("0123456789ABCDEF".utf8)

    private static func quoted(_ line: Substring) -> String {
        var out: [UInt8] = []
        var column = 0
        let bytes = Array(line.utf8)
        for (index, byte) in bytes.enumerated() {
            let isLast = index == bytes.count - 1
            let isBlank = byte == 0x20 || byte == 0x09
            let isLiteral = ((0x21...0x7E).contains(byte) && byte != UInt8(ascii: "=")) || (isBlank && !isLast)
            let width = isLiteral ? 1 : 3
            // One column is kept for the soft line end.
            if column + width > 75 {
                out += Array("=\r\n".utf8)
                column = 0
            }
            if isLiteral {
                out.append(byte)
            } else {
                out += [UInt8(ascii: "="), hex[Int(byte >> 4)], hex[Int(byte & 15)]]
            }
            column += width
        }
        return String(decoding: out, as: UTF8.self)
    }
}
