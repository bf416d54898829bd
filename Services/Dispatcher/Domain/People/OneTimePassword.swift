/// A password that is shown once, used once, and read over the telephone if need be: `k7dm-q2ra-…`.
public struct OneTimePassword: Hashable, Sendable {
    /// No letter or digit that looks or sounds like another (0 o, 1 i l, u v).
    static let alphabet = Array("abcdefghjkmnpqrstwxyz23456789")
    /// 16 of 29 characters: 77 bits.
    static let length = 16

    /// Small letters and digits only: the form that is hashed.
    public let secret: String

    /// Draws a new one.
    public init(using generator: inout some RandomNumberGenerator) {
        secret = String(
            (0..<Self.length).map { _ in Self.alphabet[Int(generator.next(upperBound: UInt(Self.alphabet.count)))] })
    }

    /// Reads what a person typed; spaces, dashes and capitals do not matter.
    public init(typed text: String) {
        secret = text.lowercased().filter { !$0.isWhitespace && $0 != "-" }
    }

    /// Whether it could be one at all.
    public var isWellFormed: Bool { secret.count == Self.length && secret.allSatisfy(Self.alphabet.contains) }

    /// In groups of four, for people.
    public var shown: String {
        stride(from: 0, to: secret.count, by: 4)
            .map { String(secret.dropFirst($0).prefix(4)) }
            .joined(separator: "-")
    }
}
