import Contracts
import Foundation
import Kernel
import Messaging
import NotifierDomain
import Postgres
import ServiceKit

/// Turns news about tickets into deliveries and puts each on its channel's queue.
struct PlanDeliveries: Sendable {
    let book: RuleBook

    /// One piece of news and the message that brought it.
    struct Heard: Sendable {
        let news: News
        let envelope: Envelope
    }

    /// Plans a batch in its transaction. What is about a ticket's work is planned even when its ticket was not heard of
    /// yet, and then waits for that before it is sent.
    func callAsFunction(_ batch: [Heard], in unit: UnitOfWork) async throws {
        guard !batch.isEmpty else { return }
        let page = try await book.page()
        let wishes = try await hear(batch, in: unit)
        var planned: [(delivery: DeliveryStore.NewDelivery, cause: Envelope)] = []
        for heard in batch {
            let wanted = heard.news.deliveries(
                by: page.rules, preferences: wishes[heard.news.customer.id.value] ?? [])
            for delivery in wanted {
                guard
                    let wording = page.wording(heard.news.occasion, delivery.recipient.channel, delivery.language)
                else { continue }
                let text = wording.render(heard.news, in: delivery.language)
                let id = UUID(
                    namespace: heard.envelope.id,
                    name: "delivery/\(delivery.recipient.channel.rawValue)/\(delivery.recipient.text)")
                planned.append(
                    (
                        DeliveryStore.NewDelivery(
                            id: ID(id), cause: heard.envelope.id, news: heard.news, planned: delivery,
                            subject: text.subject, body: text.body),
                        heard.envelope
                    ))
            }
        }
        if !planned.isEmpty { unit.write(DeliveryStore.insert(planned.map(\.delivery), at: unit.now)) }
        for (delivery, cause) in planned where !delivery.planned.isStandby {
            let channel = delivery.planned.recipient.channel
            try unit.command(
                SendDelivery(delivery: delivery.id, channel: channel), to: channel.queue,
                correlation: delivery.news.ticket.value, cause: cause)
        }
    }

    /// What was planned earlier about the work of a ticket that is heard of only now goes on its way.
    ///
    /// - Returns: the customers' preferences, by customer.
    private func hear(_ batch: [Heard], in unit: UnitOfWork) async throws -> [UUID: [Preference]] {
        let created = batch.filter { $0.news.occasion == .ticketCreated }
        var statements = [RuleStore.preferences(of: batch.map(\.news.customer.id.value))]
        if !created.isEmpty {
            statements += DeliveryStore.hear(
                created.map { (id: $0.news.ticket.value, number: $0.news.number) }, at: unit.now)
        }
        let results = try await unit.transaction.pipeline(statements)
        for ready in created.isEmpty ? [] : try Ready.all(in: results[2]) {
            guard let cause = created.first(where: { $0.news.ticket == ready.ticket })?.envelope else { continue }
            try unit.command(
                SendDelivery(delivery: ready.delivery, channel: ready.channel), to: ready.channel.queue,
                correlation: ready.ticket.value, cause: cause)
        }
        return try RuleStore.preferences(in: results[0])
    }
}
