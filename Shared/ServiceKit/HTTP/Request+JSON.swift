private import Contracts
private import Foundation
private import HTTPTypes
public import Hummingbird
private import HummingbirdCore
private import Kernel
private import NIOCore

extension Request {
    /// The body as JSON of at most `limit` bytes and 64 levels; fields that `type` does not have are ignored.
    ///
    /// - Throws: a ``Problem``: 415 for another content type, 413 when it is too large, 400 when it is no JSON or too
    ///   deep, 422 with a JSON pointer when a field is missing or of another kind.
    public func json<Body: Decodable>(_ type: Body.Type, limit: Int = 1 << 20) async throws -> Body {
        try requireJSON()
        let bytes = try await bytes(limit: limit)
        if JSONShape.isDeeper(than: 64, bytes.span.bytes) {
            throw Problem.malformed("The JSON is nested more than 64 levels deep.")
        }
        do {
            return try WireJSON.decode(type, from: bytes)
        } catch let error as DecodingError {
            throw Problem(decoding: error)
        }
    }

    /// The whole body.
    ///
    /// - Throws: a 413 problem as soon as more than `limit` bytes have come or are announced.
    public func bytes(limit: Int = 1 << 20) async throws -> [UInt8] {
        let tooLarge = Problem(
            .contentTooLarge, type: "too-large", title: "The request is too large",
            detail: "The body may have at most \(limit) bytes.")
        if let announced = headers[.contentLength], let length = Int(announced), length > limit { throw tooLarge }
        var bytes: [UInt8] = []
        for try await part in body {
            guard bytes.count + part.readableBytes <= limit else { throw tooLarge }
            bytes.append(contentsOf: part.readableBytesView)
        }
        return bytes
    }

    private func requireJSON() throws {
        let type = (headers[.contentType] ?? "").lowercased()
        let essence = type.prefix { $0 != ";" }.filter { $0 != " " }
        guard essence == "application/json" || (essence.hasPrefix("application/") && essence.hasSuffix("+json")) else {
            throw Problem(
                .unsupportedMediaType, type: "unsupported-media-type", title: "The content type is not taken here",
                detail: "The body must be sent as application/json.")
        }
    }
}

extension Problem {
    /// What the decoder found, as 400 when the bytes are no JSON, else as 422 with the pointer of the field.
    fileprivate init(decoding error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self = .invalid([FieldFault(field: Self.pointer(context.codingPath + [key]), code: "required", message: "is missing")])
        case .valueNotFound(_, let context):
            self = .invalid([FieldFault(field: Self.pointer(context.codingPath), code: "required", message: "must not be null")])
        case .typeMismatch(let type, let context):
            let message = "must be \(Self.words(for: type))"
            self = .invalid([FieldFault(field: Self.pointer(context.codingPath), code: "malformed", message: message)])
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            self = .invalid([
                FieldFault(field: Self.pointer(context.codingPath), code: "malformed", message: "has a form that is not taken")
            ])
        case .dataCorrupted(let context):
            self = .malformed("The body is no JSON\(Self.position(in: context.underlyingError)).")
        @unknown default:
            self = .malformed("The body cannot be read.")
        }
    }

    /// RFC 6901: `/customer/phones/0`, with `~` and `/` in names escaped.
    private static func pointer(_ path: [any CodingKey]) -> String {
        path.map { key in
            "/" + (key.intValue.map(String.init) ?? key.stringValue.replacing("~", with: "~0").replacing("/", with: "~1"))
        }.joined()
    }

    private static func words(for type: Any.Type) -> String {
        switch type {
        case is String.Type, is UUID.Type, is Date.Type: "a text"
        case is Bool.Type: "true or false"
        case is any FixedWidthInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is any Collection.Type where !(type is any ExpressibleByDictionaryLiteral.Type): "a list"
        default: "of another kind"
        }
    }

    /// Foundation says "… around line 3, column 14." in its debug text; only the numbers are taken over.
    private static func position(in error: (any Error)?) -> String {
        let text = error.map { ($0 as NSError).userInfo[NSDebugDescriptionErrorKey] as? String ?? String(describing: $0) } ?? ""
        guard let match = text.firstMatch(of: /line (\d{1,9}), column (\d{1,9})/) else { return "" }
        return "; line \(match.1), column \(match.2)"
    }
}
