internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Postgres

/// The customers that a batch of requests may be from, by every way to find one.
struct CustomerIndex: Sendable {
    /// A way to find a customer. A contact's telephone finds the customer he speaks for.
    private enum Way: String {
        case id, phone, contactPhone, email, contactEmail, openID
    }

    private var byHandle: [String: [String: KnownCustomer]] = [:]

    /// Finds the customers of all `senders`. Index scans only: `customer_pkey`, `customer_phone`, `customer_email`,
    /// `customer_wechat_openid`, `contact_phone`, `contact_email`, `contract_of_customer`.
    static func statement(for senders: [TicketDraft.Sender]) -> SQL {
        let ids = senders.compactMap(\.id?.value)
        let phones = senders.compactMap(\.phone?.e164)
        let emails = senders.compactMap { $0.email?.text.lowercased() }
        let openIDs = senders.compactMap(\.weChatOpenID)
        return """
            select way, handle, id, name, phone, email, wechat_openid, language, (
              select service_level
              from intake.contract
              where customer_id = found.id and (select intake.today()) between starts_on and ends_on
              order by array_position(array['vip', 'key', 'gold', 'silver', 'basic'], service_level), starts_on desc,
                service_level
              limit 1
            )
            from (
              select 'id' as way, customer.id::text as handle, customer.id, name, phone, email, wechat_openid, language
              from intake.customer
              where customer.id = any(\(ids)::uuid[])
              union all
              select 'phone', phone, customer.id, name, phone, email, wechat_openid, language
              from intake.customer
              where phone = any(\(phones)::text[])
              union all
              select 'contactPhone', contact.phone, customer.id, customer.name, customer.phone, customer.email,
                customer.wechat_openid, customer.language
              from intake.contact
              join intake.customer on customer.id = contact.customer_id
              where contact.phone = any(\(phones)::text[])
              union all
              select 'email', email, customer.id, name, phone, email, wechat_openid, language
              from intake.customer
              where email = any(\(emails)::text[])
              union all
              select 'contactEmail', contact.email, customer.id, customer.name, customer.phone, customer.email,
                customer.wechat_openid, customer.language
              from intake.contact
              join intake.customer on customer.id = contact.customer_id
              where contact.email = any(\(emails)::text[])
              union all
              select 'openID', wechat_openid, customer.id, name, phone, email, wechat_openid, language
              from intake.customer
              where wechat_openid = any(\(openIDs)::text[])
            ) as found
            """
    }

    init(rows: QueryResult) throws {
        for row in rows {
            let (way, handle, id, name, phone, email, openID, language, level) = try row.decode(
                String.self, String.self, UUID.self, String.self, String?.self, String?.self, String?.self, String.self,
                String?.self)
            // Two customers may share a contact: the smaller id is taken, so that it is always the same one.
            let customer = KnownCustomer(
                id: ID(id), name: name, phone: phone, email: email, weChatOpenID: openID,
                language: Open(rawValue: language), serviceLevel: level)
            if let other = byHandle[way]?[handle], other.id.description <= customer.id.description { continue }
            byHandle[way, default: [:]][handle] = customer
        }
    }

    /// By id, telephone, mail address, openid, in this order; an id that is given is the only way tried.
    func find(_ sender: TicketDraft.Sender) -> KnownCustomer? {
        if let id = sender.id { return find(.id, id.description) }
        let email = sender.email?.text.lowercased()
        return find(.phone, sender.phone?.e164) ?? find(.contactPhone, sender.phone?.e164) ?? find(.email, email)
            ?? find(.contactEmail, email) ?? find(.openID, sender.weChatOpenID)
    }

    /// A customer who is new in this batch, for the requests behind him.
    mutating func add(_ customer: KnownCustomer) {
        for (way, handle) in [(Way.phone, customer.phone), (.email, customer.email), (.openID, customer.weChatOpenID)] {
            if let handle { byHandle[way.rawValue, default: [:]][handle] = customer }
        }
    }

    private func find(_ way: Way, _ handle: String?) -> KnownCustomer? {
        guard let handle else { return nil }
        return byHandle[way.rawValue]?[handle]
    }
}
