private import HTTPTypes
import Hummingbird
private import HummingbirdCore
import Logging
private import NIOCore

/// The operators' port: `/livez`, `/readyz` (`?verbose`), `/metrics`, `/version`. It belongs on loopback or a private
/// network; it needs no sign-in and says nothing about anybody's data.
struct AdminServer {
    let service: String
    let version: String
    let health: Health
    let registry: PrometheusRegistry?

    func application(host: String, port: Int, logger: Logger) -> Application<RouterResponder<BasicRequestContext>> {
        Application(
            router: router(), configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            logger: logger)
    }

    func router() -> Router<BasicRequestContext> {
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.get("livez") { _, _ in Self.text("ok\n") }
        router.get("readyz") { request, _ in
            let (isReady, parts) = await health.report()
            let isVerbose = request.uri.queryParameters["verbose"] != nil
            let verdict = isReady ? "ready\n" : "not ready\n"
            let lines = parts.filter { isVerbose || $0.trouble != nil }.map(Self.line).joined()
            return Self.text(lines + verdict, status: isReady ? .ok : .serviceUnavailable)
        }
        router.get("metrics") { _, _ in
            // Sets the gauge `paidan_ready`.
            _ = await health.report()
            let body = ByteBuffer(bytes: registry?.render() ?? [])
            let type = "text/plain; version=0.0.4; charset=utf-8"
            return Response(status: .ok, headers: [.contentType: type], body: ResponseBody(byteBuffer: body))
        }
        router.get("version") { _, _ in try Response.json(["service": service, "version": version]) }
        return router
    }

    /// `[+] database` or `[-] database: the reason`; a `[!]` does not keep the service from being ready.
    private static func line(_ part: Health.Part) -> String {
        guard let trouble = part.trouble else { return "[+] \(part.name)\n" }
        return "[\(part.isRequired ? "-" : "!")] \(part.name): \(trouble)\n"
    }

    private static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        let headers: HTTPFields = [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"]
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
