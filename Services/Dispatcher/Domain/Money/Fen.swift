/// Money: a whole number of fen, the hundredth of a yuan. Never a fraction, and never more than the counter holds.
public struct Fen: Hashable, Sendable, Comparable, Codable {
    public let amount: Int64

    public init(_ amount: Int64) { self.amount = amount }

    public static let zero = Fen(0)

    /// What one line may come to: ten million yuan.
    public static let most = Fen(1_000_000_000)

    public static func < (one: Fen, other: Fen) -> Bool { one.amount < other.amount }

    /// Adds; sums of lines stay far from the end of the counter, and one that would not stops the program.
    public static func + (one: Fen, other: Fen) -> Fen { Fen(one.amount + other.amount) }

    public static prefix func - (one: Fen) -> Fen { Fen(-one.amount) }

    public static func sum(_ all: some Sequence<Fen>) -> Fen { all.reduce(.zero, +) }

    /// - Returns: nil beyond ``most``.
    public func times(_ count: Int) -> Fen? {
        let (product, overflow) = amount.multipliedReportingOverflow(by: Int64(count))
        return overflow || product.magnitude > UInt64(Self.most.amount) ? nil : Fen(product)
    }

    /// `12.50`, as exports have it.
    public var yuan: String {
        let (whole, rest) = (amount.magnitude / 100, amount.magnitude % 100)
        return "\(amount < 0 ? "-" : "")\(whole).\(rest < 10 ? "0" : "")\(rest)"
    }

    public init(from decoder: any Decoder) throws {
        amount = try decoder.singleValueContainer().decode(Int64.self)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(amount)
    }
}
