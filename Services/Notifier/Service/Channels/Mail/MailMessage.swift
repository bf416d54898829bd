import Foundation
import NotifierDomain

/// One notification as an Internet message: headers, text and HTML, all 7 bits but for an address that is not ASCII.
///
/// The same delivery always makes the same bytes: a repetition after an unknown outcome is recognisable by its Message-ID.
struct MailMessage: Sendable {
    let bytes: [UInt8]
    /// The envelope's sender and recipient.
    let sender: String
    let recipient: String
    /// True when the relay must speak SMTPUTF8 (RFC 6531).
    let needsUTF8: Bool

    init(_ outgoing: Outgoing, settings: NotifierSettings.Mail) {
        sender = settings.from
        recipient = outgoing.recipient.text
        needsUTF8 = !(sender + recipient).utf8.allSatisfy { $0 < 0x80 }
        let boundary = "=_\(outgoing.repetitionKey)"
        let root = "<ticket-\(outgoing.ticket)@\(settings.domain)>"
        let text = TransferEncoding(outgoing.body)
        let page = TransferEncoding(Self.html(outgoing.body))
        var message = MailHeader.date(outgoing.createdAt)
        message += MailHeader.mailbox("From", display: settings.fromName, address: settings.from)
        message += "To: <\(recipient)>\r\n"
        message += MailHeader.text("Subject", outgoing.subject)
        message += "Message-ID: <\(outgoing.delivery)@\(settings.domain)>\r\n"
        // Every mail about a ticket answers the same root, so that mail programs show them as one conversation.
        message += "In-Reply-To: \(root)\r\nReferences: \(root)\r\n"
        message += "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n"
        message += "MIME-Version: 1.0\r\nContent-Type: multipart/alternative;\r\n boundary=\"\(boundary)\"\r\n\r\n"
        for (type, part) in [("plain", text), ("html", page)] {
            message += "--\(boundary)\r\nContent-Type: text/\(type); charset=utf-8\r\n"
            message += "Content-Transfer-Encoding: \(part.name)\r\n\r\n\(part.body)"
        }
        message += "--\(boundary)--\r\n"
        bytes = Array(message.utf8)
    }

    /// The bytes between DATA's answer and the final dot's, that dot included: a line that begins with a dot gets another
    /// (RFC 5321 section 4.5.2).
    var dotStuffed: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count + 8)
        var isLineStart = true
        for byte in bytes {
            if isLineStart, byte == UInt8(ascii: ".") { out.append(byte) }
            out.append(byte)
            isLineStart = byte == UInt8(ascii: "\n")
        }
        return out + Array(".\r\n".utf8)
    }

    /// Paragraphs at empty lines; every character of the text is shown, none is markup.
    private static func html(_ text: String) -> String {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(text.utf8.count + 16)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "&"): escaped += "&amp;".utf8
            case UInt8(ascii: "<"): escaped += "&lt;".utf8
            case UInt8(ascii: ">"): escaped += "&gt;".utf8
            case UInt8(ascii: "\""): escaped += "&quot;".utf8
            case UInt8(ascii: "\n"):
                // CRLF becomes LF.
                if escaped.last == UInt8(ascii: "\r") { escaped.removeLast() }
                escaped.append(byte)
            default: escaped.append(byte)
            }
        }
        let paragraphs = String(decoding: escaped, as: UTF8.self).split(separator: "\n\n")
            .map { "<p>\($0.replacing("\n", with: "<br>\n"))</p>" }
        return """
            <!DOCTYPE html>
            <html><head><meta charset="utf-8"></head>
            <body style="font-family: sans-serif; line-height: 1.6">
            \(paragraphs.joined(separator: "\n"))
            </body></html>
            """
    }
}
