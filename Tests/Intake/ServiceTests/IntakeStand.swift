import AMQP
import Contracts
import Foundation
import Hummingbird
import HummingbirdTesting
import Kernel
import Messaging
import Postgres
import ServiceKit
import TestSupport

@testable import IntakeService

/// Intake on a database of its own, asked without a network.
struct IntakeStand: Sendable {
    let database: TestDatabase
    let kit: Kit
    let client: any TestClientProtocol
    let signer: TokenSigner

    static func with(
        broker: BrokerClient? = nil, _ body: @escaping @Sendable (IntakeStand) async throws -> Void
    ) async throws {
        try await withDatabase(schema: "intake", migrations: IntakeService.migrations) { database in
            let signer = TokenSigner()
            let kit = try Kit.testing(
                name: "intake", schema: "intake", pool: database.pool, broker: broker, signer: signer)
            try await kit.application(IntakeService.router(kit)).test(.router) { client in
                try await body(IntakeStand(database: database, kit: kit, client: client, signer: signer))
            }
        }
    }

    /// An answer to one request.
    struct Answer: Sendable {
        let status: Int
        let headers: HTTPFields
        let text: String

        struct Created: Decodable, Hashable {
            let id: String
            let number: String
            let status: String
            let createdAt: String
        }

        struct ProblemDocument: Decodable {
            struct Fault: Decodable {
                let field: String
                let code: String
            }
            let status: Int
            let errors: [Fault]?
        }

        var created: Created { get throws { try JSONDecoder().decode(Created.self, from: Data(text.utf8)) } }
        var problem: ProblemDocument {
            get throws { try JSONDecoder().decode(ProblemDocument.self, from: Data(text.utf8)) }
        }
        var json: [String: Any] {
            get throws { try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] ?? [:] }
        }
    }

    func post(
        _ request: InboundRequest, key: String? = UUID().uuidString, token: String? = nil
    ) async throws -> Answer {
        try await post(body: String(decoding: WireJSON.encode(request), as: UTF8.self), key: key, token: token)
    }

    func post(body: String, key: String?, token: String? = nil) async throws -> Answer {
        var headers: HTTPFields = [.contentType: "application/json"]
        if let key { headers[.idempotencyKey] = key }
        if let token { headers[.authorization] = "Bearer \(token)" }
        return try await client.execute(
            uri: "/api/intake/v1/tickets", method: .post, headers: headers, body: ByteBuffer(string: body)
        ) { Answer(status: $0.status.code, headers: $0.headers, text: String(buffer: $0.body)) }
    }

    func get(_ path: String, token: String? = nil) async throws -> Answer {
        var headers = HTTPFields()
        if let token { headers[.authorization] = "Bearer \(token)" }
        return try await client.execute(uri: path, method: .get, headers: headers) {
            Answer(status: $0.status.code, headers: $0.headers, text: String(buffer: $0.body))
        }
    }

    func token(departments: [String], staff: ID<Staff> = ID(UUID())) async throws -> String {
        try await signer.sign(
            TokenClaims(
                staff: staff, name: "前台", roles: ["desk"], departments: departments,
                expiresAt: Date().addingTimeInterval(600)))
    }

    func count(_ sql: SQL) async throws -> Int64 {
        try await database.pool.query(sql)[0].decode(Int64.self)
    }
}

func wish(
    _ subject: String = "空调不制冷", phone: String? = "13800138000", email: String? = nil, openID: String? = nil,
    name: String? = "王小明", department: String? = nil
) -> InboundRequest {
    InboundRequest(
        subject: subject, description: "昨晚开始", department: department,
        customer: InboundRequest.Sender(name: name, phone: phone, email: email, weChatOpenID: openID))
}
