import Foundation
import NotifierDomain
import Testing

@testable import NotifierService

@Suite struct `A mail` {
    static let settings = Samples.mailSettings(port: 25)

    static func text(_ outgoing: Outgoing) -> String {
        String(decoding: MailMessage(outgoing, settings: settings).bytes, as: UTF8.self)
    }

    @Test func `looks like this`() {
        let mail = Self.text(Samples.mail("Dear <Wang>,\n\nall is well.\n", subject: "[T1] done"))
        let expected = """
            Date: Sun, 22 Nov 2026 08:30:00 +0000
            From: =?UTF-8?B?5rS+5Y2V5pyN5Yqh?=
             <service@paidan.example>
            To: <wang@example.cn>
            Subject: [T1] done
            Message-ID: <0198f5d4-7777-5888-8999-123456789abc@paidan.example>
            In-Reply-To: <ticket-0198f5d4-1111-5222-8333-123456789abc@paidan.example>
            References: <ticket-0198f5d4-1111-5222-8333-123456789abc@paidan.example>
            Auto-Submitted: auto-generated
            X-Auto-Response-Suppress: All
            MIME-Version: 1.0
            Content-Type: multipart/alternative;
             boundary="=_0198f5d477775888899912 3456789abc"

            --=_0198f5d4777758888999123456789abc
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            Dear <Wang>,

            all is well.

            --=_0198f5d4777758888999123456789abc
            Content-Type: text/html; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            <!DOCTYPE html>
            <html><head><meta charset=3D"utf-8"></head>
            <body style=3D"font-family: sans-serif; line-height: 1.6">
            <p>Dear &lt;Wang&gt;,</p>
            <p>all is well.
            </p>
            </body></html>
            --=_0198f5d4777758888999123456789abc--

            """.replacing("899912 3456", with: "8999123456")
        #expect(mail.replacing("\r\n", with: "\n").replacing("<br>\n</p>", with: "\n</p>") == expected)
    }

    @Test func `is the same each time it is made`() {
        #expect(Self.text(Samples.mail()) == Self.text(Samples.mail()))
    }

    @Test func `is ASCII in lines of at most 78 characters`() {
        let long = String(repeating: "很长的标题", count: 30)
        let mail = Self.text(Samples.mail(String(repeating: "内容=~ x ", count: 200), subject: long))
        #expect(mail.utf8.allSatisfy { $0 < 0x80 })
        #expect(mail.split(separator: "\r\n").allSatisfy { $0.utf8.count <= 78 })
        #expect(!mail.replacing("\r\n", with: "").contains("\n"))
    }

    @Test func `lets nobody slip in a header`() {
        let mail = Self.text(Samples.mail("x", subject: "a\r\nBcc: <evil@example.com>\u{0}\u{85}b"))
        #expect(!mail.split(separator: "\r\n").contains { $0.hasPrefix("Bcc") })
        #expect(mail.contains("Subject: a  Bcc: <evil@example.com>"))
    }

    @Test func `doubles the dot at the beginning of a line`() {
        let message = MailMessage(Samples.mail(".\n..x\na.b\n"), settings: Self.settings)
        let lines = String(decoding: message.dotStuffed, as: UTF8.self).components(separatedBy: "\r\n")
        #expect(lines.contains("..") && lines.contains("...x") && lines.contains("a.b"))
        #expect(lines.suffix(2) == [".", ""])
        #expect(lines.filter { $0 == "." }.count == 1)
    }

    @Test(arguments: [
        (0.0, "Thu, 01 Jan 1970 00:00:00"), (951_782_399.0, "Mon, 28 Feb 2000 23:59:59"),
        (951_782_400.0, "Tue, 29 Feb 2000 00:00:00"), (1_709_251_199.0, "Thu, 29 Feb 2024 23:59:59"),
        (4_102_444_799.0, "Thu, 31 Dec 2099 23:59:59"),
    ])
    func `bears a date`(seconds: Double, text: String) {
        #expect(MailHeader.date(Date(timeIntervalSince1970: seconds)) == "Date: \(text) +0000\r\n")
    }

    /// Another's reader must find the words: Python's email package.
    @Test(arguments: [
        ("[T1000001] 已受理：空调不制冷", "王芳，您好：\n\n您的服务请求已受理。\n.一行\n"), (String(repeating: "很长的标题🙂", count: 20), "x"),
        ("plain", "naïve = 1\ntrailing \n\ttab\t\n" + String(repeating: "long ", count: 60)),
        ("=?not a word?=", "结束"),
    ])
    func `is read by others as it was meant`(subject: String, body: String) throws {
        let script = """
            import email, email.policy, json, sys
            m = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
            p, h = m.iter_parts()
            print(json.dumps({'subject': m['subject'], 'from': m['from'].addresses[0].display_name, 'text': p.get_content(),
                'html': h.get_content_type(), 'defects': len(m.defects) + len(p.defects) + len(h.defects)}))
            """
        let message = MailMessage(Samples.mail(body, subject: subject), settings: Self.settings)
        let (status, output) = try Program.run("/usr/bin/python3", ["-c", script], input: message.bytes)
        struct Read: Decodable { let subject, from, text, html: String; let defects: Int }
        let read = try JSONDecoder().decode(Read.self, from: Data(output.utf8))
        #expect(status == 0)
        #expect(read.subject == subject)
        #expect(read.from == "派单服务")
        let text = read.text.replacing("\r\n", with: "\n")
        #expect(text.hasPrefix(body))
        #expect(text.dropFirst(body.count).allSatisfy { $0 == "\n" })
        #expect((read.html, read.defects) == ("text/html", 0))
    }
}
