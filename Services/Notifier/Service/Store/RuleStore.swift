import Contracts
import Foundation
import Kernel
import NotifierDomain
import Postgres

/// Rules, templates and what customers wish.
struct RuleStore: Sendable {
    let pool: PostgresPool

    struct StoredTemplate: Sendable {
        let key: TemplateKey
        let subject: String
        let body: String
    }

    /// The enabled rules and every template, in one round trip.
    func book() async throws -> (rules: [DeliveryRule], templates: [StoredTemplate]) {
        let results = try await pool.pipeline([
            """
            select occasion, channel, position, mode
            from notify.rule
            where enabled
            order by occasion, position, channel
            """,
            """
            select occasion, channel, language, subject, body
            from notify.template
            """,
        ])
        let rules = try results[0].compactMap { row -> DeliveryRule? in
            let (occasion, channel, position, mode) = try row.decode(String.self, String.self, Int32.self, String.self)
            // Words of a newer schema are left to the newer program.
            guard let occasion = Occasion(rawValue: occasion), let channel = NotifyChannel(rawValue: channel),
                let mode = DeliveryRule.Mode(rawValue: mode)
            else { return nil }
            return DeliveryRule(occasion: occasion, channel: channel, position: Int(position), mode: mode)
        }
        let templates = try results[1].compactMap { row -> StoredTemplate? in
            let (occasion, channel, language, subject, body) = try row.decode(
                String.self, String.self, String.self, String.self, String.self)
            guard let occasion = Occasion(rawValue: occasion), let channel = NotifyChannel(rawValue: channel),
                let language = Language(rawValue: language)
            else { return nil }
            return StoredTemplate(
                key: TemplateKey(occasion: occasion, channel: channel, language: language), subject: subject, body: body
            )
        }
        return (rules, templates)
    }

    static func preferences(of customers: [UUID]) -> SQL {
        """
        select customer, channel, allowed, language
        from notify.preference
        where customer = any(\(customers))
        """
    }

    /// By customer.
    static func preferences(in rows: QueryResult) throws -> [UUID: [Preference]] {
        var preferences: [UUID: [Preference]] = [:]
        for row in rows {
            let (customer, channel, isAllowed, language) = try row.decode(
                UUID.self, String.self, Bool.self, String?.self)
            guard let channel = NotifyChannel(rawValue: channel) else { continue }
            preferences[customer, default: []].append(
                Preference(channel: channel, isAllowed: isAllowed, language: language.flatMap(Language.init(rawValue:)))
            )
        }
        return preferences
    }
}

struct TemplateKey: Hashable, Sendable {
    let occasion: Occasion
    let channel: NotifyChannel
    let language: Language
}
