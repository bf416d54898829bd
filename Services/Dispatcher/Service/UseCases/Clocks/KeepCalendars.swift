import BusinessTime
import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Messaging
import Postgres

/// Makes calendars and their next versions; clocks that run by a calendar go over to its newest version.
struct KeepCalendars: Sendable {
    /// Calendars there may be: every work order is given some of them.
    static let limit = 200

    let desk: PeopleDesk
    let store = CalendarStore()

    func list(for caller: Caller) async throws -> [CalendarStore.Kept] {
        try await desk.act(for: caller) { try await store.list(in: $0.transaction) }
    }

    /// Nil when there is none. The wall clock is always there.
    func find(_ key: String, version: Int?, for caller: Caller) async throws -> CalendarStore.Kept? {
        try await desk.act(for: caller) { try await store.find(key, version: version, in: $0.transaction) }
    }

    /// The newest first.
    func versions(of key: String, for caller: Caller) async throws -> [CalendarStore.Kept] {
        try await desk.act(for: caller) { try await store.versions(of: key, limit: 200, in: $0.transaction) }
    }

    /// Makes a calendar, or its next version.
    ///
    /// - Parameters:
    ///   - calendar: its version means nothing.
    ///   - expectedVersion: 0 for a new one.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``, ``ServiceLevelRefusal``; nothing was changed.
    func put(
        _ calendar: WorkCalendar, department: String, expectedVersion: Int, note: String?, for caller: Caller
    ) async throws -> CalendarStore.Kept {
        try await desk.act(for: caller) { work in
            let present = try await store.find(calendar.key, in: work.transaction)
            try work.actor.require(.administer, in: present?.department ?? department)
            try work.actor.require(.administer, in: department)
            guard present != nil || !SLATarget.givenCalendars.contains(calendar.key) else {
                throw ServiceLevelRefusal.reservedKey(calendar.key)
            }
            let version = present?.calendar.version ?? 0
            guard version == expectedVersion else { throw PeopleRefusal.stale(version: Int64(version)) }
            if present == nil, try await store.list(in: work.transaction).count >= Self.limit {
                throw ServiceLevelRefusal.tooManyCalendars(limit: Self.limit)
            }
            guard try await DepartmentStore().find(department, in: work.transaction) != nil else {
                throw PeopleRefusal.unknownDepartment(department)
            }
            return try await keep(
                calendar.numbered(version + 1), department: department, cause: "put", note: note, work)
        }
    }

    /// Gives some dates hours of their own, and takes those of others away.
    ///
    /// - Throws: as ``put(_:department:expectedVersion:note:for:)``.
    func setDates(
        _ dates: [LocalDate: WorkCalendar.DatedHours], removing removed: [LocalDate], of key: String,
        expectedVersion: Int, note: String?, for caller: Caller
    ) async throws -> CalendarStore.Kept {
        try await desk.act(for: caller) { work in
            let present = try await changing(key, expectedVersion, work)
            var all = present.calendar.dates.filter { !removed.contains($0.key) }
            all.merge(dates) { _, new in new }
            return try await keep(
                present.calendar.numbered(present.calendar.version + 1, dates: all), department: present.department,
                cause: "dates", note: note, work)
        }
    }

    /// A file of holidays, and how it is to be read.
    struct HolidayFile: Sendable {
        enum Format: String, Sendable, CaseIterable {
            case ics, list
        }

        let bytes: Data
        let format: Format
        let years: ClosedRange<Int>
        let unmarked: HolidayCalendar.Unmarked

        func read(for calendar: WorkCalendar) throws(InvalidInput) -> HolidayImport {
            switch format {
            case .ics: try HolidayCalendar.read(bytes, years: years, unmarked: unmarked, for: calendar)
            case .list: try HolidayList.read(bytes, years: years, for: calendar)
            }
        }
    }

    /// What an import has made, or would make.
    struct Imported: Sendable {
        let holidays: HolidayImport
        let kept: CalendarStore.Kept
    }

    /// Takes the holidays of some years into the next version, which covers them.
    ///
    /// - Parameter isTrial: nothing is changed; the answer is the same.
    /// - Throws: `InvalidInput` with the lines of the file, and as ``put(_:department:expectedVersion:note:for:)``.
    func take(
        _ file: HolidayFile, into key: String, expectedVersion: Int, note: String?, isTrial: Bool, for caller: Caller
    ) async throws -> Imported {
        try await desk.act(for: caller) { work in
            let present = try await changing(key, expectedVersion, work)
            let holidays = try file.read(for: present.calendar)
            let next = holidays.applied(to: present.calendar)
            try next.check()
            if isTrial {
                return Imported(
                    holidays: holidays,
                    kept: CalendarStore.Kept(
                        department: present.department, calendar: next, cause: "import", note: note, madeAt: work.now,
                        seenAt: work.now))
            }
            let kept = try await keep(next, department: present.department, cause: "import", note: note, work)
            return Imported(holidays: holidays, kept: kept)
        }
    }

    /// The open hours between two instants, to look at what a calendar means.
    func hours(
        of key: String, version: Int?, from start: Date, until end: Date, for caller: Caller
    ) async throws -> Reckoned<[Range<Date>]>? {
        try await desk.act(for: caller) { work in
            guard let kept = try await store.find(key, version: version, in: work.transaction) else { return nil }
            return try WorkingTime(kept.calendar).openHours(from: start, to: end, limit: 500)
        }
    }

    private func changing(_ key: String, _ expected: Int, _ work: PeopleWork) async throws -> CalendarStore.Kept {
        guard let present = try await store.find(key, in: work.transaction) else {
            throw ServiceLevelRefusal.unknownCalendar(key)
        }
        try work.actor.require(.administer, in: present.department)
        guard present.calendar.version == expected else {
            throw PeopleRefusal.stale(version: Int64(present.calendar.version))
        }
        return present
    }

    private func keep(
        _ calendar: WorkCalendar, department: String, cause: String, note: String?, _ work: PeopleWork
    ) async throws -> CalendarStore.Kept {
        try calendar.check()
        let isKept = try await store.keep(
            calendar, department: department, cause: cause, note: note, by: work.actor.person?.id.value,
            in: work.transaction)
        guard isKept else { throw PeopleRefusal.stale(version: Int64(calendar.version)) }
        try await work.record(
            AuditStore.Entry(
                act: cause == "import" ? .holidaysImported : .calendarKept, subject: calendar.key,
                department: department, reason: note,
                details: [
                    "version": String(calendar.version), "timeZone": calendar.timeZone,
                    "dates": String(calendar.dates.count), "covers": calendar.covers.text,
                ]))
        try await RecountClocks.begin(at: work.now, work.outbox, in: work.transaction)
        return CalendarStore.Kept(
            department: department, calendar: calendar, cause: cause, note: note, madeAt: work.now, seenAt: work.now)
    }
}

extension Coverage {
    /// `2026 2027`, `everyYear`.
    var text: String {
        switch self {
        case .everyYear: "everyYear"
        case .years(let years): years.sorted().map(String.init).joined(separator: " ")
        }
    }
}
