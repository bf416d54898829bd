import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres

/// Reads and writes table part_piece, and what was told of a part's movements.
enum PieceStore {
    private static let columns = "part, serial, state, place, work_order, by_name, at"

    /// Whoever tells of pieces of this part does it in turn, until the transaction ends.
    static func turn(of part: String) -> SQL {
        """
        select 1 as one
        from dispatch.part
        where code = \(part)
        for no key update
        """
    }

    static func pieces(of part: String, _ serials: [String]) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.part_piece
        where part = \(part)
          and serial = any(\(serials)::text[])
        """
    }

    /// Old pieces that wait to be sent back or written off, the oldest first.
    static func old(of part: String?, at places: [String]?) -> SQL {
        """
        select \(unescaped: columns)
        from dispatch.part_piece
        where state = 'old'
          and (\(part)::text is null or part = \(part))
          and (\(places)::text[] is null or place = any(\(places)::text[]))
        order by at, part, serial
        limit 500
        """
    }

    static func piece(_ row: Row) throws -> PartPiece {
        let (part, serial, state, place, order, by, at) = try row.decode(
            String.self, String.self, String.self, String?.self, UUID?.self, String.self, Date.self)
        return PartPiece(
            part: part, serial: serial, state: PartPiece.State(rawValue: state) ?? .gone,
            place: place.flatMap(StockPlace.init), order: order.map { ID($0) }, by: by, at: at)
    }

    static func keep(_ piece: PartPiece) -> SQL {
        """
        insert into dispatch.part_piece (part, serial, state, place, work_order, by_name, at)
        values (
          \(piece.part), \(piece.serial), \(piece.state.rawValue), \(piece.place?.text), \(piece.order?.value),
          \(piece.by), \(piece.at))
        on conflict (part, serial) do update
        set state = excluded.state,
          place = excluded.place,
          work_order = excluded.work_order,
          by_name = excluded.by_name,
          at = excluded.at
        """
    }

    // MARK: What was told

    struct MovementFilter: Sendable {
        /// Nil: everywhere.
        var places: [String]?
        /// The number of a line; older ones are wanted.
        var before = Int64.max
        var limit: Int64 = 50
    }

    /// Movements of a part from or to these places, the newest first, each with its number.
    static func movements(of part: String, _ filter: MovementFilter) -> SQL {
        """
        select \(unescaped: StockStore.movementColumns)
        from dispatch.stock_movement
        where part = \(part)
          and number < \(filter.before)
          and (\(filter.places)::text[] is null
            or from_place = any(\(filter.places)::text[])
            or to_place = any(\(filter.places)::text[]))
        order by number desc
        limit \(filter.limit)
        """
    }
}
