import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Kernel
import Logging
import Metrics
import NIOCore
import Synchronization
import Testing

@testable import ServiceKit

/// The frame around a router of our own, without database or broker.
struct Frame {
    let router = Router(context: RequestScope.self, options: .autoGenerateHeadEndpoints)
    let routes = RouteTable()
    let registry = PrometheusRegistry()
    let log = Mutexed()
    let refusal = Refusal()

    final class Mutexed: Sendable {
        let lines = Mutex<[String]>([])
    }

    final class Refusal: Sendable {
        let problem = Mutex<Problem?>(nil)
    }

    init() {
        router.add(
            middleware: RequestFrame(figures: RequestFigures(service: "intake"), routes: routes) { [refusal] in
                refusal.problem.withLock { $0 }
            })
    }

    func test<Value: Sendable>(_ body: @escaping @Sendable (any TestClientProtocol) async throws -> Value) async throws
        -> Value
    {
        routes.fill(from: router)
        let logger = Logger(label: "x") { [log] _ in
            SuiteLogHandler(service: "intake", level: .info, format: .json) { line in
                log.lines.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
            }
        }
        return try await withMetricsFactory(registry) {
            try await Application(router: router, logger: logger).test(.router, body)
        }
    }
}

struct Document: Decodable, Equatable {
    let type, title, instance: String
    let status: Int
    let detail: String?
    let traceId: String?
    let errors: [FieldFault]?
}

extension TestResponse {
    func document() throws -> Document {
        #expect(headers[.contentType] == "application/problem+json")
        let document = try JSONDecoder().decode(Document.self, from: Data(body.readableBytesView))
        #expect(document.status == status.code)
        return document
    }
}
