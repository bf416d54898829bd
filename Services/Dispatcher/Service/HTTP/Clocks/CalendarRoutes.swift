import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import Kernel
import ServiceKit

/// `/api/dispatch/v1/calendars`: everybody may look, administrators make the next versions.
struct CalendarRoutes: Sendable {
    static let what = "such calendar"

    let api: PeopleAPI
    let calendars: KeepCalendars

    func add(to routes: RouterGroup<RequestScope>) {
        routes.get("calendars", use: list)
        routes.get("calendars/{code}", use: show)
        routes.put("calendars/{code}", use: put)
        routes.get("calendars/{code}/versions", use: versions)
        routes.get("calendars/{code}/hours", use: hours)
        routes.put("calendars/{code}/dates", use: setDates)
        routes.post("calendars/{code}/holidays", use: takeHolidays)
    }

    @Sendable private func list(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        return try .json(
            ListJSON(items: try await calendars.list(for: caller).map { CalendarLineJSON($0) }))
    }

    /// `?version=`; the newest without.
    @Sendable private func show(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: Self.what)
        var query = QueryReader(request)
        let version = query.number("version", in: 1...Int(Int32.max))
        try query.check()
        let found = try PeopleAPI.found(
            try await calendars.find(code, version: version, for: caller), Self.what)
        return try .json(CalendarKeptJSON(found))
    }

    @Sendable private func versions(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: Self.what)
        let found = try await calendars.versions(of: code, for: caller)
        guard !found.isEmpty else { throw Problem.notFound(Self.what) }
        return try .json(ListJSON(items: found.map { CalendarLineJSON($0) }))
    }

    /// `?from=&until=&version=`: the open hours in between, at most 500.
    @Sendable private func hours(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: Self.what)
        var query = QueryReader(request)
        let version = query.number("version", in: 1...Int(Int32.max))
        let (from, until) = (query.time("from"), query.time("until"))
        if from == nil { query.missing("from") }
        if until == nil { query.missing("until") }
        try query.check()
        guard let from, let until else { throw Problem.notFound(Self.what) }
        do {
            let hours = try await calendars.hours(of: code, version: version, from: from, until: until, for: caller)
            return try .json(OpenHoursJSON(try PeopleAPI.found(hours, Self.what)))
        } catch let fault as CalendarFault {
            throw Problem(fault)
        }
    }

    @Sendable private func put(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: Self.what)
        let body = try await request.json(CalendarDraftJSON.self, limit: WorkCalendar.sizeLimit)
        let kept = try await changing(code, caller) {
            try await calendars.put(
                body.calendar(code), department: body.department, expectedVersion: body.expectedVersion,
                note: try NoteJSON.checked(body.note), for: caller)
        }
        return try .json(
            CalendarKeptJSON(kept), status: kept.calendar.version == 1 ? .created : .ok)
    }

    @Sendable private func setDates(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: Self.what)
        let body = try await request.json(CalendarDatesJSON.self, limit: WorkCalendar.sizeLimit)
        let kept = try await changing(code, caller) {
            try await calendars.setDates(
                body.set ?? [:], removing: body.remove ?? [], of: code, expectedVersion: body.expectedVersion,
                note: try NoteJSON.checked(body.note), for: caller)
        }
        return try .json(CalendarKeptJSON(kept))
    }

    @Sendable private func takeHolidays(_ request: Request, _ context: RequestScope) async throws -> Response {
        let caller = try await api.caller(request, context)
        let code = try PeopleAPI.code(context, of: Self.what)
        // A file in JSON may take twice its size: every line ends with an escaped character or two.
        let body = try await request.json(HolidayFileJSON.self, limit: 2 * HolidayCalendar.sizeLimit)
        let file = try body.checked()
        let isTrial = body.isTrial ?? false
        let imported = try await changing(code, caller) {
            do {
                return try await calendars.take(
                    file, into: code, expectedVersion: body.expectedVersion, note: try NoteJSON.checked(body.note),
                    isTrial: isTrial, for: caller)
            } catch let input as InvalidInput {
                throw Problem.invalid(input.faults.map(Self.inFile))
            }
        }
        return try .json(HolidaysImportedJSON(imported, isTrial: isTrial))
    }

    /// The file's lines as fields of the body: `/file/12`.
    private static func inFile(_ fault: FieldFault) -> FieldFault {
        let isLine = fault.field.isEmpty || Int(fault.field.dropFirst()) != nil
        return isLine
            ? FieldFault(field: "/file\(fault.field)", code: fault.code, message: fault.message) : fault
    }

    private func changing<Value>(
        _ code: String, _ caller: Caller, _ body: () async throws -> Value
    ) async throws -> Value {
        try await PeopleAPI.changing(
            current: {
                try await calendars.find(code, version: nil, for: caller).map { CalendarLineJSON($0) }
            }, body)
    }
}

/// Why a version was made, for those who look at it later.
enum NoteJSON {
    static let limit = 500

    /// - Throws: `InvalidInput`.
    static func checked(_ note: String?) throws -> String? {
        guard let note, !note.isEmpty else { return nil }
        return try WrittenText.checked(note, "/note", limit: limit)
    }
}
