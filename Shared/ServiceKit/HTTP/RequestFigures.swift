private import HTTPTypes
private import HummingbirdCore
import Metrics
private import Synchronization

/// `paidan_http_requests_total` and `paidan_http_request_seconds`, one pair for each route, method and status. Routes
/// are the patterns that were declared, so their number is bounded; unknown methods share one word.
final class RequestFigures: Sendable {
    private struct Key: Hashable {
        let route: String
        let method: String
        let status: Int
    }

    private struct Pair {
        let count: Counter
        let time: Timer
    }

    private static let methods: Set<String> = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]

    private let service: String
    private let pairs = Mutex<[Key: Pair]>([:])

    init(service: String) { self.service = service }

    func record(route: String, method: String, status: Int, duration: Duration) {
        let key = Key(route: route, method: Self.methods.contains(method) ? method : "other", status: status)
        let pair = pairs.withLock { pairs in
            if let pair = pairs[key] { return pair }
            let labels = [
                ("service", service), ("route", route), ("method", key.method), ("status", String(status)),
            ]
            let pair = Pair(
                count: Counter(label: "paidan_http_requests_total", dimensions: labels),
                time: Timer(label: "paidan_http_request_seconds", dimensions: labels))
            pairs[key] = pair
            return pair
        }
        pair.count.increment()
        let (seconds, attoseconds) = duration.components
        pair.time.recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }
}
