import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads who may grant what waits for a grant.
enum ApproverStore {
    /// More than these are not told by mail; the list of what waits shows it to all.
    static let limit = 50

    /// Active staff with a mail address who have the role, and see a work order that these departments have to do with.
    ///
    /// - Parameter asker: he may not grant it himself.
    static func mayGrant(_ role: RoleReference, departments: [String], asker: ID<Staff>) -> SQL {
        """
        with recursive above (code) as (
          select unnest(\(departments)::text[])
          union
          select d.parent
          from dispatch.department d
          join above a on a.code = d.code
          where d.parent is not null
        )
        select s.id, s.name, s.email, s.language
        from dispatch.staff s
        where s.active
          and s.email is not null
          and s.id <> \(asker.value)
          and s.department in (select code from above)
          and coalesce(s.level, 1) >= \(Int64(role.level))
          and (\(role.role) = any(s.roles)
            or exists (select from dispatch.work_role r where r.staff = s.id and r.role = \(role.role)))
        order by s.name, s.id
        limit \(Int64(limit))
        """
    }

    static func card(_ row: Row) throws -> StaffCard {
        let (id, name, email, language) = try row.decode(UUID.self, String.self, String.self, String.self)
        return StaffCard(
            id: ID(id), name: name, email: email, language: Open(Language(rawValue: language) ?? .chinese))
    }
}
