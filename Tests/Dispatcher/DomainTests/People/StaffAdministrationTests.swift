import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

/// People to try the rules on.
enum People {
    static func id(_ number: UInt8) -> ID<Staff> {
        ID(UUID(uuid: (1, 2, 3, 4, 5, 6, 0x70, 8, 0x80, 10, 11, 12, 13, 14, 15, number)))
    }

    static let tree = DepartmentTree(parents: [
        "service": nil, "shanghai": "service", "pudong": "shanghai", "beijing": "service", "rnd": nil,
    ])

    static func actor(_ roles: StaffRole..., of department: String = "shanghai", number: UInt8 = 1) -> Authority {
        Authority(
            person: Person(id: id(number), name: "吴昊"), roles: Set(roles), department: department,
            departments: Set(tree.subtree(of: department)))
    }

    static func staff(
        _ number: UInt8, _ roles: Set<StaffRole> = [.engineer], of department: String = "shanghai",
        isActive: Bool = true
    ) -> StaffProfile {
        StaffProfile(
            id: id(number), login: "s\(number)", name: "周杰", department: department, roles: roles,
            level: roles.contains(.engineer) ? 2 : nil, language: .chinese, phone: nil, email: nil, isActive: isActive,
            version: 3, skills: [])
    }

    static func draft(
        login: String? = "li.ming", department: String? = "shanghai", roles: [String]? = ["engineer"], level: Int? = 1,
        phone: String? = nil, isActive: Bool? = nil
    ) -> StaffDraft {
        StaffDraft(
            login: login, name: "李明", department: department, roles: roles, level: level, language: "zh", phone: phone,
            email: nil, isActive: isActive)
    }

    static let around = StaffAdministration.Surroundings(
        departments: tree.codes, closed: ["beijing"], otherAdministrators: 0)
}

@Suite struct `Taking staff on` {
    private func take(_ draft: StaffDraft, by actor: Authority) throws -> StaffProfile {
        try StaffAdministration.decide(draft, new: People.id(9), around: People.around, by: actor)
    }

    @Test func `is done by an administrator, in his departments and nowhere else`() throws {
        #expect(try take(People.draft(), by: People.actor(.administrator)).version == 1)
        #expect(try take(People.draft(department: "pudong"), by: People.actor(.administrator)).department == "pudong")
        for department in ["service", "rnd"] {
            #expect(throws: PeopleRefusal.otherDepartment) {
                try take(People.draft(department: department), by: People.actor(.administrator))
            }
        }
        #expect(throws: PeopleRefusal.closedDepartment) {
            try take(People.draft(department: "beijing"), by: People.actor(.administrator, of: "service"))
        }
        #expect(throws: PeopleRefusal.unknownDepartment("mars")) {
            try take(People.draft(department: "mars"), by: .operators)
        }
    }

    @Test(arguments: StaffRole.allCases.filter { $0 != .administrator })
    func `is nobody else's business`(role: StaffRole) {
        #expect(throws: PeopleRefusal.roleMissing([.administrator])) {
            try take(People.draft(), by: People.actor(role))
        }
    }

    @Test func `names every field that is wrong`() {
        let error = #expect(throws: InvalidInput.self) {
            try take(
                People.draft(login: "9 lives", roles: ["engineer", "wizard"], level: 4, phone: "call me"),
                by: .operators)
        }
        #expect(error?.faults.map(\.field) == ["/login", "/roles/1", "/level", "/phone"])
    }

    @Test func `gives a level to engineers and to nobody else`() {
        #expect(throws: InvalidInput.self) { try take(People.draft(level: nil), by: .operators) }
        #expect(throws: InvalidInput.self) { try take(People.draft(roles: ["desk"], level: 2), by: .operators) }
    }
}

@Suite struct `Changing staff` {
    private func change(
        _ present: StaffProfile, _ draft: StaffDraft, by actor: Authority, version: Int64 = 3, others: Int = 0
    ) throws -> StaffProfile {
        try StaffAdministration.decide(
            draft, present: present, expectedVersion: version,
            around: .init(departments: People.tree.codes, closed: [], otherAdministrators: others), by: actor)
    }

