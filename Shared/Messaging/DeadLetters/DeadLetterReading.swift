import AMQP
import Contracts
import Foundation
import Kernel

/// What is written on a dead letter: by our consumers in headers of ours, by the broker in `x-death`. A pure rule.
struct DeadLetterReading: Sendable {
    let queue: String
    let key: UUID
    let reason: String
    let detail: String?
    let faults: String?
    let attempts: Int
    let replayCount: Int
    let firstFailedAt: Date
    let sourceUser: String?
    let parcel: Parcel
    let bodySize: Int

    /// One of a closed set, for metrics.
    var reasonLabel: String {
        DeadReason(rawValue: reason)?.rawValue ?? (Self.brokerReasons.contains(reason) ? reason : "other")
    }

    private static let brokerReasons: Set = ["delivery_limit", "rejected", "expired", "maxlen"]

    static func read(_ parcel: Parcel, queue: String, now: Date) -> DeadLetterReading {
        typealias Name = DeadCopy.HeaderName
        let headers = parcel.properties.headers
        func text(_ name: String) -> String? {
            guard case .string(let text) = headers[name] else { return nil }
            return PropertiesJSON.clean(text)
        }
        func number(_ name: String) -> Int? {
            guard case .int(let number) = headers[name] else { return nil }
            return Int(min(max(0, number), Int64(Int32.max)))
        }
        // The headers may be a stranger's, when the broker gave the message up before we had read it.
        func json(_ text: String) -> String? {
            do throws(JSONText.Fault) { try JSONText.check(Array(text.utf8)) } catch { return nil }
            return text
        }
        let death = brokerDeath(in: headers)
        let isOurs = text(Name.queue) == queue && text(Name.reason) != nil
        // A message that the broker gave up may be ours to read nevertheless: its id then has to do.
        let own = parcel.properties.messageID.flatMap(UUID.init(uuidString:))
        let key = (isOurs ? text(Name.key).flatMap(UUID.init(uuidString:)) : own) ?? standIn(for: parcel, queue: queue)
        var kept = parcel
        if isOurs {
            kept = Parcel(
                body: parcel.body, properties: parcel.properties, exchange: text(Name.exchange) ?? parcel.exchange,
                routingKey: text(Name.routingKey) ?? parcel.routingKey)
        } else if let death {
            kept = Parcel(
                body: parcel.body.count > Sorter.bodyLimit ? Array(parcel.body.prefix(65_536)) : parcel.body,
                properties: parcel.properties, exchange: death.exchange ?? parcel.exchange,
                routingKey: death.routingKey ?? parcel.routingKey)
        }
        return DeadLetterReading(
            queue: queue, key: key, reason: isOurs ? text(Name.reason) ?? "" : death?.reason ?? "unknown",
            detail: isOurs ? text(Name.detail) : death.map { "dead-lettered by the broker, \($0.count) times" },
            faults: isOurs ? text(Name.faults).flatMap(json) : nil, attempts: number(Name.attempts) ?? 0,
            replayCount: EnvelopeCodec.replay(in: headers),
            firstFailedAt: text(Name.firstFailedAt).flatMap(WireJSON.date) ?? death?.time ?? now,
            sourceUser: (parcel.properties.userID ?? (isOurs ? text(Name.userID) : nil)).map(PropertiesJSON.clean),
            parcel: kept, bodySize: number(Name.fullSize) ?? parcel.body.count)
    }

    private struct Death {
        var reason: String?
        var exchange: String?
        var routingKey: String?
        var count: Int64 = 1
        var time: Date?
    }

    /// The latest entry of `x-death`.
    private static func brokerDeath(in headers: [String: FieldValue]) -> Death? {
        guard case .array(let deaths) = headers["x-death"], case .table(let latest) = deaths.first else { return nil }
        var death = Death()
        if case .string(let reason) = latest["reason"] { death.reason = PropertiesJSON.clean(reason) }
        if case .string(let exchange) = latest["exchange"] { death.exchange = PropertiesJSON.clean(exchange) }
        if case .array(let keys) = latest["routing-keys"], case .string(let key) = keys.first {
            death.routingKey = PropertiesJSON.clean(key)
        }
        if case .int(let count) = latest["count"] { death.count = count }
        if case .timestamp(let time) = latest["time"] { death.time = time }
        return death
    }

    private static func standIn(for parcel: Parcel, queue: String) -> UUID {
        let name = "\(queue) \(parcel.properties.messageID ?? "") \(parcel.routingKey) \(parcel.body.count)"
        let beginning = parcel.body.prefix(4096).map { String($0, radix: 16) }.joined(separator: " ")
        return UUID(
            namespace: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), name: "\(name) \(beginning)")
    }
}
