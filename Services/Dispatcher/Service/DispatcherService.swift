import Hummingbird
import Messaging
public import Postgres
public import ServiceKit
public import ServiceLifecycle

/// Finds somebody to do the work and follows it until it is closed; keeps the staff, their rights and plans.
///
/// Every kind of work runs by its process, which is data (`docs/processes.md`).
///
/// Hears `ticket.created`, what customers ask for (`ticket.urged`, `.withdrawn`, `.answered`) and what they say when they
/// are called back (`callback.done`). Says `work.offered` …
/// `work.closed`, `staff.changed`, `department.changed`. Owns schema
/// `dispatch`. Serves `/api/dispatch/v1`.
public struct DispatcherService: SuiteService {
    public static let name = "dispatcher"
    public static let schema = "dispatch"
    public static let settings: [any AnySetting] = DispatcherSettings.all
    public static let migrations =
        MessagingSchema.migrations + [
            Migration(name: "V001_dispatch", sql: PackageResources.V001_dispatch_sql),
            Migration(name: "V002_people", sql: PackageResources.V002_people_sql),
            Migration(name: "V003_processes", sql: PackageResources.V003_processes_sql),
            Migration(name: "V010_clocks", sql: PackageResources.V010_clocks_sql),
            MessagingSchema.timersByKey("V011_timers_by_key"),
            Migration(name: "V012_errands", sql: PackageResources.V012_errands_sql),
            Migration(name: "V013_texts", sql: PackageResources.V013_texts_sql),
            MessagingSchema.suspects("V014_suspects"),
            Migration(name: "V015_lighter_commands", sql: PackageResources.V015_lighter_commands_sql),
            Migration(name: "V016_offers", sql: PackageResources.V016_offers_sql),
            Migration(name: "V017_visits", sql: PackageResources.V017_visits_sql),
            Migration(name: "V018_phone", sql: PackageResources.V018_phone_sql),
            Migration(name: "V019_parts_and_money", sql: PackageResources.V019_parts_and_money_sql),
            Migration(name: "V020_appointments", sql: PackageResources.V020_appointments_sql),
            Migration(name: "V021_pieces", sql: PackageResources.V021_pieces_sql),
        ]

    public static func parts(_ kit: Kit) async throws -> [any Service] {
        let settings = try DispatcherSettings(kit.settings)
        let desk = ProcessDesk(kit)
        let consumer = kit.consumer(
            "dispatcher.events",
            routes: [desk.onTicketCreated.route, desk.onCustomerAsked.route, desk.onCallBackDone.route],
            pace: .milliseconds(50))
        return [
            consumer,
            DeferredWorker(consumers: [consumer], schema: schema, pool: kit.workPool, logger: kit.logger),
            kit.deadLetterArchiver(),
            desk.timers,
            kit.httpServer(router(kit, settings, desk)),
        ]
    }

    static func router(_ kit: Kit, _ settings: DispatcherSettings) -> Router<RequestScope> {
        router(kit, settings, ProcessDesk(kit))
    }

