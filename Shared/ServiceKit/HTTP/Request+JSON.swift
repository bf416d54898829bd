private import Contracts
private import HTTPTypes
public import Hummingbird
private import HummingbirdCore
public import Kernel
private import NIOCore

extension Request {
    /// The body as JSON of at most `limit` bytes and 64 levels.
    ///
    /// - Throws: a ``Problem``: 415 for another content type, 413 when it is too large, 400 when it is no JSON or too
    ///   deep, 422 with JSON pointers when fields are missing, of another kind, or not among those of `type`.
    public func json<Body: Decodable>(_ type: Body.Type, limit: Int = 1 << 20) async throws -> Body {
        let (body, unknown) = try await jsonWithUnknown(type, limit: limit)
        guard unknown.isEmpty else { throw Problem.invalid(unknown) }
        return body
    }

    /// The same for who has more to say of the fields: those that `type` does not have come beside it.
    public func jsonWithUnknown<Body: Decodable>(
        _ type: Body.Type, limit: Int = 1 << 20
    ) async throws -> (body: Body, unknown: [FieldFault]) {
        try requireJSON()
        let bytes = try await bytes(limit: limit)
        do {
            try JSONShape.check(bytes.span)
        } catch {
            throw Problem(shape: error, in: bytes)
        }
        let watch = KeyWatch()
        do {
            let read = try WireJSON.decode(
                Watched<Body>.self, from: bytes, times: WireJSON.era, userInfo: [Watched<Body>.key: watch])
            return (read.value, watch.faults)
        } catch let error as DecodingError {
            let problem = Problem(decoding: error, of: bytes)
            // A field is often missing because its name is misspelt: both are told.
            throw problem.faults.isEmpty ? problem : .invalid(problem.faults + watch.faults)
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
