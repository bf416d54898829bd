import AsyncHTTPClient
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// How an HTTP call to a provider ended, as far as a repetition is concerned.
enum ProviderCall {
    case answered(status: Int, body: ByteBuffer)
    /// The request did not leave this machine.
    case notSent(String)
    /// It may have been carried out.
    case lost(String)
}

extension HTTPClientRequest {
    /// A POST with its headers.
    static func post(_ url: String, headers: [(String, String)], body: Body) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = HTTPHeaders(headers)
        request.body = body
        return request
    }

    /// A POST of `message` as JSON, in plain UTF-8: some calls of some providers refuse `\u` escapes.
    static func post(_ url: String, json message: some Encodable) throws -> HTTPClientRequest {
        let body = try JSONEncoder().encode(message)
        return post(url, headers: [("Content-Type", "application/json; charset=utf-8")], body: .bytes(body))
    }
}

extension HTTPClient {
    /// One call, whole, in at most `timeout`. The client must not dial again by itself after a refused connection: see
    /// ``ProviderClient``.
    func answer(to request: HTTPClientRequest, within timeout: Duration, limit: Int) async -> ProviderCall {
        let deadline = NIODeadline.now() + .nanoseconds(Int64(timeout / .nanoseconds(1)))
        do {
            let response = try await execute(request, deadline: deadline)
            return .answered(status: Int(response.status.code), body: try await response.body.collect(upTo: limit))
        } catch let error as HTTPClientError where Self.isUnsent(error) {
            return .notSent(error.shortDescription)
        } catch let error as HTTPClientError {
            return .lost(error.shortDescription)
        } catch is NIOConnectionError {
            return .notSent("no connection")
        } catch let error as IOError where [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH].contains(error.errnoCode) {
            return .notSent("no connection")
        } catch is NIOTooManyBytesError {
            return .lost("the answer is longer than \(limit) bytes")
        } catch {
            return .lost("the connection broke")
        }
    }

    private static func isUnsent(_ error: HTTPClientError) -> Bool {
        [
            .connectTimeout, .getConnectionFromPoolTimeout, .invalidURL, .emptyHost, .emptyScheme, .alreadyShutdown,
            .tlsHandshakeTimeout,
        ].contains(error)
    }
}
