import Kernel

/// The rules by which territories, skills and shifts are kept: lists that plans and profiles choose from.
public enum ReferenceData {
    public static func territory(
        _ code: String, chineseName: String?, englishName: String?, regions: [String], places: [String],
        departments: [String], isActive: Bool, known: DepartmentTree, by actor: Authority
    ) throws -> Territory {
        guard actor.may(.administer) else { throw PeopleRefusal.roleMissing(PeopleAct.administer.roles) }
        var reader = DraftReader()
        let code = reader.code(code, "/code")
        let name = Phrase(
            zh: reader.text(chineseName, "/name/zh", limit: 80), en: reader.text(englishName, "/name/en", limit: 80))
        for (field, values) in [("/regions", regions), ("/places", places), ("/departments", departments)]
        where values.count > 500 { reader.fault(field, "tooLong", "At most 500.") }
        for (place, region) in regions.prefix(500).enumerated()
        where ![2, 4, 6].contains(region.utf8.count) || !region.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            reader.fault("/regions/\(place)", "malformed", "A division code of 2, 4 or 6 digits.")
        }
        let names = places.prefix(500).enumerated().map { reader.text($1, "/places/\($0)", limit: 40) }
        try reader.check()
        for department in departments {
            guard known.codes.contains(department) else { throw PeopleRefusal.unknownDepartment(department) }
            guard actor.reaches(department) else { throw PeopleRefusal.otherDepartment }
        }
        return Territory(
            code: code, name: name, regions: regions, places: names, departments: departments, isActive: isActive)
    }

    public static func skill(
        _ code: String, chineseName: String?, englishName: String?, isActive: Bool, by actor: Authority
    ) throws -> Skill {
        guard actor.may(.administer) else { throw PeopleRefusal.roleMissing(PeopleAct.administer.roles) }
        var reader = DraftReader()
        let skill = Skill(
            code: reader.code(code, "/code"),
            name: Phrase(
                zh: reader.text(chineseName, "/name/zh", limit: 80),
                en: reader.text(englishName, "/name/en", limit: 80)), isActive: isActive)
        try reader.check()
        return skill
    }

    public static func shift(
        _ code: String, department: String?, chineseName: String?, englishName: String?, hours: String?, isActive: Bool,
        known: DepartmentTree, by actor: Authority
    ) throws -> Shift {
        guard actor.may(.plan) else { throw PeopleRefusal.roleMissing(PeopleAct.plan.roles) }
        var reader = DraftReader()
        let code = reader.code(code, "/code")
        let department = reader.code(department, "/department")
        let name = Phrase(
            zh: reader.text(chineseName, "/name/zh", limit: 80), en: reader.text(englishName, "/name/en", limit: 80))
        let hours = reader.text(hours, "/hours", limit: 100)
        let read = ShiftHours(hours)
        if read == nil, !hours.isEmpty {
            reader.fault(
                "/hours", "malformed", "Hours such as 08:30-12:00 13:30-17:30; 22:00-06:00 goes over midnight.")
        }
        try reader.check()
        // It is there, or the check has thrown.
        guard let read else { throw InvalidInput([]) }
        guard known.codes.contains(department) else { throw PeopleRefusal.unknownDepartment(department) }
        guard actor.reaches(department) else { throw PeopleRefusal.otherDepartment }
        return Shift(code: code, department: department, name: name, hours: read, isActive: isActive)
    }
}
