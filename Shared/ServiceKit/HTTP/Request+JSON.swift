private import Contracts
private import HTTPTypes
public import Hummingbird
private import HummingbirdCore
private import NIOCore

extension Request {
    /// The body as JSON of at most `limit` bytes and 64 levels; fields that `type` does not have are ignored.
    ///
    /// - Throws: a ``Problem``: 415 for another content type, 413 when it is too large, 400 when it is no JSON or too
    ///   deep, 422 with a JSON pointer when a field is missing or of another kind.
    public func json<Body: Decodable>(_ type: Body.Type, limit: Int = 1 << 20) async throws -> Body {
        try requireJSON()
        let bytes = try await bytes(limit: limit)
        do {
            try JSONShape.check(bytes.span)
        } catch {
            throw Problem(shape: error, in: bytes)
        }
        do {
            return try WireJSON.decode(type, from: bytes, times: WireJSON.era)
        } catch let error as DecodingError {
            throw Problem(decoding: error, of: bytes)
        }
    }

    /// The whole body.
    ///
    /// - Throws: a 413 problem as soon as more than `limit` bytes have come or are announced; 400 when it breaks off.
    public func bytes(limit: Int = 1 << 20) async throws -> [UInt8] {
        let tooLarge = Problem(
            .contentTooLarge, type: "too-large", title: "The request is too large",
            detail: "The body may have at most \(limit) bytes.")
        if let announced = headers[.contentLength], let length = Int(announced), length > limit { throw tooLarge }
        var bytes: [UInt8] = []
        do {
            for try await part in body {
                guard bytes.count + part.readableBytes <= limit else { throw tooLarge }
                bytes.append(contentsOf: part.readableBytesView)
            }
        } catch  where !(error is Problem) {
            // Cut off or badly framed: the sender's connection, not our fault.
            throw Problem.malformed("The body has not come to its end.")
        }
        return bytes
    }

    private func requireJSON() throws {
        let sent = headers[.contentType] ?? ""
        if sent == "application/json" { return }
        let type = sent.lowercased()
        let essence = type.prefix { $0 != ";" }.filter { $0 != " " }
        guard essence == "application/json" || (essence.hasPrefix("application/") && essence.hasSuffix("+json")) else {
            throw Problem(
                .unsupportedMediaType, type: "unsupported-media-type", title: "The content type is not taken here",
                detail: "The body must be sent as application/json.")
        }
    }
}
