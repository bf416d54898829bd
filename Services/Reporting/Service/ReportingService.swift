internal import Hummingbird
internal import Messaging
public import Postgres
public import ServiceKit
public import ServiceLifecycle

/// Keeps every event of the suite and says of each ticket where it was, with whom, for how long.
///
/// Hears every event. Says nothing. Owns schema `report`. Serves `/api/reports/v1` and the pages `/reports`.
public struct ReportingService: SuiteService {
    public static let name = "reporting"
    public static let schema = "report"
    public static var settings: [any AnySetting] { ReportingSettings.all }
    public static var migrations: [Migration] {
        MessagingSchema.migrations
            + [
                Migration(name: "V001_report", sql: PackageResources.V001_report_sql),
                Migration(name: "V002_steps", sql: PackageResources.V002_steps_sql),
                MessagingSchema.timersByKey("V003_timers_by_key"),
                Migration(name: "V004_incidents", sql: PackageResources.V004_incidents_sql),
                Migration(name: "V005_wishes", sql: PackageResources.V005_wishes_sql),
                Migration(name: "V006_calls", sql: PackageResources.V006_calls_sql),
                MessagingSchema.suspects("V007_suspects"),
            ]
    }

    public static func parts(_ kit: Kit) async throws -> [any Service] {
        let partitions = EventPartitions(pool: kit.workPool, logger: kit.logger)
        let router = try router(kit)
        return [
            partitions,
            kit.consumer("reporting.events", routes: [OnEvent.route(partitions: partitions)], pace: .milliseconds(50)),
            kit.httpServer(router),
        ]
    }

    /// Everything that is served over HTTP.
    static func router(_ kit: Kit) throws -> Router<RequestScope> {
        let settings = try ReportingSettings(kit.settings)
        let queries = ReportQueries(pool: kit.requestPool)
        let router = kit.router()
        ReportRoutes(queries: queries, identity: kit.identity).add(to: router)
        ReportPages(queries: queries, identity: kit.identity, timeZone: settings.timeZone).add(to: router)
        return router
    }
}
