import Postgres

/// Reads table department.
struct DepartmentStore: Sendable {
    /// The department above each, by code.
    func parents(in transaction: Transaction) async throws -> [String: String?] {
        try Self.tree(try await transaction.query(Self.statement))
    }

    func parents(in pool: PostgresPool) async throws -> [String: String?] {
        try Self.tree(try await pool.query(Self.statement))
    }

    private static let statement: SQL = """
        select code, parent
        from dispatch.department
        """

    private static func tree(_ rows: QueryResult) throws -> [String: String?] {
        Dictionary(uniqueKeysWithValues: try rows.map { try $0.decode(String.self, String?.self) })
    }
}
