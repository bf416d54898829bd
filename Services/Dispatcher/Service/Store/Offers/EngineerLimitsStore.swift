import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes table engineer_limits.
enum EngineerLimitsStore {
    /// The limits of somebody who has any, locked until the transaction ends, and what counts against them.
    static func stand(of staff: ID<Staff>, now: Date) -> SQL {
        """
        with limits as materialized (
          select most_open, hourly
          from dispatch.engineer_limits
          where staff = \(staff.value)
          for update
        )
        select m.most_open, m.hourly,
          (select count(*)
          from (
            select id
            from dispatch.work_order
            where closed_at is null
              and owner_id = \(staff.value)
            union
            select work_order
            from dispatch.work_visit
            where outcome is null
              and owner_id = \(staff.value)
          ) mine),
          (select count(*)
          from dispatch.work_offer
          where outcome = 'accepted'
            and ended_by = \(staff.value)
            and ended_at > \(now.addingTimeInterval(-3600)))
        from limits m
        """
    }

    /// - Throws: ``ProcessRefusal``: `at-capacity`.
    static func check(_ rows: QueryResult) throws {
        guard
            let (most, hourly, open, accepted) = try rows.first?.decode(
                Int32?.self, Int32?.self, Int64.self, Int64.self)
        else { return }
        try EngineerLimits(open: most.map(Int.init), hourly: hourly.map(Int.init)).check(
            open: Int(open), accepted: Int(accepted))
    }

    static func find(_ staff: ID<Staff>) -> SQL {
        """
        select most_open, hourly
        from dispatch.engineer_limits
        where staff = \(staff.value)
        """
    }

    static func keep(_ limits: EngineerLimits, of staff: ID<Staff>, now: Date) -> SQL {
        """
        insert into dispatch.engineer_limits (staff, most_open, hourly, changed_at)
        values (\(staff.value), \(limits.open.map(Int64.init)), \(limits.hourly.map(Int64.init)), \(now))
        on conflict (staff) do update
        set most_open = excluded.most_open,
          hourly = excluded.hourly,
          changed_at = excluded.changed_at
        """
    }

    static func drop(of staff: ID<Staff>) -> SQL {
        """
        delete from dispatch.engineer_limits
        where staff = \(staff.value)
        """
    }
}
