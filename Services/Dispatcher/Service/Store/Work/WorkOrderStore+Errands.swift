import Contracts
import DispatcherDomain
import Kernel
import Postgres

extension WorkOrderStore {
    /// Errands of a work order, the oldest first.
    static func errands(of id: ID<WorkOrder>) -> SQL {
        """
        select id, at, kind, code, role, within, visit, done_at, done_by, done_by_name, note
        from dispatch.work_errand
        where work_order = \(id.value)
        order by id
        limit 500
        """
    }

    /// The role that an errand is for; no row when these departments have nothing to do with its work order.
    static func errandRole(_ number: Int64, of id: ID<WorkOrder>, departments: [String]) -> SQL {
        """
        select e.role
        from dispatch.work_errand e
        join dispatch.work_order o on o.id = e.work_order
        where e.id = \(number)
          and o.id = \(id.value)
          and o.departments && \(departments)::text[]
        """
    }

    /// An errand is done; the first word stands.
    static func tickOff(_ number: Int64, by person: Person, note: String?) -> SQL {
        """
        update dispatch.work_errand
        set done_at = dispatch.suite_now(),
          done_by = \(person.id.value),
          done_by_name = \(person.name),
          note = \(note)
        where id = \(number)
          and done_at is null
        """
    }

    /// The customer was called back: whoever did ticks these off with it.
    static func tickOffCallBacks(of id: ID<WorkOrder>, by person: Person, note: String?) -> SQL {
        """
        update dispatch.work_errand
        set done_at = dispatch.suite_now(),
          done_by = \(person.id.value),
          done_by_name = \(person.name),
          note = \(note)
        where work_order = \(id.value)
          and kind = \(ErrandKind.callBack.rawValue)
          and done_at is null
        """
    }
}
