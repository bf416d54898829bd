import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres
import ServiceKit
import Tracing

/// Commands of people on different work orders in one transaction: load, decide, save with the messages.
///
/// Each is decided by itself, in the place of the person who asks: one that is refused changes nothing of the others.
struct WorkRound: Sendable {
    struct Asked: Sendable {
        let order: ID<WorkOrder>
        let identity: Identity
        let expected: Int64?
        let make: @Sendable (WorkRoom) async throws -> WorkDeed
        /// That of the request, since the round runs outside of every request.
        let trace: ServiceContext?
        /// Nil: somebody waits for the answer.
        let phone: PhoneCommand?

        init(
            order: ID<WorkOrder>, identity: Identity, expected: Int64?, make: @escaping RunWork.Make,
            trace: ServiceContext?
        ) {
            (self.order, self.identity, self.expected, self.trace) = (order, identity, expected, trace)
            self.make = { WorkDeed(try await make($0)) }
            phone = nil
        }

        /// A telephone's.
        init(
            _ phone: PhoneCommand, identity: Identity, expected: Int64?, trace: ServiceContext?,
            make: @escaping @Sendable (WorkRoom) async throws -> WorkDeed
        ) {
            (order, self.identity, self.expected, self.trace) = (phone.workOrder, identity, expected, trace)
            self.make = make
            self.phone = phone
        }
    }

    enum Verdict: Sendable {
        case seen(WorkSeen?)
        /// This command alone has failed; nothing of it was kept.
        case failed(any Error)
        /// Of a telephone's command, which is answered whatever came of it.
        case phone(PhoneVerdict)
        /// Not looked at: an earlier command of this round is about the same work order, or of the same telephone.
        case again
    }

    /// A command that was decided.
    private struct Settled {
        let seen: WorkSeen
        /// Nil: nothing changes.
        let made: KeepWork.Made?
        /// An open offer, as it is with an answer.
        var answered: WorkOffer?
    }

    /// What one round trip has found for all commands.
    private struct Stand {
        let now: Date
        let staff: [Identity: StaffActor]
        let orders: [Identity: [ID<WorkOrder>: Row]]
        let clocks: [ID<WorkOrder>: WorkClocksStore.Row]
        /// That are open.
        let offers: [ID<WorkOrder>: [WorkOffer]]
        let phones: Phones
        let named = NamedStaff()
    }

    let outbox: Outbox
    let shelf: ProcessShelf
    let keep: KeepWork
    let scope = WorkScope()
    let evidence = VisitEvidence()
    let booking = BookAppointment()
    let taking = TakeWork()

    /// Locks the work orders and commits.
    ///
    /// - Returns: one verdict for each command, in their order.
    /// - Throws: ``PostgresError``; nothing of any command was kept.
    func callAsFunction(_ asked: [Asked], in transaction: Transaction) async throws -> [Verdict] {
        let turn = Self.turn(asked)
        let stand = try await stand(turn.map { asked[$0] }, in: transaction)
        let unit = try await outbox.unitOfWork(in: transaction, source: DispatcherService.name, now: stand.now)
        var verdicts = [Verdict](repeating: .again, count: asked.count)
        var kept: [(made: KeepWork.Made, cause: Envelope)] = []
        var open = stand.offers
        for index in turn {
            if let phone = asked[index].phone, let verdict = stand.phones.verdict(on: phone) {
                verdicts[index] = .phone(verdict)
                continue
            }
            let outcome: Result<Settled?, any Error>
            do {
                outcome = .success(try await settle(asked[index], stand, in: unit))
            } catch let error as PostgresError {
                throw error
            } catch {
                outcome = .failure(error)
            }
            if case .success(let settled?) = outcome, let made = settled.made {
                let cause = Self.cause(made.before ?? made.after, at: made.after.changedAt)
                ServiceContext.$current.withValue(asked[index].trace) { unit.continueTrace(of: cause.id) }
                kept.append((made, cause))
                if let offer = settled.answered {
                    open[offer.order]?.removeAll { $0.id == offer.id }
                    open[offer.order, default: []].append(offer)
                }
            }
            verdicts[index] = try verdict(on: asked[index], outcome, stand, in: unit)
        }
        try await keep.keep(kept, clocks: .locked(stand.clocks), open: open, in: unit)
        #if DEBUG
            Failpoint.commandDecided.hit()
        #endif
        try await outbox.commit(unit)
        #if DEBUG
            Failpoint.commandCommitted.hit()
        #endif
        return verdicts
    }

    /// A telephone's answer is kept with what it is about, or neither is.
    private func verdict(
        on asked: Asked, _ outcome: Result<Settled?, any Error>, _ stand: Stand, in unit: UnitOfWork
    ) throws -> Verdict {
        guard let phone = asked.phone else {
            switch outcome {
            case .success(let settled): return .seen(settled?.seen)
            case .failure(let error): return .failed(error)
            }
        }
        let now = stand.now.wholeMillisecond
        let before = if case .success(let settled?) = outcome { settled.made?.before } else { WorkOrderRecord?.none }
        let answer = Self.answer(
            phone, outcome.map { $0?.seen }, judged: { stand.phones.judge(phone, $0, now: now) }, before: before)
        guard let answer else {
            if case .failure(let error) = outcome { return .failed(error) }
            return .again
        }
        for statement in try PhoneStore.keep(answer, to: phone, at: now) { unit.write(statement) }
        return .phone(.answered(answer))
    }

