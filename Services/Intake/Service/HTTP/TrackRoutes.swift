internal import Contracts
internal import Foundation
internal import Hummingbird
internal import IntakeDomain
internal import Kernel
internal import ServiceKit
internal import Synchronization

/// `/api/intake/v1/track/{number}`: the customer's own look at his ticket, and what he asks for there. Open to whoever knows
/// the number and the last four digits of the telephone, or the mail address, that the ticket was opened with.
struct TrackRoutes: Sendable {
    let queries: TicketQueries
    let take: TakeWish

    private let guesses = Guesses()

    private static let bodyLimit = 256 * 1024

    func add(to router: Router<RequestScope>) {
        router.get("/api/intake/v1/track/:number", use: track)
        router.post("/api/intake/v1/track/:number/wishes", use: wish)
    }

    /// `200` with where it stands and what may be asked for; `404` when number and contact do not belong together, `429`
    /// when that was so too often.
    @Sendable private func track(_ request: Request, _ context: RequestScope) async throws -> Response {
        let contact = request.uri.queryParameters["contact"].map(String.init) ?? ""
        guard let number = try Self.number(context) else { throw Self.unknown }
        try refuseGuesses(on: number)
        guard !contact.utf8.contains(0), let status = try await queries.status(number: number, contact: contact) else {
            throw noteUnknown(number)
        }
        return try .json(status)
    }

    /// `202` when the wish is on its way to whoever has the work, also when it was before, under the same
    /// `Idempotency-Key`. `409` when the work does not offer it (any more), or the key was used for another wish; `422` with
    /// every fault; `404` and `429` as above.
    @Sendable private func wish(_ request: Request, _ context: RequestScope) async throws -> Response {
        let key = try request.idempotencyKey
        let wish = try await request.json(SentWish.self, limit: Self.bodyLimit)
        guard let number = try Self.number(context) else { throw Self.unknown }
        try refuseGuesses(on: number)
        switch try await take(wish, number: number, key: key) {
        case .taken: return try Self.accepted(wish, number)
        case .repeated:
            var response = try Self.accepted(wish, number)
            response.headers[.idempotentReplay] = "true"
            return response
        case .conflict:
            throw Problem.conflict(
                "idempotency-key-reused",
                "This Idempotency-Key was used for another wish. Use a new key, or repeat the first wish unchanged.")
        case .notOffered:
            throw Problem.conflict(
                "not-offered",
                "The work does not offer this now. Look at the ticket again: its offers say what it does.")
        case .refused(let faults): throw Problem.invalid(faults)
        case .unknown: throw noteUnknown(number)
        }
    }

    /// - Throws: a 429 problem, whether there is such a ticket or not.
    private func refuseGuesses(on number: String) throws {
        guard let wait = guesses.known.withLock({ $0.wait(on: number, at: guesses.time) }) else { return }
        throw Problem(
            .tooManyRequests, type: "too-many-guesses", title: "Too many wrong contacts",
            detail: "Contacts that do not belong to this ticket were given too often. Try again later.",
            retryAfter: wait)
    }

    private func noteUnknown(_ number: String) -> Problem {
        guesses.known.withLock { $0.noteFailure(on: number, at: guesses.time) }
        return Self.unknown
    }

    private final class Guesses: Sendable {
        let known = Mutex(GuessThrottle())
        private let begin = ContinuousClock.now

        var time: Duration { begin.duration(to: .now) }
    }

    private static func accepted(_ wish: SentWish, _ number: String) throws -> Response {
        var response = try Response.json(AcceptedJSON(number: number, wish: wish.wish ?? ""))
        response.status = .accepted
        return response
    }

    private struct AcceptedJSON: Encodable {
        let number: String
        let wish: String
    }

    private static func number(_ context: RequestScope) throws -> String? {
        let number = try context.parameters.require("number")
        return number.utf8.contains(0) ? nil : number
    }

    private static let unknown = Problem(
        .notFound, type: "not-found", title: "There is no such ticket",
        detail: "Give the ticket's number, and as contact the last four digits of your telephone or your mail address.")
}
