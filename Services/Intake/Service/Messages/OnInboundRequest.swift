internal import Contracts
internal import Foundation
internal import IntakeDomain
internal import Kernel
internal import Messaging
internal import Postgres

/// Hears what adapters publish on `inbound.<channel>`: opens tickets and answers with their numbers.
enum OnInboundRequest {
    /// - Parameter kinds: of ticket that are taken.
    static func route(kinds: [String]) -> Route {
        let opening = OpenTickets()
        return Route.inbound(InboundRequest.self) { messages, unit in
            let requests = try messages.map { try request($0, kinds: kinds) }
            let plan = try await opening.plan(requests, in: unit.transaction)
            // The batch is tried again one by one when one is refused, so the first refusal is enough.
            for case .refused(let faults) in plan.outcomes {
                throw HandlingError.refused(reason: "the request has faults", faults: faults)
            }
            try await unit.transaction.pipeline(plan.writes)
            for (message, ticket) in zip(messages, plan.created) {
                try unit.publish(
                    ticket, aggregate: ticket.ticket.value, version: 1, correlation: ticket.ticket.value,
                    cause: message.envelope)
                guard let queue = message.replyTo else { continue }
                try unit.reply(
                    InboundAnswer(
                        request: message.messageID, outcome: Open(.accepted), ticket: ticket.ticket,
                        number: ticket.number),
                    to: queue, correlation: ticket.ticket.value, cause: message.envelope, request: message.messageID)
            }
        }
        .onRefusal { message, refusal, unit in
            guard let queue = message.replyTo else { return }
            let faults =
                refusal.faults.isEmpty
                ? [FieldFault(field: "", code: "malformed", message: refusal.detail)] : refusal.faults
            try unit.reply(
                InboundAnswer(request: message.messageID, outcome: Open(.refused), faults: faults), to: queue,
                correlation: nil, cause: message.envelope, request: message.messageID)
        }
    }

    /// - Throws: ``HandlingError/refused(reason:faults:)`` when the message itself is wrong.
    private static func request(_ message: Incoming<[UInt8]>, kinds: [String]) throws -> TicketRequest {
        guard let adapter = message.userID else {
            throw HandlingError.refused(reason: "user_id is missing")
        }
        let channel = message.routingKey.dropFirst("inbound.".count)
        guard message.routingKey.hasPrefix("inbound."), CodeWord.isWellFormed(String(channel)) else {
            throw HandlingError.refused(reason: "the routing key must be inbound.<channel>, such as inbound.mail")
        }
        let body: SentRequest
        do {
            body = try WireJSON.decode(SentRequest.self, from: message.body)
        } catch let error as DecodingError {
            throw HandlingError.refused(reason: "the body cannot be read", faults: [FieldFault(error)])
        }
        return TicketRequest(
            draft: TicketDraft(body.request, unread: body.faults, kinds: kinds),
            channel: Open(rawValue: String(channel)),
            ticket: ID(UUID(namespace: message.envelope.id, name: "ticket by \(adapter)")), key: nil)
    }
}

extension FieldFault {
    /// Where a decoder stumbled.
    init(_ error: DecodingError) {
        let (path, message): ([any CodingKey], String) =
            switch error {
            case .typeMismatch(let type, let context): (context.codingPath, "Expected \(type).")
            case .valueNotFound(_, let context): (context.codingPath, "This value is missing.")
            case .keyNotFound(let key, let context): (context.codingPath + [key], "This field is missing.")
            case .dataCorrupted(let context): (context.codingPath, "This is not JSON that can be read.")
            @unknown default: ([], "This is not JSON that can be read.")
            }
        let pointer = path.map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined()
        self.init(field: pointer, code: "malformed", message: message)
    }
}
