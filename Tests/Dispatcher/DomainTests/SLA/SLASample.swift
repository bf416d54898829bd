import BusinessTime
import DispatcherDomain
import Foundation

/// China's office hours of 2026, a policy by level and severity, and one piece of work on Monday, 2 March, 11:00.
enum SLASample {
    /// A source of chance that gives the same every time: SplitMix64.
    struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }
    }

    static func hours(_ texts: String...) -> [OpenInterval] {
        texts.map { text in
            guard let interval = OpenInterval(text) else { preconditionFailure("no hours: \(text)") }
            return interval
        }
    }

    /// In Shanghai: `03-02 11:00`, of 2026.
    static func at(_ text: String) -> Date {
        do {
            return try Date("2026-\(text.replacing(" ", with: "T")):00+08:00", strategy: .iso8601)
        } catch {
            preconditionFailure("no time: \(text)")
        }
    }

    static func time(
        version: Int, _ hours: [OpenInterval] = hours("09:00-12:00", "13:30-18:00"), key: String = "cn",
        beyond: WorkCalendar.BeyondCoverage = .refuse
    ) -> WorkingTime {
        let days: [Weekday] = [.monday, .tuesday, .wednesday, .thursday, .friday]
        do {
            return try WorkingTime(
                WorkCalendar(
                    key: key, version: version, title: ["zh": "总部", "en": "Head office"], timeZone: "Asia/Shanghai",
                    weekly: Dictionary(uniqueKeysWithValues: days.map { ($0, hours) }), covers: .years([2026]),
                    beyond: beyond))
        } catch {
            preconditionFailure("\(error)")
        }
    }

    static let reminders: [SLATarget.Threshold] = [
        .init(at: .percent(75), actions: [.remind(["owner"])]), .init(at: .before(30), actions: [.remind(["manager"])]),
        .init(at: .due, actions: [.nextLevel]), .init(at: .after(60), actions: [.process("return-to-desk")]),
    ]

    static func policy(_ version: Int, solution: SLALimit, firstResponse: Int = 60) -> SLAPolicy {
        SLAPolicy(
            key: "standard", version: version, title: ["zh": "标准服务", "en": "Standard service"],
            rows: [
                .init(
                    levels: ["vip"], severities: ["critical"],
                    targets: [
                        SLATarget(.firstResponse, within: SLALimit(15, .minutes), calendar: "wall-clock"),
                        SLATarget(.solution, within: SLALimit(2, .hours), calendar: "cn", thresholds: reminders),
                    ]),
                .init(
                    kinds: ["project"],
                    targets: [
                        SLATarget(.solution, within: SLALimit(7, .workingDays), calendar: "cn", thresholds: reminders)
                    ]),
                .init(
                    kinds: ["first-visit"],
                    targets: [SLATarget(.solution, within: SLALimit(7, .days), calendar: "cn", thresholds: reminders)]),
                .init(targets: [
                    SLATarget(.firstResponse, within: SLALimit(firstResponse, .minutes), calendar: "cn"),
                    SLATarget(.nextResponse, within: SLALimit(2, .hours), calendar: "cn", thresholds: reminders),
                    SLATarget(.update, within: SLALimit(8, .hours), calendar: "cn"),
                    SLATarget(.solution, within: solution, calendar: "cn", thresholds: reminders),
                    SLATarget(
                        .acceptance, within: SLALimit(5, .minutes), calendar: "wall-clock",
                        thresholds: [.init(at: .due, actions: [.process("return-to-desk")])]),
                    SLATarget(
                        .arrival, within: SLALimit(15, .minutes), calendar: "wall-clock",
                        thresholds: [.init(at: .before(30), actions: [.remind(["owner"])])]),
                    SLATarget(.step("diagnose"), within: SLALimit(1, .hours), calendar: "cn"),
                    SLATarget(.group("*"), within: SLALimit(4, .hours), calendar: "cn"),
                ]),
            ])
    }

    static let book = SLABook(
        policies: [
            policy(1, solution: SLALimit(8, .hours)), policy(2, solution: SLALimit(4, .hours), firstResponse: 30),
            policy(3, solution: SLALimit(2, .workingDays)), policy(4, solution: SLALimit(3, .days)),
        ],
        calendars: [
            time(version: 1), time(version: 2, hours("08:00-20:00")), time(version: 3, hours("22:00-06:00")),
            time(version: 4, beyond: .flag),
            time(version: 5, hours("09:00-12:00")),
        ])

    static let pausing = PausingSteps(["waiting-for-part": ["part", "customer"], "put-aside": []])
    static let ordinary = Classification(level: "normal", severity: "normal", kind: "repair")
    static let critical = Classification(level: "vip", severity: "critical", kind: "repair")

    static func opening(
        _ work: Classification = ordinary, policy: Int = 1, calendar: Int = 1, at text: String = "03-02 11:00"
    ) -> ClockEvent {
        ClockEvent(
            .opened(
                as: work, policy: PolicyRef(key: "standard", version: policy),
                calendars: [CalendarRef(key: "cn", version: calendar)]), at: at(text))
    }

    /// The clocks after some events: `("03-02 12:00", .staffSpoke)`.
    static func clocks(_ events: [(String, ClockFact)]) throws -> WorkClocks { try clocks(opening(), events) }

    static func clocks(_ opening: ClockEvent, _ events: [(String, ClockFact)]) throws -> WorkClocks {
        let all = [opening] + events.map { ClockEvent($0.1, at: at($0.0)) }
        guard let clocks = try WorkClocks.fold(all, by: book) else { preconditionFailure("no opening") }
        return clocks
    }

    /// Any history, in order, of `count` events behind the opening; events that cannot be are among them.
    static func anyHistory(_ generator: inout Generator, count: Int) -> [ClockEvent] {
        var now = at("03-02 07:00") + Double(Int.random(in: 0...600_000, using: &generator))
        let works = [ordinary, critical, Classification(level: "normal", severity: "low", kind: "project")]
        func pick<Element>(_ list: [Element]) -> Element {
            guard let one = list.randomElement(using: &generator) else { preconditionFailure("empty list") }
            return one
        }
        func ref() -> PolicyRef { PolicyRef(key: "standard", version: Int.random(in: 1...4, using: &generator)) }
        func calendar() -> CalendarRef { CalendarRef(key: "cn", version: Int.random(in: 1...5, using: &generator)) }
        var events = [ClockEvent(.opened(as: pick(works), policy: ref(), calendars: [calendar()]), at: now)]
        for _ in 0..<count {
            now += Double(pick([0, 60, 600, 3600, 20_000, 100_000]) + Int.random(in: 0...60, using: &generator))
            let window = now + Double(Int.random(in: 0...90_000, using: &generator))
            let timer = pick([SLATimer.solution, .nextResponse, .acceptance])
            let point = pick([ThresholdPoint.percent(75), .due, .before(30)])
            let facts: [ClockFact] = [
                .customerSpoke, .customerSpoke, .staffSpoke, .solved, .reopened, .closed, .offered, .accepted,
                .offerEnded,
                .stepEntered(step: "diagnose", pause: nil), .stepEntered(step: "repair", pause: nil),
                .stepEntered(step: "waiting-for-part", pause: "part"), .stepEntered(step: "put-aside", pause: "later"),
                .assigned(group: "first"), .assigned(group: "second"), .appointmentAgreed(from: now, to: window),
                .appointmentCancelled, .arrived, .classified(as: pick(works)), .policyChanged(to: ref()),
                .policyChanged(to: nil), .calendarChanged(to: calendar()), .fired(timer: timer, run: 1, point: point),
            ]
            events.append(ClockEvent(pick(facts), at: now))
        }
        return events
    }
}
