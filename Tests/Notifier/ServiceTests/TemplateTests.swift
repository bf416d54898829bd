import Contracts
import Foundation
import Kernel
import Logging
import NotifierDomain
import Postgres
import Testing

@testable import NotifierService

@Suite struct `The templates that come with the tables` {
    @Test func `can all be used, and name the ticket`() async throws {
        try await Desk.with { desk in
            let (rules, templates) = try await RuleStore(pool: desk.pool).book()
            #expect(rules.count == 13)
            #expect(templates.count == 26)
            for template in templates {
                let wording = try RuleBook.Wording(template)
                let text = wording.render(Samples.news(template.key.occasion), in: template.key.language)
                #expect((text.subject + text.body).contains("T1000001"))
                #expect(!(text.subject + text.body).contains("{{"))
                if template.key.occasion == .workAccepted,
                    template.key.channel != .wechat || template.key.language == .chinese
                {
                    #expect(text.body.contains("李强"))
                }
                if template.key.occasion == .workStep {
                    #expect(text.body.contains(Samples.place.customer?[template.key.language] ?? "-"))
                }
                if template.key.channel == .sms { #expect(TextMessage(text.body).parts <= 3) }
                if template.key.channel == .wechat {
                    let fields = WeChatWording.fields(of: text.body)
                    #expect(fields.map(\.name) == ["thing1", "character_string2", "thing3", "thing4", "time5"])
                    #expect(fields.allSatisfy { !$0.value.isEmpty && !$0.value.hasSuffix("…") })
                }
            }
        }
    }

    @Test func `keep a customer's line breaks out of headers and fields`() throws {
        let stored = RuleStore.StoredTemplate(
            key: TemplateKey(occasion: .ticketCreated, channel: .wechat, language: .chinese), subject: "",
            body: "thing1: {{customer}}\nthing2: {{number}}")
        let news = News(
            TicketCreated(
                ticket: Samples.ticket, number: "T1", channel: Open(.web), kind: Open(.repair), urgency: Open(.normal),
                subject: "s",
                description: "", department: "hq",
                customer: CustomerCard(
                    id: ID(UUID()), name: "a\nthing2: b", contact: nil, phone: nil, email: nil, weChatOpenID: nil,
                    language: Open(.chinese)), address: nil, productSerial: nil, createdAt: .now))
        let fields = WeChatWording.fields(of: try RuleBook.Wording(stored).render(news, in: .chinese).body)
        #expect(fields.map(\.value) == ["a thing2: b", "T1"])
    }

    @Test func `say a process's own words as they are, and no more than words`() async throws {
        try await Desk.with { desk in
            let words = Phrase(zh: "修好了{{phone}}{{{subject}}}{{/progress}}<b>", en: "It runs")
            let sample = Samples.news(.workStep)
            let told = WorkMoved(
                workOrder: ID(UUID()), ticket: sample.ticket, ticketNumber: "T1000001", subject: "空调不制冷",
                department: "hq", state: .done, previous: nil, owner: nil, actor: nil, note: nil,
                customer: sample.customer, address: nil, at: sample.at, place: Samples.place,
                notices: [
                    WorkNotice(
                        to: "customer", person: nil, occasion: "done", text: Samples.place.customer, words: words)
                ])
            let news = try #require(News(told))
            #expect(news.occasion == .workStep, "the template for work that is done has no room for them")
            let (_, templates) = try await RuleStore(pool: desk.pool).book()
            for template in templates where template.key.occasion == .workStep {
                let text = try RuleBook.Wording(template).render(news, in: template.key.language)
                let expected = words[template.key.language]
                #expect(text.body.contains(expected), "\(text.body)")
                if template.key.channel == .mail { #expect(text.subject.contains(expected)) }
                #expect(!text.body.contains("+8613800138000"))
            }
        }
    }

    @Test func `say when somebody comes, where that was just agreed`() throws {
        let sample = Samples.news(.workStep)
        func told(_ window: WorkWindow) throws -> Phrase? {
            let notice = WorkNotice(
                to: "customer", person: nil, occasion: "appointment", text: Phrase(zh: "待上门", en: "Before the visit"),
                window: window)
            return try #require(
                News(
                    WorkMoved(
                        workOrder: ID(UUID()), ticket: sample.ticket, ticketNumber: "T1000001", subject: "空调不制冷",
                        department: "hq", state: .accepted, previous: nil, owner: nil, actor: nil, note: nil,
                        customer: sample.customer, address: nil, at: sample.at, place: Samples.place,
                        notices: [notice]))
            ).progress
        }
        let from = Date(timeIntervalSince1970: 1_800_000_000)
        #expect(
            try told(WorkWindow(from: from, until: from.addingTimeInterval(7200)))
                == Phrase(zh: "待上门，2027-01-15 16:00–18:00", en: "Before the visit, 2027-01-15 16:00–18:00"))
        #expect(try told(WorkWindow(from: from, until: nil))?.zh == "待上门，2027-01-15 16:00")
        #expect(
            try told(WorkWindow(from: from, until: from.addingTimeInterval(43_200)))?.en
                == "Before the visit, 2027-01-15 16:00–2027-01-16 04:00")
    }

    @Test func `are left out when somebody has broken them, and the rest goes on`() async throws {
        try await Desk.with { desk in
            try await desk.pool.query(
                "update notify.template set body = '{{nonsense}}' where occasion = 'work.done' and channel = 'sms' and language = 'en'"
            )
            let book = RuleBook(
                store: RuleStore(pool: desk.pool), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            let page = try await book.page()
            #expect(page.wordings.count == 25)
            // Chinese stands in.
            #expect(page.wording(.workDone, .sms, .english) != nil)
        }
    }
}
