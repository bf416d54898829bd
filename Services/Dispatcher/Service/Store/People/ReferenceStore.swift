import Contracts
import DispatcherDomain
import Kernel
import Postgres

/// Reads and writes tables skill and territory.
struct ReferenceStore: Sendable {
    /// By code.
    func skills(in transaction: Transaction) async throws -> [Skill] {
        try await transaction.query(
            """
            select code, name_zh, name_en, active
            from dispatch.skill
            order by code
            """
        ).map { row in
            let (code, chinese, english, active) = try row.decode(String.self, String.self, String.self, Bool.self)
            return Skill(code: code, name: Phrase(zh: chinese, en: english), isActive: active)
        }
    }

    func keep(_ skill: Skill, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            insert into dispatch.skill (code, name_zh, name_en, active)
            values (\(skill.code), \(skill.name.zh), \(skill.name.en), \(skill.isActive))
            on conflict (code) do update
            set name_zh = excluded.name_zh,
              name_en = excluded.name_en,
              active = excluded.active
            """)
    }

    /// By code.
    func territories(in transaction: Transaction) async throws -> [Territory] {
        try await transaction.query(
            """
            select code, name_zh, name_en, regions, places, departments, active
            from dispatch.territory
            order by code
            """
        ).map { row in
            let (code, chinese, english, regions, places, departments, active) = try row.decode(
                String.self, String.self, String.self, [String].self, [String].self, [String].self, Bool.self)
            return Territory(
                code: code, name: Phrase(zh: chinese, en: english), regions: regions, places: places,
                departments: departments, isActive: active)
        }
    }

    func keep(_ territory: Territory, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            insert into dispatch.territory (code, name_zh, name_en, regions, places, departments, active)
            values (
              \(territory.code), \(territory.name.zh), \(territory.name.en), \(territory.regions),
              \(territory.places), \(territory.departments), \(territory.isActive))
            on conflict (code) do update
            set name_zh = excluded.name_zh,
              name_en = excluded.name_en,
              regions = excluded.regions,
              places = excluded.places,
              departments = excluded.departments,
              active = excluded.active
            """)
    }
}
