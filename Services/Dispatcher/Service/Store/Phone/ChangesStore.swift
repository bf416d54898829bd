import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Reads what somebody has to do with now. Each part of it is found by an index over the little that is open of one
/// person, whatever else there is.
enum ChangesStore {
    /// Work and visits that he or his station has, and what he was asked by name to take. No row for somebody who works
    /// here no more or whose session was ended; one row without a work order for somebody who has nothing.
    static func world(of identity: Identity) -> SQL {
        """
        select w.id, w.revision
        from dispatch.staff s
        left join lateral (
          select o.id, o.revision
          from dispatch.work_order o
          where o.id in (
            select w.id
            from dispatch.work_order w
            where w.closed_at is null
              and w.owner_id = s.id
            union all
            select w.id
            from dispatch.work_order w
            where w.closed_at is null
              and w.owner_station = s.department
            union all
            select v.work_order
            from dispatch.work_visit v
            where v.outcome is null
              and v.owner_id = s.id
            union all
            select v.work_order
            from dispatch.work_visit v
            where v.outcome is null
              and v.owner_station = s.department
            union all
            select a.work_order
            from dispatch.work_offer a
            where a.ended_at is null
              and a.asked @> array[s.id])
            and o.closed_at is null
          order by o.id
          limit \(Int64(PhoneWorld.most))) w on true
        where s.id = \(identity.staff.value)
          and s.active
          and not exists (
            select from dispatch.sign_in_session
            where id = \(identity.session)
              and ended_at is not null)
        """
    }

    static func world(_ rows: QueryResult) throws -> PhoneWorld {
        var revisions: [ID<WorkOrder>: Int64] = [:]
        for row in rows {
            let (id, revision) = try row.decode(ID<WorkOrder>?.self, Int64?.self)
            if let id, let revision { revisions[id] = revision }
        }
        return PhoneWorld(revisions)
    }
}
