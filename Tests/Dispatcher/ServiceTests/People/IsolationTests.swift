@testable import DispatcherService
import ServiceKit
import Contracts
import DispatcherDomain
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Postgres
import TestSupport
import Testing

private let path = "/api/dispatch/v1/work-orders"

/// Something of everything, of the station in Shanghai.
struct ShanghaiRecords: Sendable {
    let workOrder: ID<WorkOrder>
    let member: ID<Staff>
    let leave: ID<Leave>
    let duty: ID<Duty>
    let offer: ID<WorkOffer>
    /// One that belongs to the work order.
    let file: ID<WorkFile>

    /// Words by which a record of Shanghai gives itself away.
    var marks: [String] {
        [
            workOrder.description, member.description, leave.description, duty.description, offer.description,
            file.description, "周杰",
            "T1000001",
            "shanghai-night",
        ]
    }

    static func make(_ dispatcher: DispatcherFixture) async throws -> ShanghaiRecords {
        let workOrder = try await dispatcher.open(1, department: "shanghai")
        try await dispatcher.haveVisited(workOrder)
        let desk = PeopleDesk(pool: dispatcher.database.pool, outbox: dispatcher.kit.outbox)
        let member = try dispatcher.member("shanghai").person.id
        let references = KeepReferences(desk: desk)
        _ = try await references.keepSkill(
            "dell", chineseName: "戴尔", englishName: "Dell", isActive: true, for: .operators)
        _ = try await AdministerStaff(desk: desk).setSkills(
            of: member, to: [SkillLevel(skill: "dell", level: 3, until: nil)], expectedVersion: 1, for: .operators)
        _ = try await references.keepTerritory(
            .init(
                code: "pudong", chineseName: "浦东", englishName: "Pudong", regions: ["310115"], places: ["浦东新区"],
                departments: ["shanghai"], isActive: true), for: .operators)
        let shifts = PlanShifts(desk: desk)
        _ = try await shifts.keep(
            "shanghai-night", department: "shanghai", chineseName: "夜班", englishName: "Night", hours: "22:00-06:00",
            isActive: true, for: .operators)
        let day = try #require(LocalDay("2026-11-23"))
        try await shifts.replace([(member, day, ["shanghai-night"])], for: .operators)
        let start = Date(timeIntervalSince1970: 4_000_000_000)
        let leave = try await TakeLeave(desk: desk).request(
            .init(kind: "sick", start: start, end: start + 3600, reason: "私人"), staff: member, deputy: nil,
            for: .operators)
        let duty = try await KeepDutyRoster(desk: desk).add(
            .init(
                department: "shanghai", post: "hotline", rank: 1, start: start + 7200, end: start + 9000, note: nil),
            staff: member, for: .operators)
        // Its clocks, by an agreement of its own.
        let policies = KeepPolicies(desk: desk)
        _ = try await policies.put(
            .one("shanghai-gold", .solution, 60), department: "shanghai", expectedVersion: 0, note: nil,
            for: .operators)
        _ = try await policies.agree(
            ServiceAgreement(
                department: "shanghai", customer: nil, calendar: nil, policy: "shanghai-gold", version: 1),
            expectedVersion: 0, for: .operators)
        _ = try await KeepEngineers(desk: desk).keepLimits(
            EngineerLimits(open: 3, hourly: nil), of: member, for: .operators)
        let pool = dispatcher.database.pool
        let offer: UUID = try await pool.query("select id from dispatch.work_offer")[0].decode(UUID.self)
        let no = OfferAnswer(
            staff: Person(id: member, name: "周杰"), at: start, reason: .parts, note: nil)
        try await pool.query(OfferStore.answer(no, to: ID(offer)))
        return ShanghaiRecords(
            workOrder: workOrder, member: member, leave: leave.id, duty: duty.id, offer: ID(offer),
            file: try await dispatcher.haveSent(member, for: workOrder))
    }
}

