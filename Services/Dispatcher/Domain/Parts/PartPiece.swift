import Contracts
public import Foundation
public import Kernel

/// A piece with a number of its own: one that was built in, or an old one that came out and waits to be sent back.
public struct PartPiece: Hashable, Sendable {
    public enum State: String, Hashable, Sendable, CaseIterable {
        case builtIn = "built-in"
        /// It came out of a customer's machine and is no stock: nobody builds it in as if it were new.
        case old
        /// Written off.
        case gone
    }

    public let part: String
    public let serial: String
    public var state: State
    /// Where an old one lies; nil for every other.
    public var place: StockPlace?
    /// What it was built in or came out for.
    public var order: ID<WorkOrder>?
    /// Who built it in, took it out or sent it on last.
    public var by: String
    public var at: Date

    public init(
        part: String, serial: String, state: State, place: StockPlace?, order: ID<WorkOrder>?, by: String, at: Date
    ) {
        self.part = part
        self.serial = serial
        self.state = state
        self.place = place
        self.order = order
        self.by = by
        self.at = at
    }
}

extension StockMovement {
    /// It is an old piece that goes, none of the stock.
    public var isOfOldPiece: Bool {
        oldSerial != nil && [.transfer, .takeBack, .writeOff].contains(kind)
    }

    /// The numbers of the pieces that it is about.
    public var serials: [String] {
        guard kind == .use || isOfOldPiece else { return [] }
        return [newSerial, oldSerial].compactMap(\.self)
    }

    /// How its pieces stand after it.
    ///
    /// - Parameter known: how they stood before; pieces that nobody has told of are not among them.
    /// - Throws: ``MoneyRefusal``: `serial-taken` for one that is built in somewhere already, unless a note says why; `not-here`
    ///   for an old piece that does not lie there.
    public func pieces(after known: [PartPiece]) throws(MoneyRefusal) -> [PartPiece] {
        func piece(_ serial: String, _ state: PartPiece.State, at place: StockPlace?) -> PartPiece {
            let before = known.first { $0.serial == serial }
            return PartPiece(
                part: part, serial: serial, state: state, place: place, order: order ?? before?.order, by: by.name,
                at: at)
        }
        var after: [PartPiece] = []
        if kind == .use, let newSerial {
            if let there = known.first(where: { $0.serial == newSerial && $0.state == .builtIn }), note == nil {
                throw MoneyRefusal(
                    .serialTaken, zh: "编号 \(newSerial) 已由\(there.by)装上；确实如此请在note中说明",
                    en: "\(there.by) has built in \(newSerial) before; if it is so all the same, say why in note")
            }
            after.append(piece(newSerial, .builtIn, at: nil))
        }
        guard let oldSerial else { return after }
        if kind == .use {
            after.append(piece(oldSerial, .old, at: from))
        } else if isOfOldPiece {
            guard known.contains(where: { $0.serial == oldSerial && $0.state == .old && $0.place == from }) else {
                throw MoneyRefusal(
                    .notHere, zh: "那里没有旧件 \(oldSerial)", en: "there is no old piece \(oldSerial) at that place")
            }
            after.append(piece(oldSerial, kind == .writeOff ? .gone : .old, at: to))
        }
        return after
    }
}
