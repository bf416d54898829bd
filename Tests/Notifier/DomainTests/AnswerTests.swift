import NotifierDomain
import Testing

@Suite struct `What a provider answers` {
    struct MailCase: Sendable {
        let code: Int
        var enhanced: [Int]?
        let stage: MailStage
        let label: String
    }

    @Test(arguments: [
        MailCase(code: 250, enhanced: [2, 0, 0], stage: .data, label: "accepted"),
        MailCase(code: 421, stage: .sender, label: "transient"),
        MailCase(code: 450, enhanced: [4, 2, 0], stage: .recipient, label: "throttled"),
        MailCase(code: 451, enhanced: [4, 7, 1], stage: .recipient, label: "throttled"),
        MailCase(code: 451, enhanced: [4, 3, 0], stage: .data, label: "transient"),
        MailCase(code: 452, stage: .recipient, label: "throttled"),
        MailCase(code: 550, enhanced: [5, 1, 1], stage: .recipient, label: "rejected_recipient"),
        MailCase(code: 550, stage: .recipient, label: "rejected_recipient"),
        MailCase(code: 552, enhanced: [5, 2, 2], stage: .recipient, label: "throttled"),
        MailCase(code: 552, enhanced: [5, 3, 4], stage: .data, label: "rejected_message"),
        MailCase(code: 554, enhanced: [5, 7, 1], stage: .data, label: "rejected_message"),
        MailCase(code: 554, stage: .data, label: "rejected_message"),
        MailCase(code: 553, enhanced: [5, 1, 8], stage: .sender, label: "provider_unusable"),
        MailCase(code: 550, stage: .sender, label: "provider_unusable"),
        MailCase(code: 535, enhanced: [5, 7, 8], stage: .auth, label: "provider_unusable"),
        MailCase(code: 454, enhanced: [4, 7, 0], stage: .auth, label: "throttled"),
        MailCase(code: 530, stage: .sender, label: "provider_unusable"),
        MailCase(code: 554, stage: .connect, label: "provider_unusable"),
        MailCase(code: 555, stage: .recipient, label: "rejected_recipient"),
    ])
    func `by mail is read by its enhanced code, its code and its place`(answer: MailCase) {
        let enhanced = answer.enhanced.map { ($0[0], $0[1], $0[2]) }
        let outcome = Outcome(mailCode: answer.code, enhanced: enhanced, stage: answer.stage, text: "words")
        #expect(outcome.label == answer.label)
    }

    @Test func `by mail does not carry the relay's words into the reason`() {
        let outcome = Outcome(mailCode: 550, enhanced: (5, 1, 1), stage: .recipient, text: "<wang@example.cn> unknown")
        #expect(outcome.reason == "the relay answered 550 5.1.1 to recipient")
    }

    @Test(arguments: [
        (202, "0: Accepted for delivery", "accepted"), (202, "3: Queued for later delivery", "accepted"),
        (403, "Authorization failed for sendsms", "provider_unusable"),
        (400, "Missing receiver number, rejected", "rejected_recipient"),
        (400, "Number(s) has/have been denied by white- and/or black-lists.", "rejected_recipient"),
        (400, "Coding field misformed, rejected", "rejected_message"),
        (503, "Temporal failure, try again later.", "transient"), (500, "", "ambiguous"),
        (404, "", "provider_unusable"),
    ])
    func `by Kannel is read by status and words`(status: Int, body: String, label: String) {
        #expect(Outcome(kannelStatus: status, body: body).label == label)
    }

    @Test(arguments: [
        (0, "accepted"), (-1, "transient"), (40001, "provider_unusable"), (40003, "rejected_recipient"),
        (43004, "rejected_recipient"), (43101, "rejected_recipient"), (40037, "rejected_template"),
        (47003, "rejected_message"), (45009, "throttled"), (45011, "throttled"), (48001, "provider_unusable"),
        (99999, "provider_unusable"),
    ])
    func `by WeChat is read by its code`(code: Int, label: String) {
        let outcome = Outcome(weChatCode: code, message: "words rid: 1", messageID: "5")
        #expect(outcome.label == label)
        if code != 0 { #expect(outcome.reason?.contains("rid: 1") == true) }
    }
}
