import HTTPTypes
import Hummingbird
private import HummingbirdCore
import Logging
private import NIOCore
private import Tracing

/// What happens around every request, in one layer so that it costs little: trace, admission, problem documents,
/// security headers, metrics, log.
struct RequestFrame: RouterMiddleware {
    typealias Context = RequestScope

    let figures: RequestFigures
    let routes: RouteTable
    /// Why no change can be taken right now; nil when it can.
    let refusal: @Sendable () -> Problem?

    private static let changing: Set<HTTPRequest.Method> = [.post, .put, .patch, .delete]

    func handle(
        _ request: Request, context: RequestScope, next: (Request, RequestScope) async throws -> Response
    ) async throws -> Response {
        let start = ContinuousClock.now
        var trace = ServiceContext.current ?? .topLevel
        InstrumentationSystem.instrument.extract(request.headers, into: &trace, using: HeaderExtractor())
        let span = InstrumentationSystem.tracer.startAnySpan(request.method.rawValue, context: trace, ofKind: .server)
        defer { span.end() }
        return await ServiceContext.withValue(span.context) {
            var failure: (any Error)?
            var response: Response
            do {
                if Self.changing.contains(request.method), let refusal = refusal() { throw refusal }
                response = try await next(request, context)
            } catch {
                failure = error
                response = answer(to: error, request, context)
            }
            Self.protect(&response.headers)
            finish(request, context, response, failure, span, since: start)
            return response
        }
    }

    private func answer(to error: any Error, _ request: Request, _ context: RequestScope) -> Response {
        var problem = Problem(describing: error)
        if problem.status == .notFound, context.endpointPath == "NotFound" {
            if let allowed = routes.allowed(at: request.uri.path) {
                problem = Problem(
                    .methodNotAllowed, type: "method-not-allowed", title: "Method not allowed",
                    detail: "This address takes \(allowed).")
                problem.headers[.allow] = allowed
            } else {
                problem = .notFound("such address")
            }
        }
        do {
            return try problem.response(from: request, context: context)
        } catch {
            return Response(status: .internalServerError)
        }
    }

    /// For an API: nothing is sniffed, stored, framed or run. What a page has set for itself stays.
    private static func protect(_ headers: inout HTTPFields) {
        headers[.xContentTypeOptions] = "nosniff"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        if headers[.contentSecurityPolicy] == nil {
            headers[.contentSecurityPolicy] = "default-src 'none'; frame-ancestors 'none'"
        }
        if headers[.referrerPolicy] == nil { headers[.referrerPolicy] = "no-referrer" }
    }

    private func finish(
        _ request: Request, _ context: RequestScope, _ response: Response, _ failure: (any Error)?,
        _ span: any Span, since start: ContinuousClock.Instant
    ) {
        let duration = ContinuousClock.now - start
        let status = response.status.code
        let route = context.endpointPath ?? "NotFound"
        // A secret that stands in the path, as providers' call-backs have it, belongs to no log and no trace.
        let isSecret = route.utf8.contains(UInt8(ascii: "{")) && route.contains("{secret}")
        let sent = request.uri.path
        let path = isSecret ? route : sent.utf8.count <= 256 ? sent : String(sent.prefix(256))
        figures.record(route: route, method: request.method.rawValue, status: status, duration: duration)
        if span.isRecording {
            span.operationName = "\(request.method.rawValue) \(route)"
            span.updateAttributes { attributes in
                attributes["http.request.method"] = request.method.rawValue
                attributes["http.route"] = route
                attributes["url.path"] = path
                attributes["http.response.status_code"] = status
            }
            if status >= 500 { span.setStatus(SpanStatus(code: .error)) }
        }
        let level: Logger.Level = status == 500 ? .error : .info
        guard context.logger.logLevel <= level else { return }
        var metadata: Logger.Metadata = [
            "http.method": .string(request.method.rawValue), "http.path": .string(path),
            "http.route": .string(route), "http.status": .stringConvertible(status),
            "duration.ms": .stringConvertible(duration.milliseconds),
        ]
        // Not reflected: what the database says may quote a value of somebody's row.
        if let failure, status >= 500 { metadata["error"] = "\(failure)" }
        let message: Logger.Message =
            status == 500
            ? "Request failed by an unforeseen error; report it with this line" : "Request"
        context.logger.log(level: level, message, metadata: metadata)
    }
}

private struct HeaderExtractor: Extractor {
    func extract(key: String, from headers: HTTPFields) -> String? {
        HTTPField.Name(key).flatMap { headers[$0] }
    }
}

extension HTTPField.Name {
    fileprivate static let referrerPolicy = Self("Referrer-Policy")!
}

extension Duration {
    /// With three digits behind the point.
    var milliseconds: Double {
        let (seconds, attoseconds) = components
        return (Double(seconds) * 1e6 + (Double(attoseconds) / 1e12).rounded()) / 1000
    }
}
