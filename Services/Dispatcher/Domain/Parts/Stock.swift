public import Contracts
public import Foundation
public import Kernel

/// A part that is kept, sold or built in.
public struct Part: Hashable, Sendable {
    public let code: String
    public let name: Phrase
    public let price: Fen
    /// Whoever builds it in writes down its number, and that of the one that comes out.
    public let hasSerials: Bool
    public let isActive: Bool

    public init(code: String, name: Phrase, price: Fen, hasSerials: Bool, isActive: Bool) {
        self.code = code
        self.name = name
        self.price = price
        self.hasSerials = hasSerials
        self.isActive = isActive
    }

    /// - Parameter price: fen.
    /// - Throws: `InvalidInput`, ``MoneyRefusal``.
    public static func keep(
        _ code: String, chineseName: String?, englishName: String?, price: Int64?, hasSerials: Bool, isActive: Bool,
        by actor: Authority
    ) throws -> Part {
        guard actor.isOperator || !actor.roles.isDisjoint(with: [.warehouse, .administrator]) else {
            throw MoneyRefusal.roleMissing([.warehouse, .administrator])
        }
        var reader = DraftReader()
        let code = reader.code(code, "/code")
        let name = Phrase(
            zh: reader.text(chineseName, "/name/zh", limit: 80), en: reader.text(englishName, "/name/en", limit: 80))
        let money = Fen(price ?? -1)
        if money < .zero || money > .most {
            reader.fault("/price", price == nil ? "required" : "malformed", "Fen, from 0 to \(Fen.most.amount).")
        }
        try reader.check()
        return Part(code: code, name: name, price: money, hasSerials: hasSerials, isActive: isActive)
    }
}

/// Where parts lie: `headquarters`, `station:shanghai`, `engineer:…`.
public enum StockPlace: Hashable, Sendable {
    case headquarters
    /// A station or any department, by its code.
    case station(String)
    case engineer(ID<Staff>)

    public init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.dropFirst().first) {
        case ("headquarters", nil): self = .headquarters
        case ("station", let code?) where DraftReader.isCode(code): self = .station(code)
        case ("engineer", let id?):
            guard let id = ID<Staff>(id) else { return nil }
            self = .engineer(id)
        default: return nil
        }
    }

    public var text: String {
        switch self {
        case .headquarters: "headquarters"
        case .station(let code): "station:\(code)"
        case .engineer(let id): "engineer:\(id)"
        }
    }
}

/// Parts that went from one place to another, came in or were used; none is ever changed.
public struct StockMovement: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Bought, or counted more than there seemed to be.
        case receipt
        case transfer
        /// Built in at a customer's.
        case use
        /// Not needed, or the old one: back to a store.
        case takeBack = "return"
        /// Broken, lost, or counted less.
        case writeOff = "write-off"
        /// Put aside for a request; it comes to who asked when he has received it.
        case reservation
        case delivery
    }

    /// The sender's own, so that the same movement told twice is one.
    public let id: ID<StockMovement>
    public let kind: Kind
    public let part: String
    public let quantity: Int
    /// Nil: from outside.
    public let from: StockPlace?
    /// Nil: out of the stock.
    public let to: StockPlace?
    public let order: ID<WorkOrder>?
    public let visit: Int?
    public let oldSerial: String?
    public let newSerial: String?
    public let note: String?
    public let by: Person
    public let at: Date

    public init(
        id: ID<StockMovement>, kind: Kind, part: String, quantity: Int, from: StockPlace?, to: StockPlace?,
        order: ID<WorkOrder>?, visit: Int?, oldSerial: String?, newSerial: String?, note: String?, by: Person, at: Date
    ) {
        self.id = id
        self.kind = kind
        self.part = part
        self.quantity = quantity
        self.from = from
        self.to = to
        self.order = order
        self.visit = visit
        self.oldSerial = oldSerial
        self.newSerial = newSerial
        self.note = note
        self.by = by
        self.at = at
    }

    /// Whether the other tells of the same.
    public func isSame(as other: StockMovement) -> Bool {
        kind == other.kind && part == other.part && quantity == other.quantity && from == other.from && to == other.to
            && order == other.order && visit == other.visit
            && newSerial == other.newSerial && oldSerial == other.oldSerial
    }
}