extension DispatcherFixture {
    /// A photo of somebody's, in a work order, and one that he uses nowhere yet.
    func haveSent(_ member: ID<Staff>, for order: ID<WorkOrder>) async throws -> ID<WorkFile> {
        let files = (ID<WorkFile>(UUID()), ID<WorkFile>(UUID()))
        for (file, order) in [(files.0, order.value), (files.1, nil)] as [(ID<WorkFile>, UUID?)] {
            try await database.pool.query(
                """
                insert into dispatch.work_file (
                  id, uploader, kind, size, digest, received, finished_at, work_order)
                values (\(file.value), \(member.value), 'image/jpeg', 3, '', 3, now(), \(order))
                """)
        }
        return files.0
    }

    /// A visit, a notice and an errand of a work order.
    func haveVisited(_ id: ID<WorkOrder>) async throws {
        try await database.pool.pipeline([
            """
            insert into dispatch.work_visit (work_order, number, step, step_at, department)
            values (\(id.value), 1, 'agreed', now(), 'shanghai')
            """,
            """
            insert into dispatch.work_notice (work_order, at, recipient, department, occasion, step)
            values (\(id.value), now(), 'engineer', 'shanghai', 'urged', 'offered')
            """,
            """
            insert into dispatch.work_errand (work_order, at, kind, fields)
            values (\(id.value), now(), 'parts', '{}')
            """,
            """
            insert into dispatch.visit_signature (id, work_order, visit, path, signer, sheet, taken_by, taken_at)
            values (\(UUID()), \(id.value), 1, 'M 1 2 L 3 4', '周杰', repeat('0', 64), \(UUID()), now())
            """,
            """
            insert into dispatch.appointment (
              work_order, visit, sequence, starts_at, length, days, window_start, window_end, time_zone, changed_at)
            values (\(id.value), 1, 0, now(), 3600, 1, now(), now() + interval '2 h', 'Asia/Shanghai', now())
            """,
            """
            insert into dispatch.appointment_booking (work_order, visit, staff, place, starts_at, ends_at)
            select \(id.value), 1, id, 0, now(), now() + interval '1 h'
            from dispatch.staff
            limit 1
            """,
        ])
    }
}

@Suite struct `A department` {
    @Test func `sees its own work orders and those below it, by every route`() async throws {
        try await withDispatcher { dispatcher, client in
            let shanghai = try await dispatcher.open(1, department: "shanghai")
            let seen = ["shanghai": true, "manager": true, "beijing": false, "developer": false]
            for (login, sees) in seen {
                let token = try await dispatcher.token(login)
                for query in ["?view=open", "?ticket=T1000001"] {
                    let list = try await client.call(.get, path + query, token: token)
                    #expect((list["items.0.id"] == shanghai.description) == sees, "\(login) \(query)")
                }
                #expect(try await client.call(.get, "\(path)/\(shanghai)", token: token).status == (sees ? 200 : 404))
            }
            for step in ["accept", "depart", "arrive", "finish", "close"] {
                let answer = try await client.call(
                    .post, "\(path)/\(shanghai)/actions/\(step)", token: try await dispatcher.token("beijing"))
                #expect(answer.status == 404, "\(step): \(answer.text)")
            }
            #expect(try await dispatcher.said().isEmpty)
        }
    }

    /// Tables that hold nothing about anybody: codes, names and hours to choose from. The clock is the suite's.
    private static let open: Set = [
        "department", "skill", "territory", "shift", "clock", "calendar", "calendar_version", "sla_policy",
        "sla_policy_version", "job_need", "evidence_rule",
    ]
    /// Written by everybody's requests and looked at by none: only the id can be read, to avoid a second one.
    private static let writeOnly: Set = ["outbox"]
    /// Holds ids of timers and nothing else.
    private static let timers: Set = ["timer"]

