import NIOCore
import NotifierDomain

/// One answer of a mail server, all its lines.
struct SMTPReply: Sendable, Hashable {
    let code: Int
    /// Without code and separator.
    let lines: [String]

    var isPositive: Bool { code / 100 == 2 }

    /// Class, subject and detail (RFC 3463), when the answer begins with them.
    var enhanced: (Int, Int, Int)? {
        guard let word = lines.first?.split(separator: " ").first else { return nil }
        let parts = word.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 3, let kind = parts[0], let subject = parts[1], let detail = parts[2], kind == code / 100,
            (0...999).contains(subject), (0...999).contains(detail)
        else { return nil }
        return (kind, subject, detail)
    }

    func outcome(at stage: MailStage) -> Outcome {
        Outcome(mailCode: code, enhanced: enhanced, stage: stage, text: lines.joined(separator: " "))
    }
}

/// The server said something that is no SMTP, or more than anybody may.
struct SMTPViolation: Error {
    let description: String
}

/// Cuts a stream into answers (RFC 5321 section 4.2): lines `250-text` go on, `250 text` ends.
struct SMTPReplyReader {
    private static let longestLine = 2048
    private static let mostLines = 128

    private var buffer = ByteBuffer()
    private var lines: [String] = []
    private var code: Int?

    /// Bytes that belong to no complete answer yet.
    var isEmpty: Bool { buffer.readableBytes == 0 && lines.isEmpty }

    mutating func feed(_ bytes: inout ByteBuffer) { buffer.writeBuffer(&bytes) }

    /// The next whole answer; nil when more bytes are needed.
    mutating func next() throws -> SMTPReply? {
        while let end = buffer.readableBytesView.firstIndex(of: UInt8(ascii: "\n")) {
            let length = end - buffer.readerIndex
            guard length <= Self.longestLine, let bytes = buffer.readBytes(length: length + 1) else {
                throw SMTPViolation(description: "a line of \(length) bytes")
            }
            let line = String(
                decoding: bytes.dropLast(bytes.dropLast().last == UInt8(ascii: "\r") ? 2 : 1), as: UTF8.self)
            let digits = line.prefix(3)
            guard let code = Int(digits), digits.count == 3, (200...599).contains(code), self.code ?? code == code
            else {
                throw SMTPViolation(description: "a line without an answer's code")
            }
            let rest = line.dropFirst(3)
            guard rest.isEmpty || rest.hasPrefix(" ") || rest.hasPrefix("-"), lines.count < Self.mostLines else {
                throw SMTPViolation(description: "an answer of another form or too many lines")
            }
            lines.append(String(rest.dropFirst()))
            self.code = code
            if rest.hasPrefix("-") { continue }
            defer { (self.code, lines) = (nil, []) }
            return SMTPReply(code: code, lines: lines)
        }
        guard buffer.readableBytes <= Self.longestLine else { throw SMTPViolation(description: "a line without end") }
        buffer.discardReadBytes()
        return nil
    }
}
