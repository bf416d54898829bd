import AMQP
import Contracts
import Foundation
import Kernel

/// A message of one batch, read once, and what is to be done with it.
struct Arrival: Sendable {
    enum Plan: Sendable {
        /// `item` is the route's `Incoming`.
        case handle(route: Int, item: any Sendable)
        /// A known type that nobody here listens to. `counts`: its version closes gaps all the same.
        case ignore(counts: Bool)
        case dead(Refusal, answer: Bool)
        case park(reason: ParkReason, detail: String, wait: Duration)
    }

    enum ParkReason: String, Sendable { case gap, notYet, transient, suspect }

    let parcel: Parcel
    let envelope: Envelope
    var plan: Plan
    /// Set on a message that comes out of the deferred table.
    var deferred: DeferredState?
    /// What the deferred table shall know after this transaction.
    var pendingState: DeferredState?

    var isVersioned = false
    /// It waits in the deferred table behind a gap, and was read along with a batch.
    var isParked = false

    /// False for what a transaction only writes down.
    var isAlive: Bool {
        switch plan {
        case .handle, .ignore: true
        case .dead, .park: false
        }
    }

    var answersRefusal: Bool {
        if case .dead(_, let answer) = plan { answer } else { false }
    }
}

/// What the deferred table knows of a message.
struct DeferredState: Sendable, Hashable {
    var attempts: Int
    var waits: Int
    var firstAt: Date
    /// How often it was taken, this time included, without a word of what became of it.
    var taken = 0
}

/// Reads envelopes and bodies, once each, and finds the route: a pure rule.
struct Sorter: Sendable {
    /// The longest body that is handled, in bytes.
    static let bodyLimit = 1 << 20
    /// How long the inbox remembers.
    static let retention: TimeInterval = 30 * 86_400

    let queue: String
    let routes: [Route]
    private let typed: [String: Int]
    private let raw: Int?
    private let inbound: Int?
    private let countsEach: Bool
    /// The types of routes that are handled by themselves.
    private let gathered: Set<String>

    init(queue: String, routes: [Route]) {
        self.queue = queue
        self.routes = routes
        var typed: [String: Int] = [:]
        var raw: Int?
        var inbound: Int?
        for (index, route) in routes.enumerated() {
            switch route.envelopes {
            case .typed(let types): for type in types { typed[type] = index }
            case .raw: raw = index
            case .inbound: inbound = index
            }
        }
        (self.typed, self.raw, self.inbound) = (typed, raw, inbound)
        countsEach = routes.contains { $0.versions == .each }
        gathered = Set(typed.lazy.filter { routes[$0.value].pace != nil }.map(\.key))
    }

    /// Whether it belongs to a route that is handled by itself; without reading it.
    func isGathered(_ message: ReceivedMessage) -> Bool {
        !gathered.isEmpty && message.properties.type.map(gathered.contains) ?? false
    }

    /// - Parameter now: by this machine's clock; only used to tell messages that are weeks old.
    func sort(_ parcel: Parcel, deferred: DeferredState? = nil, now: Date) -> Arrival {
        if let suspect = suspect(parcel, deferred: deferred, now: now) { return suspect }
        if let inbound { return sort(parcel, inbound: inbound, deferred: deferred, now: now) }
        let envelope: Envelope
        do {
            envelope = try EnvelopeCodec.envelope(of: parcel.properties)
        } catch {
            let refusal = Refusal(.envelope, "\(error.attribute) is missing or malformed")
            return dead(parcel, standIn(for: parcel, now: now), refusal, deferred)
        }
        let route = typed[envelope.type] ?? raw
        let written = parcel.properties.timestamp ?? envelope.time
        if deferred == nil, envelope.replay == 0, now.timeIntervalSince(written) > Self.retention {
            return dead(parcel, envelope, Refusal(.expired, "written more than 30 days ago"), deferred)
        }
        guard let route else {
            guard Catalogue.types[envelope.type] != nil else {
                return dead(parcel, envelope, Refusal(.unknownType, "this version knows no such type"), deferred)
            }
            let counts = countsEach && envelope.aggregate != nil
            var arrival = Arrival(parcel: parcel, envelope: envelope, plan: .ignore(counts: counts), deferred: deferred)
            arrival.isVersioned = counts
            return arrival
        }
        return read(parcel, envelope, route: route, deferred: deferred)
    }

    /// Nobody looks into the body of a message that may have ended a process, until it is alone.
    private func suspect(_ parcel: Parcel, deferred: DeferredState?, now: Date) -> Arrival? {
        if let deferred {
            guard deferred.isGuilty else { return nil }
            let detail = "taken \(Suspicion.takes) times, the last times alone, and its process ended each time"
            return dead(parcel, place(parcel, now: now), Refusal(.crashed, detail), deferred)
        }
        guard parcel.isSuspect else { return nil }
        var arrival = Arrival(
            parcel: parcel, envelope: place(parcel, now: now),
            plan: .park(reason: .suspect, detail: Suspicion.detail, wait: .zero))
        arrival.pendingState = DeferredState(attempts: 0, waits: 0, firstAt: now, taken: 1)
        return arrival
    }

    /// The envelope under which a message is known here, whether it can be read or not.
    private func place(_ parcel: Parcel, now: Date) -> Envelope {
        guard let inbound, case .inbound(let type) = routes[inbound].envelopes else {
            // What has no envelope of ours is known by the stand-in.
            return (try? EnvelopeCodec.envelope(of: parcel.properties)) ?? standIn(for: parcel, now: now)
        }
        var envelope = standIn(for: parcel, now: now)
        envelope.type = type
        envelope.source = parcel.userID ?? envelope.source
        return envelope
    }

