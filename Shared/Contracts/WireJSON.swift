public import Foundation

/// How bodies are written: UTF-8 JSON, times as RFC 3339 in UTC with milliseconds, slashes not escaped.
public enum WireJSON {
    /// The years 1900 to 2200, wherever on earth: a time that people send lies in them, or is a slip of the keyboard.
    public static let era =
        Date(timeIntervalSince1970: -2_209_039_200)..<Date(timeIntervalSince1970: 7_289_697_600)

    /// Members are in the order of their names. What is written can be read again.
    ///
    /// - Throws: `EncodingError` for a number that JSON cannot write and a time outside of the years 0 to 9999.
    public static func encode(_ message: some Encodable) throws -> [UInt8] {
        let writer = JSONWriter()
        try writer.write(message)
        return writer.bytes
    }

    /// - Parameters:
    ///   - times: those that are taken; nil: all.
    ///   - userInfo: what the types that are read want to know.
    /// - Throws: `DecodingError` when the bytes are no JSON or not of this shape.
    public static func decode<Body: Decodable>(
        _ type: Body.Type, from bytes: [UInt8], times: Range<Date>? = nil,
        userInfo: [CodingUserInfoKey: any Sendable] = [:]
    ) throws -> Body {
        let decoder = JSONDecoder()
        if !userInfo.isEmpty { decoder.userInfo = userInfo }
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = date(from: text), times?.contains(date) ?? true else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "not a time such as 2026-11-22T08:30:00+08:00: \(text.prefix(40))")
            }
            return date
        }
        return try decoder.decode(type, from: Data(bytes))
    }

    /// `2026-11-22T08:30:00.125Z`. A time before the year 0 or after 9999 becomes the first or last of them.
    public static func text(of date: Date) -> String {
        if let text = WireTime.text(of: date) { return text }
        return date < era.lowerBound ? "0000-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z"
    }

    /// Reads a time with or without fraction, in any offset. Nil when it is none, when the calendar or the clock does not
    /// have it, such as the 30th of February, and when it could not be written again.
    public static func date(from text: String) -> Date? { WireTime.date(from: text) ?? WireTime.dateInAnyForm(text) }
}
