import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `Whom to send` {
    /// 2027-01-15 16:00 in Shanghai.
    static let now = Date(timeIntervalSince1970: 1_800_000_000)
    static let shanghai = TimeZone(identifier: "Asia/Shanghai")!

    static func engineer(
        _ name: String, department: String = "home", level: Int = 1, skills: [String: Int] = ["dell": 3],
        planned: [Span]? = nil, leaves: [Span] = [], visits: [Span] = [], open: Int = 0, lately: Int = 0,
        limits: EngineerLimits? = nil, refusedAt: Date? = nil, roles: Set<String> = ["engineer"]
    ) -> Engineer {
        Engineer(
            person: Cast.person(name), roles: roles, level: level, department: department, zone: shanghai,
            skills: skills, planned: planned, leaves: leaves, visits: visits, open: open, acceptedLately: lately,
            limits: limits, refusedAt: refusedAt)
    }

    static func job(
        skills: [JobNeed.SkillNeed] = [JobNeed.SkillNeed(skill: "dell", level: 2)], hours: Double = 1,
        territory: [String] = [], authorised: Set<String>? = nil, access: Span? = nil, level: Int = 1
    ) -> Suggestion.Job {
        Suggestion.Job(
            role: RoleReference("engineer", level: level), department: "home", skills: skills, length: hours * 3600,
            territory: territory, authorised: authorised, access: access, time: now)
    }

    static func span(_ from: Double, _ until: Double) -> Span { Span(now + from * 3600, now + until * 3600)! }

    static func order(_ job: Suggestion.Job, _ all: [Engineer]) -> [String] {
        Suggestion.make(job, among: all).fitting.map(\.engineer.person.name)
    }

    static func against(_ job: Suggestion.Job, _ engineer: Engineer) -> [String] {
        Suggestion.make(job, among: [engineer]).unfit.flatMap { $0.reasons.map(\.code) }
    }

    @Test func `is led by who serves the place, then by who comes soonest, has the least to do and took least lately`()
    {
        let all = [
            Self.engineer("远", department: "far"), Self.engineer("忙", open: 5), Self.engineer("勤", lately: 3),
            Self.engineer("晚", visits: [Self.span(0, 5)]), Self.engineer("师", skills: ["dell": 5], open: 0),
            Self.engineer("新", skills: ["dell": 2]), Self.engineer("站", department: "station"),
        ]
        #expect(
            Self.order(Self.job(territory: ["station", "home"]), all) == ["站", "新", "师", "勤", "忙", "晚", "远"])
        #expect(Self.order(Self.job(territory: ["station", "home"]), all.reversed()).first == "站")
    }

    @Test func `is first one's own department, where no territory says who serves the place`() {
        let all = [Self.engineer("他", department: "far"), Self.engineer("己", open: 3)]
        #expect(Self.order(Self.job(), all) == ["己", "他"])
        let reasons = Suggestion.make(Self.job(), among: all).fitting.map { $0.reasons.map(\.code) }
        #expect(reasons[0].contains("department") && !reasons[1].contains("department"))
    }

    @Test func `is nobody who cannot do it, with the reason`() {
        let job = Self.job(authorised: ["home"], level: 2)
        #expect(Self.against(job, Self.engineer("甲", level: 2)) == [])
        #expect(Self.against(job, Self.engineer("甲")) == ["role"])
        #expect(Self.against(job, Self.engineer("甲", level: 2, roles: ["desk"])) == ["role"])
        #expect(Self.against(job, Self.engineer("甲", department: "far", level: 2)) == ["warranty-organisation"])
        #expect(Self.against(job, Self.engineer("甲", level: 2, skills: ["dell": 1])) == ["skill-missing"])
        #expect(Self.against(job, Self.engineer("甲", level: 2, skills: [:])) == ["skill-missing"])
        let full = EngineerLimits(open: 2, hourly: nil)
        #expect(Self.against(job, Self.engineer("甲", level: 2, open: 2, limits: full)) == ["at-capacity"])
        #expect(Self.against(job, Self.engineer("甲", level: 2, refusedAt: Self.now - 86_399)) == ["refused"])
        #expect(Self.against(job, Self.engineer("甲", level: 2, refusedAt: Self.now - 86_400)) == [])
    }

    /// The whole visit and both ways must fit into one piece of his time.
    @Test func `has the whole visit's time: shift, leave, other visits and the customer's hours`() {
        let shift = Self.engineer("甲", planned: [Self.span(1, 4)])
        let suggestion = Suggestion.make(Self.job(hours: 2), among: [shift])
        #expect(suggestion.fitting.first?.freeAt == Self.now + 5400)
        #expect(Self.against(Self.job(hours: 2.1), shift) == ["no-time"])
        #expect(
            Self.against(Self.job(hours: 2), Self.engineer("甲", planned: [Self.span(1, 4)], leaves: [Self.span(3, 9)]))
                == ["no-time"])
        #expect(
            Self.against(
                Self.job(hours: 1), Self.engineer("甲", planned: [Self.span(0, 4)], visits: [Self.span(1.9, 2.1)])) == [
                    "no-time"
                ])
        #expect(Self.against(Self.job(hours: 1, access: Self.span(24, 25.9)), Self.engineer("甲")) == ["no-time"])
        #expect(
            Suggestion.make(Self.job(hours: 1, access: Self.span(24, 26)), among: [Self.engineer("甲")])
                .fitting.first?.freeAt == Self.now + 24.5 * 3600)
        #expect(Self.against(Self.job(), Self.engineer("甲", leaves: [Self.span(-1, 200)])) == ["no-time"])
    }

    @Test func `is told with reasons in both languages`() {
        let late = Self.engineer(
            "甲", planned: [Self.span(16, 24)], open: 2, limits: EngineerLimits(open: 4, hourly: nil))
        let reasons = Suggestion.make(Self.job(territory: ["home"]), among: [late]).fitting[0].reasons
        #expect(reasons.map(\.code) == ["territory", "skill", "free", "load"])
        #expect(reasons[2].words == Phrase(zh: "2027-01-16 08:30 能到", en: "can be there on 2027-01-16 at 08:30"))
        #expect(reasons[3].words == Phrase(zh: "手上2张单，上限4张", en: "has 2 jobs of at most 4"))
    }

    @Test func `is asked what jobs of the model and the kind need`() {
        func need(_ code: String, _ kinds: [String], _ models: [String], active: Bool = true) -> JobNeed {
            JobNeed(
                code: code, kinds: kinds, models: models, skills: [], minutes: 60, warrantyOrganisations: [],
                isActive: active)
        }
        let all = [
            need("any", [], []), need("repair", ["repair"], []), need("dell", [], ["Dell"]),
            need("xps", ["repair"], ["dell xps"]), need("off", [], ["dell xps 13"], active: false),
        ]
        func chosen(_ kind: String?, _ model: String?) -> String? {
            JobNeed.of(kind: kind, model: model, among: all)?.code
        }
        #expect(chosen("repair", "Dell XPS 13") == "xps")
        #expect(chosen("visit", "DELL XPS 13") == "dell")
        #expect(chosen("repair", "HP") == "repair")
        #expect(chosen(nil, nil) == "any")
        #expect(JobNeed.of(kind: "repair", model: nil, among: []) == nil)
    }

    @Test func `may be reached in his shift and not on leave`() {
        #expect(Self.engineer("甲").isReachable(at: Self.now))
        #expect(!Self.engineer("甲", planned: []).isReachable(at: Self.now))
        #expect(Self.engineer("甲", planned: [Self.span(-1, 1)]).isReachable(at: Self.now))
        #expect(!Self.engineer("甲", planned: [Self.span(-1, 1)], leaves: [Self.span(-1, 3)]).isReachable(at: Self.now))
        let away = Self.engineer("甲", planned: [Self.span(-1, 1), Self.span(23, 31)], leaves: [Self.span(-1, 24)])
        #expect(away.presentAgain(after: Self.now) == Self.now + 24 * 3600)
        #expect(Self.engineer("甲", leaves: [Self.span(-1, 3)]).presentAgain(after: Self.now) == Self.now + 3 * 3600)
    }
}
