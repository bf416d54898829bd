import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Whom to send to a job, with the reasons.
struct FindEngineers: Sendable {
    struct Question: Sendable {
        var visit: Int?
        /// Minutes on site; nil: as jobs of this kind take.
        var minutes: Int?
        /// The customer can be visited between these.
        var from: Date?
        var until: Date?
    }

    struct Answer: Sendable {
        let suggestion: Suggestion
        let job: Suggestion.Job
        let order: WorkOrderRecord
        /// The department that sees the work, for somebody of another who gets it with his own.
        let seers: Set<String>
    }

    let pool: PostgresPool
    let shelf: ProcessShelf
    let scope = WorkScope()
    let engineers = EngineerStore()

    /// - Returns: nil when his departments have nothing to do with the work order.
    /// - Throws: ``ProcessRefusal``: `no-such-visit`.
    func callAsFunction(
        _ id: ID<WorkOrder>, _ question: Question, for identity: Identity
    ) async throws -> Answer? {
        try await pool.transaction { transaction in
            try await shelf.stock(in: transaction)
            let staff = try await scope.staff(identity, in: transaction)
            let found = try await scope.look(
                as: staff, [WorkOrderStore.find(id, departments: staff.departments.sorted())],
                then: [WorkOrderStore.now, JobNeedStore.all, DepartmentStore.parents], in: transaction)
            guard let order = try found[0].first.map(WorkOrderStore.record) else { return nil }
            let definition = try await shelf.definition(of: order, in: transaction)
            let track = question.visit.map(Scope.visit) ?? .work
            guard let state = order.state[track] else {
                throw ProcessRefusal(.noSuchVisit, zh: "没有这张服务单", en: "there is no such visit")
            }
            let territories = try await ReferenceStore().territories(in: transaction)
            let tree = try DepartmentStore.tree(found[3])
            let needs = try found[2].map(JobNeedStore.need)
            let job = job(
                order, state, definition, track, question, needs, territories, now: try found[1][0].value("now"))
            let seers = tree.path(from: job.department)
            // Those who see it, those who serve the place, and those below: as far as the caller may know of them.
            let near = Set(seers + tree.subtree(of: job.department) + job.territory.flatMap(tree.subtree(of:)))
            let known = near.intersection(staff.departments.union(order.departments).union(seers))
            let people = try await engineers.find(
                RoleReference(job.role.role), departments: known.sorted(), for: id, now: job.time, in: transaction)
            return Answer(
                suggestion: Suggestion.make(job, among: people), job: job, order: order, seers: Set(seers))
        }
    }

    private func job(
        _ order: WorkOrderRecord, _ state: TrackState, _ definition: ProcessDefinition, _ scope: Scope,
        _ question: Question, _ needs: [JobNeed], _ territories: [Territory], now: Date
    ) -> Suggestion.Job {
        func text(_ fact: String) -> String? {
            if case .text(let text)? = order.facts[fact] { text } else { nil }
        }
        let need = JobNeed.of(kind: text("ticket.kind"), model: text("product.model"), among: needs)
        let isWarranty = order.facts["product.warranty"] == .flag(true)
        let organisations = need?.warrantyOrganisations ?? []
        let minutes = question.minutes ?? need?.minutes ?? JobNeed.usualMinutes
        let access = question.from.flatMap { from in
            Span(from, question.until ?? from.addingTimeInterval(Suggestion.horizon))
        }
        return Suggestion.Job(
            role: role(state, definition, scope), department: state.department, skills: need?.skills ?? [],
            length: Double(minutes * 60),
            territory: Territory.serving(region: nil, address: order.address, among: territories)?.departments ?? [],
            authorised: isWarranty && !organisations.isEmpty ? Set(organisations) : nil, access: access, time: now)
    }

    /// Of whoever does the work: of the step where it is, if that is no desk; else of the first step that is offered.
    private func role(_ state: TrackState, _ definition: ProcessDefinition, _ scope: Scope) -> RoleReference {
        let steps = definition.track(scope)?.steps ?? []
        let offered = steps.first { $0.stage == .offered }?.owner
        let here = steps.first { $0.code == state.step }?.owner
        if let here, here.role == StaffRole.engineer.rawValue || offered == nil { return here }
        return offered ?? RoleReference(StaffRole.engineer.rawValue)
    }
}
