import Contracts
import DispatcherDomain
import Foundation
import Kernel
import ServiceKit

/// What a telephone's command asks for: an action of the process, or what has an address of its own with a line.
enum PhoneDeed: Sendable {
    case action(String, WorkCommandJSON)
    case standing(StandingCommand, WorkCommandJSON)
    case signature(SignVisit.Draft)
    case acceptance(ID<WorkOffer>)
    /// With its reason and note.
    case refusal(ID<WorkOffer>, WorkCommandJSON)

    /// As it is kept with its answer: another under the same id is another command. No action's code has a stroke.
    var name: String {
        switch self {
        case .action(let code, _): code
        case .standing(let command, _): "/" + command.rawValue
        case .signature: "/signature"
        case .acceptance: "/acceptance"
        case .refusal: "/refusal"
        }
    }

    /// - Throws: ``ProcessRefusal``, `InvalidInput`, ``SignVisit/OtherSheet``, a 422 problem; nothing is to be changed then.
    func made(_ scope: Scope, in room: WorkRoom, signing: SignVisit) async throws -> WorkDeed {
        switch self {
        case .action(let code, let body):
            try body.check()
            return WorkDeed(try await room.command(code, scope, body))
        case .standing(let command, let body):
            try body.check()
            return WorkDeed(try await command.command(body, in: room))
        case .signature(let draft):
            return WorkDeed(try await signing.command(scope.visitNumber ?? 0, draft, in: room))
        case .acceptance(let offer): return try await room.acceptance(of: offer, scope)
        case .refusal(let offer, let body):
            try body.check()
            return try await room.refusal(of: offer, scope, reason: body.reason, note: body.note)
        }
    }
}
