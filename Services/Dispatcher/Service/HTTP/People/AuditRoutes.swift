import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/audit`: what was done about people and rights, for administrators.
struct AuditRoutes: Sendable {
    let api: PeopleAPI
    let audit: ReadAudit

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("audit", use: list)
    }

    /// `?subject=&act=&before=&limit=`, the newest first.
    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        var query = QueryReader(request)
        var filter = AuditStore.Filter()
        filter.subject = query.text("subject")
        filter.act = query.word("act", of: AuditedAct.self)?.rawValue
        filter.before = query.number("before", in: 1...Int64.max) ?? .max
        filter.limit = query.number("limit", in: 1...500) ?? 50
        try query.check()
        let lines = try await audit(filter, for: caller)
        return try .json(
            ListJSON(
                items: lines.map(AuditLineJSON.init),
                next: lines.count == filter.limit ? lines.last.map { String($0.id) } : nil))
    }
}

struct AuditLineJSON: Encodable, Sendable {
    let id: Int64
    let at: Date
    /// Absent: the operators' tool.
    let actor: String?
    let actorName: String
    let address: String?
    let act: String
    let subject: String
    let department: String
    let reason: String?
    let details: [String: String]

    init(_ line: AuditLine) {
        id = line.id
        at = line.at
        actor = line.actor?.description
        actorName = line.actorName
        address = line.address
        act = line.act
        subject = line.subject
        department = line.department
        reason = line.reason
        details = line.details
    }
}
