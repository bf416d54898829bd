import Foundation
public import Kernel

/// What a station's month comes to (S0.44): always the sum of its lines, whichever way they are added up.
public struct Statement: Hashable, Sendable {
    public let station: String
    public let month: SettlementMonth
    public let lines: [Charge]

    public init(station: String, month: SettlementMonth, lines: [Charge]) {
        self.station = station
        self.month = month
        self.lines = lines
    }

    public var total: Fen { Fen.sum(lines.map(\.amount)) }

    public var byBearer: [Charge.Bearer: Fen] { sums(\.bearer) }
    public var byKind: [Charge.Kind: Fen] { sums(\.kind) }

    /// What the company owes the station: what it bears itself, and what it gets back from a vendor. What the customer pays
    /// the station has from him; what it bears itself nobody pays it.
    public var payable: Fen { (byBearer[.company] ?? .zero) + (byBearer[.vendor] ?? .zero) }

    /// Every way of adding up comes to the same.
    public var isBalanced: Bool {
        Fen.sum(byBearer.values) == total && Fen.sum(byKind.values) == total
    }

    private func sums<Key: Hashable>(_ key: (Charge) -> Key) -> [Key: Fen] {
        lines.reduce(into: [:]) { $0[key($1)] = ($0[key($1)] ?? .zero) + $1.amount }
    }

    /// Whether the month may be closed now.
    ///
    /// - Parameters:
    ///   - unreviewed: lines of the month or before that wait for review or were sent back.
    ///   - current: the month where the station is.
    /// - Throws: ``MoneyRefusal``: `role-missing`, `month-not-over`, `unreviewed`, `month-closed`.
    public func checkClosing(
        unreviewed: Int, current: SettlementMonth, isClosed: Bool, by staff: StaffActor
    ) throws(MoneyRefusal) {
        try MoneyRefusal.need(ChargeRules.settlers, staff)
        guard !isClosed else {
            throw MoneyRefusal(.monthClosed, zh: "\(month.text) 已结账", en: "\(month.text) is closed")
        }
        guard month < current else {
            throw MoneyRefusal(.monthNotOver, zh: "\(month.text) 还没结束", en: "\(month.text) is not over")
        }
        guard unreviewed == 0 else {
            throw MoneyRefusal(
                .unreviewed, zh: "还有 \(unreviewed) 笔费用待审核或被退回",
                en: "\(unreviewed) lines wait for review or were sent back")
        }
    }

    /// The first month from that of a moment on that is not closed.
    public static func openMonth(from month: SettlementMonth, closed: Set<SettlementMonth>) -> SettlementMonth {
        var open = month
        while closed.contains(open) { open = open.next }
        return open
    }

    /// Comma-separated (RFC 4180), one line each, with a byte order mark so that Excel reads Chinese; what begins as a
    /// formula does is a text.
    public func csv(tickets: [ID<Charge>: String]) -> String {
        let head = [
            "ticket", "visit", "kind", "text", "quantity", "price", "amount", "inside", "bearer", "corrects", "id",
        ]
        let rows = lines.map { line in
            [
                tickets[line.id] ?? "", line.visit.map { "\($0)" } ?? "", line.kind.rawValue, line.text,
                "\(line.quantity)", line.price.yuan, line.amount.yuan, line.isInside ? "yes" : "no",
                line.bearer.rawValue, line.corrects?.description ?? "", line.id.description,
            ]
        }
        let sum = ["total", "", "", "", "", "", total.yuan, "", "", "", ""]
        return "\u{FEFF}"
            + ([head] + rows + [sum]).map { $0.map(Self.cell).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func cell(_ text: String) -> String {
        // Amounts begin with a minus and stay numbers.
        let isNumber = text.wholeMatch(of: /-?[0-9]+(\.[0-9]+)?/) != nil
        let safe = !isNumber && text.first.map { "=+-@\t\r".contains($0) } == true ? "'" + text : text
        guard safe.contains(where: { ",\"\r\n".contains($0) }) else { return safe }
        return "\"" + safe.replacing("\"", with: "\"\"") + "\""
    }
}
