private import AsyncHTTPClient
import Contracts
private import Foundation
import Logging
private import NIOCore
private import NIOHTTP1
import ServiceLifecycle
private import Synchronization

/// Compares the broker's bindings of the service's own queues with what the contracts declare, every ten seconds.
///
/// A missing binding loses messages without any error, since `reporting.events` takes every event and `mandatory`
/// therefore never complains; this is the only place where it shows.
final class BindingsCheck: Service {
    private static let pause = Duration.seconds(10)
    /// At the start the service is about to declare them itself, and should be ready the moment it has.
    private static let shortPause = Duration.milliseconds(50)
    /// Looks in vain before it is worth a warning: about three seconds.
    private static let patience = 50

    private let url: String
    private let authorization: String
    private let wanted: Set<Binding>
    private let logger: Logger
    private let trouble = Mutex<String?>("not looked at yet")

    struct Binding: Hashable, Decodable {
        let source: String
        let destination: String
        let routingKey: String

        enum CodingKeys: String, CodingKey {
            case source, destination
            case routingKey = "routing_key"
        }
    }

    /// - Parameters:
    ///   - managementURL: base URL of the broker's management API.
    ///   - user: needs the tag `management` and sees its own vhost only.
    init(managementURL: String, vhost: String, user: String, password: String, topology: Topology, logger: Logger) {
        let base = managementURL.hasSuffix("/") ? String(managementURL.dropLast()) : managementURL
        let name = vhost.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? vhost
        url = "\(base)/api/bindings/\(name)"
        authorization = "Basic " + Data("\(user):\(password)".utf8).base64EncodedString()
        wanted = Set(
            topology.bindings.map { Binding(source: $0.exchange, destination: $0.queue, routingKey: $0.key) })
        self.logger = logger
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var failures = 0
            while !Task.isCancelled {
                let found = await self.look()
                self.trouble.withLock { $0 = found }
                failures = found == nil ? 0 : failures + 1
                if let found, failures == Self.patience {
                    self.logger.warning(
                        "Broker bindings are not as declared; run `paidan topology apply`",
                        metadata: ["error": "\(found)"])
                }
                let pause = found == nil ? Self.pause : failures < Self.patience ? Self.shortPause : .seconds(1)
                // Ends early at the stop; the loop's condition sees it.
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// For ``Health``.
    func verify() throws {
        if let trouble = trouble.withLock({ $0 }) { throw NotReady(trouble) }
    }

    /// What is wrong, or nil.
    private func look() async -> String? {
        do {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "authorization", value: authorization)
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
            let body = try await response.body.collect(upTo: 8 << 20)
            guard response.status == .ok else { return "the broker's management API answers \(response.status.code)" }
            let found = Set(try JSONDecoder().decode([Binding].self, from: Data(body.readableBytesView)))
            let missing = wanted.subtracting(found).map { "\($0.destination) from \($0.source) by \($0.routingKey)" }
                .sorted()
            return missing.isEmpty ? nil : "missing bindings: " + missing.joined(separator: "; ")
        } catch {
            return "the broker's management API cannot be asked: \(error)"
        }
    }
}
