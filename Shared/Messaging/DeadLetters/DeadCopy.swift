import AMQP
import Contracts
import Foundation
import Kernel

/// The copy of a message that goes to the dead letters: as it came, with the reason in headers.
enum DeadCopy {
    enum HeaderName {
        static let reason = "paidan-dead-reason"
        static let detail = "paidan-dead-detail"
        static let queue = "paidan-dead-queue"
        static let faults = "paidan-dead-faults"
        static let attempts = "paidan-dead-attempts"
        static let firstFailedAt = "paidan-dead-first-failed-at"
        /// Where it had been published: a replay must look as the message did.
        static let exchange = "paidan-dead-exchange"
        static let routingKey = "paidan-dead-routing-key"
        /// `user_id` of the message: the broker lets nobody set another's.
        static let userID = "paidan-user-id"
        /// Bytes of a body that was cut.
        static let fullSize = "paidan-dead-full-size"
        /// What stands for a message id that is missing or no UUID.
        static let key = "paidan-dead-key"
    }

    private static let ownNames: Set = [
        HeaderName.reason, HeaderName.detail, HeaderName.queue, HeaderName.faults, HeaderName.attempts,
        HeaderName.firstFailedAt, HeaderName.exchange, HeaderName.routingKey, HeaderName.userID, HeaderName.fullSize,
        HeaderName.key,
    ]

    private static let largestHeaders = 48 * 1024

    /// Of a body that is too long to be handled, so much is kept for looking at.
    private static let keptBytes = 64 * 1024

    static func message(of arrival: Arrival, _ refusal: Refusal, queue: String, now: Date) throws -> OutgoingMessage {
        let parcel = arrival.parcel
        var properties = parcel.properties
        // What a sender may have written there himself is no word of ours.
        var headers = properties.headers.filter { !ownNames.contains($0.key) }
        headers[HeaderName.reason] = .string(refusal.reason.rawValue)
        headers[HeaderName.detail] = .string(PropertiesJSON.clean(String(refusal.detail.prefix(500))))
        headers[HeaderName.queue] = .string(queue)
        headers[HeaderName.key] = .string(arrival.envelope.id.lowercase)
        headers[HeaderName.exchange] = .string(parcel.exchange)
        headers[HeaderName.routingKey] = .string(parcel.routingKey)
        if !refusal.faults.isEmpty {
            let faults = String(decoding: try WireJSON.encode(refusal.faults), as: UTF8.self)
            headers[HeaderName.faults] = .string(PropertiesJSON.clean(faults))
        }
        if let deferred = arrival.deferred {
            headers[HeaderName.attempts] = .int(Int64(deferred.attempts))
            headers[HeaderName.firstFailedAt] = .string(WireJSON.text(of: deferred.firstAt))
        }
        headers[HeaderName.userID] = properties.userID.map { .string($0) }
        properties.userID = nil
        var body = parcel.body
        if body.count > Sorter.bodyLimit {
            headers[HeaderName.fullSize] = .int(Int64(body.count))
            body = Array(body.prefix(keptBytes))
        }
        properties.headers = headers
        if try PropertiesJSON.encode(properties).utf8.count > largestHeaders {
            // More would not fit a frame.
            properties.headers = headers.filter { ownNames.contains($0.key) }
        }
        properties.isPersistent = true
        var envelope = arrival.envelope
        envelope.id = UUID(namespace: arrival.envelope.id, name: "dead/\(queue)")
        envelope.type = PropertiesJSON.clean(envelope.type)
        envelope.source = PropertiesJSON.clean(envelope.source)
        return OutgoingMessage(
            envelope: envelope, exchange: Topology.ExchangeName.dead, routingKey: queue, body: body,
            properties: try PropertiesJSON.encode(properties))
    }
}