    /// Locks the work orders, and reads of each what its caller may see.
    private func stand(_ asked: [Asked], in transaction: Transaction) async throws -> Stand {
        try await shelf.stock(in: transaction)
        let callers = Array(Set(asked.map(\.identity)))
        var staff: [Identity: StaffActor] = [:]
        for (caller, found) in zip(callers, try await scope.staff(callers, in: transaction)) { staff[caller] = found }
        let ids = asked.map(\.order)
        let looks = callers.compactMap { caller in
            staff[caller].map { staff in
                (
                    caller: caller, staff: staff,
                    statement: WorkOrderStore.find(
                        asked.filter { $0.identity == caller }.map(\.order), departments: staff.departments.sorted())
                )
            }
        }
        let results = try await scope.look(
            after: WorkOrderStore.hold(ids), each: looks.map { ($0.staff, $0.statement) },
            then: [WorkOrderStore.now, WorkClocksStore.lock(Set(ids)), OfferStore.open(of: ids)]
                + Phones.statements(asked.compactMap(\.phone)),
            in: transaction)
        var orders: [Identity: [ID<WorkOrder>: Row]] = [:]
        for (look, rows) in zip(looks, results) {
            for row in rows { orders[look.caller, default: [:]][try row.value("id")] = row }
        }
        let clocks = try WorkClocksStore.rows(results[looks.count + 1])
        return Stand(
            now: try results[looks.count][0].value("now"), staff: staff, orders: orders,
            clocks: Dictionary(clocks.map { ($0.workOrder, $0) }) { first, _ in first },
            offers: Dictionary(grouping: try results[looks.count + 2].map(OfferStore.offer), by: \.order),
            phones: try Phones(results[(looks.count + 3)...]))
    }

    /// - Returns: nil when the caller's departments hold no such work order.
    private func settle(_ asked: Asked, _ stand: Stand, in unit: UnitOfWork) async throws -> Settled? {
        let transaction = unit.transaction
        guard let staff = stand.staff[asked.identity] else { throw WorkScope.endedSession }
        guard let order = try stand.orders[asked.identity]?[asked.order].map(WorkOrderStore.record) else { return nil }
        let definition = try await shelf.definition(of: order, in: transaction)
        let now = stand.now.wholeMillisecond
        if asked.phone?.isBlocked == true {
            return Settled(seen: WorkSeen(order: order, definition: definition, staff: staff, now: now), made: nil)
        }
        let time = asked.phone.map { stand.phones.judge($0, order, now: now).time }
        let seen = WorkSeen(order: order, definition: definition, staff: staff, now: now)
        let deed = try await deed(
            asked,
            in: WorkRoom(
                order: order, definition: definition, staff: staff, transaction: transaction,
                time: max(time ?? now, order.changedAt), named: stand.named), seen)
        guard let asks = deed.command else {
            for statement in deed.statements { unit.write(statement) }
            return Settled(seen: seen, made: nil)
        }
        let command = try await evidence.held(asks, order, by: definition, in: transaction)
        let context = ProcessContext(
            now: max(time ?? now, order.changedAt), actor: deed.isByTimer ? .timer : .staff(staff), facts: order.facts,
            expectedRevision: asked.expected)
        let decision: Decision
        do throws(ProcessRefusal) {
            decision = try ProcessRules.decide(order.state, command, context, by: definition)
        } catch {
            if error.mayBeRepetition,
                try await hasTaken(command, order, staff, after: asked.expected ?? 0, in: transaction)
            {
                return Settled(seen: seen, made: nil)
            }
            throw WorkRefused(refusal: error, seen: seen)
        }
        do {
            try await booking.follow(command, order, now: now, in: transaction)
            if deed.answered == nil {
                try await taking.check(
                    command, decision, order, staff, stand.offers[order.id] ?? [], definition, now: now, in: unit)
            }
            try await attachFiles(of: command, to: order, by: definition, in: transaction)
        } catch let refusal as ProcessRefusal {
            throw WorkRefused(refusal: refusal, seen: seen)
        }
        for statement in deed.statements { unit.write(statement) }
        var made = keep.made(
            decision, before: order, template: order, by: definition,
            try await keep.reckoning(of: order, in: transaction), now: context.time)
        made.heardOf = time.map { _ in context.time }
        return Settled(
            seen: WorkSeen(order: made.after, definition: definition, staff: staff, now: now),
            made: decision.events.isEmpty ? nil : made, answered: deed.answered)
    }

    /// A telephone is told how the work stands, whatever is wrong with what it asks.
    private func deed(_ asked: Asked, in room: WorkRoom, _ seen: WorkSeen) async throws -> WorkDeed {
        do {
            return try await asked.make(room)
        } catch let refusal as ProcessRefusal where asked.phone != nil {
            throw WorkRefused(refusal: refusal, seen: seen)
        }
    }

    /// Whoever lost the answer asks again: the action that he took himself was taken, and once. The same action with other
    /// words is none that was taken: nobody may think that they were kept.
    private func hasTaken(
        _ command: ProcessCommand, _ order: WorkOrderRecord, _ staff: StaffActor, after revision: Int64,
        in transaction: Transaction
    ) async throws -> Bool {
        guard case .act(let action) = command else { return false }
        let rows = try await transaction.query(
            WorkOrderStore.actions(
                action.action, action.scope, of: order.id, by: staff.person.id, after: revision))
        return try rows.contains { row in
            let (acted, filled) = try row.decode(JSON.self, JSON?.self)
            return action.isRepetition(
                of: try WireJSON.decode(ProcessEvent.self, from: acted.bytes).change,
                filling: try filled.map { try WireJSON.decode(ProcessEvent.self, from: $0.bytes).change })
        }
    }

    /// What the messages of a command name as their cause: the command itself, which is no message.
    static func cause(_ order: WorkOrderRecord, at time: Date) -> Envelope {
        Envelope(
            id: UUID(namespace: order.id.value, name: "command/\(order.state.revision)"), type: "work.command",
            source: DispatcherService.name, time: time)
    }
}
