internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Postgres

/// One request to open a ticket, from whichever side it came.
struct TicketRequest: Sendable {
    let draft: TicketDraft
    let channel: Open<TicketCreated.Channel>
    /// The id that the ticket will have.
    let ticket: ID<Ticket>
    /// Nil for requests that are de-duplicated elsewhere (by the inbox).
    let key: IdempotencyKey?
}

/// Under which key a caller may repeat a request, and what he asked for then.
struct IdempotencyKey: Hashable, Sendable {
    let caller: String
    let key: String
    /// Tells a repeated request from another one.
    let fingerprint: UUID
}

enum OpeningOutcome: Sendable {
    case opened(TicketCreated, response: String)
    /// The key was used before for the same request; this was the answer.
    case repeated(response: String)
    /// The key was used before for another request.
    case conflict
    case refused([FieldFault])
}

/// Opens tickets, many in one transaction: two round trips however many there are.
struct OpenTickets: Sendable {
    private let store = TicketStore()

    /// What shall be written and said; nothing is written yet.
    struct Plan: Sendable {
        var outcomes: [OpeningOutcome] = []
        var writes: [SQL] = []
        var created: [TicketCreated] = []
    }

    /// Looks up what the rule needs (one round trip) and decides every request for itself.
    ///
    /// Two requests of one new customer share him; a second request under one key is measured against the first.
    func plan(_ requests: [TicketRequest], in transaction: Transaction) async throws -> Plan {
        let found = try await store.lookUp(requests, in: transaction)
        var customers = found.customers
        var answers = found.answers
        var numbers = found.numbers[...]
        var newCustomers: [KnownCustomer] = []
        var newAnswers: [StoredAnswer] = []
        var plan = Plan()
        plan.outcomes.reserveCapacity(requests.count)
        for request in requests {
            if let key = request.key, let answer = answers[.init(key)] {
                let isSame = answer.key.fingerprint == key.fingerprint
                plan.outcomes.append(isSame ? .repeated(response: answer.response) : .conflict)
                continue
            }
            let known = customers.find(request.draft.sender)
            let faults = OpenTicket.faults(in: request.draft, known: known)
            guard faults.isEmpty, let number = numbers.popFirst() else {
                plan.outcomes.append(.refused(faults))
                continue
            }
            let ticket = try OpenTicket.decide(
                request.draft, known: known, product: request.draft.productSerial.flatMap { found.products[$0] },
                OpenTicket.Circumstances(
                    ticket: request.ticket, number: "T\(number)",
                    newCustomer: ID(UUID(namespace: request.ticket.value, name: "customer")), channel: request.channel,
                    department: found.department(for: request.channel)),
                now: found.now)
            if known == nil {
                let customer = KnownCustomer(newIn: ticket.customer)
                customers.add(customer)
                newCustomers.append(customer)
            }
            let response = TicketAnswer.json(of: ticket)
            if let key = request.key {
                let answer = StoredAnswer(key: key, response: response)
                answers[.init(key)] = answer
                newAnswers.append(answer)
            }
            plan.created.append(ticket)
            plan.outcomes.append(.opened(ticket, response: response))
        }
        if !plan.created.isEmpty {
            plan.writes = store.writes(
                customers: newCustomers, tickets: plan.created, answers: newAnswers, now: found.now)
        }
        return plan
    }

    /// Every fault of a draft that will be refused whatever the customers are; reads only.
    func faults(in draft: TicketDraft, in pool: PostgresPool) async throws -> [FieldFault] {
        guard draft.needsSearchForFaults else { return OpenTicket.faults(in: draft, known: nil) }
        let known = try CustomerIndex(rows: await pool.query(CustomerIndex.statement(for: [draft.sender])))
        return OpenTicket.faults(in: draft, known: known.find(draft.sender))
    }
}

extension KnownCustomer {
    /// A customer as his first ticket introduces him.
    fileprivate init(newIn card: CustomerCard) {
        self.init(
            id: card.id, name: card.name, phone: card.phone, email: card.email?.lowercased(),
            weChatOpenID: card.weChatOpenID, language: card.language, serviceLevel: nil)
    }
}
