import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

extension WorkRoom {
    /// What a field of files is filled with: ids of files that are finished, and that this work order has already or the
    /// caller has sent for it.
    ///
    /// - Returns: nil for what cannot be used.
    func files(_ input: FieldInput) async throws -> FieldValue? {
        guard case .list(let texts)? = input.value(for: .files) else {
            if case .text("")? = input.value(for: .files) { return .text("") }
            return nil
        }
        let ids = texts.compactMap { ID<WorkFile>($0) }
        guard ids.count == texts.count, Set(ids).count == ids.count, ids.count <= 200 else { return nil }
        guard !ids.isEmpty else { return .list([]) }
        let usable = try await transaction.query(
            FileStore.usable(ids, by: staff.person.id, in: order.id))
        return usable.count == ids.count ? .list(ids.map(\.description)) : nil
    }

    static func unusable(_ field: ProcessField) -> FieldFault {
        FieldFault(
            field: "/fields/\(field.code)", code: "unknownValue",
            message:
                "\(field.title.zh)：只能填写已传完、且由您上传或属于此工单的文件 / \(field.title.en): ids of files that are finished, "
                + "and that you have sent or that this work order has")
    }
}

extension ActionCommand {
    /// Files that it names.
    func files(by definition: ProcessDefinition) -> [ID<WorkFile>] {
        fields.flatMap { code, value -> [ID<WorkFile>] in
            guard definition.track(scope)?.field(code)?.type == .files, case .list(let ids) = value else { return [] }
            return ids.compactMap { ID<WorkFile>($0) }
        }
    }
}

extension WorkRound {
    /// The files of an action that was decided belong to the work order from now on; another command of the same
    /// transaction may have taken one just before.
    ///
    /// - Throws: ``ProcessRefusal``.
    func attachFiles(
        of command: ProcessCommand, to order: WorkOrderRecord, by definition: ProcessDefinition,
        in transaction: Transaction
    ) async throws {
        guard case .act(let action) = command else { return }
        let files = Array(Set(action.files(by: definition)))
        guard !files.isEmpty else { return }
        guard try await transaction.query(FileStore.attach(files, to: order.id)).affected == files.count else {
            throw ProcessRefusal(
                .fields, zh: "文件已用于其他工单", en: "a file was used in another work order meanwhile")
        }
    }
}