    private static func router(
        _ kit: Kit, _ settings: DispatcherSettings, _ desk: ProcessDesk
    ) -> Router<RequestScope> {
        // The keys are ours: no need to fetch them from ourselves.
        kit.identity.trust(settings.publicKeys)
        let router = kit.router()
        WorkPages(identity: kit.identity, runWork: desk.runWork, lookUp: desk.lookUp)
            .add(to: router.group().add(middleware: WorkRefusalsAsProblems()))
        addPeople(to: router, kit, settings, desk.keep.clocks, desk.shelf)
        let routes = router.group(PeopleAPI.path).add(middleware: WorkRefusalsAsProblems())
        WorkOrderRoutes(
            identity: kit.identity, runWork: desk.runWork, lookUp: desk.lookUp, tickOff: desk.tickOff
        ).add(to: routes)
        OfferRoutes(identity: kit.identity, desk: desk.offers, find: desk.findEngineers).add(to: routes)
        VisitRoutes(identity: kit.identity, signing: desk.signing)
            .add(to: routes)
        let phone = router.group(PeopleAPI.path).add(middleware: PhoneRefusalsAsProblems())
        FileRoutes(identity: kit.identity, files: desk.files).add(to: phone)
        SyncRoutes(identity: kit.identity, sync: desk.sync).add(to: phone)
        ChangesRoutes(identity: kit.identity, tell: desk.changes).add(to: phone)
        let appointments = AppointmentDesk(runWork: desk.runWork, lookUp: desk.lookUp, booking: BookAppointment())
        AppointmentRoutes(
            identity: kit.identity, desk: appointments,
            customer: CustomerAppointment(
                pool: kit.requestPool, outbox: kit.outbox, shelf: desk.shelf, keep: desk.keep, desk: appointments,
                secret: settings.secret), secret: settings.secret
        ).add(to: routes)
        var processes = desk.processes
        processes.kindsTaken = settings.kinds
        ProcessRoutes(
            api: PeopleAPI(identity: kit.identity, address: settings.address), processes: processes
        ).add(to: routes)
        WorkRoleRoutes(
            api: PeopleAPI(identity: kit.identity, address: settings.address), roles: desk.roles
        ).add(to: routes)
        return router
    }

    private static func addPeople(
        to router: Router<RequestScope>, _ kit: Kit, _ settings: DispatcherSettings, _ clocks: KeepClocks,
        _ shelf: ProcessShelf
    ) {
        let desk = PeopleDesk(pool: kit.requestPool, outbox: kit.outbox)
        let api = PeopleAPI(identity: kit.identity, address: settings.address)
        let signIn = SignIn(
            pool: kit.requestPool, signer: settings.signer, secret: settings.secret, times: settings.times)
        let cookies = SignInCookies(
            isSecure: settings.isCookieSecure, secret: settings.secret, times: settings.times)
        let account = OwnAccount(desk: desk, times: settings.times)
        SignInPages(api: api, signIn: signIn, cookies: cookies).add(to: router)
        let routes = router.group(PeopleAPI.path).add(middleware: RefusalsAsProblems())
        SessionRoutes(api: api, signIn: signIn, account: account, cookies: cookies, keys: settings.publicKeys)
            .add(to: routes)
        OpenIDRoutes(api: api, provider: settings.openID, signIn: signIn, cookies: cookies).add(to: routes)
        StaffRoutes(api: api, staff: AdministerStaff(desk: desk), times: settings.times).add(to: routes)
        DepartmentRoutes(
            api: api, departments: AdministerDepartments(desk: desk), references: KeepReferences(desk: desk)
        ).add(to: routes)
        PlanRoutes(api: api, shifts: PlanShifts(desk: desk), roster: KeepDutyRoster(desk: desk)).add(to: routes)
        EngineerRoutes(api: api, engineers: KeepEngineers(desk: desk)).add(to: routes)
        LeaveRoutes(api: api, leave: TakeLeave(desk: desk)).add(to: routes)
        AuditRoutes(api: api, audit: ReadAudit(desk: desk)).add(to: routes)
        CalendarRoutes(api: api, calendars: KeepCalendars(desk: desk)).add(to: routes)
        PolicyRoutes(api: api, policies: KeepPolicies(desk: desk, shelf: shelf)).add(to: routes)
        ClockRoutes(
            api: api, look: LookAtClocks(desk: desk, library: clocks.library, shelf: shelf),
            reclassify: ReclassifyWork(desk: desk, clocks: clocks)
        ).add(to: routes)
        let money = router.group(PeopleAPI.path).add(middleware: MoneyRefusalsAsProblems())
        MoneyRoutes(
            identity: kit.identity, desk: MoneyDesk(pool: kit.requestPool), months: SettleMonths(pool: kit.requestPool)
        ).add(to: money)
        PartRoutes(api: api, desk: PartsDesk(desk: desk)).add(to: money)
        EvidenceRoutes(api: api, rules: KeepEvidenceRules(desk: desk, kinds: settings.kinds)).add(to: routes)
        OpenAPIRoute().add(to: routes)
    }
}