    private func sort(_ parcel: Parcel, inbound route: Int, deferred: DeferredState?, now: Date) -> Arrival {
        guard case .inbound(let type) = routes[route].envelopes else {
            preconditionFailure("Found as an inbound route")
        }
        var envelope = standIn(for: parcel, now: now)
        envelope.type = type
        guard let user = parcel.userID, !user.isEmpty else {
            let fault = FieldFault(
                field: "", code: "required", message: "Set user_id to your login, so that the broker vouches for you.")
            return dead(parcel, envelope, Refusal(.envelope, "user_id is missing", faults: [fault]), deferred)
        }
        envelope.source = user
        guard let id = parcel.properties.messageID, (1...255).contains(id.utf8.count), !id.utf8.contains(0) else {
            let fault = FieldFault(
                field: "", code: "required", message: "Set message_id to the request's own id, 1 to 255 bytes.")
            return dead(parcel, envelope, Refusal(.envelope, "message_id is missing", faults: [fault]), deferred)
        }
        if let given = parcel.properties.type, given != type {
            let fault = FieldFault(field: "", code: "unknownValue", message: "Set type to \(type), or leave it out.")
            return dead(parcel, envelope, Refusal(.unknownType, "type is not \(type)", faults: [fault]), deferred)
        }
        return read(parcel, envelope, route: route, deferred: deferred)
    }

    private func read(_ parcel: Parcel, _ envelope: Envelope, route: Int, deferred: DeferredState?) -> Arrival {
        #if DEBUG
            Failpoint.look(into: parcel.body)
        #endif
        if let refusal = fault(of: parcel.body) { return dead(parcel, envelope, refusal, deferred) }
        if routes[route].versions != .any, envelope.aggregate == nil {
            return dead(parcel, envelope, Refusal(.envelope, "aggregateid and aggregateversion are missing"), deferred)
        }
        do {
            let item = try routes[route].decode(parcel, envelope)
            var arrival = Arrival(
                parcel: parcel, envelope: envelope, plan: .handle(route: route, item: item), deferred: deferred)
            arrival.isVersioned = routes[route].versions != .any
            return arrival
        } catch {
            return dead(parcel, envelope, Refusal(.undecodable, Self.place(of: error)), deferred)
        }
    }

    /// What is wrong with a body before anybody looks at its meaning.
    private func fault(of body: [UInt8]) -> Refusal? {
        guard body.count <= Self.bodyLimit else {
            let detail = "\(body.count) bytes; at most \(Self.bodyLimit)"
            return Refusal(.tooLarge, detail, faults: [FieldFault(field: "", code: "tooLong", message: detail)])
        }
        do {
            try JSONText.check(body)
            return nil
        } catch {
            let (reason, detail): (DeadReason, String) =
                switch error {
                case .malformed(let offset): (.undecodable, "no JSON: byte \(offset)")
                case .tooDeep: (.tooDeep, "more than 64 levels")
                case .nulCharacter: (.undecodable, "holds the character U+0000")
                case .notUTF8: (.undecodable, "not UTF-8")
                }
            return Refusal(reason, detail, faults: [FieldFault(field: "", code: "malformed", message: detail)])
        }
    }

    private func dead(_ parcel: Parcel, _ envelope: Envelope, _ refusal: Refusal, _ deferred: DeferredState?) -> Arrival
    {
        Arrival(parcel: parcel, envelope: envelope, plan: .dead(refusal, answer: true), deferred: deferred)
    }

    /// An envelope for a message that has none of ours. The same message gets the same id each time it is delivered.
    private func standIn(for parcel: Parcel, now: Date) -> Envelope {
        let properties = parcel.properties
        var id = properties.messageID.flatMap { inbound == nil ? UUID(uuidString: $0) : nil }
        if id == nil {
            let namespace = UUID(namespace: Self.namespace, name: queue)
            if let text = properties.messageID {
                id = UUID(namespace: namespace, name: "\(properties.userID ?? "")/\(text)")
            } else {
                let beginning = parcel.body.prefix(4096).map { String($0, radix: 16) }.joined(separator: " ")
                id = UUID(namespace: namespace, name: "\(parcel.routingKey) \(parcel.body.count) \(beginning)")
            }
        }
        return Envelope(
            id: id ?? Self.namespace, type: properties.type ?? "", source: properties.userID ?? properties.appID ?? "",
            time: properties.timestamp ?? now, traceparent: EnvelopeCodec.traceparent(in: properties.headers),
            replay: EnvelopeCodec.replay(in: properties.headers))
    }

    /// Of ids that are made from a queue's name; any fixed value would do.
    private static let namespace = UUID(
        uuid: (
            0x6b, 0x1f, 0x0e, 0x5a, 0x57, 0x0c, 0x5b, 0x38, 0x9a, 0x5e, 0x1d, 0x2a, 0x74, 0xc3, 0x90, 0x11
        ))

    /// Where a decoder stumbled, as a JSON pointer, without the value that it found.
    private static func place(of error: any Error) -> String {
        func pointer(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
            (path + (last.map { [$0] } ?? [])).map { "/" + ($0.intValue.map(String.init) ?? $0.stringValue) }.joined()
        }
        return switch error {
        case DecodingError.keyNotFound(let key, let context): "\(pointer(context.codingPath, key)) is missing"
        case DecodingError.valueNotFound(_, let context): "\(pointer(context.codingPath)) is null"
        case DecodingError.typeMismatch(_, let context): "\(pointer(context.codingPath)) is of another kind"
        case DecodingError.dataCorrupted(let context): "\(pointer(context.codingPath)) cannot be read"
        default: "the body cannot be read"
        }
    }
}
