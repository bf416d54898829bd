import Contracts
import DispatcherDomain
import Foundation
import HTTPTypes
import Kernel
import Messaging
import Postgres
import ServiceKit

extension WorkRound {
    /// What a telephone's command came to.
    enum PhoneVerdict: Sendable {
        case answered(PhoneAnswer)
        /// Commands from this number on are missing.
        case waits(for: Int64)
        /// Its number, or its id, was another command's.
        case taken
    }

    /// What the round knows of telephones: locked, as work orders are, and after them.
    struct Phones: Sendable {
        var devices: [PhoneCommand.Device: PhoneStore.DeviceRow] = [:]
        var answered: [PhoneCommand.Device.Key: PhoneStore.Answered] = [:]

        static func statements(_ commands: [PhoneCommand]) -> [SQL] {
            guard !commands.isEmpty else { return [] }
            return [
                PhoneStore.lock(commands.map(\.device)),
                PhoneStore.answered(commands.map { ($0.device.staff, $0.id) }),
            ]
        }

        init(_ results: ArraySlice<QueryResult>) throws {
            guard let locked = results.first, let given = results.last else { return }
            for row in locked {
                let row = try PhoneStore.deviceRow(row)
                devices[row.device] = row
            }
            for row in given {
                let (staff, id, answered) = try PhoneStore.answered(row)
                self.answered[PhoneCommand.Device.Key(staff: staff, id: id)] = answered
            }
        }

        /// - Returns: nil when it is the command's turn.
        func verdict(on command: PhoneCommand) -> PhoneVerdict? {
            if let given = answered[PhoneCommand.Device.Key(staff: command.device.staff, id: command.id)] {
                return given.isAnswer(to: command) ? .answered(given.answer.again) : .taken
            }
            switch PhoneTurn(command.sequence, after: devices[command.device]?.sequence ?? 0) {
            case .come: return nil
            case .waits(let next): return .waits(for: next)
            case .past: return .taken
            }
        }

        /// - Parameter order: nil for one that he does not see.
        func judge(_ command: PhoneCommand, _ order: WorkOrderRecord?, now: Date) -> JudgedTime {
            let device = devices[command.device]
            return DeviceClock.judge(
                (command.at + command.correction).wholeMillisecond,
                after: [device?.inTouchAt, device?.judgedAt, order?.changedAt].map { $0?.wholeMillisecond }, now: now)
        }
    }

    /// One command for each work order, and one for each telephone.
    static func turn(_ asked: [Asked]) -> [Int] {
        var taken: Set<ID<WorkOrder>> = []
        var heard: Set<PhoneCommand.Device> = []
        return asked.indices.filter { index in
            let device = asked[index].phone?.device
            if let device, heard.contains(device) { return false }
            guard taken.insert(asked[index].order).inserted else { return false }
            if let device { heard.insert(device) }
            return true
        }
    }

    /// What it is told, by what came of it.
    ///
    /// - Returns: nil for what is no answer to a command, such as a session that was ended.
    static func answer(
        _ command: PhoneCommand, _ outcome: Result<WorkSeen?, any Error>, judged: (WorkOrderRecord?) -> JudgedTime,
        before: WorkOrderRecord?
    ) -> PhoneAnswer? {
        switch outcome {
        case .success(let seen?):
            if command.isBlocked {
                return PhoneAnswer(
                    command, .blocked, rule: "blocked", words: PhoneBacklog.words,
                    now: PhoneStand(seen, command.scope), judged: judged(seen.order))
            }
            return PhoneAnswer(
                command, .done, now: PhoneStand(seen, command.scope), judged: judged(before ?? seen.order))
        case .success(nil):
            return PhoneAnswer(
                command, command.isBlocked ? .blocked : .conflict, conflict: command.isBlocked ? nil : .reassigned,
                rule: "not-found",
                words: Phrase(
                    zh: "工单不在您的部门（可能已改派）；您的操作没有生效。",
                    en: "No such work order is in your departments, perhaps no longer; what you did was not taken."),
                judged: judged(nil))
        case .failure(let error as WorkRefused):
            let stand = PhoneStand(error.seen, command.scope)
            let rule = Problem(error.refusal).type
            if let conflict = PhoneConflict.of(
                error.refusal, in: command.scope, of: error.seen.order.state, by: error.seen.staff)
            {
                return PhoneAnswer(
                    command, .conflict, conflict: conflict, rule: rule,
                    words: conflict.words(holder: stand.holder, step: stand.title, error.refusal.words), now: stand,
                    judged: judged(error.seen.order))
            }
            return PhoneAnswer(
                command, .refused, rule: rule, words: error.refusal.words, faults: error.refusal.faults, now: stand,
                judged: judged(error.seen.order))
        case .failure(let error as ProcessRefusal):
            return PhoneAnswer(
                command, .refused, rule: Problem(error).type, words: error.words, faults: error.faults)
        case .failure(let error as InvalidInput):
            return PhoneAnswer(command, .refused, rule: Problem.invalid([]).type, faults: error.faults)
        case .failure(is SignVisit.OtherSheet):
            return PhoneAnswer(
                command, .refused, rule: SignVisit.OtherSheet.code, words: SignVisit.OtherSheet.words)
        case .failure(let error as ProcessShelf.Unreadable): return unreadable(command, Problem(error))
        case .failure(let error as WorkOrderStore.Unreadable): return unreadable(command, Problem(error))
        case .failure(let error as Problem) where error.status == .unprocessableContent:
            return PhoneAnswer(command, .refused, rule: error.type, words: error.words, faults: error.faults)
        case .failure: return nil
        }
    }

    private static func unreadable(_ command: PhoneCommand, _ problem: Problem) -> PhoneAnswer {
        PhoneAnswer(command, .refused, rule: problem.type, words: problem.words)
    }
}

extension PhoneCommand.Device {
    /// A command of somebody.
    struct Key: Hashable, Sendable {
        let staff: ID<Staff>
        let id: UUID
    }
}
