internal import Foundation
internal import Postgres
internal import ReportingDomain

/// Merges read models into the tables. Each statement leaves the same rows whichever event came first.
enum ReadModelStore {
    static func merge(_ models: ReadModels) -> [SQL] {
        var statements: [SQL] = []
        // In the order of the keys, so that two batches never wait for each other in a circle.
        if !models.tickets.isEmpty {
            statements.append(merge(models.tickets.sorted { $0.key.uuidString < $1.key.uuidString }))
        }
        if !models.nodes.isEmpty { statements.append(insert(Array(models.nodes.values))) }
        if !models.incidents.isEmpty { statements.append(insert(Array(models.incidents))) }
        if !models.wishes.isEmpty { statements.append(insert(Array(models.wishes))) }
        if !models.deliveries.isEmpty {
            statements.append(merge(models.deliveries.sorted { $0.key.uuidString < $1.key.uuidString }))
        }
        if !models.callBacks.isEmpty {
            statements.append(merge(models.callBacks.sorted { $0.key.uuidString < $1.key.uuidString }))
        }
        if !models.calls.isEmpty { statements.append(insert(Array(models.calls))) }
        return statements
    }

    private static func merge(_ tickets: [(key: UUID, value: TicketView)]) -> SQL {
        """
        insert into report.ticket as old (
          id, number, subject, customer, department, described_by, channel, kind, urgency, created_at, status, status_at,
          status_version, who)
        select id, number, subject, customer, department, described_by, channel, kind, urgency, created_at, status,
          status_at, status_version, who
        from unnest(
          \(tickets.map(\.key))::uuid[],
          \(tickets.map(\.value.number))::text[],
          \(tickets.map(\.value.subject))::text[],
          \(tickets.map(\.value.customer))::text[],
          \(tickets.map(\.value.department))::text[],
          \(tickets.map(\.value.describedBy))::bigint[],
          \(tickets.map(\.value.origin?.channel))::text[],
          \(tickets.map(\.value.origin?.kind))::text[],
          \(tickets.map(\.value.origin?.urgency))::text[],
          \(tickets.map(\.value.origin?.createdAt))::timestamptz[],
          \(tickets.map(\.value.status.node.rawValue))::text[],
          \(tickets.map(\.value.status.at))::timestamptz[],
          \(tickets.map(\.value.status.version))::bigint[],
          \(tickets.map(\.value.status.who))::text[]
        ) as new (
          id, number, subject, customer, department, described_by, channel, kind, urgency, created_at, status, status_at,
          status_version, who)
        on conflict (id) do update
        set (number, subject, customer, department, described_by) = (
              select picked.number, picked.subject, picked.customer, picked.department, picked.described_by
              from (values
                (old.number, old.subject, old.customer, old.department, old.described_by),
                (excluded.number, excluded.subject, excluded.customer, excluded.department, excluded.described_by)
              ) as picked (number, subject, customer, department, described_by)
              order by picked.described_by desc nulls last
              limit 1),
            channel = coalesce(old.channel, excluded.channel),
            kind = coalesce(old.kind, excluded.kind),
            urgency = coalesce(old.urgency, excluded.urgency),
            created_at = coalesce(old.created_at, excluded.created_at),
            (status, status_at, status_version, who) = (
              select picked.status, picked.status_at, picked.status_version, picked.who
              from (values
                (old.status, old.status_at, old.status_version, old.who),
                (excluded.status, excluded.status_at, excluded.status_version, excluded.who)
              ) as picked (status, status_at, status_version, who)
              order by picked.status_version > 0 desc, picked.status_at desc, picked.status_version desc
              limit 1)
        """
    }

    private static func insert(_ nodes: [NodeFact]) -> SQL {
        """
        insert into report.node (
          aggregate_id, version, ticket_id, node, who, at, step, title_zh, title_en, visit, ended)
        select aggregate_id, version, ticket_id, node, who, at, step, title_zh, title_en, visit, ended
        from unnest(
          \(nodes.map(\.key.aggregate))::uuid[],
          \(nodes.map(\.key.version))::bigint[],
          \(nodes.map(\.ticket))::uuid[],
          \(nodes.map(\.node.rawValue))::text[],
          \(nodes.map(\.who))::text[],
          \(nodes.map(\.at))::timestamptz[],
          \(nodes.map(\.step?.code))::text[],
          \(nodes.map(\.step?.titleZh))::text[],
          \(nodes.map(\.step?.titleEn))::text[],
          \(nodes.map { $0.step?.visit.map(Int64.init) })::bigint[],
          \(nodes.map { $0.step?.isEnd == true })::boolean[]
        ) as new (aggregate_id, version, ticket_id, node, who, at, step, title_zh, title_en, visit, ended)
        order by aggregate_id, version
        on conflict (aggregate_id, version) do nothing
        """
    }

