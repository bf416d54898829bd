/// Where in a mail transaction an answer came.
public enum MailStage: String, Sendable, CaseIterable {
    case connect, auth, sender, recipient, data
}

extension Outcome {
    /// What a relay's answer means (RFC 5321 section 4.2, RFC 3463). The enhanced code decides where there is one.
    ///
    /// - Parameters:
    ///   - code: three digits.
    ///   - enhanced: class, subject, detail, as in `5.1.1`.
    ///   - text: the relay's words; used as the provider's id when it accepted.
    public init(mailCode code: Int, enhanced: (Int, Int, Int)?, stage: MailStage, text: String) {
        let dotted = enhanced.map { " \($0.0).\($0.1).\($0.2)" } ?? ""
        let reason = "the relay answered \(code)\(dotted) to \(stage.rawValue)"
        switch (code / 100, code, enhanced) {
        case (2, _, _): self = .accepted(providerID: String(text.prefix(120)))
        case (_, 530, _), (_, 534, _), (_, 535, _), (_, 538, _): self = .providerUnusable(reason)
        case (5, _, _) where stage == .auth || stage == .connect: self = .providerUnusable(reason)
        case (_, 452, _), (_, _, (4, 5, 3)?): self = .throttled(after: .seconds(60), reason: reason)
        // A full mailbox is emptied some day, whatever the relay calls it.
        case (_, _, (_, 2, 2)?): self = .throttled(after: .seconds(600), reason: reason)
        // Greylisting wants minutes, not seconds.
        case (_, 450, _), (_, _, (4, 7, _)?): self = .throttled(after: .seconds(120), reason: reason)
        case (4, _, _): self = .transient(reason)
        case (5, _, (_, 1, 7)?), (5, _, (_, 1, 8)?): self = .providerUnusable(reason)
        case (5, _, (_, 1, _)?), (5, _, (_, 2, _)?): self = .rejectedRecipient(reason)
        case (5, _, (_, _, _)?): self = stage == .sender ? .providerUnusable(reason) : .rejectedMessage(reason)
        case (5, _, nil) where stage == .recipient: self = .rejectedRecipient(reason)
        case (5, 552, nil): self = .rejectedMessage(reason)
        case (5, _, nil) where stage == .sender: self = .providerUnusable(reason)
        case (5, _, nil): self = .rejectedMessage(reason)
        default: self = .transient(reason)
        }
    }
}
