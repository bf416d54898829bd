import Contracts
public import Foundation
public import Kernel

/// Who may move which parts.
public enum StockRules {
    public struct Draft: Hashable, Sendable {
        public var kind: String?
        public var quantity: Int?
        public var from: String?
        public var to: String?
        public var order: ID<WorkOrder>?
        public var visit: Int?
        public var oldSerial: String?
        public var newSerial: String?
        public var note: String?

        public init(
            kind: String?, quantity: Int?, from: String?, to: String?, order: ID<WorkOrder>?, visit: Int?,
            oldSerial: String?, newSerial: String?, note: String?
        ) {
            self.kind = kind
            self.quantity = quantity
            self.from = from
            self.to = to
            self.order = order
            self.visit = visit
            self.oldSerial = oldSerial
            self.newSerial = newSerial
            self.note = note
        }
    }

    /// What people tell of by themselves; the rest belongs to requests.
    public static let told: [StockMovement.Kind] = [.receipt, .transfer, .use, .takeBack, .writeOff]

    /// The warehouse moves everything; a station what it has; an engineer what he has.
    ///
    /// - Parameter visits: how many visits the draft's work order has; 0 without one.
    /// - Throws: `InvalidInput` with the field of each fault, ``MoneyRefusal``.
    public static func move(
        _ draft: Draft, _ part: Part, id: ID<StockMovement>, visits: Int, by staff: StaffActor, at time: Date
    ) throws -> StockMovement {
        var reader = DraftReader()
        let kind = reader.word(draft.kind, "/kind", of: StockMovement.Kind.self)
        let quantity = count(draft.quantity, &reader)
        let from = place(draft.from, "/from", isWanted: kind.map { $0 != .receipt }, &reader)
        let to = place(draft.to, "/to", isWanted: kind.map { [.receipt, .transfer, .takeBack].contains($0) }, &reader)
        if let from, from == to { reader.fault("/to", "malformed", "It is there already.") }
        if let kind, !told.contains(kind) {
            reader.fault("/kind", "unknownValue", "One of \(told.map(\.rawValue).joined(separator: ", ")).")
        }
        let (old, new) = (
            reader.optional(draft.oldSerial, "/oldSerial", limit: 80),
            reader.optional(draft.newSerial, "/newSerial", limit: 80)
        )
        let note = reader.optional(draft.note, "/note", limit: 500, isLine: false)
        if kind == .use {
            if draft.order == nil { reader.fault("/workOrder", "required", "What it was used for.") }
            if part.hasSerials, new == nil {
                reader.fault("/newSerial", "required", "The number of what was built in.")
            }
            if part.hasSerials, draft.quantity ?? 1 != 1 {
                reader.fault("/quantity", "malformed", "One by one: each has a number of its own.")
            }
        }
        if kind != .use, old != nil, draft.quantity ?? 1 != 1 {
            reader.fault("/quantity", "malformed", "One by one: each has a number of its own.")
        }
        if let old, old == new { reader.fault("/oldSerial", "malformed", "It is the number of the new one.") }
        if kind == .receipt, old != nil { reader.fault("/oldSerial", "malformed", "Such a movement has none.") }
        if let visit = draft.visit, visits == 0 || !(1...visits).contains(visit) {
            reader.fault("/visit", "unknownValue", "There is no such visit.")
        }
        if kind == .writeOff, note == nil { reader.fault("/note", "required", "Why it is gone.") }
        try reader.check()
        guard let kind else { throw InvalidInput([]) }
        try checkMover(kind, from, to, staff)
        return StockMovement(
            id: id, kind: kind, part: part.code, quantity: quantity, from: from, to: to, order: draft.order,
            visit: draft.visit, oldSerial: old, newSerial: new, note: note, by: staff.person, at: time)
    }

    static func count(_ count: Int?, _ reader: inout DraftReader) -> Int {
        let count = count ?? 1
        if !(1...9999).contains(count) { reader.fault("/quantity", "malformed", "A number from 1 to 9999.") }
        return count
    }

    private static func place(
        _ text: String?, _ field: String, isWanted: Bool?, _ reader: inout DraftReader
    ) -> StockPlace? {
        guard let text else {
            if isWanted == true { reader.fault(field, "required", "It is missing.") }
            return nil
        }
        guard let place = StockPlace(text) else {
            reader.fault(field, "malformed", "`headquarters`, `station:CODE` or `engineer:ID`.")
            return nil
        }
        if isWanted == false { reader.fault(field, "malformed", "Such a movement has none.") }
        return place
    }

    private static func checkMover(
        _ kind: StockMovement.Kind, _ from: StockPlace?, _ to: StockPlace?, _ staff: StaffActor
    ) throws(MoneyRefusal) {
        if staff.roles.contains(StaffRole.warehouse.rawValue) { return }
        let own = StockPlace.engineer(staff.person.id)
        let isHis = from == own || isStations(from, staff)
        switch kind {
        case .use, .takeBack: if isHis { return }
        case .transfer:
            // Of a station to its engineers, and of an engineer to a colleague; what goes up is a return.
            if isHis, to != .headquarters { return }
        case .receipt, .writeOff, .reservation, .delivery: break
        }
        throw MoneyRefusal.roleMissing([.warehouse])
    }

    private static func isStations(_ place: StockPlace?, _ staff: StaffActor) -> Bool {
        guard case .station(let code) = place else { return false }
        return staff.stations.contains(code)
            || staff.roles.contains(StaffRole.station.rawValue) && staff.departments.contains(code)
    }

    /// - Parameters:
    ///   - there: pieces that lie there.
    ///   - last: who took some last, and for which ticket.
    public static func notEnough(_ part: String, there: Int, last: (person: String, ticket: String?)?) -> MoneyRefusal {
        let zh = last.map { "，最近由\($0.person)领走" + ($0.ticket.map { "（\($0)）" } ?? "") } ?? ""
        let en = last.map { "; \($0.person) took some last" + ($0.ticket.map { " for \($0)" } ?? "") } ?? ""
        return MoneyRefusal(.notEnough, zh: "\(part) 只有 \(there) 件\(zh)", en: "there are \(there) of \(part)\(en)")
    }
}
