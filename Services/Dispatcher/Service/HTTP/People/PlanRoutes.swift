import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/shifts`, `shift-plan`, `duties`, and when somebody can be sent.
struct PlanRoutes: Sendable {
    let api: PeopleAPI
    let shifts: PlanShifts
    let roster: KeepDutyRoster

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("shifts", use: list)
        routes.put("shifts/{code}", use: keep)
        routes.get("shift-plan", use: plan)
        routes.put("shift-plan", use: replace)
        routes.get("staff/{id}/availability", use: availability)
        routes.get("duties", use: duties)
        routes.get("duties/now", use: onDuty)
        routes.post("duties", use: addDuty)
        routes.delete("duties/{id}", use: removeDuty)
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(ListJSON(items: try await shifts.shifts(for: caller).map(ShiftJSON.init)))
    }

    @Sendable private func keep(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: "such shift")
        let body = try await request.json(ShiftDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let shift = try await shifts.keep(
            code, department: body.department, chineseName: body.name?.zh, englishName: body.name?.en,
            hours: body.hours, isActive: body.isActive ?? true, for: caller)
        return try .json(ShiftJSON(shift))
    }

    /// `?department=&from=2026-11-01&through=2026-11-30`, at most 92 days.
    @Sendable private func plan(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        var query = QueryReader(request)
        let department = query.text("department", limit: 40)
        let first = query.day("from")
        let last = query.day("through")
        try query.check()
        if first == nil { query.missing("from") }
        if last == nil { query.missing("through") }
        guard let first, let last else { throw Problem.invalid(query.faults) }
        guard let start = first.moment(minute: 0, in: .gmt), let end = last.moment(minute: 0, in: .gmt),
            (0...92 * 86_400).contains(end.timeIntervalSince(start))
        else {
            throw Problem.invalid([
                FieldFault(field: "/through", code: "malformed", message: "Not before from, and at most 92 days later.")
            ])
        }
        let found = try await shifts.plan(below: department, from: first, through: last, for: caller)
        return try .json(ListJSON(items: found.map(PlannedDayJSON.init)))
    }

    /// Makes the plan of the days that are named just what is given; 204.
    @Sendable private func replace(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(ShiftPlanJSON.self, limit: 1 << 19)
        try await shifts.replace(try body.checked(), for: caller)
        return Response(status: .noContent)
    }

    /// `?from=&until=`, at most 92 days: the stretches in which he can be sent.
    @Sendable private func availability(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let id: ID<Staff> = try PeopleAPI.id(context, of: StaffRoutes.what)
        var query = QueryReader(request)
        let (from, until) = (query.time("from"), query.time("until"))
        if from == nil { query.missing("from") }
        if until == nil { query.missing("until") }
        try query.check()
        guard let from, let until, let within = Span(from, until), until.timeIntervalSince(from) <= 92 * 86_400 else {
            throw Problem.invalid([
                FieldFault(field: "/until", code: "malformed", message: "After from, and at most 92 days later.")
            ])
        }
        let spans = try await shifts.availability(of: id, within: within, for: caller)
        return try .json(ListJSON(items: spans.map { SpanJSON(from: $0.start, until: $0.end) }))
    }

    /// `?department=&post=&from=&until=`.
    @Sendable private func duties(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        var query = QueryReader(request)
        var filter = DutyStore.Filter()
        let department = query.text("department", limit: 40)
        filter.post = query.text("post", limit: 40)
        if let from = query.time("from") { filter.from = from }
        if let until = query.time("until") { filter.until = until }
        try query.check()
        let found = try await roster.list(filter, below: department, for: caller)
        return try .json(ListJSON(items: found.map(DutyJSON.init)))
    }

    /// `?department=&post=`: who is asked now, the first first.
    @Sendable private func onDuty(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        var query = QueryReader(request)
        let (department, post) = (query.text("department", limit: 40), query.text("post", limit: 40))
        try query.check()
        let found = try await roster.now(below: department, post: post, for: caller)
        return try .json(ListJSON(items: found.map(DutyJSON.init)))
    }

    @Sendable private func addDuty(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let body = try await request.json(DutyDraftJSON.self, limit: PeopleAPI.bodyLimit)
        let duty = try await roster.add(
            .init(
                department: body.department, post: body.post, rank: body.rank, start: body.from, end: body.until,
                note: body.note), staff: body.staff, for: caller)
        return try .json(DutyJSON(duty), status: .created)
    }

    @Sendable private func removeDuty(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let what = "such duty in your departments"
        let id: ID<Duty> = try PeopleAPI.id(context, of: what)
        guard try await roster.remove(id, for: caller) else { throw Problem.notFound(what) }
        return Response(status: .noContent)
    }
}

struct ShiftJSON: Encodable, Sendable {
    let code: String
    let department: String
    let name: NameJSON
    let hours: String
    let isActive: Bool

    init(_ shift: Shift) {
        code = shift.code
        department = shift.department
        name = NameJSON(shift.name)
        hours = shift.hours.text
        isActive = shift.isActive
    }
}

struct PlannedDayJSON: Encodable, Sendable {
    let staff: Person
    let department: String
    let day: String
    let shift: String
    let hours: String

    init(_ planned: ShiftStore.Planned) {
        staff = planned.staff
        department = planned.department
        day = planned.day.text
        shift = planned.shift
        hours = planned.hours.text
    }
}

/// A shift as it is to be.
struct ShiftDraftJSON: Decodable, Sendable {
    var name: NameJSON?
    var isActive: Bool?
    var department: String?
    var hours: String?
}

struct ShiftPlanJSON: Decodable, Sendable {
    struct Day: Decodable, Sendable {
        var staff: ID<Staff>
        var day: String
        /// Codes; none: free.
        var shifts: [String]
    }

    var days: [Day]

    /// - Throws: `InvalidInput`.
    func checked() throws -> [(staff: ID<Staff>, day: LocalDay, shifts: [String])] {
        var faults: [FieldFault] = []
        if !(1...PlanShifts.mostDays).contains(days.count) {
            faults.append(FieldFault(field: "/days", code: "tooLong", message: "1 to \(PlanShifts.mostDays) days."))
        }
        var result: [(staff: ID<Staff>, day: LocalDay, shifts: [String])] = []
        for (place, line) in days.prefix(PlanShifts.mostDays).enumerated() {
            if line.shifts.count > 3 || line.shifts.contains(where: \.isUnfitForText) {
                faults.append(FieldFault(field: "/days/\(place)/shifts", code: "tooLong", message: "At most 3 codes."))
            }
            guard let day = LocalDay(line.day) else {
                faults.append(
                    FieldFault(field: "/days/\(place)/day", code: "malformed", message: "A day such as 2026-11-22."))
                continue
            }
            result.append((line.staff, day, line.shifts))
        }
        if !faults.isEmpty { throw InvalidInput(faults) }
        return result
    }
}

struct SpanJSON: Encodable, Sendable {
    let from: Date
    let until: Date
}

struct DutyJSON: Encodable, Sendable {
    let id: String
    let department: String
    let post: String
    let staff: Person
    let rank: Int
    let from: Date
    let until: Date
    let note: String?

    init(_ duty: Duty) {
        id = duty.id.description
        department = duty.department
        post = duty.post
        staff = duty.staff
        rank = duty.rank
        from = duty.span.start
        until = duty.span.end
        note = duty.note
    }
}

struct DutyDraftJSON: Decodable, Sendable {
    var staff: ID<Staff>
    var department: String?
    var post: String?
    var rank: Int?
    var from: Date?
    var until: Date?
    var note: String?
}