    private static func insert(_ incidents: [IncidentFact]) -> SQL {
        """
        insert into report.incident (aggregate_id, version, incident, ticket_id, who, note, at)
        select aggregate_id, version, incident, ticket_id, who, note, at
        from unnest(
          \(incidents.map(\.key.aggregate))::uuid[],
          \(incidents.map(\.key.version))::bigint[],
          \(incidents.map(\.incident.rawValue))::text[],
          \(incidents.map(\.ticket))::uuid[],
          \(incidents.map(\.who))::text[],
          \(incidents.map(\.note))::text[],
          \(incidents.map(\.at))::timestamptz[]
        ) as new (aggregate_id, version, incident, ticket_id, who, note, at)
        order by aggregate_id, version, incident
        on conflict (aggregate_id, version, incident) do nothing
        """
    }

    private static func insert(_ wishes: [(key: NodeFact.Key, value: WishView)]) -> SQL {
        """
        insert into report.wish (aggregate_id, version, ticket_id, wish, action, visit, note, at)
        select aggregate_id, version, ticket_id, wish, action, visit, note, at
        from unnest(
          \(wishes.map(\.key.aggregate))::uuid[],
          \(wishes.map(\.key.version))::bigint[],
          \(wishes.map(\.value.ticket))::uuid[],
          \(wishes.map(\.value.wish))::text[],
          \(wishes.map(\.value.action))::text[],
          \(wishes.map { $0.value.visit.map(Int64.init) })::bigint[],
          \(wishes.map(\.value.note))::text[],
          \(wishes.map(\.value.at))::timestamptz[]
        ) as new (aggregate_id, version, ticket_id, wish, action, visit, note, at)
        order by aggregate_id, version
        on conflict (aggregate_id, version) do nothing
        """
    }

    private static func merge(_ deliveries: [(key: UUID, value: DeliveryView)]) -> SQL {
        """
        insert into report.delivery as old (id, version, ticket_id, occasion, channel, recipient, state, reason, at)
        select id, version, ticket_id, occasion, channel, recipient, state, reason, at
        from unnest(
          \(deliveries.map(\.key))::uuid[],
          \(deliveries.map(\.value.version))::bigint[],
          \(deliveries.map(\.value.ticket))::uuid[],
          \(deliveries.map(\.value.occasion))::text[],
          \(deliveries.map(\.value.channel))::text[],
          \(deliveries.map(\.value.recipient))::text[],
          \(deliveries.map(\.value.state))::text[],
          \(deliveries.map(\.value.reason))::text[],
          \(deliveries.map(\.value.at))::timestamptz[]
        ) as new (id, version, ticket_id, occasion, channel, recipient, state, reason, at)
        on conflict (id) do update
        set version = excluded.version, ticket_id = excluded.ticket_id, occasion = excluded.occasion,
          channel = excluded.channel, recipient = excluded.recipient, state = excluded.state, reason = excluded.reason,
          at = excluded.at
        where old.version < excluded.version
        """
    }

    private static func merge(_ callBacks: [(key: UUID, value: CallBackView)]) -> SQL {
        """
        insert into report.call_back as old (id, version, ticket_id, state, due_at, at)
        select id, version, ticket_id, state, due_at, at
        from unnest(
          \(callBacks.map(\.key))::uuid[],
          \(callBacks.map(\.value.version))::bigint[],
          \(callBacks.map(\.value.ticket))::uuid[],
          \(callBacks.map(\.value.state))::text[],
          \(callBacks.map(\.value.dueAt))::timestamptz[],
          \(callBacks.map(\.value.at))::timestamptz[]
        ) as new (id, version, ticket_id, state, due_at, at)
        on conflict (id) do update
        set version = excluded.version, ticket_id = excluded.ticket_id, state = excluded.state,
          due_at = excluded.due_at, at = excluded.at
        where old.version < excluded.version
        """
    }

    private static func insert(_ calls: [(key: NodeFact.Key, value: CallView)]) -> SQL {
        """
        insert into report.call (aggregate_id, version, ticket_id, attempt, outcome, score, note, who, at)
        select aggregate_id, version, ticket_id, attempt, outcome, score, note, who, at
        from unnest(
          \(calls.map(\.key.aggregate))::uuid[],
          \(calls.map(\.key.version))::bigint[],
          \(calls.map(\.value.ticket))::uuid[],
          \(calls.map { Int64($0.value.attempt) })::bigint[],
          \(calls.map(\.value.outcome))::text[],
          \(calls.map { $0.value.score.map(Int64.init) })::bigint[],
          \(calls.map(\.value.note))::text[],
          \(calls.map(\.value.who))::text[],
          \(calls.map(\.value.at))::timestamptz[]
        ) as new (aggregate_id, version, ticket_id, attempt, outcome, score, note, who, at)
        order by aggregate_id, version
        on conflict (aggregate_id, version) do nothing
        """
    }

    /// Empties the read models and keeps writers out until the transaction ends; readers see the old rows meanwhile.
    static let empty: [SQL] = [
        """
        lock table report.ticket, report.node, report.incident, report.wish, report.delivery, report.call_back, report.call
        in share row exclusive mode
        """,
        "delete from report.call",
        "delete from report.call_back",
        "delete from report.delivery",
        "delete from report.incident",
        "delete from report.wish",
        "delete from report.node",
        "delete from report.ticket",
    ]
}
