public import Contracts
import Foundation
import Kernel

public enum VersionRule: Sendable {
    /// Inbox only: commands, inbound requests, and events whose handler does not mind the order.
    case any
    /// A version at or below the last one seen of the aggregate is dropped.
    case newest
    /// A gap is parked until the missing versions are there.
    case each
}

/// One kind of body and what is done with it.
public struct Route: Sendable {
    enum Envelopes: Sendable {
        /// By the types of one contract.
        case typed(Set<String>)
        /// Every readable envelope that no other route takes.
        case raw
        /// An adapter's, which has no envelope of ours.
        case inbound(type: String)
    }

    typealias RefusalAnswer = @Sendable (Incoming<[UInt8]>, Refusal, UnitOfWork) async throws -> Void

    let envelopes: Envelopes
    let versions: VersionRule
    let decode: @Sendable (Parcel, Envelope) throws -> any Sendable
    let handle: @Sendable ([any Sendable], UnitOfWork) async throws -> Void
    private(set) var answerRefusal: RefusalAnswer?
    private(set) var pace: Duration?

    /// `body` gets consecutive messages of this body in the order of arrival, all in one transaction; it is called again
    /// with one message at a time when the batch failed.
    public static func on<Body: Message>(
        _ type: Body.Type, versions: VersionRule = .any,
        batch body: @escaping @Sendable ([Incoming<Body>], UnitOfWork) async throws -> Void
    ) -> Route {
        Route(
            envelopes: .typed(Set(Body.types.map(\.description))), versions: versions,
            decode: { Incoming($0, $1, body: try WireJSON.decode(Body.self, from: $0.body)) },
            handle: { items, work in try await body(items.map { $0 as! Incoming<Body> }, work) })
    }

    public static func on<Body: Message>(
        _ type: Body.Type, versions: VersionRule = .any,
        each body: @escaping @Sendable (Incoming<Body>, UnitOfWork) async throws -> Void
    ) -> Route {
        on(type, versions: versions) { incoming, work in
            for one in incoming { try await body(one, work) }
        }
    }

    /// Any body with a readable envelope, as bytes of well-formed JSON: reporting keeps everything raw. Types of other
    /// routes of the consumer go there; unknown types come here.
    public static func raw(
        _ body: @escaping @Sendable ([Incoming<[UInt8]>], UnitOfWork) async throws -> Void
    ) -> Route {
        bytes(.raw, body)
    }

    /// Requests of adapters, as bytes of well-formed JSON, without an envelope of ours: the broker must vouch for the
    /// user, and there must be a `message_id` of at most 255 bytes; envelope and id are made from both. A `type` may be
    /// absent; another than the body's is refused.
    public static func inbound<Body: Message>(
        _ type: Body.Type, batch body: @escaping @Sendable ([Incoming<[UInt8]>], UnitOfWork) async throws -> Void
    ) -> Route {
        bytes(.inbound(type: Body.types[0].description), body)
    }

    private static func bytes(
        _ envelopes: Envelopes, _ body: @escaping @Sendable ([Incoming<[UInt8]>], UnitOfWork) async throws -> Void
    ) -> Route {
        Route(
            envelopes: envelopes, versions: .any, decode: { Incoming($0, $1, body: $0.body) },
            handle: { items, work in try await body(items.map { $0 as! Incoming<[UInt8]> }, work) })
    }

    /// The same route for messages that nobody waits for, beside others of the same queue that somebody does: they are
    /// handled by themselves, together with what comes within `pace` from the begin of their last batch.
    public func gathered(every pace: Duration) -> Route {
        var route = self
        route.pace = pace
        return route
    }

    /// The same route; `answer` runs in the transaction that sends a message of it to the dead letters, to tell whoever
    /// asked.
    public func onRefusal(
        _ answer: @escaping @Sendable (Incoming<[UInt8]>, Refusal, UnitOfWork) async throws -> Void
    ) -> Route {
        var route = self
        route.answerRefusal = answer
        return route
    }
}
