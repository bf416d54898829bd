import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/evidence`: what visits must bring back, by department and kind of work.
struct EvidenceRoutes: Sendable {
    static let what = "such department"

    let api: PeopleAPI
    let rules: KeepEvidenceRules

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("evidence", use: list)
        routes.put("evidence/{code}", use: put)
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await rules.list(for: caller).map(EvidencePolicyJSON.init)))
    }

    /// The department in the path; `kind` in the body for one kind of ticket.
    @Sendable private func put(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: Self.what)
        let body = try await request.json(EvidenceDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let kept = try await PeopleAPI.changing(current: {
            try await rules.find(code, body.kind, for: caller).map(EvidencePolicyJSON.init)
        }) {
            try await rules.put(
                body.rule, department: code, kind: body.kind, expectedVersion: body.expectedVersion,
                note: try NoteJSON.checked(body.note), for: caller)
        }
        return try .json(EvidencePolicyJSON(kept), status: kept.version == 1 ? .created : .ok)
    }
}

struct EvidencePolicyJSON: Encodable, Sendable {
    let department: String
    /// Nil: every kind that has no rule of its own there.
    let kind: String?
    let version: Int
    /// For visits that are opened from then on.
    let since: Date
    let photos: Int
    let signature: Bool
    let serials: Int
    let checklist: [String]
    let results: [String]

    init(_ policy: EvidencePolicy) {
        department = policy.department
        kind = policy.kind
        version = policy.version
        since = policy.since
        photos = policy.rule.photos
        signature = policy.rule.signature
        serials = policy.rule.serials
        checklist = policy.rule.checklist
        results = policy.rule.results
    }
}

/// What a rule is to say; what is left out is not asked for.
struct EvidenceDraftJSON: Decodable, Sendable {
    /// 0 for a new one.
    var expectedVersion: Int
    var kind: String?
    var note: String?
    var photos: Int?
    var signature: Bool?
    var serials: Int?
    var checklist: [String]?
    /// Left out: `task-done` and `service-done`.
    var results: [String]?

    var rule: EvidenceRule {
        EvidenceRule(
            photos: photos ?? 0, signature: signature ?? false, serials: serials ?? 0, checklist: checklist ?? [],
            results: results ?? EvidenceRule.served)
    }
}
