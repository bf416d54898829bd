internal import Hummingbird
internal import Messaging
public import Postgres
public import ServiceKit
public import ServiceLifecycle

/// Takes requests in and makes tickets of them.
///
/// Hears `inbound.request.v1` from adapters and `work.*.v1` from the dispatcher. Says `ticket.created.v1`, what
/// customers ask for on their tickets (`ticket.urged.v1`, `.withdrawn`, `.answered`), and answers adapters. Owns schema `intake`. Serves `/api/intake/v1`.
public struct IntakeService: SuiteService {
    public static let name = "intake"
    public static let schema = "intake"
    public static var settings: [any AnySetting] { IntakeSettings.all }
    public static var migrations: [Migration] {
        MessagingSchema.migrations
            + [
                Migration(name: "V001_intake", sql: PackageResources.V001_intake_sql),
                Migration(name: "V002_progress", sql: PackageResources.V002_progress_sql),
                Migration(name: "V003_wishes", sql: PackageResources.V003_wishes_sql),
                MessagingSchema.timersByKey("V004_timers_by_key"),
                Migration(name: "V005_levels", sql: PackageResources.V005_levels_sql),
                Migration(name: "V006_today", sql: PackageResources.V006_today_sql),
                MessagingSchema.suspects("V007_suspects"),
            ]
    }

    public static func parts(_ kit: Kit) async throws -> [any Service] {
        let router = try router(kit)
        return [
            IdempotencyKeyRetention(pool: kit.workPool, logger: kit.logger),
            kit.consumer("intake.events", routes: [OnWorkMoved.route], pace: .milliseconds(50)),
            kit.consumer(
                "intake.inbound", routes: [OnInboundRequest.route(kinds: try kit.settings.read(IntakeSettings.kinds))]),
            kit.httpServer(router),
        ]
    }

    /// Everything that is served over HTTP.
    static func router(_ kit: Kit) throws -> Router<RequestScope> {
        let desk = TicketDesk(
            pool: kit.requestPool, outbox: kit.outbox, lanes: try kit.settings.read(IntakeSettings.lanes),
            batch: try kit.settings.read(IntakeSettings.batch))
        let router = kit.router()
        TicketRoutes(
            desk: desk, queries: TicketQueries(pool: kit.requestPool), identity: kit.identity,
            kinds: try kit.settings.read(IntakeSettings.kinds)
        ).add(to: router)
        TrackRoutes(
            queries: TicketQueries(pool: kit.requestPool), take: TakeWish(pool: kit.requestPool, outbox: kit.outbox)
        ).add(to: router)
        return router
    }
}
