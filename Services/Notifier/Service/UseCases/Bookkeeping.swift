import Contracts
import Foundation
import Kernel
import Messaging
import NotifierDomain
import Postgres

/// Writes down what became of attempts, tells the others, and queues what has become ready by it: one transaction.
struct Bookkeeping: Sendable {
    let progress: ProgressStore
    let outbox: Outbox

    func save(_ changes: [Change], in transaction: Transaction) async throws {
        try await outbox.append(try await apply(changes, in: transaction), in: transaction)
    }

    /// ``save(_:in:)`` and the commit.
    ///
    /// - Parameter causes: the message that led to a change, by delivery, where there was one.
    func commit(
        _ changes: [Change], causes: [ID<Delivery>: Envelope], in transaction: Transaction
    ) async throws {
        try await outbox.commit(try await apply(changes, causes: causes, in: transaction), in: transaction)
    }

    /// - Parameter changes: at most one for each delivery.
    /// - Returns: what is to be told of it.
    private func apply(
        _ changes: [Change], causes: [ID<Delivery>: Envelope] = [:], in transaction: Transaction
    ) async throws -> [OutgoingMessage] {
        let (moved, woken) = try await progress.apply(changes, in: transaction)
        guard let now = moved.first?.at else { return [] }
        var ready = woken
        // A rung that has failed, and did not fail before, hands over to the next.
        let failed = moved.filter { $0.state == .failed }.map(\.cause)
        if !failed.isEmpty { ready += try await progress.climb(failed, in: transaction) }
        return try moved.compactMap { try event($0, cause: causes[$0.delivery]) } + commands(for: ready, at: now)
    }

    /// Puts deliveries on their channels' queues. Their ids are new each time: a claim makes a second copy harmless.
    func queue(_ ready: [Ready], in transaction: Transaction) async throws {
        let now = try await transaction.now(schema: NotifierService.schema)
        try await outbox.append(try commands(for: ready, at: now), in: transaction)
    }

    private func commands(for ready: [Ready], at now: Date) throws -> [OutgoingMessage] {
        try ready.map { ready in
            try OutgoingMessage.command(
                SendDelivery(delivery: ready.delivery, channel: ready.channel), to: ready.channel.queue, id: UUID(),
                correlation: ready.ticket.value, causation: nil, source: NotifierService.name, time: now)
        }
    }

    private func event(_ moved: Moved, cause: Envelope?) throws -> OutgoingMessage? {
        // Standing by and pending are nobody else's business.
        guard let state = DeliveryState(rawValue: moved.state.rawValue) else { return nil }
        let report = DeliveryReported(
            delivery: moved.delivery, ticket: moved.ticket, ticketNumber: moved.number,
            channel: Open(moved.recipient.channel), occasion: moved.occasion, state: state,
            recipient: moved.recipient.description, reason: moved.reason, at: moved.at)
        var message = try OutgoingMessage.event(
            report, id: UUID(namespace: moved.delivery.value, name: state.messageType.description),
            aggregate: moved.delivery.value, version: moved.version, correlation: moved.ticket.value,
            causation: cause?.id, source: NotifierService.name, time: moved.at)
        // Results of many messages share this transaction; each continues the trace of its own.
        message.envelope.traceparent = cause?.traceparent
        return message
    }
}

extension Change {
    /// What a verdict on one attempt changes.
    init(_ verdict: Verdict, on outcome: Outcome, delivery: ID<Delivery>, attempt: Int) {
        self.init(
            delivery: delivery, attempt: attempt, attemptState: nil, state: .pending, providerID: nil,
            outcome: outcome.label, reason: outcome.reason, againAfter: nil)
        switch verdict {
        case .sent(let id): (attemptState, state, providerID) = (.sent, .sent, id)
        case .again(let pause, let attempt): (attemptState, againAfter) = (attempt, pause)
        case .unknown: (attemptState, state) = (.unknown, .unknown)
        case .failed: (attemptState, state) = (.failed, .failed)
        }
    }

    /// Too late: nothing is sent any more.
    static func expired(_ delivery: ID<Delivery>) -> Change {
        Change(
            delivery: delivery, attempt: nil, attemptState: nil, state: .failed, providerID: nil, outcome: nil,
            reason: "it could not be sent within its time to live", againAfter: nil)
    }
}
