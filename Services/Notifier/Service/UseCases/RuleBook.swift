import Contracts
import Kernel
import Logging
import Mustache
import NotifierDomain
import Synchronization

/// Rules and templates, ready for use. A change in the tables is seen within a second.
final class RuleBook: Sendable {
    /// One template, parsed.
    struct Wording: Sendable {
        let subject: MustacheTemplate
        let body: MustacheTemplate

        /// - Returns: nil when `stored` does not pass ``TemplateText``'s check.
        init(_ stored: RuleStore.StoredTemplate) throws {
            if !stored.subject.isEmpty { try TemplateText.check(stored.subject) }
            try TemplateText.check(stored.body)
            // Plain text: the HTML part of a mail is made, and escaped, from the rendered words.
            subject = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + stored.subject)
            // Line by line, so that no value can begin a line of its own; a section may span lines in mail only.
            body = try MustacheTemplate(string: "{{% CONTENT_TYPE:TEXT}}" + stored.body)
        }

        func render(_ news: News, in language: Language) -> (subject: String, body: String) {
            let values = news.values(in: language).mapValues(Self.oneLine)
            return (subject.render(values), body.render(values))
        }

        /// Customers' words stay on one line: no header and no template field can be slipped in by them.
        private static func oneLine(_ text: String) -> String {
            String(
                String.UnicodeScalarView(
                    text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
        }
    }

    struct Page: Sendable {
        let rules: [DeliveryRule]
        let wordings: [TemplateKey: Wording]

        /// In the wanted language, else in Chinese.
        func wording(_ occasion: Occasion, _ channel: NotifyChannel, _ language: Language) -> Wording? {
            wordings[TemplateKey(occasion: occasion, channel: channel, language: language)]
                ?? wordings[TemplateKey(occasion: occasion, channel: channel, language: .chinese)]
        }
    }

    private let store: RuleStore
    private let logger: Logger
    private let read = Mutex<(page: Page, at: ContinuousClock.Instant)?>(nil)

    init(store: RuleStore, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func page() async throws -> Page {
        let fresh = read.withLock { $0.flatMap { $0.at > .now - .seconds(1) ? $0.page : nil } }
        if let fresh { return fresh }
        let (rules, templates) = try await store.book()
        var wordings: [TemplateKey: Wording] = [:]
        for template in templates {
            do {
                wordings[template.key] = try Wording(template)
            } catch {
                logger.error(
                    "A template is not usable and is left out: correct its row in notify.template",
                    metadata: [
                        "occasion": "\(template.key.occasion.rawValue)", "channel": "\(template.key.channel.rawValue)",
                        "language": "\(template.key.language.rawValue)", "error": "\(error)",
                    ])
            }
        }
        let page = Page(rules: rules, wordings: wordings)
        read.withLock { $0 = (page, .now) }
        return page
    }
}
