import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Takes what a telephone has done without a line, each command by itself and in order, and tells of each what came of it.
struct SyncPhone: Sendable {
    /// Commands in one request.
    static let most = 200
    /// Telephones of one person, those that he has no longer too.
    static let mostDevices = 20
    /// What is not done by then waits for the next request, so that the answer comes before the line is given up.
    private static let budget = Duration.seconds(8)
    /// Seconds for which answers are kept.
    private static let memory = 90 * 86_400.0

    struct Batch: Sendable {
        let device: UUID
        let sentAt: Date
        /// The telephone has more to say than this.
        let isPartial: Bool
        let commands: [Command]
    }

    struct Command: Sendable {
        let id: UUID
        let sequence: Int64
        let at: Date
        let workOrder: ID<WorkOrder>
        let scope: Scope
        let deed: PhoneDeed
        let expected: Int64?
    }

    struct Outcome: Sendable {
        let receivedAt: Date
        /// Seconds that the telephone's clock was corrected by.
        let correction: TimeInterval
        /// The number that the telephone's next command has, or that is missing.
        let next: Int64
        /// In the order of their numbers.
        let answers: [PhoneAnswer]
    }

    /// What is known when a request begins.
    private struct Stand: Sendable {
        let receivedAt: Date
        let row: PhoneStore.DeviceRow
        let answered: [UUID: PhoneStore.Answered]
        let backlog: PhoneBacklog
    }

    let pool: PostgresPool
    let runWork: RunWork
    let signing: SignVisit
    let scope = WorkScope()

    /// - Throws: a 401 problem for somebody who works here no more, 409 for one telephone too many. What was answered
    ///   before that stays answered.
    func callAsFunction(_ batch: Batch, for identity: Identity) async throws -> Outcome {
        let device = PhoneCommand.Device(staff: identity.staff, id: batch.device)
        let stand = try await begin(batch, device, for: identity)
        let correction = DeviceClock.correction(sentAt: batch.sentAt, receivedAt: stand.receivedAt)
        let deadline = ContinuousClock.now + Self.budget
        var (backlog, next, waits) = (stand.backlog, stand.row.sequence + 1, false)
        var answers: [PhoneAnswer] = []
        for asked in batch.commands.sorted(by: { $0.sequence < $1.sequence }) {
            var command = PhoneCommand(
                device: device, id: asked.id, sequence: asked.sequence, workOrder: asked.workOrder,
                scope: asked.scope, action: asked.deed.name, at: asked.at, correction: correction)
            command.isBlocked = backlog.blocks(asked.workOrder, asked.scope)
            waits = waits || ContinuousClock.now > deadline
            let answer = try await answer(asked, command, stand, waits: waits, next: next, for: identity)
            waits = waits || answer.result == .waiting
            if !waits { next = max(next, asked.sequence + 1) }
            if answer.result != .done, answer.result != .waiting { backlog.fail(asked.workOrder, asked.scope) }
            answers.append(answer)
        }
        try await end(device, stand.receivedAt, through: next - 1, isSettled: !waits && !batch.isPartial)
        return Outcome(receivedAt: stand.receivedAt, correction: correction, next: next, answers: answers)
    }

    private func begin(
        _ batch: Batch, _ device: PhoneCommand.Device, for identity: Identity
    ) async throws -> Stand {
        try await pool.transaction { transaction in
            _ = try await scope.staff(identity, in: transaction)
            let results = try await transaction.pipeline([
                WorkOrderStore.now, PhoneStore.register(device, most: Self.mostDevices), PhoneStore.device(device),
                PhoneStore.answered(batch.commands.map { (identity.staff, $0.id) }), PhoneStore.failures(of: device),
            ])
            guard let row = try results[2].first.map(PhoneStore.deviceRow) else {
                throw Problem.conflict("too-many-devices", "A person has at most \(Self.mostDevices) telephones.")
            }
            var backlog = PhoneBacklog()
            for failure in results[4] {
                let (order, visit) = try failure.decode(ID<WorkOrder>.self, Int32?.self)
                backlog.fail(order, visit.map { .visit(Int($0)) } ?? .work)
            }
            let answered = try results[3].map(PhoneStore.answered)
            return Stand(
                receivedAt: try results[0][0].value("now", as: Date.self).wholeMillisecond, row: row,
                answered: Dictionary(answered.map { ($0.1, $0.2) }) { first, _ in first }, backlog: backlog)
        }
    }

    private func answer(
        _ asked: Command, _ command: PhoneCommand, _ stand: Stand, waits: Bool, next: Int64, for identity: Identity
    ) async throws -> PhoneAnswer {
        if let given = stand.answered[asked.id] {
            return given.isAnswer(to: command) ? given.answer.again : Self.taken(command)
        }
        if waits { return Self.waiting(command, for: next) }
        let verdict = try await runWork(command, expected: asked.expected, for: identity) { room in
            try await asked.deed.made(asked.scope, in: room, signing: signing)
        }
        return switch verdict {
        case .answered(let answer): answer
        case .waits(let missing): Self.waiting(command, for: missing)
        case .taken: Self.taken(command)
        }
    }

    private func end(
        _ device: PhoneCommand.Device, _ receivedAt: Date, through sequence: Int64, isSettled: Bool
    ) async throws {
        var statements = [PhoneStore.trim(device, before: receivedAt - Self.memory)]
        if isSettled { statements.append(PhoneStore.settle(device, at: receivedAt, through: sequence)) }
        try await pool.pipeline(statements)
    }

    private static func waiting(_ command: PhoneCommand, for next: Int64) -> PhoneAnswer {
        PhoneAnswer(
            command, .waiting, rule: "earlier-missing",
            words: Phrase(
                zh: "请先发送第 \(next) 条及之后的操作。", en: "Send the commands from number \(next) on first."))
    }

    private static func taken(_ command: PhoneCommand) -> PhoneAnswer {
        PhoneAnswer(
            command, .refused, rule: "number-taken",
            words: Phrase(
                zh: "此编号已用于另一操作。", en: "Another command of this telephone had this id or number."))
    }
}
