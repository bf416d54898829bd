import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/work-orders/{id}/clocks`: how they stand and why; and what past work would have been otherwise.
struct ClockRoutes: Sendable {
    static let what = "clocks of such a work order in your departments"
    /// Days of one comparison.
    static let dayLimit = 400

    let api: PeopleAPI
    let look: LookAtClocks
    let reclassify: ReclassifyWork

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("work-orders/{id}/clocks", use: show)
        routes.get("work-orders/{id}/clocks/events", use: events)
        routes.get("work-orders/{id}/clocks/{clock}/explain", use: explain)
        routes.put("work-orders/{id}/classification", use: classify)
        routes.post("clocks/what-if", use: compare)
    }

    @Sendable private func classify(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<WorkOrder> = try PeopleAPI.id(context, of: Self.what)
        let body = try await request.json(ClassificationJSON.self, limit: PeopleAPI.bodyLimit)
        do {
            let clocks = try await reclassify(id, try body.checked(), for: caller)
            return try .json(WorkClocksJSON(try PeopleAPI.found(clocks, Self.what), of: id))
        } catch let refusal as ClockRefusal {
            throw Problem(refusal)
        }
    }

    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<WorkOrder> = try PeopleAPI.id(context, of: Self.what)
        let clocks = try PeopleAPI.found(try await look.find(id, for: caller), Self.what)
        return try .json(WorkClocksJSON(clocks, of: id))
    }

    @Sendable private func events(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<WorkOrder> = try PeopleAPI.id(context, of: Self.what)
        let history = try PeopleAPI.found(try await look.history(of: id, for: caller), Self.what)
        return try .json(ListJSON(items: history.map(ClockEventJSON.init)))
    }

    @Sendable private func explain(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<WorkOrder> = try PeopleAPI.id(context, of: Self.what)
        guard let clock = context.parameters.get("clock").flatMap({ ID<SLAClock>($0) }) else {
            throw Problem.notFound("such clock")
        }
        let explanation = try PeopleAPI.found(try await look.explain(clock, of: id, for: caller), "such clock")
        return try .json(ExplanationJSON(explanation))
    }

    @Sendable private func compare(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(WhatIfJSON.self, limit: PeopleAPI.bodyLimit)
        return try .json(ComparisonJSON(try await look.compare(try body.checked(), for: caller)))
    }
}

/// What moved the clocks, every value under a name of its own.
struct ClockEventJSON: Encodable, Sendable {
    struct Fact: Encodable, Sendable {
        private enum CodingKeys: CodingKey { case clock }

        private struct Turn: Encodable {
            let code: String
            let phase: ClockState.Phase
            let pause: String?
        }

        let fact: ClockFact

        func encode(to encoder: any Encoder) throws {
            guard case .clock(let code, let phase, let pause) = fact else { return try fact.encode(to: encoder) }
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(Turn(code: code, phase: phase, pause: pause), forKey: .clock)
        }
    }

    let at: Date
    let fact: Fact

    init(_ event: ClockEvent) {
        at = event.at
        fact = Fact(fact: event.fact)
    }
}

/// What is not said stays.
struct ClassificationJSON: Decodable, Sendable {
    static let limit = 40

    var level: String?
    var severity: String?
    var kind: String?
    var reason: String?

    /// - Throws: `InvalidInput`.
    func checked() throws -> ReclassifyWork.Change {
        var faults: [FieldFault] = []
        for (field, word) in [("/level", level), ("/severity", severity), ("/kind", kind)] {
            if let word, word.isEmpty || word.count > Self.limit || word.isUnfitForText {
                faults.append(
                    FieldFault(field: field, code: "malformed", message: "1 to \(Self.limit) characters."))
            }
        }
        let reason = reason?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
        if reason.isEmpty {
            faults.append(FieldFault(field: "/reason", code: "required", message: "It is missing."))
        } else if reason.count > NoteJSON.limit {
            faults.append(
                FieldFault(field: "/reason", code: "tooLong", message: "At most \(NoteJSON.limit) characters."))
        } else if let flaw = TextFlaw.first(in: reason, isLine: false) {
            faults.append(FieldFault(field: "/reason", code: "malformed", message: flaw.words.en))
        }
        guard faults.isEmpty else { throw InvalidInput(faults) }
        return ReclassifyWork.Change(level: level, severity: severity, kind: kind, reason: reason)
    }
}

struct WorkClocksJSON: Encodable, Sendable {
    struct Clock: Encodable, Sendable {
        let id: String
        let timer: SLATimer
        let run: Int
        let startedAt: Date
        /// Of an arrival: the end of the window agreed.
        let promisedFor: Date?
        let endedAt: Date?
        /// One word: noLimit, due, paused, unknown.
        let standing: String
        let dueAt: Date?
        /// Not empty: provisional, until the calendar knows the holidays of these years.
        let uncoveredYears: [Int]
        let policy: String?
        let calendar: String?
        let points: [ClockRun.Point]
        let fired: [ClockRun.Fired]
        let verdict: ClockRun.Verdict?
    }

    let classification: Classification
    let policy: String?
    let calendar: String?
    let pausedSince: Date?
    let pausedFor: String?
    let items: [Clock]

    init(_ clocks: WorkClocks, of workOrder: ID<WorkOrder>) {
        classification = clocks.classification
        policy = clocks.policy?.description
        calendar = clocks.ownCalendar
        let pause = clocks.pauses.last { $0.to == nil }
        pausedSince = pause?.from
        pausedFor = pause?.reason
        // A run without a limit says nothing.
        items = clocks.runs.filter { $0.basis != nil }.map { run in
            var years: [Int] = []
            let standing: String
            switch run.standing {
            case .noLimit: standing = "noLimit"
            case .due(_, let uncovered): (standing, years) = ("due", uncovered)
            case .paused: standing = "paused"
            case .unknown: standing = "unknown"
            }
            return Clock(
                id: run.id(of: workOrder).description, timer: run.timer, run: run.number, startedAt: run.startedAt,
                promisedFor: run.promisedFor, endedAt: run.endedAt, standing: standing, dueAt: run.dueAt,
                uncoveredYears: years,
                policy: run.basis?.policy.description, calendar: run.basis?.calendar.description,
                points: run.thresholds, fired: run.fired, verdict: run.verdict)
        }
    }
}

/// An explanation, for people in both languages and for programs.
struct ExplanationJSON: Encodable, Sendable {
    struct Sentences: Encodable, Sendable {
        let zh: [String]
        let en: [String]
    }

    let sentences: Sentences
    let facts: ClockExplanation

    init(_ explanation: ClockExplanation) {
        sentences = Sentences(zh: explanation.sentences(in: .chinese), en: explanation.sentences(in: .english))
        facts = explanation
    }
}

struct WhatIfJSON: Decodable, Sendable {
    var from: Date
    var until: Date
    var policy: PolicyRef?
    var calendars: [CalendarRef]?
    /// Key of one of the calendars: that of the work's department at all times.
    var departmentCalendar: String?
    var department: String?

    /// - Throws: `InvalidInput`.
    func checked() throws -> LookAtClocks.Question {
        var faults: [FieldFault] = []
        let length = until.timeIntervalSince(from)
        if length <= 0 {
            faults.append(FieldFault(field: "/until", code: "conflict", message: "It must be after from."))
        } else if length > Double(ClockRoutes.dayLimit) * 86_400 {
            faults.append(
                FieldFault(
                    field: "/until", code: "malformed", message: "At most \(ClockRoutes.dayLimit) days after from."))
        }
        if policy == nil, calendars?.isEmpty ?? true {
            faults.append(FieldFault(field: "/policy", code: "required", message: "Name a policy or calendars."))
        }
        if (calendars?.count ?? 0) > 20 {
            faults.append(FieldFault(field: "/calendars", code: "tooLong", message: "At most 20."))
        }
        let names = [policy?.key, departmentCalendar, department] + (calendars ?? []).map(\.key)
        if names.compactMap({ $0 }).contains(where: { $0.utf8.count > 60 || $0.isUnfitForText }) {
            faults.append(FieldFault(field: "/policy", code: "malformed", message: "A key that cannot be."))
        }
        if (calendars ?? []).map(\.version).contains(where: { !(1...Int(Int32.max)).contains($0) })
            || !(1...Int(Int32.max)).contains(policy?.version ?? 1)
        {
            faults.append(FieldFault(field: "/policy", code: "malformed", message: "Versions are counted from 1."))
        }
        guard faults.isEmpty else { throw InvalidInput(faults) }
        return LookAtClocks.Question(
            period: from..<until, policy: policy, calendars: calendars ?? [], ownCalendar: departmentCalendar,
            department: department)
    }
}

struct ComparisonJSON: Encodable, Sendable {
    struct Line: Encodable, Sendable {
        let workOrder: String
        let clock: WhatIf.Comparison
    }

    let summary: WhatIf.Summary
    /// Work orders with clocks that ended in the period.
    let workOrders: Int
    /// There was more work than one comparison goes through.
    let isCut: Bool
    /// Clocks whose verdict would be another, at most 200.
    let changed: [Line]

    init(_ comparison: LookAtClocks.Comparison) {
        summary = comparison.summary
        workOrders = comparison.works
        isCut = comparison.isCut
        changed = comparison.changed.map { Line(workOrder: $0.workOrder.description, clock: $0.comparison) }
    }
}
