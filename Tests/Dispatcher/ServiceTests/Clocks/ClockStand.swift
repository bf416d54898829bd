import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Logging
import Messaging
import Postgres
import Synchronization
import TestSupport
import ServiceKit
import Testing

@testable import DispatcherService

/// The clocks of work orders whose processes run in memory, so that nothing but the clocks is tried here.
final class ClockStand: Sendable {
    static let process = """
        process: clocked
        version: 1
        title: 计时 / Clocked
        clocks:
          solution:
            title: 解决时限 / Time to solve
            target: 4 h
            at:
              50%: {notify: owner}
              100%: {do: escalate, notify: supervisor}
        fields:
          problem: {title: 问题 / Problem}
        opening: {fill: [problem]}
        steps:
          first:
            title: 一线 / First line
            owner: engineer
            clocks: [solution]
            actions:
              escalate: {title: 升级 / Escalate, by: [owner, timer], own: pool, to: second, offer: pool}
              wait: {title: 等待 / Wait, by: [owner], fill: [problem], to: waiting}
              finish: {title: 完成 / Finish, by: [owner], to: checked}
          second:
            title: 二线 / Second line
            owner: engineer
            clocks: [solution]
            actions:
              finish: {title: 完成 / Finish, by: [owner], to: checked}
          waiting:
            title: 等待客户 / Waiting for the customer
            owner: engineer
            pauses: [solution]
            actions:
              resume: {title: 继续 / Go on, by: [owner], to: first}
          checked:
            title: 审查 / Checked
            owner: engineer
            actions:
              close: {title: 关闭 / Close, by: [owner], to: closed}
              again: {title: 返工 / Again, by: [owner], to: first}
          closed: {title: 关闭 / Closed, end: done}
        """

    static let engineer = Actor.staff(
        StaffActor(
            person: Person(id: ID(UUID()), name: "王工"), roles: ["engineer"],
            departments: ["service", "shanghai", "rnd"]))

    let dispatcher: DispatcherFixture
    let definition: ProcessDefinition
    let clocks = KeepClocks(library: ClockLibrary())
    let outbox = Outbox(schema: "dispatch", relay: nil)
    private let states = Mutex<[ID<WorkOrder>: ProcessState]>([:])
    private let passedThresholds = Mutex<[String]>([])

    init(_ dispatcher: DispatcherFixture) throws {
        self.dispatcher = dispatcher
        definition = try ProcessDefinition.read(Self.process).definition
    }

    var pool: PostgresPool { dispatcher.database.pool }
    /// `solution 50%`, in the order in which the process was told.
    var passed: [String] { passedThresholds.withLock { $0 } }

    func unit<Result: Sendable>(_ body: @Sendable (UnitOfWork) async throws -> Result) async throws -> Result {
        try await pool.transaction { transaction in
            let unit = try await self.outbox.unitOfWork(in: transaction, source: "dispatcher")
            let result = try await body(unit)
            try await self.outbox.save(unit)
            return result
        }
    }

    /// A work order with running clocks.
    func open(
        _ number: Int = 1, department: String = "service", level: String = "normal", severity: String = "normal",
        customer: UUID? = nil
    ) async throws -> ID<WorkOrder> {
        let id = try await dispatcher.open(number, department: department)
        // In place of the clocks that it has by its own process.
        try await dispatcher.database.adminPool.pipeline([
            "delete from dispatch.clock_event where work_order = \(id.value)",
            "delete from dispatch.work_clocks where work_order = \(id.value)",
            "delete from dispatch.timer where subject_id = \(id.value)",
        ])
        try await unit { unit in
            let decision = try ProcessRules.open(
                self.definition, number: "T1", department: department,
                ProcessContext(now: unit.now, actor: .customer))
            self.states.withLock { $0[id] = decision.state }
            let opened = try await self.clocks.open(
                id,
                .init(
                    classification: Classification(level: level, severity: severity, kind: "repair"),
                    department: department, customer: customer), decision, by: self.definition, in: unit)
            for statement in try WorkClocksStore.save([opened].compactMap { $0 }) { unit.write(statement) }
        }
        return id
    }

