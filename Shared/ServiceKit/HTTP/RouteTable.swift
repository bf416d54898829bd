private import HTTPTypes
import Hummingbird
private import HummingbirdCore
private import Synchronization

/// Which methods a path takes: to tell 405 from 404, which the router does not.
final class RouteTable: Sendable {
    private struct Route {
        let path: RouterPath
        let method: HTTPRequest.Method
    }

    private let routes = Mutex<[Route]>([])

    func fill(from router: Router<RequestScope>) {
        let found = router.routes.map { Route(path: $0.path, method: $0.method) }
        routes.withLock { $0 = found }
    }

    /// `GET, HEAD, POST`; nil when no route has this path.
    func allowed(at path: String) -> String? {
        let parts = path.split(separator: "/")
        let matching = routes.withLock { $0 }.filter { Self.matches($0.path, parts) }
        var methods = Set(matching.map(\.method.rawValue))
        if methods.contains("GET") { methods.insert("HEAD") }
        return methods.isEmpty ? nil : methods.sorted().joined(separator: ", ")
    }

    private static func matches(_ path: RouterPath, _ parts: [Substring]) -> Bool {
        var index = 0
        for element in path {
            if element == .recursiveWildcard { return true }
            guard index < parts.count, element ~= parts[index] else { return false }
            index += 1
        }
        return index == parts.count
    }
}
