import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes tables part, part_stock, stock_movement and part_request.
enum StockStore {
    static let parts: SQL = """
        select code, name_zh, name_en, price, has_serials, active
        from dispatch.part
        order by code
        """

    static func part(_ code: String) -> SQL {
        """
        select code, name_zh, name_en, price, has_serials, active
        from dispatch.part
        where code = \(code)
        """
    }

    static func part(_ row: Row) throws -> Part {
        let (code, chinese, english, price, hasSerials, active) = try row.decode(
            String.self, String.self, String.self, Int64.self, Bool.self, Bool.self)
        return Part(
            code: code, name: Phrase(zh: chinese, en: english), price: Fen(price), hasSerials: hasSerials,
            isActive: active)
    }

    static func keep(_ part: Part) -> SQL {
        """
        insert into dispatch.part (code, name_zh, name_en, price, has_serials, active)
        values (
          \(part.code), \(part.name.zh), \(part.name.en), \(part.price.amount), \(part.hasSerials), \(part.isActive))
        on conflict (code) do update
        set name_zh = excluded.name_zh,
          name_en = excluded.name_en,
          price = excluded.price,
          has_serials = excluded.has_serials,
          active = excluded.active
        """
    }

    /// What lies where, at these places or everywhere.
    static func stock(of part: String?, at places: [String]?) -> SQL {
        """
        select part, place, quantity
        from dispatch.part_stock
        where (\(part)::text is null or part = \(part))
          and (\(places)::text[] is null or place = any(\(places)::text[]))
          and quantity > 0
        order by part, place
        limit 2000
        """
    }

    /// Ids of those who work in these departments, and so have places of their own there.
    static func people(of departments: [String]) -> SQL {
        """
        select id
        from dispatch.staff
        where department = any(\(departments)::text[])
        """
    }

    /// A row for a place that there is, also when whoever it belongs to is not active any more.
    static func exists(_ place: StockPlace) -> SQL {
        switch place {
        case .headquarters: "select 1 as one"
        case .station(let code): "select 1 as one from dispatch.department where code = \(code)"
        case .engineer(let id): "select 1 as one from dispatch.staff where id = \(id.value)"
        }
    }

    // MARK: Movements

    static let movementColumns = """
        id, kind, part, quantity, from_place, to_place, work_order, visit, old_serial, new_serial, note, by_id, by_name, at,
          number
        """

    static func movement(_ id: ID<StockMovement>) -> SQL {
        """
        select \(unescaped: movementColumns)
        from dispatch.stock_movement
        where id = \(id.value)
        """
    }

    static func movement(_ row: Row) throws -> StockMovement {
        let (id, kind, part, quantity, from, to, order, visit, old, new, note, by, name, at, _) = try row.decode(
            UUID.self, String.self, String.self, Int64.self, String?.self, String?.self, UUID?.self, Int32?.self,
            String?.self, String?.self, String?.self, UUID.self, String.self, Date.self, Int64.self)
        return StockMovement(
            id: ID(id), kind: StockMovement.Kind(rawValue: kind) ?? .transfer, part: part, quantity: Int(quantity),
            from: from.flatMap(StockPlace.init), to: to.flatMap(StockPlace.init), order: order.map { ID($0) },
            visit: visit.map(Int.init), oldSerial: old, newSerial: new, note: note, by: Person(id: ID(by), name: name),
            at: at)
    }

    static func insert(_ movement: StockMovement) -> SQL {
        """
        insert into dispatch.stock_movement (
          id, kind, part, quantity, from_place, to_place, work_order, visit, old_serial, new_serial, note, by_id, by_name, at)
        values (
          \(movement.id.value), \(movement.kind.rawValue), \(movement.part), \(movement.quantity),
          \(movement.from?.text), \(movement.to?.text), \(movement.order?.value), \(movement.visit.map(Int64.init)),
          \(movement.oldSerial), \(movement.newSerial), \(movement.note), \(movement.by.id.value), \(movement.by.name),
          \(movement.at))
        on conflict do nothing
        returning id
        """
    }

    /// Takes pieces away if so many are there; else no row is changed.
    static func take(_ movement: StockMovement, from place: StockPlace) -> SQL {
        """
        update dispatch.part_stock
        set quantity = quantity - \(movement.quantity)
        where part = \(movement.part)
          and place = \(place.text)
          and quantity >= \(movement.quantity)
        """
    }

