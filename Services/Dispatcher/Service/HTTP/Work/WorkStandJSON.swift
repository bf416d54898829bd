import Contracts
import DispatcherDomain
import Foundation
import HTTPTypes
import Hummingbird
import Kernel
import ServiceKit

/// What a caller is answered who does not show the work order after his command: where it stands.
struct WorkStandJSON: Encodable, Sendable {
    let id: String
    let revision: Int64
    let state: WorkState
    /// Of the work order itself.
    let step: String
    let changedAt: Date

    init(_ seen: WorkSeen) {
        id = seen.order.id.description
        revision = seen.order.state.revision
        state = seen.definition.workState(of: seen.order.state)
        step = seen.order.state.work.step
        changedAt = seen.order.changedAt
    }
}

extension Response {
    /// The work order, or only where it stands for `Prefer: return=minimal` (RFC 7240 section 4.2).
    static func work(_ seen: WorkSeen, to request: Request) throws -> Response {
        guard request.prefersMinimal else { return try .json(WorkOrderJSON(seen)) }
        return try .json(WorkStandJSON(seen), headers: [.preferenceApplied: "return=minimal"])
    }
}

extension Request {
    /// The first word on `return` counts, whatever the case of its letters (RFC 7240 section 2).
    fileprivate var prefersMinimal: Bool {
        guard let header = headers[.prefer] else { return false }
        let wishes = header.split(separator: ",").map { wish in
            wish.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" && $0 != "\"" }.lowercased()
        }
        return wishes.first { $0.hasPrefix("return=") } == "return=minimal"
    }
}

extension HTTPField.Name {
    fileprivate static let prefer = Self("Prefer")!
    fileprivate static let preferenceApplied = Self("Preference-Applied")!
}
