import Contracts
import DispatcherDomain
import Hummingbird
import Kernel
import ServiceKit

extension Problem {
    /// Nothing is told of work orders in other departments, not even that they are there.
    static let noWorkOrder = Problem.notFound("such work order in your departments")

    /// Why a step was not taken, and what would be possible.
    init(_ refusal: WorkOrderProcess.Refusal) {
        switch refusal {
        case .notPossible(let state, let possible):
            let steps = possible.isEmpty ? "nothing more" : possible.map(\.rawValue).joined(separator: ", ")
            self.init(
                .conflict, type: "step-not-possible", title: "The work order does not allow this step now.",
                detail: "It is \(state.rawValue); possible now: \(steps).")
        case .taken(let owner, let since):
            self.init(
                .conflict, type: "work-order-taken", title: "Somebody was quicker.",
                detail: "\(owner.name) has had it since \(WireJSON.text(of: since)).")
        case .stale(let version, let state):
            self.init(
                .conflict, type: "stale-version", title: "The work order has moved on.",
                detail: "It is at version \(version), \(state.rawValue).",
                faults: [
                    FieldFault(
                        field: "/expectedVersion", code: "conflict", message: "The present version is \(version).")
                ])
        case .notOwner(let owner):
            self.init(
                .forbidden, type: "not-owner", title: "Only its owner may do this.", detail: "\(owner.name) has it.")
        case .roleMissing(let roles):
            self.init(
                .forbidden, type: "role-missing", title: "Your roles do not allow this step.",
                detail: "It takes one of: \(roles.map(\.rawValue).joined(separator: ", ")).")
        case .otherDepartment:
            self = .noWorkOrder
        case .noteTooLong(let limit):
            self = .invalid([FieldFault(field: "/note", code: "tooLong", message: "At most \(limit) characters.")])
        }
    }
}
