import Contracts
import DispatcherDomain
import Foundation
import ServiceKit

/// What the standing rules of a process allow in many steps alike, by the last word of its address.
enum StandingCommand: String, CaseIterable, Sendable {
    case aside, resumption, suspension, termination, urges, copies, delegation, transfer

    /// Whether it may be about a visit.
    var mayConcernVisit: Bool { self == .delegation || self == .transfer }

    /// - Throws: a 422 problem for somebody who is not there.
    func command(_ body: WorkCommandJSON, in room: WorkRoom) async throws -> ProcessCommand {
        switch self {
        case .aside: return .putAside(reason: body.reason ?? "", note: body.note)
        case .resumption: return .resume(note: body.note)
        case .suspension: return .suspend(reason: body.reason ?? "")
        case .termination: return .terminate(reason: body.reason ?? "")
        case .urges: return .urge(note: body.note)
        case .copies:
            let person = try await body.namedPerson(whoSees: Set(room.order.departments), in: room)
            return .copy(person, reason: body.reason)
        case .delegation:
            let person = try await body.namedPerson(whoSees: room.departments(of: body.scope), in: room)
            return .delegate(
                body.scope, to: person, until: body.until ?? .distantPast, reason: body.reason ?? "")
        case .transfer:
            return .transfer(body.scope, to: try await body.named(in: room), reason: body.reason ?? "")
        }
    }
}
