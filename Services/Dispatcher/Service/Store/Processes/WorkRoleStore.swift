import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes table work_role: who has the roles that processes name beyond the built-in ones.
struct WorkRoleStore: Sendable {
    /// Those of these departments, by role.
    static func members(in departments: [String]) -> SQL {
        """
        select r.role, s.id, s.name
        from dispatch.work_role r
        join dispatch.staff s on s.id = r.staff
        where s.department = any(\(departments)::text[])
        order by r.role, s.name, s.id
        """
    }

    /// Every role that somebody has, wherever he works.
    static let given: SQL = "select distinct role from dispatch.work_role"

    static func member(_ row: Row) throws -> (role: String, person: Person) {
        let (role, id, name) = try row.decode(String.self, UUID.self, String.self)
        return (role, Person(id: ID(id), name: name))
    }

    /// Makes these the members of the role among the staff of these departments; others keep it.
    static func set(_ role: String, to staff: [ID<Staff>], in departments: [String]) -> [SQL] {
        [
            """
            delete from dispatch.work_role r
            using dispatch.staff s
            where r.role = \(role)
              and s.id = r.staff
              and s.department = any(\(departments)::text[])
              and not s.id = any(\(staff.map(\.value))::uuid[])
            """,
            """
            insert into dispatch.work_role (role, staff)
            select \(role), unnest(\(staff.map(\.value))::uuid[])
            on conflict do nothing
            """,
        ]
    }
}
