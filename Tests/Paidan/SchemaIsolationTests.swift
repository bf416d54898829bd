import Postgres
import Testing

@testable import PaidanTool

@Suite struct `The schemas of one database` {
    /// Each can live on a server of its own, so none may lean on another. Tried, not only looked up: every relation of
    /// the catalogue, by everybody it does not belong to.
    @Test func `are closed to each other's roles, every table to every role`() async throws {
        try await WholeDatabase.with { database in
            let relations = try await database.relations()
            #expect(Set(relations.map(\.schema)) == Set(WholeDatabase.schemas))
            #expect(relations.count > 60)
            for schema in WholeDatabase.schemas {
                guard let run = database.run[schema], let owner = database.owner[schema] else { continue }
                for relation in relations where relation.schema != schema {
                    let look: SQL =
                        relation.isSequence
                        ? "select nextval(\(relation.description)::regclass)"
                        : "select 1 as one from \(unescaped: relation.description) limit 1"
                    await expect("\(schema)_run on \(relation)", denied: { try await run.query(look) })
                    await expect("\(schema)_owner on \(relation)", denied: { try await owner.query(look) })
                    await expect(
                        "\(schema)_member on \(relation)",
                        denied: {
                            try await run.transaction(role: "\(schema)_member") { try await $0.query(look) }
                        })
                }
                for other in WholeDatabase.schemas where other != schema {
                    for kind in ["owner", "run", "member"] {
                        await expect(
                            "\(schema)_run as \(other)_\(kind)",
                            denied: { try await run.query("set role \(unescaped: "\(other)_\(kind)")") })
                    }
                }
            }
        }
    }

    @Test func `grant nothing to strangers, and have no role that is above the rules`() async throws {
        try await WholeDatabase.with { database in
            let granted = try await database.admin.query(
                """
                select r.rolname::text || ' on ' || c.oid::regclass::text as what
                from pg_class c
                join pg_namespace n on n.oid = c.relnamespace
                cross join pg_roles r
                where n.nspname = any (\(WholeDatabase.schemas)::text[])
                    and c.relkind in ('r', 'p', 'v', 'm', 'f')
                    and r.rolname ~ '_(owner|run|member)$'
                    and split_part(r.rolname, '_', 1) = any (\(WholeDatabase.schemas)::text[])
                    and split_part(r.rolname, '_', 1) <> n.nspname
                    and (
                        has_table_privilege(r.oid, c.oid, 'select, insert, update, delete, truncate, references, trigger')
                        or has_any_column_privilege(r.oid, c.oid, 'select, insert, update, references')
                        or has_schema_privilege(r.oid, n.oid, 'usage, create')
                    )
                """
            ).map { try $0.decode(String.self) }
            #expect(granted == [])
            let mighty = try await database.admin.query(
                """
                select rolname::text
                from pg_roles
                where split_part(rolname, '_', 1) = any (\(WholeDatabase.schemas)::text[])
                    and (rolsuper or rolbypassrls or rolcreaterole or rolcreatedb or rolreplication)
                """
            ).map { try $0.decode(String.self) }
            #expect(mighty == [])
        }
    }

    /// Customers, what they own, which department takes a channel's requests, the lists of departments, skills,
    /// territories, hours and needs of jobs that everybody chooses from, what visits must bring back, and by which hours and
    /// limits work is counted belong to the company: every member of staff may see them.
    static let companyWide: Set = [
        "intake.customer", "intake.contact", "intake.site", "intake.installed_product", "intake.contract",
        "intake.department_route", "dispatch.department", "dispatch.skill", "dispatch.territory", "dispatch.shift",
        "dispatch.calendar", "dispatch.calendar_version", "dispatch.sla_policy", "dispatch.sla_policy_version",
        "dispatch.job_need", "dispatch.evidence_rule",
    ]

    /// What every transaction of a member needs, in every schema: the time, timers by their ids, and the ids of messages
    /// that wait, so that none is written twice. No word of anybody's is in them.
    static let machinery: [String: [String]] = [
        "clock": ["singleton", "shift", "adjustable"],
        "timer": [
            "id", "kind", "subject_id", "generation", "due_at", "wake_at", "fired_at", "cancelled_at",
            "attempts", "last_error",
        ],
        "outbox": ["id", "message_id"],
    ]

    @Test func `let a member read of the machinery only what holds no words`() async throws {
        try await WholeDatabase.with { database in
            for table in try await database.relations() {
                guard let harmless = Self.machinery[table.name] else { continue }
                let readable = try await database.admin.query(
                    """
                    select attname::text
                    from pg_attribute
                    where attrelid = \(table.description)::regclass
                        and attnum > 0
                        and has_column_privilege(\(table.schema + "_member"), attrelid, attnum, 'select')
                    """
                ).map { try $0.decode(String.self) }
                #expect(Set(readable).subtracting(harmless) == [], "\(table)")
            }
        }
    }

    @Test func `show a member only the rows of his departments, in every table that he may read at all`() async throws {
        try await WholeDatabase.with { database in
            let tables = try await database.relations().filter { !$0.isSequence }
            var readable: [WholeDatabase.Relation] = []
            for table in tables
            where !Self.companyWide.contains(table.description) && Self.machinery[table.name] == nil {
                if try await database.seen(table, departments: "{}") != nil { readable.append(table) }
            }
            for table in readable {
                for number in 1...2 { try await database.fill(table, number) }
            }
            for table in readable {
                for nobody in ["", "{}", "{d3}", "{D1,d11}"] {
                    #expect(try await database.seen(table, departments: nobody) == 0, "\(table) for '\(nobody)'")
                }
                #expect(try await database.seen(table, departments: "{d1}") == 1, "\(table)")
                #expect(try await database.seen(table, departments: "{d3,d2,d1}") == 2, "\(table)")
            }
            // Every service shows something to members.
            #expect(Set(readable.map(\.schema)) == Set(WholeDatabase.schemas))
        }
    }
}

/// Expects that PostgreSQL says no, and not that something else goes wrong.
private func expect(
    _ what: String, denied body: () async throws -> some Any, at place: SourceLocation = #_sourceLocation
) async {
    do {
        _ = try await body()
        Issue.record("\(what): was let in", sourceLocation: place)
    } catch let error as PostgresError where error.kind == .insufficientPrivilege {
        return
    } catch {
        Issue.record("\(what): \(error)", sourceLocation: place)
    }
}