    @Test func `shows a stranger nothing of another in any table, even where a condition was forgotten`() async throws {
        try await withDispatcher { dispatcher, _ in
            _ = try await ShanghaiRecords.make(dispatcher)
            let pool = dispatcher.database.pool
            let tables = try await dispatcher.database.adminPool.query(
                """
                select c.relname::text, c.relrowsecurity,
                  has_table_privilege('dispatch_member', c.oid, 'select'),
                  has_table_privilege('dispatch_member', c.oid, 'insert, update, delete')
                from pg_class c
                where c.relnamespace = 'dispatch'::regnamespace
                  and c.relkind in ('r', 'p', 'v')
                """
            ).map { try $0.decode(String.self, Bool.self, Bool.self, Bool.self) }
            #expect(tables.count > 20)
            let secret: Set = [
                "chosen_password", "staff_password", "sign_in_attempt", "staff_identity", "sign_in_session",
                "sign_in_failure", "inbox",
                "dead_letter", "work_file", "work_file_piece", "phone_device", "phone_command",
            ]
            for (table, isGuarded, isReadable, isWritable) in tables {
                if secret.contains(table) { #expect(!isReadable && !isWritable, "\(table) is open to members") }
                guard isReadable || isWritable, !Self.writeOnly.union(Self.timers).contains(table), table != "clock"
                else { continue }
                #expect(isGuarded, "\(table) has no row-level security")
                guard !Self.open.contains(table) else { continue }
                // Something is there that could be seen.
                let all = try await pool.query("select count(*) from dispatch.\(unescaped: table)")[0].decode(Int.self)
                #expect(all > 0, "\(table) is empty: nothing is proved")
                let developer = try dispatcher.member("developer").person.id
                let tried: [(String?, String?, String?)] = [
                    (nil, nil, nil), ("{rnd}", developer.description, "{engineer,rnd,administrator}"),
                ]
                for settings in tried {
                    let count = try await rows(of: table, settings, pool)
                    // In his own department he may see himself and his like, but none of the others'.
                    let own = settings.0 == nil ? 0 : try await ownRows(of: table, pool)
                    #expect(count == own, "\(table) with \(settings)")
                }
            }
            // The same in Shanghai sees it: the policies do not just hide everything.
            let shanghai = try dispatcher.member("shanghai").person.id
            for table in [
                "work_order", "work_event", "work_visit", "work_notice", "work_errand", "staff", "staff_skill",
                "shift_day", "leave", "duty", "sla_agreement", "clock_event", "work_clocks",
                "work_offer", "work_offer_answer", "engineer_limits", "visit_signature", "appointment",
                "appointment_booking",
            ] {
                #expect(
                    try await rows(of: table, ("{shanghai}", shanghai.description, "{engineer}"), pool) > 0, "\(table)")
            }
        }
    }

    private func rows(
        of table: String, _ settings: (String?, String?, String?), _ pool: PostgresPool
    ) async throws -> Int {
        try await pool.transaction(role: "dispatch_member") { transaction in
            try await transaction.query(
                """
                select set_config('paidan.departments', coalesce(\(settings.0)::text, ''), true),
                  set_config('paidan.staff', coalesce(\(settings.1)::text, ''), true),
                  set_config('paidan.roles', coalesce(\(settings.2)::text, ''), true)
                """)
            return try await transaction.query("select 1 as one from dispatch.\(unescaped: table)").count
        }
    }

    /// What the department `rnd` has there, counted by the service itself.
    private func ownRows(of table: String, _ pool: PostgresPool) async throws -> Int {
        let condition =
            switch table {
            case "work_event", "work_visit", "work_notice", "work_errand", "clock_event", "work_clocks", "work_offer",
                "visit_signature", "appointment", "appointment_booking":
                "work_order in (select id from dispatch.work_order where department = 'rnd')"
            case "work_offer_answer":
                """
                offer in (select f.id from dispatch.work_offer f
                join dispatch.work_order o on o.id = f.work_order where o.department = 'rnd')
                """
            case "staff_skill", "shift_day", "engineer_limits":
                "staff in (select id from dispatch.staff where department = 'rnd')"
            default: "department = 'rnd'"
            }
        return try await pool.query(
            "select count(*) from dispatch.\(unescaped: table) where \(unescaped: condition)")[0].decode(Int.self)
    }

