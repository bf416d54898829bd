internal import Contracts
internal import Foundation
internal import Messaging
internal import Postgres
internal import ReportingDomain

/// Hears every event: keeps it raw, and merges it into the read models, in one round trip.
enum OnEvent {
    static func route(partitions: EventPartitions) -> Route {
        .raw { messages, unit in
            var models = ReadModels()
            var raw: [EventStore.Raw] = []
            for message in messages {
                let (event, kept) = try read(message)
                models.add(event)
                raw.append(kept)
            }
            try await partitions.prepare(for: raw.map(\.envelope.time), now: unit.now, in: unit.transaction)
            try await unit.transaction.pipeline([EventStore.insert(raw)] + ReadModelStore.merge(models))
        }
    }

    /// - Throws: ``HandlingError/refused(reason:faults:)`` for what is no event of this suite: it is no use in a report.
    private static func read(_ message: Incoming<[UInt8]>) throws -> (RecordedEvent, EventStore.Raw) {
        guard let aggregate = message.envelope.aggregate else {
            throw HandlingError.refused(reason: "an event names its aggregate and the aggregate's version")
        }
        let event: RecordedEvent?
        do {
            event = try RecordedEvent(
                type: message.envelope.type, aggregate: aggregate.id, version: aggregate.version, body: message.body)
        } catch is DecodingError {
            throw HandlingError.refused(reason: "the body is not of its type")
        }
        guard let event else { throw HandlingError.refused(reason: "no event of this type is known here") }
        return (event, EventStore.Raw(envelope: message.envelope, aggregate: aggregate, body: message.body))
    }
}
