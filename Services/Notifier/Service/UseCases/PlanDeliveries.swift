import Contracts
import Foundation
import Kernel
import Messaging
import NotifierDomain
import ServiceKit

/// Turns news about tickets into deliveries and puts each on its channel's queue.
struct PlanDeliveries: Sendable {
    let book: RuleBook
    let rules: RuleStore
    let deliveries: DeliveryStore

    /// One piece of news and the message that brought it.
    struct Heard: Sendable {
        let news: News
        let envelope: Envelope
    }

    /// Plans a batch in its transaction. What is about a ticket's work is planned even when its ticket was not heard of
    /// yet, and then waits for that before it is sent.
    func callAsFunction(_ batch: [Heard], in unit: UnitOfWork) async throws {
        guard !batch.isEmpty else { return }
        try await hear(batch, in: unit)
        let page = try await book.page()
        let wishes = try await rules.preferences(of: batch.map(\.news.customer.id.value), in: unit.transaction)
        var planned: [(delivery: DeliveryStore.NewDelivery, cause: Envelope)] = []
        for heard in batch {
            let wanted = heard.news.deliveries(
                by: page.rules, preferences: wishes[heard.news.customer.id.value] ?? [])
            for delivery in wanted {
                guard
                    let wording = page.wording(heard.news.occasion, delivery.recipient.channel, delivery.language)
                else { continue }
                let text = wording.render(heard.news)
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
        try await deliveries.insert(planned.map(\.delivery), at: unit.now, in: unit.transaction)
        for (delivery, cause) in planned where !delivery.planned.isStandby {
            let channel = delivery.planned.recipient.channel
            try unit.command(
                SendDelivery(delivery: delivery.id, channel: channel), to: channel.queue,
                correlation: delivery.news.ticket.value, cause: cause)
        }
    }

    /// What was planned earlier about the work of a ticket that is heard of only now goes on its way.
    private func hear(_ batch: [Heard], in unit: UnitOfWork) async throws {
        let created = batch.filter { $0.news.occasion == .ticketCreated }
        guard !created.isEmpty else { return }
        let ready = try await deliveries.hear(
            created.map { (id: $0.news.ticket.value, number: $0.news.number) }, at: unit.now, in: unit.transaction)
        for ready in ready {
            guard let cause = created.first(where: { $0.news.ticket == ready.ticket })?.envelope else { continue }
            try unit.command(
                SendDelivery(delivery: ready.delivery, channel: ready.channel), to: ready.channel.queue,
                correlation: ready.ticket.value, cause: cause)
        }
    }
}
