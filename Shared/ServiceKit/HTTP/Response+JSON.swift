private import Contracts
public import HTTPTypes
public import HummingbirdCore
private import NIOCore

extension Response {
    /// `body` as JSON, written as messages are: times as RFC 3339 in UTC, keys in order.
    ///
    /// - Throws: `EncodingError` for numbers that JSON cannot write.
    public static func json(
        _ body: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) throws -> Response {
        json(bytes: try WireJSON.encode(body), status: status, headers: headers)
    }

    /// Bytes that are JSON already.
    public static func json(
        bytes: [UInt8], status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
