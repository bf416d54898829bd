import Contracts
public import Foundation
public import Kernel

/// Whom to send: engineers in the order in which they fit, each with the reasons, and those who cannot come, each with his.
public struct Suggestion: Hashable, Sendable {
    /// What a job asks of whoever comes.
    public struct Job: Hashable, Sendable {
        public let role: RoleReference
        public let department: String
        public let skills: [JobNeed.SkillNeed]
        /// Seconds on site.
        public let length: TimeInterval
        /// The department that serves the place, in the order of choice; empty when no territory says.
        public let territory: [String]
        /// Departments that may do it; nil: no matter which.
        public let authorised: Set<String>?
        /// The customer can be visited then; nil: at any time.
        public let access: Span?
        public let time: Date

        public init(
            role: RoleReference, department: String, skills: [JobNeed.SkillNeed], length: TimeInterval,
            territory: [String], authorised: Set<String>?, access: Span?, time: Date
        ) {
            self.role = role
            self.department = department
            self.skills = skills
            self.length = length
            self.territory = territory
            self.authorised = authorised
            self.access = access
            self.time = time
        }
    }

    public struct Reason: Hashable, Sendable {
        /// For programs.
        public let code: String
        public let words: Phrase
    }

    public struct Candidate: Hashable, Sendable {
        public let engineer: Engineer
        /// When he could be there; nil when not within the days that were looked at.
        public let freeAt: Date?
        public let reasons: [Reason]
    }

    public let fitting: [Candidate]
    public let unfit: [Candidate]

    /// Seconds for the way there, and as long for the way back.
    public static let travel: TimeInterval = 1800
    /// Days that are looked at.
    public static let horizon: TimeInterval = 7 * 86_400
    /// Whoever said no is not suggested again for so long; a person may still name him.
    public static let coolDown: TimeInterval = 86_400

    /// Best first: who serves the place, then whose department has the job, who can come soonest (by the hour), who has the
    /// least to do, who accepted least lately; of equal ones by name, so that the same question has the same answer.
    public static func make(_ job: Job, among engineers: [Engineer]) -> Suggestion {
        var (fitting, unfit): ([(key: [Double], candidate: Candidate)], [Candidate]) = ([], [])
        let start = max(job.time, job.access?.start ?? job.time)
        let end = job.access?.end ?? start.addingTimeInterval(horizon)
        for engineer in engineers {
            let against = obstacles(job, engineer)
            let free = engineer.free(for: job.length + 2 * travel, from: start, until: end)
                .map { $0.addingTimeInterval(travel) }
            guard against.isEmpty, let free else {
                let reasons = against.isEmpty ? [noTime(engineer, job, until: end)] : against
                unfit.append(Candidate(engineer: engineer, freeAt: free, reasons: reasons))
                continue
            }
            let (place, reasons) = merits(job, engineer, free)
            let hours = (free.timeIntervalSince(start) / 3600).rounded(.down)
            fitting.append(
                (
                    [Double(place), hours, load(engineer), Double(engineer.acceptedLately), surplus(job, engineer)],
                    Candidate(engineer: engineer, freeAt: free, reasons: reasons)
                ))
        }
        fitting.sort { one, other in
            for (left, right) in zip(one.key, other.key) where left != right { return left < right }
            let (left, right) = (one.candidate.engineer.person, other.candidate.engineer.person)
            return (left.name, left.id.description) < (right.name, right.id.description)
        }
        unfit.sort {
            ($0.engineer.person.name, $0.engineer.person.id.description) < (
                $1.engineer.person.name, $1.engineer.person.id.description
            )
        }
        return Suggestion(fitting: fitting.map(\.candidate), unfit: unfit)
    }

    /// What he has to do, as a share of what he may have.
    private static func load(_ engineer: Engineer) -> Double {
        engineer.limits?.open.map { Double(engineer.open) / Double(max($0, 1)) } ?? Double(engineer.open) / 10
    }

    /// Levels above what is needed: the master is kept for what only he can do.
    private static func surplus(_ job: Job, _ engineer: Engineer) -> Double {
        Double(job.skills.map { max(0, (engineer.skills[$0.skill] ?? 0) - $0.level) }.reduce(0, +) + engineer.level)
    }

    private static func merits(_ job: Job, _ engineer: Engineer, _ free: Date) -> (place: Int, reasons: [Reason]) {
        var reasons: [Reason] = []
        var place = job.territory.count
        if let rank = job.territory.firstIndex(of: engineer.department) {
            place = rank
            reasons.append(
                Reason(
                    code: "territory",
                    words: Phrase(zh: "负责该区域（第\(rank + 1)顺位）", en: "serves the place (choice \(rank + 1))")))
        } else if engineer.department == job.department {
            reasons.append(
                Reason(code: "department", words: Phrase(zh: "本部门", en: "of the department that has the job")))
        } else {
            place += 1
        }
        for need in job.skills {
            let level = engineer.skills[need.skill] ?? 0
            reasons.append(
                Reason(
                    code: "skill",
                    words: Phrase(
                        zh: "技能 \(need.skill) \(level)级，需要\(need.level)级",
                        en: "skill \(need.skill) at level \(level), \(need.level) is needed")))
        }
        reasons.append(Reason(code: "free", words: freeWords(free, job.time, engineer.zone)))
        let limit = engineer.limits?.open
        reasons.append(
            Reason(
                code: "load",
                words: Phrase(
                    zh: "手上\(engineer.open)张单" + (limit.map { "，上限\($0)张" } ?? ""),
                    en: "has \(engineer.open) jobs" + (limit.map { " of at most \($0)" } ?? ""))))
        return (place, reasons)
    }

    private static func freeWords(_ free: Date, _ now: Date, _ zone: TimeZone) -> Phrase {
        if free.timeIntervalSince(now) <= 2 * travel { return Phrase(zh: "现在就能出发", en: "can set off now") }
        guard let day = LocalDay(free, in: zone) else { return Phrase(zh: "稍后有空", en: "is free later") }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let clock = String(
            format: "%02d:%02d", calendar.component(.hour, from: free), calendar.component(.minute, from: free))
        return Phrase(zh: "\(day.text) \(clock) 能到", en: "can be there on \(day.text) at \(clock)")
    }

    private static func noTime(_ engineer: Engineer, _ job: Job, until end: Date) -> Reason {
        if job.access != nil {
            return Reason(
                code: "no-time",
                words: Phrase(zh: "客户方便的时间里没有足够的空档", en: "has no gap long enough while the customer can be visited"))
        }
        return Reason(
            code: "no-time", words: Phrase(zh: "七天内没有足够的空档", en: "has no gap long enough within seven days"))
    }
}
