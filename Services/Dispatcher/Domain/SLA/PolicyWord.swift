/// A word of a policy's file, told apart from what it is not in words for whoever wrote it.
enum PolicyWord {
    /// - Parameter wanted: what may stand there.
    static func read<Word: RawRepresentable>(_ decoder: any Decoder, wanted: String) throws -> Word
    where Word.RawValue == String {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let word = Word(rawValue: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "one of \(wanted), not \(text.prefix(40))")
        }
        return word
    }
}

extension SLATimer {
    public init(from decoder: any Decoder) throws {
        let names = Self.plain.map(\.rawValue) + ["step:CODE", "group:CODE", "clock:CODE"]
        self = try PolicyWord.read(decoder, wanted: names.joined(separator: ", "))
    }
}

extension SLALimit.Unit {
    public init(from decoder: any Decoder) throws {
        self = try PolicyWord.read(decoder, wanted: Self.allCases.map(\.rawValue).joined(separator: ", "))
    }
}

extension ThresholdPoint {
    public init(from decoder: any Decoder) throws {
        self = try PolicyWord.read(decoder, wanted: "75%, due, -30m, +120m")
    }
}
