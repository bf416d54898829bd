import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/work-orders`: lists, one work order, one route for each step. For signed-in staff.
struct WorkOrderRoutes: Sendable {
    static let path: RouterPath = "/api/dispatch/v1/work-orders"

    let identity: IdentityCheck
    let takeStep: TakeStep
    let lookUp: LookUpWork

    func add(to router: Router<RequestScope>) {
        let routes = router.group(Self.path)
        routes.get(use: list)
        routes.get("{id}", use: show)
        for step in WorkStep.allCases {
            routes.post("{id}/\(step.rawValue)") { request, context in
                try await take(step, request, context)
            }
        }
    }

    /// `?view=pool|mine|open|done` (open when absent) `&limit=1…200` (50 when absent), or `?ticket=T1000001` instead.
    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let member = StaffMember(try await identity.require(request))
        let query = request.uri.queryParameters
        let orders: [WorkOrderRecord]
        let (view, limit) = try Self.page(query["view"], query["limit"])
        if let number = query["ticket"] {
            guard number.utf8.count <= 40, !number.isUnfitForText else {
                throw Problem.invalid([
                    .init(field: "/ticket", code: "malformed", message: "A number such as T1000001.")
                ])
            }
            orders = try await lookUp.find(ticketNumber: String(number), for: member)
        } else {
            orders = try await lookUp.list(view, for: member, limit: limit)
        }
        return try .json(WorkOrderListJSON(items: orders.map { WorkOrderJSON($0, for: member) }))
    }

    /// One work order with its history; 404 when the caller's departments hold none of this id.
    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let member = StaffMember(try await identity.require(request))
        guard let found = try await lookUp.find(try Self.id(context), for: member) else { throw Problem.noWorkOrder }
        return try .json(WorkOrderJSON(found.order, for: member, steps: found.steps))
    }

    /// 200 with the work order after the step, or as it stands when the caller had taken this step before.
    private func take(_ step: WorkStep, _ request: Request, _ context: RequestScope) async throws -> Response {
        let member = StaffMember(try await identity.require(request))
        let id = try Self.id(context)
        let body = try await request.hasBody ? request.json(StepRequestJSON.self, limit: 16_384) : StepRequestJSON()
        if body.note?.isUnfitForText == true {
            throw Problem.invalid([.init(field: "/note", code: "malformed", message: "It holds a NUL character.")])
        }
        do {
            let order = try await takeStep(
                step, on: id, by: member, note: body.note, expectedVersion: body.expectedVersion)
            guard let order else { throw Problem.noWorkOrder }
            return try .json(WorkOrderJSON(order, for: member))
        } catch let refusal as WorkOrderProcess.Refusal {
            throw Problem(refusal)
        }
    }

    private static func id(_ context: RequestScope) throws -> ID<WorkOrder> {
        guard let id = context.parameters.get("id").flatMap({ ID<WorkOrder>($0) }) else { throw Problem.noWorkOrder }
        return id
    }

    private static func page(_ view: Substring?, _ limit: Substring?) throws -> (WorkOrderView, Int) {
        var faults: [FieldFault] = []
        let view = view.map { WorkOrderView(rawValue: String($0)) } ?? .open
        if view == nil {
            let words = WorkOrderView.allCases.map(\.rawValue).joined(separator: ", ")
            faults.append(FieldFault(field: "/view", code: "unknownValue", message: "One of \(words)."))
        }
        let limit = limit.map { Int($0) } ?? 50
        if limit.map({ !(1...200).contains($0) }) ?? true {
            faults.append(FieldFault(field: "/limit", code: "malformed", message: "A number from 1 to 200."))
        }
        guard let view, let limit, faults.isEmpty else { throw Problem.invalid(faults) }
        return (view, limit)
    }
}

extension StaffMember {
    init(_ identity: Identity) {
        self.init(
            person: .init(id: identity.staff, name: identity.name), roles: identity.roles,
            departments: Set(identity.departments))
    }
}

extension StringProtocol {
    /// PostgreSQL's text holds every character but NUL.
    var isUnfitForText: Bool { utf8.contains(0) }
}

extension Request {
    /// False for a request that says nothing beyond its path.
    var hasBody: Bool {
        let length = headers[.contentLength].flatMap { Int($0) } ?? 0
        return length > 0 || headers[.transferEncoding] != nil || headers[.contentType] != nil
    }
}
