import BusinessTime
import DispatcherDomain
import Foundation
import Messaging
public import Postgres

extension DispatcherDemo {
    /// Office hours with China's days off of 2026, and service levels by customer level and severity.
    ///
    /// - Parameter pool: of the dispatcher's database, as `dispatch_run`. Departments are there.
    public static func fillServiceLevels(_ pool: PostgresPool) async throws {
        let desk = PeopleDesk(pool: pool, outbox: Outbox(schema: DispatcherService.schema, relay: nil))
        let calendars = KeepCalendars(desk: desk)
        guard let office = try await calendars.find("office", version: nil, for: .operators),
            office.calendar.version == 1
        else { return }
        _ = try await calendars.take(
            .init(bytes: Data(holidays.utf8), format: .list, years: 2026...2026, unmarked: .closed), into: "office",
            expectedVersion: 1, note: "国务院办公厅2026年放假安排", isTrial: false, for: .operators)
        let policies = KeepPolicies(desk: desk)
        guard try await policies.find("standard", version: nil, for: .operators) == nil else { return }
        _ = try await policies.put(
            standardPolicy, department: "service", expectedVersion: 0, note: nil, for: .operators)
        _ = try await policies.agree(
            ServiceAgreement(
                department: "service", customer: nil, calendar: "office", policy: "standard", version: 1),
            expectedVersion: 1, for: .operators)
    }

    /// S0.12: by the customer's level and the severity.
    private static let standardPolicy = SLAPolicy(
        key: "standard", version: 1, title: ["zh": "标准服务", "en": "Standard service"],
        rows: [
            row(best, ["high", "critical"], response: 15, solution: 4, calendar: "wall-clock"),
            row(best, nil, response: 30, solution: 8, calendar: "department"),
            row(nil, ["critical"], response: 30, solution: 8, calendar: "department"),
        ])

    private static let best = ["vip", "key", "gold"]

    private static func row(
        _ levels: [String]?, _ severities: [String]?, response: Int, solution: Int, calendar: String
    ) -> SLAPolicy.Row {
        .init(
            levels: levels, severities: severities,
            targets: [
                SLATarget(.firstResponse, within: SLALimit(response, .minutes), calendar: calendar),
                SLATarget(
                    .solution, within: SLALimit(solution, .hours), calendar: calendar,
                    thresholds: [
                        .init(at: .percent(75), actions: [.remind(["owner", "responsible"])]),
                        .init(at: .due, actions: [.remind(["manager"]), .nextLevel]),
                    ]),
            ])
    }

    private static let holidays = """
        2026-01-01..2026-01-03, closed, 元旦
        2026-01-04, makeup, 元旦
        2026-02-15..2026-02-23, closed, 春节
        2026-02-14, makeup, 春节
        2026-02-28, makeup, 春节
        2026-04-04..2026-04-06, closed, 清明节
        2026-05-01..2026-05-05, closed, 劳动节
        2026-05-09, makeup, 劳动节
        2026-06-19..2026-06-21, closed, 端午节
        2026-09-25..2026-09-27, closed, 中秋节
        2026-10-01..2026-10-07, closed, 国庆节
        2026-09-20, makeup, 国庆节
        2026-10-10, makeup, 国庆节
        """
}
