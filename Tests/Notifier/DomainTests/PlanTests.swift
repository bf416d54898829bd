import Contracts
import Foundation
import Kernel
import NotifierDomain
import Testing

@Suite struct `A plan` {
    static func news(
        phone: String? = "+8613800138000", email: String? = "wang@example.cn", openid: String? = "oOPENID_1",
        language: Language = .chinese
    ) -> News {
        News(
            TicketCreated(
                ticket: ID(UUID()), number: "T1000001", channel: Open(.web), kind: Open(.repair),
                urgency: Open(.normal),
                subject: "空调不制冷", description: "", department: "hq",
                customer: CustomerCard(
                    id: ID(UUID()), name: "王芳", contact: nil, phone: phone, email: email, weChatOpenID: openid,
                    language: Open(language)),
                address: nil, productSerial: nil, createdAt: Date(timeIntervalSince1970: 1_795_336_200)))
    }

    static func rules(_ mode: DeliveryRule.Mode, _ channels: NotifyChannel...) -> [DeliveryRule] {
        channels.enumerated().map { DeliveryRule(occasion: .ticketCreated, channel: $1, position: $0, mode: mode) }
    }

    @Test func `sends by every channel that rules name and the customer has`() {
        let planned = Self.news(email: nil).deliveries(by: Self.rules(.all, .wechat, .sms, .mail), preferences: [])
        #expect(planned.map(\.recipient.channel) == [.wechat, .sms])
        #expect(planned.allSatisfy { !$0.isStandby && $0.language == .chinese })
    }

    @Test func `lets the later rungs of a ladder stand by`() {
        let planned = Self.news(openid: nil).deliveries(by: Self.rules(.first, .wechat, .sms, .mail), preferences: [])
        #expect(planned.map(\.recipient.channel) == [.sms, .mail])
        #expect(planned.map(\.isStandby) == [false, true])
    }

    @Test func `respects what the customer does not want, and his language`() {
        let wishes = [
            Preference(channel: .sms, isAllowed: false, language: nil),
            Preference(channel: .mail, isAllowed: true, language: .english),
        ]
        let planned = Self.news().deliveries(by: Self.rules(.all, .sms, .mail), preferences: wishes)
        #expect(planned.map(\.recipient.channel) == [.mail])
        #expect(planned.first?.language == .english)
    }

    @Test func `has nothing for an occasion without rules`() {
        let other = [DeliveryRule(occasion: .workDone, channel: .sms, position: 0, mode: .all)]
        #expect(Self.news().deliveries(by: other, preferences: []).isEmpty)
    }

    @Test func `leaves out addresses that cannot be used`() {
        let news = Self.news(phone: "12", email: "a b@c", openid: "line\nbreak")
        #expect(news.deliveries(by: Self.rules(.all, .sms, .mail, .wechat), preferences: []).isEmpty)
    }

    @Test func `tells the time as a clock in China shows it`() {
        #expect(Self.news().values(in: .chinese)["time"] == "2026-11-22 16:30")
    }
}

@Suite struct `A recipient` {
    @Test func `is masked for people`() throws {
        #expect(try #require(Recipient(.sms, "13800138000")).description == "+86*********00")
        #expect(try #require(Recipient(.mail, "wang@example.cn")).description == "w***@example.cn")
        #expect(try #require(Recipient(.wechat, "oABCDEFGHIJKLMNOP")).description == "oAB***OP")
    }
}

@Suite struct `A text message` {
    @Test(arguments: [
        ("", TextMessage.Alphabet.gsm7, 0, 1), (String(repeating: "a", count: 160), .gsm7, 160, 1),
        (String(repeating: "a", count: 161), .gsm7, 161, 2), ("€", .gsm7, 2, 1),
        (String(repeating: "汉", count: 70), .ucs2, 70, 1), (String(repeating: "汉", count: 71), .ucs2, 71, 2),
        (String(repeating: "汉", count: 134), .ucs2, 134, 2), (String(repeating: "汉", count: 135), .ucs2, 135, 3),
        ("🙂", .ucs2, 2, 1),
    ])
    func `is counted as the network counts it`(text: String, alphabet: TextMessage.Alphabet, length: Int, parts: Int) {
        let message = TextMessage(text)
        #expect((message.alphabet, message.length, message.parts) == (alphabet, length, parts))
    }

    @Test func `does not cut a pair of units between parts`() {
        // 66 units, then pairs: the 67th place of each part stays empty.
        let text = String(repeating: "汉", count: 66) + String(repeating: "🙂", count: 34)
        #expect(TextMessage(text).length == 134)
        #expect(TextMessage(text).parts == 3)
    }
}

@Suite struct `A template's text` {
    @Test(arguments: ["您好{{customer}}", "{{#engineer}}{{engineer}}{{/engineer}}{{^engineer}}x{{/engineer}}"])
    func `may use the known words`(text: String) {
        #expect(throws: Never.self) { try TemplateText.check(text) }
    }

    @Test(arguments: [
        "", "{{phone}}", "{{{customer}}}", "{{&customer}}", "{{>customer}}", "{{% CONTENT_TYPE:HTML}}", "{{customer",
        "{{#engineer}}x", "{{/engineer}}", "{{#engineer}}{{/customer}}", "{{=<% %>=}}", "{{$customer}}x{{/customer}}",
    ])
    func `may use nothing else`(text: String) {
        #expect(throws: TemplateText.Fault.self) { try TemplateText.check(text) }
    }
}

@Suite struct `A field of a WeChat template` {
    @Test(arguments: [
        ("thing1", String(repeating: "字", count: 25), String(repeating: "字", count: 19) + "…"),
        ("phrase3", "处理完成了吗", "处理完成…"),
        ("thing2", "一行\n两行", "一行 两行"), ("time5", "2026-11-22 16:30", "2026-11-22 16:30"), ("name3", "王芳", "王芳"),
    ])
    func `is shortened to what its type takes`(name: String, value: String, fitted: String) {
        #expect(WeChatField(name: name, value: value).value == fitted)
    }
}
