import AsyncHTTPClient
import NIOCore
import ServiceLifecycle
import Synchronization

/// The HTTP client of the providers' calls: made by the first call, closed when the workers have stopped.
final class ProviderClient: Service {
    private let connections: Int
    private let made = Mutex<HTTPClient?>(nil)

    init(connections: Int) { self.connections = connections }

    var http: HTTPClient {
        made.withLock { made in
            if let made { return made }
            var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = connections
            // Well below the pause after which a provider closes: a request on a closing connection would be in doubt.
            configuration.connectionPool.idleTimeout = .seconds(5)
            // A refused connection is an answer of its own; repetitions are the delivery's business.
            configuration.connectionPool.retryConnectionEstablishment = false
            let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            made = client
            return client
        }
    }

    func run() async throws {
        // Ends with an error when the group stops by cancelling; the client is closed either way.
        try? await gracefulShutdown()
        try await close()
    }

    func close() async throws {
        let client = made.withLock { made in
            defer { made = nil }
            return made
        }
        try await client?.shutdown()
    }
}
