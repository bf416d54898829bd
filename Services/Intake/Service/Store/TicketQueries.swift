internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Postgres

/// What people read. A member of staff's questions run as the member role: the departments are named in each statement,
/// so that the planner picks the index, and row-level security is the net beneath.
struct TicketQueries: Sendable {
    let pool: PostgresPool

    /// Nil when there is none, or none in these departments.
    func ticket(number: String, departments: [String]) async throws -> TicketJSON? {
        try await asMember(of: departments) { transaction in
            let results = try await transaction.pipeline([
                """
                select ticket.id, ticket.number, channel, kind, urgency, subject, department, status, status_at, engineer, progress_zh, progress_en,
                  ticket.customer_id, customer_name, contact_name, phone, email, wechat_openid, language, address,
                  product_serial, created_at, model, serial, installed_on::text, warranty_until::text,
                  warranty_until >= intake.today()
                from intake.ticket
                left join intake.installed_product on serial = product_serial
                where ticket.number = \(number)
                  and department = any(\(departments)::text[])
                """,
                """
                select direction, ticket_message.channel, body, ticket_message.created_at
                from intake.ticket_message
                join intake.ticket on ticket.id = ticket_id
                where number = \(number)
                  and department = any(\(departments)::text[])
                order by ticket_message.created_at, ticket_message.id
                limit 500
                """,
            ])
            guard let row = results[0].first else { return nil }
            let (
                id, number, channel, kind, urgency, subject, department, status, statusAt, engineer, progressZh,
                progressEn,
                customer, name, contact,
                phone, email, openID, language, address, serial, createdAt, model, installed, installedOn,
                warrantyUntil,
                isUnderWarranty
            ) = try row.decode(
                UUID.self, String.self, String.self, String.self, String.self, String.self, String.self, String.self,
                Date.self, String?.self, String?.self, String?.self, UUID.self, String.self, String?.self, String?.self,
                String?.self, String?.self,
                String.self, String?.self, String?.self, Date.self, String?.self, String?.self, String?.self,
                String?.self,
                Bool?.self)
            let product =
                if let model, let installed, let installedOn, let warrantyUntil, let isUnderWarranty {
                    Optional.some(
                        ProductJSON(
                            model: model, serial: installed, installedOn: installedOn, warrantyUntil: warrantyUntil,
                            isUnderWarranty: isUnderWarranty))
                } else {
                    ProductJSON?.none
                }
            return TicketJSON(
                id: ID(id), number: number, channel: channel, kind: kind, urgency: urgency, subject: subject,
                department: department, status: status, statusAt: statusAt, engineer: engineer,
                progress: Self.phrase(progressZh, progressEn),
                customer: TicketJSON.CustomerJSON(
                    id: ID(customer), name: name, contact: contact, phone: phone, email: email, weChatOpenID: openID,
                    language: language),
                address: address, productSerial: serial, product: product, createdAt: createdAt,
                messages: try results[1].map { row in
                    let (direction, channel, body, at) = try row.decode(
                        String.self, String.self, String.self, Date.self)
                    return TicketJSON.MessageJSON(direction: direction, channel: channel, body: body, at: at)
                })
        }
    }

    /// The newest first. `query` is a number, a telephone number, or a part of the subject or the customer's name.
    func tickets(
        matching query: String?, status: String?, limit: Int, departments: [String]
    ) async throws -> [TicketLineJSON] {
        let words = query?.trimmingCharacters(in: .whitespaces)
        let wanted = words.flatMap { $0.isEmpty ? nil : String($0.prefix(100)) }
        let phone = wanted.flatMap { PhoneNumber($0)?.e164 }
        return try await asMember(of: departments) { transaction in
            try await transaction.query(
                """
                select number, subject, customer_name, department, kind, urgency, status, status_at, engineer, created_at
                from intake.ticket
                where department = any(\(departments)::text[])
                  and (\(status)::text is null or status = \(status)::text)
                  and (
                    \(wanted)::text is null
                    or number = upper(\(wanted)::text)
                    or phone = \(phone)::text
                    or position(lower(\(wanted)::text) in lower(subject)) > 0
                    or position(lower(\(wanted)::text) in lower(customer_name)) > 0)
                order by created_at desc, number desc
                limit \(limit)
                """
            ).map { row in
                let (number, subject, customer, department, kind, urgency, status, statusAt, engineer, createdAt) =
                    try row.decode(
                        String.self, String.self, String.self, String.self, String.self, String.self, String.self,
                        Date.self, String?.self, Date.self)
                return TicketLineJSON(
                    number: number, subject: subject, customer: customer, department: department, kind: kind,
                    urgency: urgency, status: status, statusAt: statusAt, engineer: engineer, createdAt: createdAt)
            }
        }
    }

    /// Nil when number and contact do not belong together; the answer does not say which of them is wrong.
    func status(number: String, contact: String) async throws -> TrackJSON? {
        let rows = try await pool.query(
            """
            select number, status, status_at, progress_zh, progress_en, offers
            from intake.ticket
            where number = \(number)
              and intake.is_theirs(ticket, \(contact))
            """)
        guard let row = rows.first else { return nil }
        let (number, status, statusAt, chinese, english, offers) = try row.decode(
            String.self, String.self, Date.self, String?.self, String?.self, JSON.self)
        return TrackJSON(
            number: number, status: status, statusAt: statusAt, progress: Self.phrase(chinese, english),
            offers: try WireJSON.decode([CustomerOffer].self, from: offers.bytes))
    }

    private static func phrase(_ chinese: String?, _ english: String?) -> Phrase? {
        guard let chinese, let english else { return nil }
        return Phrase(zh: chinese, en: english)
    }

    func asMember<Result: Sendable>(
        of departments: [String], _ body: @escaping @Sendable (Transaction) async throws -> Result
    ) async throws -> Result {
        try await pool.transaction(role: "intake_member") { transaction in
            try await transaction.query(
                "select set_config('paidan.departments', (\(departments)::text[])::text, true)")
            return try await body(transaction)
        }
    }
}
