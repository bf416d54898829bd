import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Postgres
import ServiceKit

/// Whoever looks sees headquarters, his stations and departments, and the engineers who work there; the warehouse sees
/// everything.
extension PartsDesk {
    /// What lies at a place.
    struct Line: Sendable {
        let part: String
        let place: String
        let quantity: Int64
    }

    func parts(for identity: Identity) async throws -> [Part] {
        try await pool.transaction { transaction in
            _ = try await scope.staff(identity, in: transaction)
            return try await transaction.query(StockStore.parts).map(StockStore.part)
        }
    }

    func stock(of part: String?, at place: String?, for identity: Identity) async throws -> [Line] {
        try await pool.transaction { transaction in
            let places = try await seenPlaces(place, for: identity, in: transaction)
            return try await transaction.query(StockStore.stock(of: part, at: places)).map { row in
                let (part, place, quantity) = try row.decode(String.self, String.self, Int64.self)
                return Line(part: part, place: place, quantity: quantity)
            }
        }
    }

    /// Old pieces that wait to be sent back or written off, the oldest first, at most 500.
    func oldPieces(of part: String?, at place: String?, for identity: Identity) async throws -> [PartPiece] {
        try await pool.transaction { transaction in
            let places = try await seenPlaces(place, for: identity, in: transaction)
            return try await transaction.query(PieceStore.old(of: part, at: places)).map(PieceStore.piece)
        }
    }

    /// What was told of a part, the newest first, each with its number.
    ///
    /// - Returns: nil for a part that is not there.
    func movements(
        of part: String, at place: String?, before: Int64, limit: Int64, for identity: Identity
    ) async throws -> [(number: Int64, movement: StockMovement)]? {
        try await pool.transaction { transaction in
            var filter = PieceStore.MovementFilter(before: before, limit: limit)
            filter.places = try await seenPlaces(place, for: identity, in: transaction)
            let results = try await transaction.pipeline([
                StockStore.part(part), PieceStore.movements(of: part, filter),
            ])
            if results[0].isEmpty { return nil }
            return try results[1].map { (try $0.value("number"), try StockStore.movement($0)) }
        }
    }

    /// - Returns: nil for all; of one place nothing when he does not see it.
    private func seenPlaces(
        _ place: String?, for identity: Identity, in transaction: Transaction
    ) async throws -> [String]? {
        let staff = try await scope.staff(identity, in: transaction)
        let wanted = place.map { [$0] }
        if staff.roles.contains(StaffRole.warehouse.rawValue) { return wanted }
        let people = try await transaction.query(StockStore.people(of: staff.departments.sorted()))
        let engineers = try people.map { StockPlace.engineer(ID(try $0.decode(UUID.self))).text }
        let seen = Set(
            engineers + staff.departments.map { StockPlace.station($0).text } + [StockPlace.headquarters.text])
        return wanted?.filter(seen.contains) ?? seen.sorted()
    }

    // MARK: Requests

    /// Those of a work order, the oldest first; nil when his departments have nothing to do with it.
    func requests(of order: ID<WorkOrder>, for identity: Identity) async throws -> [PartRequest]? {
        try await pool.transaction { transaction in
            guard try await MoneyDesk.place(order, identity, in: transaction) != nil else { return nil }
            return try await transaction.query(StockStore.requests(of: order)).map(StockStore.request)
        }
    }

    /// What the warehouse has to do, urgent requests first.
    func openRequests(for identity: Identity) async throws -> [PartRequest] {
        try await pool.transaction { transaction in
            let staff = try await scope.staff(identity, in: transaction)
            return try await transaction.query(StockStore.openRequests(departments: staff.departments.sorted()))
                .map(StockStore.request)
        }
    }
}