    func act(_ action: String, _ id: ID<WorkOrder>) async throws {
        try await unit { unit in
            let decision = try self.decide(.act(ActionCommand(action)), id, Self.engineer, at: unit.now)
            try await self.clocks.follow(id, decision, in: unit)
        }
    }

    func note(_ fact: ClockFact, _ id: ID<WorkOrder>) async throws {
        try await unit { try await self.clocks.note(fact, of: id, in: $0) }
    }

    private func decide(
        _ command: ProcessCommand, _ id: ID<WorkOrder>, _ actor: Actor, at now: Date
    ) throws -> Decision {
        let state = try #require(states.withLock { $0[id] })
        let decision = try ProcessRules.decide(
            state, command, ProcessContext(now: now, actor: actor), by: definition)
        states.withLock { $0[id] = decision.state }
        return decision
    }

    func step(_ id: ID<WorkOrder>) -> String? { states.withLock { $0[id]?.work.step } }

    /// What the handler of the timers does: the thresholds go to the process, in the same transaction.
    func fire(_ due: [Timers.Due], _ unit: UnitOfWork) async throws {
        for reached in try await clocks.reached(due, in: unit) {
            for command in reached.commands {
                switch command {
                case .clock(let clock, let percent, _, _):
                    passedThresholds.withLock { $0.append("\(clock) \(percent)%") }
                case .promise(let timer, let point, _): passedThresholds.withLock { $0.append("\(timer) \(point)") }
                default: break
                }
                do {
                    let decision = try decide(command, reached.workOrder, .timer, at: unit.now)
                    try await clocks.follow(reached.workOrder, decision, in: unit)
                } catch let refusal as ProcessRefusal where refusal.rule == .timerPast {
                    continue
                }
            }
        }
    }

    /// Runs `body` with the timers at work, as in the service.
    func withTimers(_ instances: Int = 1, _ body: @escaping @Sendable () async throws -> Void) async throws {
        let recount = RecountClocks(clocks: clocks)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<instances {
                let timers = Timers(
                    schema: "dispatch", service: "dispatcher", pool: pool, outbox: outbox,
                    logger: Logger(label: "tests") { _ in SwiftLogNoOpLogHandler() },
                    handlers: [
                        KeepClocks.timerKind: { due, unit in try await self.fire(due, unit) },
                        RecountClocks.timerKind: { due, unit in try await recount.fire(due, unit) },
                    ])
                group.addTask { try await timers.run() }
            }
            try await body()
            group.cancelAll()
        }
    }

    /// Moves the suite's time ahead, as `paidan clock advance` does.
    func advance(_ seconds: Int) async throws {
        let clock = DatabaseClock(schema: "dispatch")
        try await clock.setAdjustable(true, in: dispatcher.database.ownerPool)
        _ = try await clock.advance(by: .seconds(seconds), in: dispatcher.database.ownerPool)
    }

    func present(_ id: ID<WorkOrder>) async throws -> WorkClocks {
        let row = try await pool.transaction { try await self.clocks.store.find(id, in: $0) }
        return try #require(row).clocks
    }

    /// Deadlines as they are stored, and as all events folded again give them.
    func deadlines(_ id: ID<WorkOrder>) async throws -> (stored: String?, replayed: String) {
        try await pool.transaction { transaction in
            let stored = try await self.clocks.store.storedDeadlines(of: id, in: transaction)
            let history = try await self.clocks.store.history(of: id, in: transaction)
            let again = try await ClockLibrary().using(in: transaction) { book throws(SLABook.Gap) in
                try WorkClocks.fold(history, by: book)
            }
            let bytes = try #require(try again?.storedDeadlines())
            return (stored, String(decoding: bytes, as: UTF8.self))
        }
    }

    /// When the one timer of a work order's clocks fires; nil when it has none.
    func timer(_ id: ID<WorkOrder>) async throws -> [Date] {
        try await pool.query(
            """
            select due_at
            from dispatch.timer
            where kind = 'sla' and subject_id = \(id.value) and fired_at is null and cancelled_at is null
            """
        ).map { try $0.decode(Date.self) }
    }
}

/// Runs `body` with a dispatcher and clocks of its own.
func withClocks(_ body: @Sendable (ClockStand) async throws -> Void) async throws {
    try await withDispatcher { dispatcher, _ in try await body(ClockStand(dispatcher)) }
}
