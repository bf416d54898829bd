import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit

/// Shows the sheet of a visit and takes the customer's signature over it, by the visit's action `sign`.
struct SignVisit: Sendable {
    /// The action of a visit that takes the signature.
    static let action = "sign"

    struct Draft: Sendable {
        let path: String
        let signer: String
        /// SHA-256 of the sheet that was shown.
        let sheet: String
        let expectedRevision: Int64?
    }

    struct Sheet: Sendable {
        let text: String
        let hash: String
        let signature: SignatureStore.Kept?
        let missing: [FieldFault]
    }

    /// What was signed is not what stands here; nothing was changed.
    struct OtherSheet: Error {
        static let code = "other-sheet"
        static let words = Phrase(
            zh: "签的不是当前的服务单：内容已有改动。请重新给客户看过后再签。",
            en: "The sheet has changed since it was shown. Show it again and have it signed again.")

        let sheet: Sheet
    }

    let lookUp: LookUpWork
    let runWork: RunWork
    let evidence = VisitEvidence()

    /// Nil when the caller's departments hold no such work order.
    ///
    /// - Throws: ``ProcessRefusal`` for a visit that is not there.
    func sheet(of id: ID<WorkOrder>, visit number: Int, for identity: Identity) async throws -> Sheet? {
        guard let seen = try await lookUp.find(id, for: identity)?.seen else { return nil }
        return try await lookUp.pool.transaction { transaction in
            try await sheet(seen.order, number, by: seen.definition, in: transaction)
        }
    }

    /// - Returns: the work order after it; nil when the caller's departments hold no such work order.
    /// - Throws: ``OtherSheet``, `InvalidInput`, ``WorkRefused``; nothing was changed.
    func callAsFunction(
        _ id: ID<WorkOrder>, visit number: Int, _ draft: Draft, for identity: Identity
    ) async throws -> WorkSeen? {
        try await runWork(id, for: identity, expected: draft.expectedRevision) { room in
            try await command(number, draft, in: room)
        }
    }

    /// Keeps the signature, and is the action that puts it into the visit.
    ///
    /// - Throws: ``OtherSheet``, `InvalidInput`; nothing was kept.
    func command(_ number: Int, _ draft: Draft, in room: WorkRoom) async throws -> ProcessCommand {
        let hash = draft.sheet.lowercased()
        // The same signature over the same sheet is the same one, however often it is sent.
        let id = UUID(
            namespace: room.order.id.value, name: "signature/\(number)/\(hash)/\(draft.signer)/\(draft.path)")
        let field = room.definition.visit?.fields.first { $0.type == .signature }?.code ?? "signature"
        let command = ProcessCommand.act(
            ActionCommand(Self.action, .visit(number), fields: [field: .text(id.lowercaseText)]))
        do throws(ProcessRefusal) {
            _ = try ProcessRules.decide(
                room.order.state, command,
                ProcessContext(
                    now: room.order.changedAt, actor: .staff(room.staff), facts: room.order.facts,
                    expectedRevision: draft.expectedRevision), by: room.definition)
        } catch {
            // The rules will say so again, where a repetition is known from what comes too late.
            return command
        }
        let faults = [SignaturePath.fault(draft.path), SignaturePath.fault(signer: draft.signer)].compactMap { $0 }
        guard faults.isEmpty else { throw InvalidInput(faults) }
        let sheet = try await sheet(room.order, number, by: room.definition, in: room.transaction)
        guard sheet.hash == hash else { throw OtherSheet(sheet: sheet) }
        try await evidence.signatures.keep(
            SignatureStore.Kept(
                id: id, path: draft.path, signer: draft.signer, sheet: hash, takenAt: room.time),
            of: room.order.id, visit: number, by: room.staff.person.id, in: room.transaction)
        return command
    }

    private func sheet(
        _ order: WorkOrderRecord, _ number: Int, by definition: ProcessDefinition, in transaction: Transaction
    ) async throws -> Sheet {
        guard let track = definition.visit, let visit = order.state[.visit(number)],
            let sheet = VisitSheet(order.state, visit: number, of: track)
        else {
            throw ProcessRefusal(.noSuchVisit, zh: "没有这张服务单", en: "there is no such visit")
        }
        return Sheet(
            text: sheet.text, hash: VisitEvidence.hash(sheet),
            signature: try await evidence.signature(order, visit: number, visit.fields, of: track, in: transaction),
            missing: try await evidence.faults(order, visit: number, by: definition, in: transaction))
    }
}
