import DispatcherDomain
import Kernel
import Postgres

/// Reads and writes table job_need.
enum JobNeedStore {
    /// By code.
    static let all: SQL = """
        select code, kinds, models, skills, skill_levels, minutes, warranty_organisations, active
        from dispatch.job_need
        order by code
        """

    static func need(_ row: Row) throws -> JobNeed {
        let (code, kinds, models, skills, levels, minutes, organisations, active) = try row.decode(
            String.self, [String].self, [String].self, [String].self, [Int64].self, Int32.self, [String].self, Bool.self
        )
        return JobNeed(
            code: code, kinds: kinds, models: models,
            skills: zip(skills, levels).map { JobNeed.SkillNeed(skill: $0, level: Int($1)) }, minutes: Int(minutes),
            warrantyOrganisations: organisations, isActive: active)
    }

    static func keep(_ need: JobNeed) -> SQL {
        """
        insert into dispatch.job_need (
          code, kinds, models, skills, skill_levels, minutes, warranty_organisations, active)
        values (
          \(need.code), \(need.kinds), \(need.models), \(need.skills.map(\.skill)),
          \(need.skills.map { Int64($0.level) }), \(need.minutes), \(need.warrantyOrganisations), \(need.isActive))
        on conflict (code) do update
        set kinds = excluded.kinds,
          models = excluded.models,
          skills = excluded.skills,
          skill_levels = excluded.skill_levels,
          minutes = excluded.minutes,
          warranty_organisations = excluded.warranty_organisations,
          active = excluded.active
        """
    }
}
