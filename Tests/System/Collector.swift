import Foundation
import StackSupport

/// A stand-in for an OpenTelemetry collector: keeps what is posted to it, one JSON body a line.
struct Collector: Sendable {
    @TaskLocal static var current: Collector?

    let file: URL
    let port: Int
    private let child: Child

    struct Span {
        let service: String
        let name: String
        let trace: String
    }

    init() async throws {
        let place = FileManager.default.temporaryDirectory.appending(path: "paidan-collector-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let script = """
            import http.server, pathlib, sys
            place = pathlib.Path(sys.argv[1])
            class Collector(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers["Content-Length"]))
                    with open(place / "spans", "ab") as file:
                        file.write(body.replace(b"\\n", b" ") + b"\\n")
                    self.send_response(200)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", "2")
                    self.end_headers()
                    self.wfile.write(b"{}")
                def log_message(self, *_):
                    pass
            server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
            (place / "port.new").write_text(str(server.server_port))
            (place / "port.new").rename(place / "port")
            server.serve_forever()
            """
        try Data().write(to: place.appending(path: "log"))
        child = try Child(
            "/usr/bin/python3", ["-c", script, place.path], environment: ["PATH": "/usr/bin:/bin"],
            output: FileHandle(forWritingTo: place.appending(path: "log")))
        port = try await eventually("the collector's port") {
            // Not there until it listens.
            (try? String(contentsOf: place.appending(path: "port"), encoding: .utf8)).flatMap(Int.init)
        }
        file = place.appending(path: "spans")
    }

    func stop() async throws {
        kill(child.pid, SIGKILL)
        _ = await child.status
        try FileManager.default.removeItem(at: file.deletingLastPathComponent())
    }

    /// What has arrived so far.
    func spans() throws -> [Span] {
        guard FileManager.default.fileExists(atPath: file.path) else { return [] }
        return try String(contentsOf: file, encoding: .utf8).split(separator: "\n").flatMap { line -> [Span] in
            // The last line may still be on its way.
            guard let request = try? JSONDecoder().decode(Request.self, from: Data(line.utf8)) else { return [] }
            return request.resourceSpans.flatMap { resource -> [Span] in
                let service = resource.resource.attributes.first { $0.key == "service.name" }?.value.stringValue ?? ""
                return resource.scopeSpans.flatMap(\.spans).map {
                    Span(service: service, name: $0.name, trace: $0.traceId)
                }
            }
        }
    }

    private struct Request: Decodable {
        struct Resource: Decodable {
            struct Attributes: Decodable { let attributes: [Attribute] }
            struct Attribute: Decodable {
                struct Value: Decodable { let stringValue: String? }
                let key: String
                let value: Value
            }
            struct Scope: Decodable { let spans: [Sent] }
            struct Sent: Decodable {
                let traceId: String
                let name: String
            }
            let resource: Attributes
            let scopeSpans: [Scope]
        }
        let resourceSpans: [Resource]
    }
}
