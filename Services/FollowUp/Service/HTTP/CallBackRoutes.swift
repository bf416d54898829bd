import Contracts
import FollowUpDomain
import Foundation
import Hummingbird
import Kernel
import Postgres
import ServiceKit

/// `/api/followup/v1/callbacks`: what is planned and due, and what came of it. For signed-in staff, of their departments.
struct CallBackRoutes: Sendable {
    /// Who calls customers back; others may look.
    static let callers: Set<String> = ["desk", "quality", "supervisor", "manager"]
    static let bodyLimit = 262_144

    let identity: IdentityCheck
    let pool: PostgresPool
    let record: RecordCall
    let store = CallBackStore()

    func add(to router: Router<RequestScope>) {
        router.get("/api/followup/v1/callbacks", use: list)
        router.get("/api/followup/v1/callbacks/{id}", use: show)
        router.post("/api/followup/v1/callbacks/{id}/calls", use: called)
    }

    /// `?state=planned|due|done|missed|dropped` (all when absent) `&limit=1…200` (50 when absent); the first due first.
    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let asking = try await identity.require(request)
        let query = request.uri.queryParameters
        var faults: [FieldFault] = []
        let state = query["state"].map { CallBackState(rawValue: String($0)) }
        if case .some(.none) = state {
            let known = CallBackState.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append(FieldFault(field: "/state", code: "unknownValue", message: "One of \(known)."))
        }
        let limit = query["limit"].map { Int($0) } ?? 50
        guard let limit, (1...200).contains(limit), faults.isEmpty else {
            if limit.map({ !(1...200).contains($0) }) ?? true {
                faults.append(FieldFault(field: "/limit", code: "malformed", message: "A number from 1 to 200."))
            }
            throw Problem.invalid(faults)
        }
        let states = (state ?? nil).map { [$0] } ?? CallBackState.allCases
        let callBacks = try await pool.transaction(role: CallBackStore.member) { transaction in
            try await store.list(states, departments: asking.departments.sorted(), limit: limit, in: transaction)
        }
        return try .json(CallBackListJSON(items: callBacks.map { CallBackJSON($0) }))
    }

    /// One call-back with every call.
    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let asking = try await identity.require(request)
        return try .json(try await look(try Self.id(context), asking))
    }

    /// What came of a call: 200 with the call-back after it.
    @Sendable private func called(_ request: Request, _ context: RequestScope) async throws -> Response {
        let asking = try await identity.require(request, roles: Self.callers)
        let id = try Self.id(context)
        let body = try await request.json(CalledJSON.self, limit: Self.bodyLimit)
        let (said, version) = try body.checked(by: Person(id: asking.staff, name: asking.name))
        switch try await record(said, of: id, version: version, for: asking) {
        case .kept: return try .json(try await look(id, asking))
        case .unknown: throw Self.unknown
        case .stale(let present):
            throw try Self.conflict(
                "stale-version", "It has changed since you looked: it is at version \(present.version).", present)
        case .refused(.over, let present):
            throw try Self.conflict("over", "The customer was asked already, or the work has gone on.", present)
        case .refused(.fields(let faults), _): throw Problem.invalid(faults)
        }
    }

    private func look(_ id: ID<CallBack>, _ asking: Identity) async throws -> CallBackJSON {
        let found = try await pool.transaction(role: CallBackStore.member) { transaction in
            try await store.find(id, departments: asking.departments.sorted(), in: transaction)
        }
        guard let found else { throw Self.unknown }
        return CallBackJSON(found.callBack, calls: found.calls)
    }

    private static let unknown = Problem.notFound("such call-back in your departments")

    private static func conflict(_ type: String, _ detail: String, _ present: CallBackRecord) throws -> Problem {
        var problem = Problem.conflict(type, detail)
        problem.current = try WireJSON.encode(CallBackJSON(present))
        return problem
    }

    private static func id(_ context: RequestScope) throws -> ID<CallBack> {
        guard let id = context.parameters.get("id").flatMap({ ID<CallBack>($0) }) else { throw unknown }
        return id
    }
}
