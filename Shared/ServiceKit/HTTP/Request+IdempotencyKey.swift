public import HTTPTypes
public import HummingbirdCore

extension Request {
    /// The `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header): 1 to 200 visible ASCII characters. The
    /// quotation marks of a structured-field text are taken off, so that `"abc"` and `abc` are one key.
    ///
    /// - Throws: a 400 problem when it is missing or bad.
    public var idempotencyKey: String {
        get throws {
            guard let header = headers[.idempotencyKey] else {
                throw Problem(
                    .badRequest, type: "idempotency-key-missing", title: "The Idempotency-Key header is missing",
                    detail: "Send one value for one intention, the same again with each retry; a UUID will do.")
            }
            let isQuoted = header.utf8.count >= 2 && header.hasPrefix("\"") && header.hasSuffix("\"")
            let key = isQuoted ? String(header.dropFirst().dropLast()) : header
            guard (1...200).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
                throw Problem(
                    .badRequest, type: "idempotency-key-malformed", title: "The Idempotency-Key header is malformed",
                    detail: "It must be 1 to 200 visible ASCII characters without spaces.")
            }
            return key
        }
    }
}

extension HTTPField.Name {
    public static let idempotencyKey = Self("Idempotency-Key")!
}
