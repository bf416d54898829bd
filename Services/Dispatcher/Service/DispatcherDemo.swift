import DispatcherDomain
import Foundation
import Kernel
import Messaging
public import Postgres

/// Departments and staff to try the suite with.
public enum DispatcherDemo {
    /// Who can sign in after ``fill(_:)``, with a password from ``StaffPasswords``.
    public static let logins = staff.compactMap(\.draft.login)

    /// Fills them in as the operators' tool would; what is there already stays as it is.
    ///
    /// - Parameter pool: of the dispatcher's database, as `dispatch_run`.
    public static func fill(_ pool: PostgresPool) async throws {
        let desk = PeopleDesk(pool: pool, outbox: Outbox(schema: DispatcherService.schema, relay: nil))
        let administerDepartments = AdministerDepartments(desk: desk)
        let there = Set(try await administerDepartments.list(for: .operators).map(\.code))
        for department in departments where !there.contains(department.code) {
            _ = try await administerDepartments.make(department, for: .operators)
        }
        let administerStaff = AdministerStaff(desk: desk)
        for member in staff {
            guard try await administerStaff.find(member.id, for: .operators) == nil else { continue }
            _ = try await administerStaff.takeOn(member.draft, id: member.id, for: .operators)
        }
    }

    /// A department above stands before those below.
    static let departments = [
        department("service", "客户服务中心", "Customer service", nil),
        department("shanghai", "上海服务站", "Shanghai station", "service", "station"),
        department("beijing", "北京服务站", "Beijing station", "service", "agent"),
        department("rnd", "研发部", "Research and development", nil),
    ]

    static let staff = [
        member("desk", "赵敏", "service", ["desk"]),
        member("dispatcher", "何静", "service", ["dispatcher"]),
        member("engineer", "王磊", "service", ["engineer"], level: 1),
        member("engineer2", "李强", "service", ["engineer"], level: 2),
        member("manager", "陈静", "service", ["manager", "desk"]),
        member("supervisor", "林芳", "service", ["supervisor"]),
        member("quality", "高远", "service", ["quality"]),
        member("warehouse", "马超", "service", ["warehouse"]),
        member("finance", "郑洁", "service", ["finance"]),
        member("director", "黄总", "service", ["general-manager"]),
        member("shanghai", "周杰", "shanghai", ["engineer"], level: 1),
        member("shanghai-station", "徐蕾", "shanghai", ["station"]),
        member("beijing", "孙丽", "beijing", ["engineer"], level: 1),
        member("developer", "Alex Kim", "rnd", ["engineer", "rnd"], level: 3, language: "en"),
        member("admin", "吴昊", "service", ["administrator", "desk", "manager"]),
    ]

    struct Member: Sendable {
        let id: ID<Staff>
        let draft: StaffDraft
    }

    private static func department(
        _ code: String, _ chinese: String, _ english: String, _ parent: String?, _ kind: String = "department"
    ) -> DepartmentDraft {
        DepartmentDraft(
            code: code, chineseName: chinese, englishName: english, parent: parent, kind: kind, timeZone: nil,
            phone: nil, address: nil, isActive: nil)
    }

    private static func member(
        _ login: String, _ name: String, _ department: String, _ roles: [String], level: Int? = nil,
        language: String = "zh"
    ) -> Member {
        Member(
            id: ID(UUID(namespace: namespace, name: login)),
            draft: StaffDraft(
                login: login, name: name, department: department, roles: roles, level: level, language: language,
                phone: nil, email: nil, isActive: nil))
    }

    /// Made once, so that the demo's people have the same ids everywhere.
    private static let namespace = UUID(
        uuid: (0x5F, 0x1B, 0x8E, 0x57, 0x2C, 0x0D, 0x4A, 0x66, 0x9D, 0x31, 0x7A, 0xE4, 0x0B, 0x92, 0xC8, 0x13))
}
