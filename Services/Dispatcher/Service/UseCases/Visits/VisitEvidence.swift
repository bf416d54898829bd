import Contracts
import Crypto
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// The sheet of a visit, what it is signed by, and what it lacks. Runs as the service, inside the transaction of whoever
/// was let in to the work order.
struct VisitEvidence: Sendable {
    let evidence = EvidenceStore()
    let signatures = SignatureStore()

    /// SHA-256 of a sheet, in hexadecimal digits.
    static func hash(_ sheet: VisitSheet) -> String {
        SHA256.hash(data: Data(sheet.text.utf8)).map { String(format: "%02x", $0) }.joined()
    }

    /// The command, with a fault for each thing without which the visit may not be finished; told with all else that is
    /// wrong with its form.
    func held(
        _ command: ProcessCommand, _ order: WorkOrderRecord, by definition: ProcessDefinition,
        in transaction: Transaction
    ) async throws -> ProcessCommand {
        guard case .act(let asked) = command,
            let number = EvidenceCheck.concerns(command, order.state, by: definition)
        else { return command }
        let faults = try await faults(
            order, visit: number, filling: asked.fields, by: definition, in: transaction)
        guard !faults.isEmpty else { return command }
        return .act(
            ActionCommand(
                asked.action, asked.scope, fields: asked.fields, reason: asked.reason, candidate: asked.candidate,
                unread: asked.unread + faults))
    }

    func faults(
        _ order: WorkOrderRecord, visit number: Int, filling: [String: FieldValue] = [:],
        by definition: ProcessDefinition, in transaction: Transaction
    ) async throws -> [FieldFault] {
        guard let track = definition.visit, let visit = order.state[.visit(number)],
            let sheet = VisitSheet(order.state, visit: number, filling: filling, of: track)
        else { return [] }
        let values = visit.fields.merging(filling) { $1 }
        let rule = try await policy(order, visit: number, in: transaction)?.rule ?? .nothing
        return EvidenceCheck.faults(
            rule, values, before: order.state[.visit(number - 1)]?.fields ?? [:],
            signature: try await signature(order, visit: number, values, of: track, in: transaction)?.signature,
            sheet: Self.hash(sheet), of: track)
    }

    /// The signature that stands in the visit's field; nil for none, and for one that was not given here.
    func signature(
        _ order: WorkOrderRecord, visit number: Int, _ values: [String: FieldValue], of track: Track,
        in transaction: Transaction
    ) async throws -> SignatureStore.Kept? {
        guard let field = track.fields.first(where: { $0.type == .signature }), case .text(let id) = values[field.code]
        else { return nil }
        return try await signatures.find(id, of: order.id, visit: number, in: transaction)
    }

    /// What the visit has inherited when it was opened; nil: nothing is asked for.
    func policy(
        _ order: WorkOrderRecord, visit number: Int, in transaction: Transaction
    ) async throws -> EvidencePolicy? {
        let path = try await DepartmentStore().tree(in: transaction).path(from: order.state.home)
        let all = try await evidence.all(of: path, in: transaction)
        guard !all.isEmpty else { return nil }
        let opened = try await transaction.query(WorkOrderStore.opening(of: number, in: order.id)).first
            .map { try $0.decode(Date.self) }
        var kind: String?
        if case .text(let text) = order.facts["ticket.kind"] { kind = text }
        return EvidencePolicy.inherited(kind, path: path, opened: opened ?? .distantFuture, among: all)
    }
}