    @Test func `lets a stranger do nothing by any route of the API`() async throws {
        try await withDispatcher { dispatcher, client in
            let records = try await ShanghaiRecords.make(dispatcher)
            let routes = DispatcherService.router(dispatcher.kit, dispatcher.settings).routes
                .map { (method: $0.method, path: $0.path.description) }
                .filter { $0.path.hasPrefix("/api/dispatch/v1") && $0.method != .head }
            #expect(routes.count > 40)
            let open: Set = [
                "POST /api/dispatch/v1/sessions", "DELETE /api/dispatch/v1/sessions/me",
                "POST /api/dispatch/v1/sessions/renewal", "GET /api/dispatch/v1/sessions/renewal",
                "GET /api/dispatch/v1/keys", "GET /api/dispatch/v1/openapi.yaml", "GET /api/dispatch/v1/sessions/oidc",
                "GET /api/dispatch/v1/sessions/oidc/callback", "GET /api/dispatch/v1/appointments/{token}",
                "PUT /api/dispatch/v1/appointments/{token}", "POST /api/dispatch/v1/appointments/{token}/confirmation",
                "GET /api/dispatch/v1/appointments/{token}/calendar.ics",
            ]
            let before = try await footprint(dispatcher)
            for (method, path) in routes where !open.contains("\(method.rawValue) \(path)") {
                // Nobody at all.
                let nobody = try await client.call(method, filled(path, records), json: body(method, path, records))
                #expect(nobody.status == 401, "\(method) \(path): \(nobody.status)")
                for login in ["developer", "beijing"] {
                    // His own account is his.
                    if path.hasSuffix("/password") || path.hasSuffix("/sessions") && !path.contains("staff") {
                        continue
                    }
                    if path.hasSuffix("/sessions/me") { continue }
                    // His telephone is his; each command of it is answered for itself (SyncTests).
                    if path.hasSuffix("/sync") { continue }
                    // He may ask for leave for himself; the body names another.
                    let answer = try await ask(
                        client, method, filled(path, records) + query(path), try await dispatcher.token(login),
                        body(method, path, records))
                    if path.contains("{id}") || method != .get {
                        #expect(
                            [403, 404].contains(answer.status),
                            "\(login) \(method) \(path): \(answer.status) \(answer.text)")
                    } else {
                        #expect([200, 403, 404].contains(answer.status), "\(login) \(method) \(path): \(answer.text)")
                    }
                    let told = Self.references.contains { path.hasSuffix($0) } ? [] : records.marks
                    for mark in told where answer.status < 300 {
                        #expect(!answer.text.contains(mark), "\(login) \(method) \(path) tells of \(mark)")
                    }
                }
            }
            #expect(try await footprint(dispatcher) == before)
        }
    }

    /// Lists of codes and names for everybody.
    private static let references = [
        "/departments", "/departments/{code}", "/skills", "/territories", "/territories/serving", "/calendars",
        "/policies", "/job-needs", "/parts",
    ]

    /// What a successful act would have left behind.
    private func footprint(_ dispatcher: DispatcherFixture) async throws -> [Int] {
        try await dispatcher.database.pool.pipeline([
            "select count(*) from dispatch.outbox", "select count(*) from dispatch.people_audit",
            "select count(*) from dispatch.staff", "select count(*) from dispatch.leave",
            "select count(*) from dispatch.duty", "select count(*) from dispatch.shift_day",
            "select count(*) from dispatch.appointment", "select count(*) from dispatch.evidence_rule",
            "select count(*) from dispatch.visit_signature",
            "select count(*) from dispatch.calendar_version", "select count(*) from dispatch.sla_policy_version",
            "select coalesce(sum(version), 0)::bigint from dispatch.sla_agreement",
            "select coalesce(sum(version), 0)::bigint from dispatch.staff",
            "select count(*) from dispatch.staff_password",
        ]).map { try $0[0].decode(Int.self) }
    }

    private func filled(_ path: String, _ records: ShanghaiRecords) -> String {
        let id =
            path.contains("/offers/")
            ? records.offer.description
            : path.contains("/files/")
                ? records.file.description
                : path.contains("/work-orders")
                    ? records.workOrder.description
                    : path.contains("/leaves")
                        ? records.leave.description
                        : path.contains("/duties") ? records.duty.description : records.member.description
        return path.replacing("{id}", with: id).replacing("{code}", with: "shanghai")
            .replacing("{action}", with: "accept").replacing("{number}", with: "1").replacing("{version}", with: "1")
            .replacing("{clock}", with: records.workOrder.description).replacing("{month}", with: "2026-10")
    }

    private func query(_ path: String) -> String {
        if path.hasSuffix("/availability") { return "?from=2026-11-22T00:00:00Z&until=2026-11-24T00:00:00Z" }
        if path.hasSuffix("/shift-plan") { return "?from=2026-11-01&through=2026-11-30" }
        if path.hasSuffix("/move-plan") { return "?to=2" }
        if path.hasSuffix("/hours") { return "?from=2026-11-22T00:00:00Z&until=2026-11-24T00:00:00Z" }
        if path.hasSuffix("/serving") { return "?region=310115" }
        return ""
    }

    /// One body that has what every route wants.
    /// One body is for all routes: what a route does not have is left out.
    private func ask(
        _ client: some TestClientProtocol, _ method: HTTPRequest.Method, _ path: String, _ token: String,
        _ json: String?
    ) async throws -> Answer {
        var answer = try await client.call(method, path, token: token, json: json)
        guard let json, var body = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any] else {
            return answer
        }
        while answer.status == 422 {
            let unknown = (0..<20).filter { answer["errors.\($0).code"] == "unknownField" }
                .compactMap { answer["errors.\($0).field"].map { String($0.dropFirst()) } }
            guard unknown.contains(where: { body[$0] != nil }) else { return answer }
            for field in unknown { body[field] = nil }
            let rest = String(decoding: try JSONSerialization.data(withJSONObject: body), as: UTF8.self)
            answer = try await client.call(method, path, token: token, json: rest)
        }
        return answer
    }

    private func body(_ method: HTTPRequest.Method, _ path: String, _ records: ShanghaiRecords) -> String? {
        guard method != .get, method != .delete else { return nil }
        if path.contains("/agreements") { return #"{"expectedVersion":1,"policy":"shanghai-gold"}"# }
        if path.hasSuffix("/holidays") {
            return #"{"expectedVersion":1,"format":"list","file":"2027-01-01, closed","from":2027}"#
        }
        if path.hasSuffix("/classification") { return #"{"severity":"low","reason":"just looking"}"# }
        if path.hasSuffix("/what-if") {
            return """
                {"from":"2026-11-01T00:00:00Z","until":"2026-12-01T00:00:00Z","department":"shanghai",
                 "policy":{"key":"shanghai-gold","version":1}}
                """
        }
        if path.hasSuffix("/movements") { return #"{"kind":"receipt","to":"headquarters"}"# }
        let name = path.contains("/staff") ? #""甲""# : #"{"zh":"甲","en":"A"}"#
        return """
            {"login":"intruder","name":\(name),"code":"intruded","parent":"shanghai","kind":"sick",
             "department":"shanghai","roles":["administrator"],"expectedVersion":2,"skills":[],"hours":"08:00-12:00",
             "regions":["31"],"departments":["shanghai"],"days":[{"staff":"\(records.member)","day":"2026-11-23","shifts":[]}],
             "staff":"\(records.member)","post":"hotline","from":"2096-01-01T00:00:00Z","until":"2096-01-02T00:00:00Z",
             "reason":"just looking","text":"process: intruded","to":2,
             "candidate":{"staff":"\(records.member)"},"policy":{"rows":[]},
             "calendar":{"timeZone":"UTC","weekly":{},"covers":"everyYear"}}
            """
    }

    @Test func `lets nobody move a work order to another department`() async throws {
        try await withDispatcher { dispatcher, _ in
            _ = try await dispatcher.open(1, department: "shanghai")
            await #expect(throws: PostgresError.self) {
                try await dispatcher.database.pool.transaction(role: "dispatch_member") { transaction in
                    try await transaction.query("select set_config('paidan.departments', '{shanghai}', true)")
                    try await transaction.query("update dispatch.work_order set department = 'beijing'")
                }
            }
        }
    }

    @Test(arguments: [
        "update dispatch.staff set roles = '{administrator}'",
        "insert into dispatch.staff (id, login, name, department, roles) values (gen_random_uuid(), 'x', 'x', 'rnd', '{desk}')",
        "update dispatch.department set parent = null", "insert into dispatch.skill values ('x', 'x', 'x')",
        "delete from dispatch.duty", "delete from dispatch.shift_day",
    ])
    func `keeps a member without the role from changing anything, even by a statement of his own`(sql: String)
        async throws
    {
        try await withDispatcher { dispatcher, _ in
            _ = try await ShanghaiRecords.make(dispatcher)
            let changed = try await changes(
                "\(unescaped: sql)", departments: "{rnd,shanghai}", roles: "{engineer,desk}", dispatcher)
            #expect(changed == 0)
        }
    }

    /// Nil or zero: nothing was changed.
    private func changes(
        _ sql: SQL, departments: String, roles: String, _ dispatcher: DispatcherFixture
    ) async throws -> Int {
        do {
            return try await dispatcher.database.pool.transaction(role: "dispatch_member") { transaction in
                try await transaction.query(
                    """
                    select set_config('paidan.departments', \(departments), true),
                      set_config('paidan.roles', \(roles), true)
                    """)
                return try await transaction.query(sql).affected
            }
        } catch let error as PostgresError where error.kind == .insufficientPrivilege {
            return 0
        }
    }
}

@Suite struct `The record of what was done` {
    @Test(arguments: ["dispatch_run", "dispatch_member"])
    func `can be added to and not changed`(role: String) async throws {
        try await withDispatcher { dispatcher, _ in
            let pool = dispatcher.database.pool
            let lines = try await pool.query("select 1 as one from dispatch.people_audit").count
            #expect(lines > 15)
            for sql: SQL in [
                "update dispatch.people_audit set act = 'x'", "delete from dispatch.people_audit",
                "truncate dispatch.people_audit",
            ] {
                await #expect(throws: PostgresError.self) {
                    try await pool.transaction(role: role == "dispatch_run" ? nil : role) { try await $0.query(sql) }
                }
            }
        }
    }

    @Test func `is read by administrators of the department and those above, and the look is recorded`() async throws {
        try await withDispatcher { dispatcher, client in
            _ = try await ShanghaiRecords.make(dispatcher)
            let audit = "/api/dispatch/v1/audit"
            for login in ["manager", "engineer", "director"] {
                let answer = try await client.call(.get, audit, token: try await dispatcher.token(login))
                #expect(answer.status == 403)
                #expect(answer.problem == "role-missing")
            }
            let admin = try await dispatcher.token("admin")
            let list = try await client.call(.get, audit + "?limit=200", token: admin)
            #expect(list.status == 200)
            #expect(list.text.contains("\"dutyAdded\""))
            // The departments of R&D are not below customer service.
            #expect(!list.text.contains("\"department\":\"rnd\""))
            let looks = try await client.call(.get, audit + "?act=auditRead", token: admin)
            #expect(looks["items.0.actorName"] == "吴昊")
            #expect(try await client.call(.get, audit + "?act=nonsense", token: admin).status == 422)
        }
    }
}
