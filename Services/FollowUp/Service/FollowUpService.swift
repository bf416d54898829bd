import Hummingbird
import Messaging
import NIOCore
public import Postgres
public import ServiceKit
public import ServiceLifecycle

/// Has the customer called back after the work was done, and keeps what came of it.
///
/// Hears `work.*`. Says `callback.planned`, `.due`, `.done`, `.missed`, `.dropped`. Owns schema `followup`. Serves `/api/followup/v1`.
public struct FollowUpService: SuiteService {
    public static let name = "followup"
    public static let schema = "followup"
    public static let settings: [any AnySetting] = FollowUpSettings.all
    public static let migrations =
        MessagingSchema.migrations
        + [
            Migration(name: "V001_followup", sql: PackageResources.V001_followup_sql),
            MessagingSchema.timersByKey("V002_timers_by_key"),
            Migration(name: "V003_calls", sql: PackageResources.V003_calls_sql),
            MessagingSchema.suspects("V004_suspects"),
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
            kit.httpServer(router(kit, settings)),
        ]
    }

    static func timers(_ kit: Kit) -> Timers {
        let timer = CallBackTimer()
        return Timers(
            schema: schema, service: name, pool: kit.workPool, outbox: kit.outbox, logger: kit.logger,
            handlers: [CallBackTimer.kind: { due, unit in try await timer.fire(due, unit) }])
    }

    static func router(_ kit: Kit, _ settings: FollowUpSettings) -> Router<RequestScope> {
        let router = kit.router()
        CallBackRoutes(
            identity: kit.identity, pool: kit.requestPool,
            record: RecordCall(pool: kit.requestPool, outbox: kit.outbox, settings: settings)
        ).add(to: router)
        router.get("/api/followup/v1/openapi.yaml") { _, _ in
            Response(
                status: .ok, headers: [.contentType: "application/yaml", .cacheControl: "public, max-age=300"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: PackageResources.openapi_yaml)))
        }
        return router
    }
}
