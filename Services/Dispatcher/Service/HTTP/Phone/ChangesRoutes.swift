import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdCore
import Kernel
import ServiceKit

/// `GET /api/dispatch/v1/changes?since=`: what is different of the caller's own work (docs/phone.md).
struct ChangesRoutes: Sendable {
    let identity: IdentityCheck
    let tell: TellChanges

    func add(to api: RouterGroup<RequestScope>) { api.get("changes", use: show) }

    /// 204 when nothing is.
    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await identity.require(request)
        var query = QueryReader(request)
        let since = query.text("since", limit: 8000)
        try query.check()
        guard let known = since.map({ PhoneWorld(cursor: $0) }) ?? .some(PhoneWorld()) else {
            throw Problem.invalid([
                FieldFault(field: "/since", code: "malformed", message: "The cursor of an earlier answer, or nothing.")
            ])
        }
        let changes = try await tell(since: known, for: caller)
        if let changes { return try .json(ChangesJSON(changes)) }
        guard since == nil else { return Response(status: .noContent) }
        return try .json(ChangesJSON(.init(cursor: known.cursor, changed: [], removed: [], isPartial: false)))
    }
}

struct ChangesJSON: Encodable, Sendable {
    /// To be brought the next time.
    let cursor: String
    /// New or changed, as `GET work-orders` shows them.
    let items: [WorkOrderJSON]
    let removed: [RemovedJSON]
    /// There is more: ask again at once.
    let more: Bool

    struct RemovedJSON: Encodable, Sendable {
        let id: String
        /// `ended`, `left` (somebody else has it), or `gone` (out of the caller's departments).
        let reason: String
        /// Where it stands, as far as he may see that.
        let now: PhoneStand?

        init(_ removed: TellChanges.Removed) {
            id = removed.id.description
            reason = removed.seen.map { $0.order.state.isClosed ? "ended" : "left" } ?? "gone"
            now = removed.seen.map { PhoneStand($0, .work) }
        }
    }

    init(_ changes: TellChanges.Changes) {
        cursor = changes.cursor
        items = changes.changed.map { WorkOrderJSON($0) }
        removed = changes.removed.map(RemovedJSON.init)
        more = changes.isPartial
    }
}
