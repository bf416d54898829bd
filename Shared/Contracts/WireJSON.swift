public import Foundation

/// How bodies are written: UTF-8 JSON, times as RFC 3339 in UTC with milliseconds, slashes not escaped.
public enum WireJSON {
    /// Members are in the order of their names.
    ///
    /// - Throws: `EncodingError`; no contract of this module can cause it.
    public static func encode(_ message: some Encodable) throws -> [UInt8] {
        let writer = JSONWriter()
        try writer.write(message)
        return writer.bytes
    }

    /// - Throws: `DecodingError` when the bytes are no JSON or not of this shape.
    public static func decode<Body: Decodable>(_ type: Body.Type, from bytes: [UInt8]) throws -> Body {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = date(from: text) else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "not an RFC 3339 time: \(text.prefix(40))")
            }
            return date
        }
        return try decoder.decode(type, from: Data(bytes))
    }

    /// `2026-11-22T08:30:00.125Z`.
    public static func text(of date: Date) -> String {
        WireTime.text(of: date) ?? date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }

    /// Reads a time with or without fraction, in any offset. Nil when it is none.
    public static func date(from text: String) -> Date? {
        if let date = WireTime.date(from: text) { return date }
        for style in [Date.ISO8601FormatStyle(includingFractionalSeconds: true), Date.ISO8601FormatStyle()] {
            // A style refuses the other form by throwing; that is no error but the next style's turn.
            if let date = try? Date(text, strategy: style) { return date }
        }
        return nil
    }
}
