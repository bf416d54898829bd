import Hummingbird
import Messaging
public import Postgres
public import ServiceKit
public import ServiceLifecycle

/// Calls the customer back the day after the work was done.
///
/// Hears `work.done`. Says `callback.planned`, `callback.due`. Owns schema `followup`. Serves `/api/followup/v1`.
public struct FollowUpService: SuiteService {
    public static let name = "followup"
    public static let schema = "followup"
    public static let settings: [any AnySetting] = FollowUpSettings.all
    public static let migrations =
        MessagingSchema.migrations
        + [
            Migration(name: "V001_followup", sql: PackageResources.V001_followup_sql),
            MessagingSchema.timersByKey("V002_timers_by_key"),
        ]

    public static func parts(_ kit: Kit) async throws -> [any Service] {
        let settings = try FollowUpSettings(kit.settings)
        let consumer = kit.consumer(
            "followup.events", routes: [OnWorkMoved(settings: settings).route], pace: .milliseconds(50))
        return [
            consumer,
            DeferredWorker(consumers: [consumer], schema: schema, pool: kit.workPool, logger: kit.logger),
            kit.deadLetterArchiver(),
            timers(kit),
            kit.httpServer(router(kit)),
        ]
    }

    static func timers(_ kit: Kit) -> Timers {
        let timer = CallBackTimer()
        return Timers(
            schema: schema, service: name, pool: kit.workPool, outbox: kit.outbox, logger: kit.logger,
            handlers: [CallBackTimer.kind: { due, unit in try await timer.fire(due, unit) }])
    }

    static func router(_ kit: Kit) -> Router<RequestScope> {
        let router = kit.router()
        CallBackRoutes(identity: kit.identity, pool: kit.requestPool).add(to: router)
        return router
    }
}
