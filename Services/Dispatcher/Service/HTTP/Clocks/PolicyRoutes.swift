import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/policies` and `agreements`: what is promised, and for whose work it holds.
struct PolicyRoutes: Sendable {
    static let what = "such policy"

    let api: PeopleAPI
    let policies: KeepPolicies

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("policies", use: list)
        routes.post("policies/check", use: check)
        routes.get("policies/{code}", use: show)
        routes.put("policies/{code}", use: put)
        routes.get("agreements", use: agreements)
        routes.put("agreements/{code}", use: agree)
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await policies.list(for: caller).map(PolicyLineJSON.init)))
    }

    /// `?version=`; the newest without.
    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: Self.what)
        var query = QueryReader(request)
        let version = query.number("version", in: 1...Int(Int32.max))
        try query.check()
        return try .json(
            PolicyKeptJSON(
                try PeopleAPI.found(try await policies.find(code, version: version, for: caller), Self.what)))
    }

    @Sendable private func check(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(PolicyCheckJSON.self, limit: SLAPolicy.sizeLimit)
        let policy = body.policy.policy("checked")
        let faults = try await policies.check(policy, for: caller)
        let warnings = try await policies.warnings(policy, for: caller)
        return try .json(
            PolicyFaultsJSON(
                faults: faults.map(PolicyFaultsJSON.Fault.init), warnings: warnings.map(PolicyFaultsJSON.Fault.init)))
    }

    @Sendable private func put(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: Self.what)
        let body = try await request.json(PolicyDraftJSON.self, limit: SLAPolicy.sizeLimit)
        let kept = try await PeopleAPI.changing(current: {
            try await policies.find(code, version: nil, for: caller).map(PolicyLineJSON.init)
        }) {
            do {
                return try await policies.put(
                    body.policy.policy(code), department: body.department, expectedVersion: body.expectedVersion,
                    note: try NoteJSON.checked(body.note), for: caller)
            } catch let input as InvalidInput {
                throw Problem.invalid(input.faults.map(PolicyFaultsJSON.inBody))
            }
        }
        let warnings = try await policies.warnings(kept.policy, for: caller)
        return try .json(
            PolicyKeptJSON(kept, warnings: warnings.map(PolicyFaultsJSON.Fault.init)),
            status: kept.policy.version == 1 ? .created : .ok)
    }

    @Sendable private func agreements(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await policies.agreements(for: caller).map(AgreementJSON.init)))
    }

    /// The department in the path; `customer` in the body for one customer's work there.
    @Sendable private func agree(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: "such department")
        let body = try await request.json(AgreementDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let draft = try body.checked(department: code)
        let agreed = try await PeopleAPI.changing(current: {
            try await policies.agreement(of: code, draft.customer, for: caller).map(AgreementJSON.init)
        }) {
            try await policies.agree(draft, expectedVersion: body.expectedVersion, for: caller)
        }
        return try .json(AgreementJSON(agreed))
    }
}

struct PolicyLineJSON: Encodable, Sendable {
    let key: String
    let version: Int
    let department: String
    let title: [String: String]
    let rowCount: Int
    let note: String?
    let madeAt: Date

    init(_ kept: PolicyStore.Kept) {
        key = kept.policy.key
        version = kept.policy.version
        department = kept.department
        title = kept.policy.title
        rowCount = kept.policy.rows.count
        note = kept.note
        madeAt = kept.madeAt
    }
}

struct PolicyKeptJSON: Encodable, Sendable {
    let department: String
    let note: String?
    let madeAt: Date
    let policy: SLAPolicy
    /// When it was just put: words in it that nothing has at present.
    let warnings: [PolicyFaultsJSON.Fault]?

    init(_ kept: PolicyStore.Kept, warnings: [PolicyFaultsJSON.Fault]? = nil) {
        self.warnings = warnings
        department = kept.department
        note = kept.note
        madeAt = kept.madeAt
        policy = kept.policy
    }
}

/// What a policy is to say.
struct PolicyBodyJSON: Decodable, Sendable {
    var title: [String: String]?
    var rows: [SLAPolicy.Row]

    func policy(_ key: String) -> SLAPolicy { SLAPolicy(key: key, version: 1, title: title ?? [:], rows: rows) }
}

struct PolicyCheckJSON: Decodable, Sendable {
    var policy: PolicyBodyJSON
}

struct PolicyDraftJSON: Decodable, Sendable {
    /// 0 for a new one.
    var expectedVersion: Int
    var department: String
    var note: String?
    var policy: PolicyBodyJSON
}

struct PolicyFaultsJSON: Encodable, Sendable {
    struct Fault: Encodable, Sendable {
        let field: String
        let code: String
        let message: String
        let words: Phrase

        init(_ fault: FieldFault) {
            let fault = PolicyFaultsJSON.inBody(fault)
            words = Problem.words(of: fault)
            (field, code, message) = (fault.field, fault.code, words.en)
        }
    }

    let faults: [Fault]
    /// Words that nothing has at present; they keep nobody from putting it.
    let warnings: [Fault]

    /// `/policy/rows/0/targets/1`.
    static func inBody(_ fault: FieldFault) -> FieldFault {
        let isOfPolicy = fault.field.hasPrefix("/rows") || fault.field.hasPrefix("/title")
        return isOfPolicy
            ? FieldFault(field: "/policy" + fault.field, code: fault.code, message: fault.message) : fault
    }
}

struct AgreementJSON: Encodable, Sendable {
    let department: String
    let customer: String?
    let calendar: String?
    let policy: String?
    let version: Int64

    init(_ agreement: ServiceAgreement) {
        department = agreement.department
        customer = agreement.customer?.lowercaseText
        calendar = agreement.calendar
        policy = agreement.policy
        version = agreement.version
    }
}

struct AgreementDraftJSON: Decodable, Sendable {
    /// 0 for a new one.
    var expectedVersion: Int64
    var customer: UUID?
    var calendar: String?
    var policy: String?

    /// - Throws: `InvalidInput`.
    func checked(department: String) throws -> ServiceAgreement {
        for (field, key) in [("/calendar", calendar), ("/policy", policy)] {
            if let key, key.utf8.count > 40 || key.isUnfitForText {
                throw InvalidInput([FieldFault(field: field, code: "malformed", message: "At most 40 characters.")])
            }
        }
        return ServiceAgreement(
            department: department, customer: customer, calendar: calendar, policy: policy, version: 1)
    }
}
