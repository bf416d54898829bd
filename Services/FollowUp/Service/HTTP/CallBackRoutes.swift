import Contracts
import FollowUpDomain
import Foundation
import Hummingbird
import Kernel
import Postgres
import ServiceKit

/// `/api/followup/v1/callbacks`: what is planned and what is due. For signed-in staff, of their departments.
struct CallBackRoutes: Sendable {
    let identity: IdentityCheck
    let pool: PostgresPool
    let store = CallBackStore()

    func add(to router: Router<RequestScope>) {
        router.get("/api/followup/v1/callbacks", use: list)
    }

    /// `?state=planned|due` (both when absent) `&limit=1…200` (50 when absent); the first due first.
    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let asking = try await identity.require(request)
        let query = request.uri.queryParameters
        var faults: [FieldFault] = []
        let state = query["state"].map { CallBackState(rawValue: String($0)) }
        if case .some(.none) = state {
            faults.append(FieldFault(field: "/state", code: "unknownValue", message: "planned or due."))
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
        return try .json(CallBackListJSON(items: callBacks.map(CallBackJSON.init)))
    }
}

struct CallBackListJSON: Encodable, Sendable {
    let items: [CallBackJSON]
}

struct CallBackJSON: Encodable, Sendable {
    let id: String
    let ticket: TicketJSON
    let department: String
    let customer: CustomerCard
    let state: CallBackState
    let dueAt: String
    let doneAt: String
    let plannedAt: String
    let version: Int64

    struct TicketJSON: Encodable, Sendable {
        let id: String
        let number: String
    }

    init(_ callBack: CallBackRecord) {
        id = callBack.id.description
        ticket = TicketJSON(id: callBack.ticket.description, number: callBack.ticketNumber)
        department = callBack.department
        customer = callBack.customer
        state = callBack.state
        dueAt = WireJSON.text(of: callBack.dueAt)
        doneAt = WireJSON.text(of: callBack.doneAt)
        plannedAt = WireJSON.text(of: callBack.plannedAt)
        version = callBack.version
    }
}
