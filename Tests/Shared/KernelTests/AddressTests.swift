import Kernel
import Testing

@Suite struct `A telephone number` {
    @Test(arguments: [
        ("13800138000", "+8613800138000"), ("+86 138-0013-8000", "+8613800138000"),
        ("0086 13800138000", "+8613800138000"), ("021 6234 5678", "+862162345678"),
        ("+49 (30) 901820", "+4930901820"), ("（010）6234-5678", "+861062345678"),
    ])
    func `is read as people write it`(text: String, e164: String) {
        #expect(PhoneNumber(text)?.e164 == e164)
    }

    @Test(arguments: [
        "", "12345", "+0123456789", "1380013800a", "138001380001234567890", "１３８００１３８０００", "+86++138", "2345678901",
    ])
    func `is refused when it cannot be one`(text: String) {
        #expect(PhoneNumber(text) == nil)
    }

    @Test func `does not show itself in a log`() throws {
        #expect(try #require(PhoneNumber("13800138000")).description == "+86*********00")
    }
}

@Suite struct `A mail address` {
    @Test(arguments: ["wang@example.cn", "a.b+tag@mail.example.com", "王@例子.公司", "o'neil@example.org"])
    func `is taken`(text: String) {
        #expect(EmailAddress(text)?.text == text)
    }

    @Test(arguments: [
        "", "wang", "@example.cn", "wang@", "a@b@c", "a b@example.cn", "a@exa mple.cn", "a\r\nBcc: x@example.cn",
        "<a@example.cn>",
        "a..b@example.cn", ".a@example.cn", "a@-example.cn", "a@example..cn", "a@example.cn,b@example.cn",
        "a\u{3000}b@example.cn",
    ])
    func `is refused when mail could not go there, or would go elsewhere`(text: String) {
        #expect(EmailAddress(text) == nil)
    }

    @Test func `is refused when it is longer than mail allows`() {
        #expect(EmailAddress(String(repeating: "a", count: 65) + "@example.cn") == nil)
        #expect(EmailAddress("a@" + Array(repeating: "abcdefgh", count: 30).joined(separator: ".")) == nil)
    }

    @Test func `does not show itself in a log`() throws {
        #expect(try #require(EmailAddress("wang@example.cn")).description == "w***@example.cn")
    }
}
