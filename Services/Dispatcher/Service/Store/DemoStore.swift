import Kernel
import Postgres

/// Writes the demo's departments and staff.
struct DemoStore: Sendable {
    struct Department: Sendable {
        let code: String
        let chinese: String
        let english: String
        let parent: String?
    }

    struct Member: Sendable {
        let id: ID<Staff>
        let login: String
        let name: String
        let department: String
        let roles: [String]
        let language: String
    }

    func fill(departments: [Department], staff: [Member], in pool: PostgresPool) async throws {
        let newDepartments: [SQL] = departments.map { department in
            """
            insert into dispatch.department (code, name_zh, name_en, parent)
            values (\(department.code), \(department.chinese), \(department.english), \(department.parent))
            on conflict (code) do nothing
            """
        }
        let newStaff: [SQL] = staff.map { member in
            """
            insert into dispatch.staff (id, login, name, department, roles, language)
            values (
              \(member.id.value), \(member.login), \(member.name), \(member.department), \(member.roles),
              \(member.language))
            on conflict (login) do nothing
            """
        }
        try await pool.pipeline(newDepartments + newStaff)
    }
}
