import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Reads what somebody has to do with now. Each part of it is found by an index over the little that is open of one
/// person, whatever else there is.
enum ChangesStore {
    /// Work and visits that he or his station has, what he was asked by name to take, and what anybody of his role in his
    /// department may take, those first that wait longest. No row for somebody who works
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
              and a.asked @> array[s.id]
            union all
            (select a.work_order
            from dispatch.work_offer a
            where a.ended_at is null
              and a.asked = '{}'
              and a.station is null
              and a.department = s.department
              and (a.role is null
                or a.role = any(s.roles)
                or exists (
                  select from dispatch.work_role r
                  where r.staff = s.id
                    and r.role = a.role))
              and a.level <= coalesce(s.level, 1)
              and not exists (
                select from dispatch.work_offer_answer n
                where n.offer = a.id
                  and n.staff = s.id
                  and n.reason <> 'at-capacity')
            order by a.offered_at, a.id
            limit \(Int64(PhoneWorld.mostFree))))
            and o.closed_at is null
          order by o.id
          limit \(Int64(PhoneWorld.most + PhoneWorld.mostFree))) w on true
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
