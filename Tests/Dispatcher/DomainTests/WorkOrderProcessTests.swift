import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `The built-in process` {
    static let allowed: [WorkState: [WorkStep: WorkState]] = [
        .offered: [.accept: .accepted], .accepted: [.depart: .travelling], .travelling: [.arrive: .onSite],
        .onSite: [.finish: .done], .done: [.close: .closed],
    ]

    @Test(arguments: WorkState.allCases, WorkStep.allCases)
    func `allows the listed moves and refuses every other`(state: WorkState, step: WorkStep) throws {
        let order = Sample.order(state, owner: state == .offered ? nil : Sample.engineer.person)
        if let next = Self.allowed[state]?[step] {
            let move = try WorkOrderProcess.decide(order, step, by: Sample.allRoles, now: Sample.now)
            #expect(move.state == next)
            #expect(move.previous == Open(state))
            #expect(move.actor == Sample.engineer.person)
            #expect(move.owner == Sample.engineer.person)
            let after = order.applying(move)
            #expect(after.state == next)
            #expect(after.version == order.version + 1)
            #expect(after.changedAt == Sample.now)
        } else {
            let expected: WorkOrderProcess.Refusal =
                step == .accept
                ? .taken(by: Sample.engineer.person, since: Sample.accepted)
                : .notPossible(state: state, possible: state.possibleSteps)
            #expect(throws: expected) {
                try WorkOrderProcess.decide(order, step, by: Sample.allRoles, now: Sample.now)
            }
        }
    }

    @Test func `is accepted by engineers only`() {
        #expect(throws: WorkOrderProcess.Refusal.roleMissing([.engineer])) {
            try WorkOrderProcess.decide(Sample.order(.offered), .accept, by: Sample.desk, now: Sample.now)
        }
    }

    @Test(arguments: [(WorkState.accepted, WorkStep.depart), (.travelling, .arrive), (.onSite, .finish)])
    func `is carried on by its owner only`(state: WorkState, step: WorkStep) {
        let order = Sample.order(state, owner: Sample.engineer.person)
        for other in [Sample.otherEngineer, Sample.manager] {
            #expect(throws: WorkOrderProcess.Refusal.notOwner(Sample.engineer.person)) {
                try WorkOrderProcess.decide(order, step, by: other, now: Sample.now)
            }
        }
    }

    @Test func `is closed by the desk or a manager, not by the engineer`() throws {
        let order = Sample.order(.done, owner: Sample.engineer.person)
        #expect(throws: WorkOrderProcess.Refusal.roleMissing([.desk, .manager])) {
            try WorkOrderProcess.decide(order, .close, by: Sample.engineer, now: Sample.now)
        }
        for one in [Sample.desk, Sample.manager] {
            #expect(try WorkOrderProcess.decide(order, .close, by: one, now: Sample.now).state == .closed)
        }
    }

    @Test(arguments: WorkState.allCases, WorkStep.allCases)
    func `is closed to people of other departments`(state: WorkState, step: WorkStep) {
        let stranger = StaffMember(person: Sample.engineer.person, roles: Sample.allRoles.roles, departments: ["rnd"])
        #expect(throws: WorkOrderProcess.Refusal.otherDepartment) {
            try WorkOrderProcess.decide(
                Sample.order(state, owner: Sample.engineer.person), step, by: stranger, now: Sample.now)
        }
    }

    @Test func `refuses a step on an older version, and says the present one`() {
        let order = Sample.order(.accepted, owner: Sample.engineer.person)
        #expect(throws: WorkOrderProcess.Refusal.stale(version: 2, state: .accepted)) {
            try WorkOrderProcess.decide(order, .depart, by: Sample.engineer, expectedVersion: 1, now: Sample.now)
        }
        #expect(throws: Never.self) {
            try WorkOrderProcess.decide(order, .depart, by: Sample.engineer, expectedVersion: 2, now: Sample.now)
        }
    }

    @Test func `takes a note of 2,000 characters and refuses a longer one`() throws {
        let order = Sample.order(.onSite, owner: Sample.engineer.person)
        let longest = String(repeating: "修", count: 2000)
        let move = try WorkOrderProcess.decide(order, .finish, by: Sample.engineer, note: longest, now: Sample.now)
        #expect(move.note == longest)
        #expect(throws: WorkOrderProcess.Refusal.noteTooLong(limit: 2000)) {
            try WorkOrderProcess.decide(order, .finish, by: Sample.engineer, note: longest + "x", now: Sample.now)
        }
    }

    @Test func `offers each person the steps that are his`() {
        let offered = Sample.order(.offered)
        #expect(WorkOrderProcess.steps(for: Sample.engineer, on: offered) == [.accept])
        #expect(WorkOrderProcess.steps(for: Sample.desk, on: offered).isEmpty)
        let done = Sample.order(.done, owner: Sample.engineer.person)
        #expect(WorkOrderProcess.steps(for: Sample.engineer, on: done).isEmpty)
        #expect(WorkOrderProcess.steps(for: Sample.desk, on: done) == [.close])
    }
}

@Suite struct `A ticket` {
    @Test func `becomes one work order in the pool of its department`() {
        let ticket = Sample.ticket(department: "shanghai")
        let move = OpenWorkOrder.decide(ticket, known: ["service", "shanghai"], top: "service", now: Sample.now)
        #expect(move.department == "shanghai")
        #expect(move.state == .offered)
        #expect(move.owner == nil)
        #expect(
            move.workOrder == OpenWorkOrder.decide(ticket, known: [], top: "service", now: .distantFuture).workOrder)
    }

    @Test func `of a department that nobody knows goes to the top one`() {
        let move = OpenWorkOrder.decide(
            Sample.ticket(department: "mars"), known: ["service"], top: "service", now: Sample.now)
        #expect(move.department == "service")
    }
}