    static func put(_ movement: StockMovement, to place: StockPlace) -> SQL {
        """
        insert into dispatch.part_stock (part, place, quantity)
        values (\(movement.part), \(place.text), \(movement.quantity))
        on conflict (part, place) do update
        set quantity = part_stock.quantity + excluded.quantity
        """
    }

    /// How many are there, and who took some last.
    static func shortage(of part: String, at place: StockPlace) -> SQL {
        """
        select
          (select coalesce(sum(quantity), 0)::bigint
          from dispatch.part_stock
          where part = \(part)
            and place = \(place.text)), m.by_name, o.ticket_number
        from (values (1)) as one (x)
        left join lateral (
          select by_name, work_order
          from dispatch.stock_movement
          where part = \(part)
            and from_place = \(place.text)
          order by at desc
          limit 1) m on true
        left join dispatch.work_order o on o.id = m.work_order
        """
    }

    // MARK: Requests

    private static let requestColumns = """
        id, work_order, visit, part, quantity, urgent, note, asked_by, asked_by_name, asked_at, state, from_place, carrier,
        tracking, reason, changed_by, changed_by_name, changed_at
        """

    static func requests(of order: ID<WorkOrder>) -> SQL {
        """
        select \(unescaped: requestColumns)
        from dispatch.part_request
        where work_order = \(order.value)
        order by asked_at, id
        limit 500
        """
    }

    /// Those that are on their way through, urgent ones first, of work that one of these departments has to do with.
    static func openRequests(departments: [String]) -> SQL {
        """
        select \(unescaped: requestColumns.split(separator: ",").map { "r." + $0.trimmed }.joined(separator: ", "))
        from dispatch.part_request r
        join dispatch.work_order o on o.id = r.work_order
        where r.state in ('asked', 'granted', 'shipped')
          and o.departments && \(departments)::text[]
        order by r.urgent desc, r.asked_at, r.id
        limit 500
        """
    }

    /// One, locked until the transaction ends.
    static func lockRequest(_ id: ID<PartRequest>) -> SQL {
        """
        select \(unescaped: requestColumns)
        from dispatch.part_request
        where id = \(id.value)
        for update
        """
    }

    static func request(_ row: Row) throws -> PartRequest {
        let (
            id, order, visit, part, quantity, urgent, note, by, byName, at, state, from, carrier, tracking, reason,
            changer, changerName, changedAt
        ) = try row.decode(
            UUID.self, UUID.self, Int32?.self, String.self, Int64.self, Bool.self, String?.self, UUID.self, String.self,
            Date.self, String.self, String?.self, String?.self, String?.self, String?.self, UUID.self, String.self,
            Date.self)
        return PartRequest(
            id: ID(id), order: ID(order), visit: visit.map(Int.init), part: part, quantity: Int(quantity),
            isUrgent: urgent, note: note, askedBy: Person(id: ID(by), name: byName), askedAt: at,
            state: PartRequest.State(rawValue: state) ?? .asked, from: from.flatMap(StockPlace.init), carrier: carrier,
            tracking: tracking, reason: reason, changedBy: Person(id: ID(changer), name: changerName),
            changedAt: changedAt)
    }

    static func insert(_ request: PartRequest) -> SQL {
        """
        insert into dispatch.part_request (
          id, work_order, visit, part, quantity, urgent, note, asked_by, asked_by_name, asked_at, state, changed_by,
          changed_by_name, changed_at)
        values (
          \(request.id.value), \(request.order.value), \(request.visit.map(Int64.init)), \(request.part),
          \(request.quantity), \(request.isUrgent), \(request.note), \(request.askedBy.id.value),
          \(request.askedBy.name), \(request.askedAt), \(request.state.rawValue), \(request.changedBy.id.value),
          \(request.changedBy.name), \(request.changedAt))
        on conflict do nothing
        """
    }

    static func update(_ request: PartRequest) -> SQL {
        """
        update dispatch.part_request
        set state = \(request.state.rawValue),
          from_place = \(request.from?.text),
          carrier = \(request.carrier),
          tracking = \(request.tracking),
          reason = \(request.reason),
          changed_by = \(request.changedBy.id.value),
          changed_by_name = \(request.changedBy.name),
          changed_at = \(request.changedAt)
        where id = \(request.id.value)
        """
    }
}

extension Substring {
    fileprivate var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
