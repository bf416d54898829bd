import BusinessTime
import DispatcherDomain
public import Foundation
import Kernel
import ServiceKit
import Logging
import Messaging
public import Postgres

/// What the operators' tool does to calendars and policies, under the same rules and on the same record as the API.
public struct CalendarOperations: Sendable {
    /// Why something was not done, in a sentence or more. Nothing was changed.
    public struct Refused: Error, CustomStringConvertible {
        public let description: String
    }

    /// A calendar, in a line.
    public struct Line: Encodable, Sendable {
        public let key: String
        public let version: Int
        public let department: String
        public let title: String
        public let timeZone: String
        /// `2026 2027`, `everyYear`.
        public let covers: String
        /// Of this year and the next, those whose holidays are not known.
        public let uncoveredYears: [Int]
    }

    /// A policy, in a line.
    public struct PolicyLine: Encodable, Sendable {
        public let key: String
        public let version: Int
        public let department: String
        public let title: String
        public let rows: Int
    }

    /// What an import has made, or would make.
    public struct Imported: Sendable {
        public let calendar: Line
        /// `2026-02-17  closed  春节`, by date.
        public let dates: [String]
        public let ignored: Int
    }

    /// Who keeps what nobody else was named for; the migrations make it.
    private static let topDepartment = "service"

    private let calendars: KeepCalendars
    private let policies: KeepPolicies

    /// - Parameter pool: of the dispatcher's database, as `dispatch_run`.
    public init(_ pool: PostgresPool) {
        let desk = PeopleDesk(pool: pool, outbox: Outbox(schema: DispatcherService.schema, relay: nil))
        calendars = KeepCalendars(desk: desk)
        policies = KeepPolicies(desk: desk, shelf: ProcessShelf(logger: Logger(label: "calendars")))
    }

    public func list() async throws -> [Line] { try await calendars.list(for: .operators).map(Self.line) }

    /// The newest version of a calendar as a file, such as ``put(_:department:)`` takes it.
    public func file(of key: String) async throws -> String {
        guard let kept = try await calendars.find(key, version: nil, for: .operators) else {
            throw Refused(description: "There is no calendar '\(key)'.")
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(kept.calendar), as: UTF8.self)
    }

    /// Makes the calendar of a file, or its next version.
    public func put(_ file: Data, department: String?) async throws -> Line {
        try await refusing {
            let calendar = try WorkCalendar.read(file)
            let present = try await calendars.find(calendar.key, version: nil, for: .operators)
            return Self.line(
                try await calendars.put(
                    calendar, department: department ?? present?.department ?? Self.topDepartment,
                    expectedVersion: present?.calendar.version ?? 0, note: nil, for: .operators))
        }
    }

    /// Imports the holidays of some years.
    ///
    /// - Parameters:
    ///   - unmarkedAreClosed: what events of an iCalendar file are that carry no mark.
    ///   - isTrial: nothing is changed.
    public func importHolidays(
        _ file: Data, into key: String, years: ClosedRange<Int>, unmarkedAreClosed: Bool, isTrial: Bool
    ) async throws -> Imported {
        try await refusing {
            guard let present = try await calendars.find(key, version: nil, for: .operators) else {
                throw ServiceLevelRefusal.unknownCalendar(key)
            }
            let isCalendar = String(decoding: file.prefix(64), as: UTF8.self).contains("BEGIN:VCALENDAR")
            let imported = try await calendars.take(
                KeepCalendars.HolidayFile(
                    bytes: file, format: isCalendar ? .ics : .list, years: years,
                    unmarked: unmarkedAreClosed ? .closed : .ignored),
                into: key, expectedVersion: present.calendar.version, note: nil, isTrial: isTrial, for: .operators)
            return Imported(
                calendar: Self.line(imported.kept),
                dates: imported.holidays.dates.sorted { $0.key < $1.key }.map { date, day in
                    let hours = day.hours.isEmpty ? "closed" : day.hours.map(\.description).joined(separator: " ")
                    return "\(date)  \(hours)  \(day.name ?? "")"
                }, ignored: imported.holidays.ignored)
        }
    }

    public func policyList() async throws -> [PolicyLine] {
        try await policies.list(for: .operators).map(Self.line)
    }

    /// Makes the policy of a file, or its next version.
    ///
    /// - Returns: with words of it that nothing has at present, each with its place.
    public func putPolicy(_ file: Data, department: String?) async throws -> (line: PolicyLine, warnings: [String]) {
        try await refusing {
            let keys = Set(try await calendars.list(for: .operators).map(\.calendar.key))
            let policy = try SLAPolicy.read(file, calendars: keys)
            let present = try await policies.find(policy.key, version: nil, for: .operators)
            let kept = try await policies.put(
                policy, department: department ?? present?.department ?? Self.topDepartment,
                expectedVersion: present?.policy.version ?? 0, note: nil, for: .operators)
            let warnings = try await policies.warnings(kept.policy, for: .operators)
            return (Self.line(kept), warnings.map { "\($0.field): \(Problem.words(of: $0).en)" })
        }
    }

    /// Says by which calendar and policy the work of a department counts; nil leaves it to the department above.
    public func agree(department: String, customer: UUID?, calendar: String?, policy: String?) async throws {
        try await refusing {
            let present = try await policies.agreement(of: department, customer, for: .operators)
            _ = try await policies.agree(
                ServiceAgreement(
                    department: department, customer: customer, calendar: calendar, policy: policy, version: 1),
                expectedVersion: present?.version ?? 0, for: .operators)
        }
    }

    private func refusing<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as PeopleRefusal {
            throw Refused(description: refusal.words.en)
        } catch let refusal as ServiceLevelRefusal {
            throw Refused(description: refusal.words.en)
        } catch let input as InvalidInput {
            throw Refused(
                description: input.faults.map { "\($0.field.isEmpty ? "file" : $0.field): \($0.message)" }
                    .joined(separator: "\n"))
        }
    }

    private static func line(_ kept: CalendarStore.Kept) -> Line {
        let calendar = kept.calendar
        return Line(
            key: calendar.key, version: calendar.version, department: kept.department,
            title: calendar.title["en"] ?? calendar.title["zh"] ?? "", timeZone: calendar.timeZone,
            covers: calendar.covers.text, uncoveredYears: kept.uncoveredYears)
    }

    private static func line(_ kept: PolicyStore.Kept) -> PolicyLine {
        PolicyLine(
            key: kept.policy.key, version: kept.policy.version, department: kept.department,
            title: kept.policy.title["en"] ?? kept.policy.title["zh"] ?? "", rows: kept.policy.rows.count)
    }
}
