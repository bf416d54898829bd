import Contracts
import DispatcherDomain
import Kernel
import Postgres

/// Reads and writes table department.
struct DepartmentStore: Sendable {
    /// The department above each, by code.
    func parents(in transaction: Transaction) async throws -> [String: String?] {
        try Self.map(try await transaction.query(Self.parents))
    }

    func tree(in transaction: Transaction) async throws -> DepartmentTree {
        try Self.tree(try await transaction.query(Self.parents))
    }

    func tree(in pool: PostgresPool) async throws -> DepartmentTree {
        try Self.tree(try await pool.query(Self.parents))
    }

    /// By code.
    func list(in transaction: Transaction) async throws -> [Department] {
        try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from dispatch.department
            order by code
            """
        ).map(Self.department)
    }

    func find(_ code: String, in transaction: Transaction) async throws -> Department? {
        try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from dispatch.department
            where code = \(code)
            """
        ).first.map(Self.department)
    }

    /// Active staff who belong to this very department, in the caller's sight.
    func staffCount(_ code: String, in transaction: Transaction) async throws -> Int {
        try await transaction.query(
            """
            select count(*)
            from dispatch.staff
            where department = \(code)
              and active
            """)[0].decode(Int.self)
    }

    func insert(_ department: Department, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            insert into dispatch.department (
              code, name_zh, name_en, parent, kind, time_zone, phone, address, active, version)
            values (
              \(department.code), \(department.name.zh), \(department.name.en), \(department.parent),
              \(department.kind.rawValue), \(department.timeZone), \(department.phone), \(department.address),
              \(department.isActive), \(department.version))
            """)
    }

    /// - Returns: false when it is not at the version before, or not the caller's to change.
    func update(_ department: Department, in transaction: Transaction) async throws -> Bool {
        try await transaction.query(
            """
            update dispatch.department
            set name_zh = \(department.name.zh),
              name_en = \(department.name.en),
              parent = \(department.parent),
              kind = \(department.kind.rawValue),
              time_zone = \(department.timeZone),
              phone = \(department.phone),
              address = \(department.address),
              active = \(department.isActive),
              version = \(department.version),
              changed_at = now()
            where code = \(department.code)
              and version = \(department.version - 1)
            """
        ).affected == 1
    }

    static let parents: SQL = """
        select code, parent
        from dispatch.department
        """

    static func tree(_ rows: QueryResult) throws -> DepartmentTree { DepartmentTree(parents: try map(rows)) }

    private static func map(_ rows: QueryResult) throws -> [String: String?] {
        Dictionary(uniqueKeysWithValues: try rows.map { try $0.decode(String.self, String?.self) })
    }

    private static let columns = "code, name_zh, name_en, parent, kind, time_zone, phone, address, active, version"

    private static func department(_ row: Row) throws -> Department {
        let (code, chinese, english, parent, kind, zone, phone, address, active, version) = try row.decode(
            String.self, String.self, String.self, String?.self, String.self, String?.self, String?.self, String?.self,
            Bool.self, Int64.self)
        return Department(
            code: code, name: Phrase(zh: chinese, en: english), parent: parent,
            kind: Department.Kind(rawValue: kind) ?? .department, timeZone: zone, phone: phone, address: address,
            isActive: active, version: version)
    }
}
