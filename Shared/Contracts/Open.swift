/// A value from a list that may grow: what this version knows, or the word that a newer sender used, kept as it is.
public enum Open<Known: RawRepresentable & Hashable & Sendable>: Hashable, Sendable, Codable
where Known.RawValue == String {
    case known(Known)
    case unknown(String)

    public init(_ known: Known) { self = .known(known) }

    public init(rawValue: String) {
        self = Known(rawValue: rawValue).map(Open.known) ?? .unknown(rawValue)
    }

    /// The word on the wire.
    public var rawValue: String {
        switch self {
        case .known(let known): known.rawValue
        case .unknown(let word): word
        }
    }

    /// Nil for a word of a newer version.
    public var known: Known? {
        guard case .known(let known) = self else { return nil }
        return known
    }

    public init(from decoder: any Decoder) throws {
        self.init(rawValue: try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
