import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit

/// Takes files from telephones, piece by piece, and gives them to those who see the work that they belong to.
struct KeepFiles: Sendable {
    let pool: PostgresPool
    let outbox: Outbox
    let scope = WorkScope()

    struct Piece: Sendable {
        /// As the request tells it; its digest may be empty after the first piece.
        let plan: FilePlan
        let start: Int64
        let bytes: [UInt8]

        var range: Range<Int64> { start..<start + Int64(bytes.count) }
    }

    /// Whether the caller may go on with this id: it is free, or his own.
    ///
    /// - Throws: a 401 problem for somebody who works here no more; 404 for the file of another.
    func checkSender(_ id: ID<WorkFile>, for identity: Identity) async throws {
        try await pool.transaction { transaction in
            _ = try await scope.staff(identity, in: transaction)
            guard let file = try await transaction.query(FileStore.find(id)).first.map(FileStore.record) else { return }
            guard file.uploader == identity.staff else { throw Problem.noFile }
        }
    }

    /// - Throws: ``FileRefusal``, as ``checkSender(_:for:)``. Only what is not what was announced is emptied then; whatever
    ///   else was there stays.
    func take(_ piece: Piece, of id: ID<WorkFile>, for identity: Identity) async throws -> FileStore.Record {
        let (file, refusal) = try await pool.deciding { transaction in
            let staff = try await scope.staff(identity, in: transaction).person.id
            var file = try await transaction.query(FileStore.lock(id)).first.map(FileStore.record)
            if file == nil { file = try await begin(id, piece.plan, by: staff, in: transaction) }
            guard let file, file.uploader == staff else { throw Problem.noFile }
            switch try FileRules.place(piece.range, of: piece.plan, in: file.stand) {
            case .compare:
                try await compare(piece, of: id, in: transaction)
                return (file, FileRefusal?.none)
            case .append:
                try await transaction.query(FileStore.append(piece.bytes, to: id, at: piece.start))
                var refusal: FileRefusal?
                if piece.range.upperBound == file.stand.plan.size {
                    refusal = try await flaw(of: id, file.stand.plan, in: transaction)
                }
                if refusal == nil {
                    try await transaction.query(FileStore.setReceived(piece.range.upperBound, of: id))
                } else {
                    try await transaction.pipeline(FileStore.empty(id))
                }
                let after = try await transaction.query(FileStore.find(id)).first.map(FileStore.record)
                return (after ?? file, refusal)
            }
        }
        if let refusal { throw refusal }
        return file
    }

    private func begin(
        _ id: ID<WorkFile>, _ plan: FilePlan, by staff: ID<Staff>, in transaction: Transaction
    ) async throws -> FileStore.Record? {
        guard !plan.digest.isEmpty else {
            throw Problem.invalid([
                FieldFault(
                    field: "/repr-digest", code: "required",
                    message: "The first piece tells the digest of the whole: Repr-Digest: sha-256=:…:")
            ])
        }
        let results = try await transaction.pipeline([FileStore.takeTurns(of: staff), FileStore.unused(of: staff)])
        let (open, bytes) = try results[1][0].decode(Int.self, Int64.self)
        try FileRules.begin(plan, beside: UnusedFiles(open: open, bytes: bytes))
        try await transaction.query(FileStore.insert(id, plan, by: staff))
        guard let file = try await transaction.query(FileStore.lock(id)).first.map(FileStore.record) else { return nil }
        let unit = try await outbox.unitOfWork(in: transaction, source: DispatcherService.name)
        try await ForgetFiles.lookAgain(file, in: unit)
        try await outbox.save(unit)
        return file
    }

    /// - Throws: `otherBytes`.
    private func compare(_ piece: Piece, of id: ID<WorkFile>, in transaction: Transaction) async throws {
        for row in try await transaction.query(FileStore.pieces(of: id, in: piece.range)) {
            let (start, bytes) = try row.decode(Int64.self, [UInt8].self)
            let common = piece.range.clamped(to: start..<start + Int64(bytes.count))
            if common.isEmpty { continue }
            let kept = bytes[Int(common.lowerBound - start)..<Int(common.upperBound - start)]
            let sent = piece.bytes[Int(common.lowerBound - piece.start)..<Int(common.upperBound - piece.start)]
            guard kept.elementsEqual(sent) else { throw FileRefusal.otherBytes }
        }
    }

    private func flaw(
        of id: ID<WorkFile>, _ plan: FilePlan, in transaction: Transaction
    ) async throws -> FileRefusal? {
        let (digest, head) = try await transaction.query(FileStore.whole(id))[0].decode([UInt8].self, [UInt8].self)
        do throws(FileRefusal) {
            try FileRules.finish(plan, digest: digest, head: head)
            return nil
        } catch {
            return error
        }
    }

    /// His own while it is used nowhere, then that of a work order that he sees; nil when it is none of his business.
    func find(_ id: ID<WorkFile>, for identity: Identity) async throws -> FileStore.Record? {
        try await pool.transaction { transaction in
            let staff = try await scope.staff(identity, in: transaction)
            guard let file = try await transaction.query(FileStore.find(id)).first.map(FileStore.record) else {
                return nil
            }
            guard let order = file.workOrder else { return file.uploader == staff.person.id ? file : nil }
            let seen = try await scope.look(
                as: staff, [WorkOrderStore.find(order, departments: staff.departments.sorted())], in: transaction)
            return seen[0].isEmpty ? nil : file
        }
    }

    /// Where the pieces of a finished file begin, in order. Nobody changes one any more.
    func starts(of id: ID<WorkFile>) async throws -> [Int64] {
        try await pool.query(FileStore.starts(of: id)).map { try $0.decode(Int64.self) }
    }

    func piece(of id: ID<WorkFile>, at start: Int64) async throws -> [UInt8] {
        guard let row = try await pool.query(FileStore.piece(of: id, at: start)).first else { throw Problem.noFile }
        return try row.decode([UInt8].self)
    }
}
