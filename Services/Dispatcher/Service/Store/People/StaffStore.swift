import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables staff and staff_skill.
struct StaffStore: Sendable {
    /// What a list of staff is narrowed to; nil: not by this.
    struct Filter: Sendable {
        var departments: [String] = []
        var role: String?
        var skill: String?
        /// The least level of the skill.
        var level = 1
        var isActive: Bool?
        /// Stands in the name or in the login.
        var words: String?
        /// The login that the page before ended with.
        var after = ""
        var limit = 50
    }

    func find(_ id: ID<Staff>, in transaction: Transaction) async throws -> StaffProfile? {
        try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from dispatch.staff s
            where s.id = \(id.value)
            """
        ).first.map(Self.profile)
    }

    func find(login: String, in transaction: Transaction) async throws -> StaffProfile? {
        try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from dispatch.staff s
            where s.login = \(login)
            """
        ).first.map(Self.profile)
    }

    /// By login.
    func list(_ filter: Filter, in transaction: Transaction) async throws -> [StaffProfile] {
        try await transaction.query(
            """
            select \(unescaped: Self.columns)
            from dispatch.staff s
            where s.department = any(\(filter.departments)::text[])
              and (\(filter.role)::text is null or \(filter.role)::text = any(s.roles))
              and (\(filter.skill)::text is null or exists (
                select from dispatch.staff_skill k
                where k.staff = s.id
                  and k.skill = \(filter.skill)::text
                  and k.level >= \(filter.level)::bigint))
              and (\(filter.isActive)::boolean is null or s.active = \(filter.isActive)::boolean)
              and (\(filter.words)::text is null
                or position(lower(\(filter.words)::text) in lower(s.name)) > 0
                or position(lower(\(filter.words)::text) in s.login) > 0)
              and s.login > \(filter.after)
            order by s.login
            limit \(filter.limit)
            """
        ).map(Self.profile)
    }

    /// Active administrators other than `id`, in the caller's sight.
    func otherAdministrators(than id: ID<Staff>, in transaction: Transaction) async throws -> Int {
        try await transaction.query(
            """
            select count(*)
            from dispatch.staff
            where active
              and 'administrator' = any(roles)
              and id <> \(id.value)
            """)[0].decode(Int.self)
    }

    /// - Throws: ``PeopleRefusal`` when login or e-mail is somebody else's.
    func insert(_ profile: StaffProfile, in transaction: Transaction) async throws {
        try await Self.naming {
            try await transaction.query(
                """
                insert into dispatch.staff (
                  id, login, name, department, roles, level, language, phone, email, active, version)
                values (
                  \(profile.id.value), \(profile.login), \(profile.name), \(profile.department),
                  \(profile.roles.map(\.rawValue).sorted()), \(profile.level)::bigint, \(profile.language.rawValue),
                  \(profile.phone), \(profile.email), \(profile.isActive), \(profile.version))
                """)
        }
    }

    /// - Returns: false when he is not at the version before, or not the caller's to change.
    func update(_ profile: StaffProfile, in transaction: Transaction) async throws -> Bool {
        try await Self.naming {
            try await transaction.query(
                """
                update dispatch.staff
                set name = \(profile.name),
                  department = \(profile.department),
                  roles = \(profile.roles.map(\.rawValue).sorted()),
                  level = \(profile.level)::bigint,
                  language = \(profile.language.rawValue),
                  phone = \(profile.phone),
                  email = \(profile.email),
                  active = \(profile.isActive),
                  version = \(profile.version),
                  changed_at = now()
                where id = \(profile.id.value)
                  and version = \(profile.version - 1)
                """
            ).affected == 1
        }
    }

    func replaceSkills(of profile: StaffProfile, in transaction: Transaction) async throws {
        try await transaction.pipeline([
            """
            delete from dispatch.staff_skill
            where staff = \(profile.id.value)
            """,
            """
            insert into dispatch.staff_skill (staff, skill, level, until)
            select \(profile.id.value)::uuid, skill, level, until::date
            from unnest(
              \(profile.skills.map(\.skill))::text[], \(profile.skills.map(\.level))::bigint[],
              \(profile.skills.map { $0.until?.text })::text[]
            ) as t (skill, level, until)
            """,
        ])
    }

    static let columns = """
        s.id, s.login, s.name, s.department, s.roles, s.level, s.language, s.phone, s.email, s.active, s.version, (
          select coalesce(jsonb_agg(jsonb_build_object('skill', k.skill, 'level', k.level, 'until', k.until)
            order by k.skill), '[]')
          from dispatch.staff_skill k
          where k.staff = s.id)
        """

    private struct SkillRow: Decodable {
        let skill: String
        let level: Int
        let until: String?
    }

    static func profile(_ row: Row) throws -> StaffProfile {
        let (
            id, login, name, department, roles, level, language, phone, email, active, version, skills
        ) = try row.decode(
            UUID.self, String.self, String.self, String.self, [String].self, Int?.self, String.self, String?.self,
            String?.self, Bool.self, Int64.self, JSON.self)
        let known = try WireJSON.decode([SkillRow].self, from: skills.bytes)
        return StaffProfile(
            id: ID(id), login: login, name: name, department: department,
            roles: Set(roles.compactMap(StaffRole.init(rawValue:))), level: level,
            language: Language(rawValue: language) ?? .chinese, phone: phone, email: email, isActive: active,
            version: version,
            skills: known.map { SkillLevel(skill: $0.skill, level: $0.level, until: $0.until.flatMap { LocalDay($0) }) }
        )
    }

    /// A constraint's refusal as the rule that it stands for.
    @discardableResult
    private static func naming<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let error as PostgresError where error.kind == .uniqueViolation {
            throw error.constraint == "staff_email" ? PeopleRefusal.emailTaken : PeopleRefusal.loginTaken
        }
    }
}
