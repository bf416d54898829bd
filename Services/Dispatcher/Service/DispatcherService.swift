import Hummingbird
import Messaging
public import Postgres
public import ServiceKit
public import ServiceLifecycle

/// Finds somebody to do the work and follows it until it is closed.
///
/// Hears `ticket.created`. Says `work.offered` … `work.closed`. Owns schema `dispatch`. Serves `/api/dispatch/v1`.
public struct DispatcherService: SuiteService {
    public static let name = "dispatcher"
    public static let schema = "dispatch"
    public static let settings: [any AnySetting] = DispatcherSettings.all
    public static let migrations =
        MessagingSchema.migrations
        + [Migration(name: "V001_dispatch", sql: PackageResources.V001_dispatch_sql)]

    public static func parts(_ kit: Kit) async throws -> [any Service] {
        let settings = try DispatcherSettings(kit.settings)
        let consumer = kit.consumer("dispatcher.events", routes: [OnTicketCreated().route], pace: .milliseconds(50))
        return [
            consumer,
            DeferredWorker(consumers: [consumer], schema: schema, pool: kit.workPool, logger: kit.logger),
            kit.deadLetterArchiver(),
            kit.httpServer(router(kit, settings)),
        ]
    }

    static func router(_ kit: Kit, _ settings: DispatcherSettings) -> Router<RequestScope> {
        // The keys are ours: no need to fetch them from ourselves.
        kit.identity.trust([settings.signer.publicKey])
        let router = kit.router()
        let signIn = SignIn(pool: kit.requestPool, signer: settings.signer)
        let cookie = TokenCookie(isSecure: settings.isCookieSecure)
        let takeStep = TakeStep(pool: kit.requestPool, outbox: kit.outbox)
        let lookUp = LookUpWork(pool: kit.requestPool)
        SessionRoutes(signIn: signIn, identity: kit.identity, cookie: cookie).add(to: router)
        WorkOrderRoutes(identity: kit.identity, takeStep: takeStep, lookUp: lookUp).add(to: router)
        SignInPages(signIn: signIn, cookie: cookie).add(to: router)
        WorkPages(identity: kit.identity, takeStep: takeStep, lookUp: lookUp).add(to: router)
        return router
    }
}
