import Contracts
import DispatcherDomain
import Foundation
import Kernel
import ServiceKit

extension SyncJSON {
    /// One thing that was done.
    struct CommandJSON: Decodable, Sendable {
        let id: UUID
        /// From 1, without a gap.
        let sequence: Int64
        /// What the telephone's clock said when it was given.
        let at: Date
        let workOrder: ID<WorkOrder>
        var visit: Int?
        /// The last word of the address that the command has with a line; absent: `action`, one of the process.
        var kind: String?
        var action: String?
        var fields: [String: FieldInput]?
        var reason: String?
        var note: String?
        var candidate: WorkCommandJSON.CandidateJSON?
        var until: Date?
        var offer: ID<WorkOffer>?
        var signature: SignedJSON?
        var expectedRevision: Int64?
    }

    struct SignedJSON: Decodable, Sendable {
        let path: String
        let signer: String
        /// SHA-256 of the sheet that was signed.
        let sheet: String
    }
}

extension SyncJSON.CommandJSON {
    private static let kinds =
        ["action", "signature", "acceptance", "refusal"] + StandingCommand.allCases.map(\.rawValue)

    /// What no telephone may say.
    func faults(at place: String) -> [FieldFault] {
        var faults: [FieldFault] = []
        func fault(_ field: String, _ code: String, _ message: String) {
            faults.append(FieldFault(field: "\(place)/\(field)", code: code, message: message))
        }
        if let visit, !(1...1_000_000).contains(visit) { fault("visit", "malformed", "The number of a visit, from 1.") }
        let word = kind ?? "action"
        if word != "action", action != nil { fault("action", "malformed", "Only with the kind action.") }
        switch word {
        case "action":
            if let action, action.isEmpty || action.utf8.count > 60 || action.isUnfitForText || action.contains("/") {
                fault("action", "malformed", "The code of an action.")
            }
            if action == nil { fault("action", "required", "The code of an action.") }
        case "signature":
            if signature == nil { fault("signature", "required", "The customer's signature.") }
            if visit == nil { fault("visit", "required", "The number of the visit that was signed.") }
        case "acceptance", "refusal":
            if offer == nil { fault("offer", "required", "The id of an offer.") }
        default:
            guard let command = StandingCommand(rawValue: word) else {
                fault("kind", "unknownValue", "One of \(Self.kinds.joined(separator: ", ")).")
                break
            }
            if visit != nil, !command.mayConcernVisit {
                fault("visit", "malformed", "This kind is about the work order, not about a visit.")
            }
        }
        return faults
    }

    /// Nil for one with faults.
    var command: SyncPhone.Command? {
        deed.map { deed in
            SyncPhone.Command(
                id: id, sequence: sequence, at: at, workOrder: workOrder, scope: visit.map(Scope.visit) ?? .work,
                deed: deed, expected: expectedRevision)
        }
    }

    private var deed: PhoneDeed? {
        var body = WorkCommandJSON()
        (body.fields, body.reason, body.note, body.candidate) = (fields, reason, note, candidate)
        (body.visit, body.until) = (visit, until)
        switch kind ?? "action" {
        case "action": return action.map { .action($0, body) }
        case "signature":
            return signature.map {
                .signature(
                    SignVisit.Draft(
                        path: $0.path, signer: $0.signer, sheet: $0.sheet, expectedRevision: expectedRevision))
            }
        case "acceptance": return offer.map { .acceptance($0) }
        case "refusal": return offer.map { .refusal($0, body) }
        case let word: return StandingCommand(rawValue: word).map { .standing($0, body) }
        }
    }
}