    @Test func `moves nobody out of or into departments that the administrator does not have`() {
        #expect(throws: PeopleRefusal.otherDepartment) {
            try change(People.staff(5, of: "beijing"), People.draft(login: nil), by: People.actor(.administrator))
        }
        #expect(throws: PeopleRefusal.otherDepartment) {
            try change(
                People.staff(5), People.draft(login: nil, department: "beijing"), by: People.actor(.administrator))
        }
    }

    @Test func `refuses who looked at an older version, and changes nothing`() {
        #expect(throws: PeopleRefusal.stale(version: 3)) {
            try change(People.staff(5), People.draft(login: nil), by: .operators, version: 2)
        }
    }

    @Test func `lets nobody change his own rights, but his telephone`() throws {
        let me = People.staff(1, [.administrator])
        var draft = People.draft(login: nil, roles: ["administrator"], level: nil, phone: "13800138000")
        #expect(try change(me, draft, by: People.actor(.administrator)).phone == "+8613800138000")
        draft.roles = ["administrator", "general-manager"]
        #expect(throws: PeopleRefusal.ownRights) { try change(me, draft, by: People.actor(.administrator), others: 1) }
        draft.roles = ["administrator"]
        draft.isActive = false
        #expect(throws: PeopleRefusal.ownRights) { try change(me, draft, by: People.actor(.administrator), others: 1) }
    }

    @Test func `keeps the last administrator`() throws {
        let last = People.staff(5, [.administrator])
        let draft = People.draft(login: nil, roles: ["desk"], level: nil)
        #expect(throws: PeopleRefusal.lastAdministrator) { try change(last, draft, by: .operators) }
        #expect(try change(last, draft, by: .operators, others: 1).roles == [.desk])
    }

    @Test func `gives skills that exist, at a level from 1 to 5, once each`() throws {
        func set(_ skills: [SkillLevel], by actor: Authority) throws -> StaffProfile {
            try StaffAdministration.decide(
                skills: skills, of: People.staff(5), expectedVersion: 3, known: ["dell"], by: actor)
        }
        let dell = SkillLevel(skill: "dell", level: 5, until: LocalDay("2027-01-31"))
        #expect(try set([dell], by: People.actor(.manager)).version == 4)
        #expect(throws: PeopleRefusal.unknownSkill("haier")) {
            try set([SkillLevel(skill: "haier", level: 1, until: nil)], by: .operators)
        }
        #expect(throws: InvalidInput.self) { try set([dell, dell], by: .operators) }
        #expect(throws: InvalidInput.self) {
            try set([SkillLevel(skill: "dell", level: 6, until: nil)], by: .operators)
        }
        #expect(throws: PeopleRefusal.self) { try set([dell], by: People.actor(.engineer)) }
        #expect(throws: PeopleRefusal.otherDepartment) { try set([dell], by: People.actor(.manager, of: "beijing")) }
    }
}

@Suite struct `Changing departments` {
    private func decide(
        _ code: String, below parent: String?, kind: String = "station", present: Department? = nil,
        isActive: Bool = true,
        staff: Int = 0, closed: Set<String> = [], by actor: Authority
    ) throws -> Department {
        try DepartmentAdministration.decide(
            DepartmentDraft(
                code: code, chineseName: "浦东站", englishName: "Pudong", parent: parent, kind: kind, timeZone: nil,
                phone: nil, address: nil, isActive: isActive), present: present, expectedVersion: present?.version,
            around: .init(tree: People.tree, closed: closed, staff: staff), by: actor)
    }

    private func present(_ code: String, below parent: String?) -> Department {
        Department(
            code: code, name: Phrase(zh: "站", en: "S"), parent: parent, kind: .station, timeZone: nil, phone: nil,
            address: nil, isActive: true, version: 1)
    }

    @Test func `makes them below one's own, at the top only by the operators`() throws {
        let administrator = People.actor(.administrator)
        #expect(try decide("minhang", below: "shanghai", kind: "agent", by: administrator).kind == .agent)
        #expect(throws: PeopleRefusal.otherDepartment) { try decide("minhang", below: "service", by: administrator) }
        #expect(throws: InvalidInput.self) { try decide("minhang", below: nil, by: administrator) }
        #expect(try decide("minhang", below: nil, by: .operators).parent == nil)
        #expect(throws: PeopleRefusal.codeTaken) { try decide("pudong", below: "shanghai", by: administrator) }
    }

    @Test func `lets none stand below itself`() {
        #expect(throws: PeopleRefusal.departmentLoop) {
            try decide("shanghai", below: "pudong", present: present("shanghai", below: "service"), by: .operators)
        }
    }

    @Test func `closes none that is in use`() throws {
        let pudong = present("pudong", below: "shanghai")
        #expect(throws: PeopleRefusal.departmentInUse) {
            try decide("pudong", below: "shanghai", present: pudong, isActive: false, staff: 1, by: .operators)
        }
        #expect(throws: PeopleRefusal.departmentInUse) {
            try decide(
                "shanghai", below: "service", present: present("shanghai", below: "service"), isActive: false,
                by: .operators)
        }
        #expect(try !decide("pudong", below: "shanghai", present: pudong, isActive: false, by: .operators).isActive)
    }

    @Test func `lets a tree grow only as far as a token can hold it`() {
        let many = DepartmentTree(
            parents: Dictionary(uniqueKeysWithValues: (0..<200).map { ("station-\($0)", $0 == 0 ? nil : "station-0") }))
        #expect(!many.fitsToken("station-7"))
        #expect(People.tree.fitsToken("pudong"))
        #expect(many.path(from: "station-7") == ["station-7", "station-0"])
    }
}

@Suite struct `Every refusal` {
    @Test func `says in both languages what is wrong, under a code of its own`() {
        let all: [PeopleRefusal] = [
            .roleMissing([.manager]), .otherDepartment, .stale(version: 2), .loginTaken, .emailTaken, .codeTaken,
            .unknownDepartment("x"), .unknownStaff, .unknownSkill("x"), .unknownShift("x"), .closedDepartment,
            .departmentLoop, .departmentInUse, .treeTooLarge, .ownRights, .lastAdministrator, .ownLeave, .leaveOverlaps,
            .leaveDecided, .leaveStarted, .onLeave, .dutyOverlaps, .dutyOver, .deputyAway, .passwordUnfit(.tooShort),
            .wrongPassword,
        ]
        #expect(Set(all.map(\.code)).count == all.count)
        for refusal in all {
            #expect(refusal.words.zh.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }, "\(refusal)")
            #expect(refusal.words.en.unicodeScalars.allSatisfy { $0.value < 0x2100 }, "\(refusal)")
        }
    }
}
