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
/// therefore never complains; this is the only place where it shows. What went past the queue comes back by
/// `paidan outbox resend`, so the log says since when.
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

    /// What a look found.
    private enum Look {
        case well
        /// Events may be going past a queue.
        case missing(String)
        case unknown(String)

        var trouble: String? {
            switch self {
            case .well: nil
            case .missing(let words), .unknown(let words): words
            }
        }
    }

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
            var lastWell: Date?
            var isLosing = false
            while !Task.isCancelled {
                let look = await self.look()
                let found = look.trouble
                self.trouble.withLock { $0 = found }
                failures = found == nil ? 0 : failures + 1
                // Before it was well for the first time, the service was about to declare them itself.
                if case .missing = look, lastWell != nil || failures == Self.patience, !isLosing {
                    isLosing = true
                    self.tell("Broker bindings are missing; run `paidan topology apply`", look, since: lastWell)
                } else if case .unknown(let found) = look, failures == Self.patience {
                    self.logger.warning("Broker bindings cannot be checked", metadata: ["error": "\(found)"])
                }
                if case .well = look {
                    if isLosing { self.tell("Broker bindings are there again", look, since: lastWell) }
                    isLosing = false
                    lastWell = Date()
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

    /// - Parameter since: when all of them were seen last; nil when this process has never seen them all.
    private func tell(_ words: String, _ look: Look, since: Date?) {
        // A minute earlier, for clocks that differ; resending more than is lost does no harm.
        let time = since.map { ($0 - 60).formatted(.iso8601) } ?? "3d"
        logger.warning(
            """
            \(words). Events that were published meanwhile have gone past the queue; once the bindings are there, \
            `paidan outbox resend --since \(time) --yes` brings them back
            """, metadata: look.trouble.map { ["error": "\($0)"] } ?? [:])
    }

    private func look() async -> Look {
        do {
            var request = HTTPClientRequest(url: url)
            request.headers.add(name: "authorization", value: authorization)
            let response = try await HTTPClient.shared.execute(request, timeout: .seconds(5))
            let body = try await response.body.collect(upTo: 8 << 20)
            guard response.status == .ok else {
                return .unknown("the broker's management API answers \(response.status.code)")
            }
            let found = Set(try JSONDecoder().decode([Binding].self, from: Data(body.readableBytesView)))
            let missing = wanted.subtracting(found).map { "\($0.destination) from \($0.source) by \($0.routingKey)" }
                .sorted()
            return missing.isEmpty ? .well : .missing("missing bindings: " + missing.joined(separator: "; "))
        } catch {
            return .unknown("the broker's management API cannot be asked: \(error)")
        }
    }
}
