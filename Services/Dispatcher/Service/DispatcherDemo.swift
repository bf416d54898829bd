import Foundation
import Kernel
public import Postgres

/// Departments and staff to try the suite with.
public enum DispatcherDemo {
    /// Who can sign in after ``fill(_:)``, with a password from ``StaffPasswords``.
    public static let logins = staff.map(\.login)

    /// Fills them in; what is there already stays as it is.
    ///
    /// - Parameter pool: of the dispatcher's database, as `dispatch_run`.
    public static func fill(_ pool: PostgresPool) async throws {
        try await DemoStore().fill(departments: departments, staff: staff, in: pool)
    }

    /// A department above stands before those below.
    static let departments = [
        DemoStore.Department(code: "service", chinese: "客户服务中心", english: "Customer service", parent: nil),
        DemoStore.Department(code: "shanghai", chinese: "上海服务站", english: "Shanghai station", parent: "service"),
        DemoStore.Department(code: "beijing", chinese: "北京服务站", english: "Beijing station", parent: "service"),
        DemoStore.Department(code: "rnd", chinese: "研发部", english: "Research and development", parent: nil),
    ]

    static let staff = [
        member("desk", "赵敏", "service", ["desk"]),
        member("engineer", "王磊", "service", ["engineer"]),
        member("engineer2", "李强", "service", ["engineer"]),
        member("manager", "陈静", "service", ["manager", "desk"]),
        member("shanghai", "周杰", "shanghai", ["engineer"]),
        member("beijing", "孙丽", "beijing", ["engineer"]),
        member("developer", "Alex Kim", "rnd", ["engineer"], language: "en"),
        member("admin", "吴昊", "service", ["administrator", "desk", "manager"]),
    ]

    private static func member(
        _ login: String, _ name: String, _ department: String, _ roles: [String], language: String = "zh"
    ) -> DemoStore.Member {
        DemoStore.Member(
            id: ID(UUID(namespace: namespace, name: login)), login: login, name: name, department: department,
            roles: roles,
            language: language)
    }

    /// Made once, so that the demo's people have the same ids everywhere.
    private static let namespace = UUID(
        uuid: (0x5F, 0x1B, 0x8E, 0x57, 0x2C, 0x0D, 0x4A, 0x66, 0x9D, 0x31, 0x7A, 0xE4, 0x0B, 0x92, 0xC8, 0x13))
}
