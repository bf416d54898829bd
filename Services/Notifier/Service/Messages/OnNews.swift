import Contracts
import Messaging
import NotifierDomain

/// What the notifier hears. Every step of a work order is heard in turn, since the customer reads them in that order;
/// most of them are nothing to him.
struct OnNews: Sendable {
    let plan: PlanDeliveries

    var routes: [Route] {
        [
            .on(TicketCreated.self, batch: created),
            // By themselves: ten of them shall not stand before a ticket whose customer waits to hear of it.
            .on(WorkMoved.self, versions: .each, batch: moved).gathered(every: .milliseconds(100)),
        ]
    }

    @Sendable private func created(_ batch: [Incoming<TicketCreated>], unit: UnitOfWork) async throws {
        try await plan(batch.map { PlanDeliveries.Heard(news: News($0.body), envelope: $0.envelope) }, in: unit)
    }

    @Sendable private func moved(_ batch: [Incoming<WorkMoved>], unit: UnitOfWork) async throws {
        let heard = batch.flatMap { incoming in
            ([News(incoming.body)].compactMap(\.self) + News.approvals(incoming.body)).map {
                PlanDeliveries.Heard(news: $0, envelope: incoming.envelope)
            }
        }
        try await plan(heard, in: unit)
    }
}
