internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Postgres

/// What was answered under an idempotency key.
struct StoredAnswer: Sendable {
    let key: IdempotencyKey
    let response: String

    /// Whose key it is, and which.
    struct Name: Hashable, Sendable {
        let caller: String
        let key: String

        init(_ key: IdempotencyKey) { (caller, self.key) = (key.caller, key.key) }
    }
}

/// Writes tickets and what belongs to them; every statement takes any number of rows.
struct TicketStore: Sendable {
    /// What was found for a batch of requests.
    struct Found: Sendable {
        let now: Date
        /// One for each request that may become a ticket.
        let numbers: [Int64]
        let customers: CustomerIndex
        let answers: [StoredAnswer.Name: StoredAnswer]
        let departments: [String: String]
        /// By serial number.
        let products: [String: KnownProduct]

        func department(for channel: Open<TicketCreated.Channel>) -> String {
            departments[channel.rawValue] ?? departments["*"] ?? "service"
        }
    }

    /// One round trip: time, numbers, departments, customers, earlier answers, machines.
    func lookUp(_ requests: [TicketRequest], in transaction: Transaction) async throws -> Found {
        let count = requests.count { $0.draft.faults.isEmpty }
        let keys = requests.compactMap(\.key?.key)
        let serials = requests.compactMap(\.draft.productSerial)
        var statements: [SQL] = [
            // For this transaction: one plan for any number of requests, and one that is made while the tables are small
            // must still be right when they have grown.
            """
            select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true),
              intake.suite_now(),
              array(select nextval('intake.ticket_number') from generate_series(1, \(count)::bigint)),
              array(select channel from intake.department_route order by channel),
              array(select department from intake.department_route order by channel)
            """,
            CustomerIndex.statement(for: requests.map(\.draft.sender)),
        ]
        if !keys.isEmpty {
            statements.append(
                """
                select key, caller, request, response
                from intake.idempotency_key
                where key = any(\(keys)::text[])
                """)
        }
        if !serials.isEmpty {
            statements.append(
                """
                select serial, model, warranty_until >= intake.today()
                from intake.installed_product
                where serial = any(\(serials)::text[])
                """)
        }
        let results = try await transaction.pipeline(statements)
        let (_, _, now, numbers, channels, departments) = try results[0][0].decode(
            String.self, String.self, Date.self, [Int64].self, [String].self, [String].self)
        var answers: [StoredAnswer.Name: StoredAnswer] = [:]
        if !keys.isEmpty {
            for row in results[2] {
                let (key, caller, fingerprint, response) = try row.decode(
                    String.self, String.self, UUID.self, String.self)
                let name = IdempotencyKey(caller: caller, key: key, fingerprint: fingerprint)
                answers[.init(name)] = StoredAnswer(key: name, response: response)
            }
        }
        var products: [String: KnownProduct] = [:]
        if !serials.isEmpty, let rows = results.last {
            for row in rows {
                let (serial, model, isUnderWarranty) = try row.decode(String.self, String.self, Bool.self)
                products[serial] = KnownProduct(model: model, isUnderWarranty: isUnderWarranty)
            }
        }
        return Found(
            now: now, numbers: numbers, customers: try CustomerIndex(rows: results[1]), answers: answers,
            departments: Dictionary(zip(channels, departments), uniquingKeysWith: { first, _ in first }),
            products: products)
    }

    /// The rows of new customers, tickets, first words and answers, in an order that satisfies the foreign keys.
    func writes(customers: [KnownCustomer], tickets: [TicketCreated], answers: [StoredAnswer], now: Date) -> [SQL] {
        var statements: [SQL] = []
        if !customers.isEmpty { statements.append(insert(customers, now: now)) }
        statements.append(insert(tickets))
        let worded = tickets.filter { !$0.description.isEmpty }
        if !worded.isEmpty { statements.append(insertWords(of: worded)) }
        if !answers.isEmpty { statements.append(insert(answers, now: now)) }
        return statements
    }

    private func insert(_ customers: [KnownCustomer], now: Date) -> SQL {
        """
        insert into intake.customer (id, name, phone, email, wechat_openid, language, created_at)
        select id, name, phone, email, wechat_openid, language, \(now)::timestamptz
        from unnest(
          \(customers.map(\.id.value))::uuid[],
          \(customers.map(\.name))::text[],
          \(customers.map(\.phone))::text[],
          \(customers.map(\.email))::text[],
          \(customers.map(\.weChatOpenID))::text[],
          \(customers.map(\.language.rawValue))::text[]
        ) as new (id, name, phone, email, wechat_openid, language)
        """
    }

    private func insert(_ tickets: [TicketCreated]) -> SQL {
        """
        insert into intake.ticket (
          id, number, channel, kind, urgency, subject, department, customer_id, customer_name, contact_name, phone,
          email, wechat_openid, language, address, product_serial, created_at, status_at)
        select id, number, channel, kind, urgency, subject, department, customer_id, customer_name, contact_name, phone,
          email, wechat_openid, language, address, product_serial, created_at, created_at
        from unnest(
          \(tickets.map(\.ticket.value))::uuid[],
          \(tickets.map(\.number))::text[],
          \(tickets.map(\.channel.rawValue))::text[],
          \(tickets.map(\.kind.rawValue))::text[],
          \(tickets.map(\.urgency.rawValue))::text[],
          \(tickets.map(\.subject))::text[],
          \(tickets.map(\.department))::text[],
          \(tickets.map(\.customer.id.value))::uuid[],
          \(tickets.map(\.customer.name))::text[],
          \(tickets.map(\.customer.contact))::text[],
          \(tickets.map(\.customer.phone))::text[],
          \(tickets.map(\.customer.email))::text[],
          \(tickets.map(\.customer.weChatOpenID))::text[],
          \(tickets.map(\.customer.language.rawValue))::text[],
          \(tickets.map(\.address))::text[],
          \(tickets.map(\.productSerial))::text[],
          \(tickets.map(\.createdAt))::timestamptz[]
        ) as new (
          id, number, channel, kind, urgency, subject, department, customer_id, customer_name, contact_name, phone,
          email, wechat_openid, language, address, product_serial, created_at)
        """
    }

    /// The first message has the ticket's id, which is ordered by time: its place in the index is beside the last one's.
    private func insertWords(of tickets: [TicketCreated]) -> SQL {
        """
        insert into intake.ticket_message (id, ticket_id, direction, channel, body, created_at)
        select id, id, 'in', channel, body, created_at
        from unnest(
          \(tickets.map(\.ticket.value))::uuid[],
          \(tickets.map(\.channel.rawValue))::text[],
          \(tickets.map(\.description))::text[],
          \(tickets.map(\.createdAt))::timestamptz[]
        ) as new (id, channel, body, created_at)
        """
    }

    private func insert(_ answers: [StoredAnswer], now: Date) -> SQL {
        """
        insert into intake.idempotency_key (key, caller, request, status, response, created_at)
        select key, caller, request, 201, response, \(now)::timestamptz
        from unnest(
          \(answers.map(\.key.key))::text[],
          \(answers.map(\.key.caller))::text[],
          \(answers.map(\.key.fingerprint))::uuid[],
          \(answers.map(\.response))::text[]
        ) as new (key, caller, request, response)
        """
    }
}
