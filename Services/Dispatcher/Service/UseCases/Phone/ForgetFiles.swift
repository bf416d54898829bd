import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Removes files that were begun and never finished, and those that no work order has ever had. A timer for each file
/// looks at it when it would be time.
struct ForgetFiles: Sendable {
    static let timerKind = "file"
    /// Seconds until a file is looked at again that somebody has locked just now.
    private static let patience = 60.0

    static func lookAgain(_ file: FileStore.Record, in unit: UnitOfWork) async throws {
        let due = FileRules.removal(
            changedAt: file.changedAt, isFinished: file.stand.isFinished, isUsed: file.workOrder != nil)
        if let due { try await unit.setTimer(kind: timerKind, subject: file.id.value, dueAt: due) }
    }

    func fire(_ due: [Timers.Due], _ unit: UnitOfWork) async throws {
        let subjects = due.map(\.subject)
        let files = try await unit.transaction.query(FileStore.lockFree(subjects)).map(FileStore.record)
        var old: [ID<WorkFile>] = []
        for file in files {
            let removal = FileRules.removal(
                changedAt: file.changedAt, isFinished: file.stand.isFinished, isUsed: file.workOrder != nil)
            if let removal, removal <= unit.now {
                old.append(file.id)
            } else {
                try await Self.lookAgain(file, in: unit)
            }
        }
        try await unit.transaction.query(FileStore.remove(old))
        let locked = Set(subjects).subtracting(files.map(\.id.value))
        let there = try await unit.transaction.query(FileStore.present(Array(locked))).map { try $0.decode(UUID.self) }
        for id in there { try await unit.setTimer(kind: Self.timerKind, subject: id, dueAt: unit.now + Self.patience) }
    }
}
