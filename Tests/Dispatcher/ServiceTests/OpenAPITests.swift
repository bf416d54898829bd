@testable import DispatcherService
import ServiceKit
import DispatcherDomain
import Contracts
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing
import Yams

/// Holds docs/api/dispatch.yaml against the router, both ways.
@Suite struct `The OpenAPI document` {
    typealias Node = [String: Any]

    let document: Node
    let paths: [String: Node]

    init() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
            path: "../../../docs/api/dispatch.yaml")
        document = try #require(try Yams.load(yaml: String(contentsOf: file, encoding: .utf8)) as? Node)
        paths = try #require(document["paths"] as? [String: Node])
    }

    /// `GET /staff/{id}` and all the others.
    private var operations: Set<String> {
        Set(paths.flatMap { path, methods in methods.keys.map { "\($0.uppercased()) \(path)" } })
    }

    @Test func `describes every route of the router, and no other`() async throws {
        let operations = operations
        try await withDispatcher { dispatcher, _ in
            let prefix = "/api/dispatch/v1"
            let routes = DispatcherService.router(dispatcher.kit, dispatcher.settings).routes
                .filter { $0.path.description.hasPrefix(prefix) && $0.method != .head }
                .map { "\($0.method.rawValue) \($0.path.description.dropFirst(prefix.count))" }
            #expect(Set(routes).subtracting(operations).sorted() == [])
            #expect(operations.subtracting(routes).sorted() == [])
        }
    }

    @Test func `is served as it is in docs`() async throws {
        try await withDispatcher { _, client in
            let served = try await client.call(.get, "/api/dispatch/v1/openapi.yaml")
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(
                path: "../../../docs/api/dispatch.yaml")
            #expect(served.body == (try Data(contentsOf: file)))
        }
    }

    @Test func `refers only to what it holds, and names every operation once`() throws {
        var references: Set<String> = []
        var names: [String] = []
        func walk(_ value: Any) {
            if let node = value as? Node {
                if let reference = node["$ref"] as? String { references.insert(reference) }
                if let name = node["operationId"] as? String { names.append(name) }
                node.values.forEach(walk)
            } else if let list = value as? [Any] {
                list.forEach(walk)
            }
        }
        walk(document)
        #expect(Set(names).count == names.count)
        let components = try #require(document["components"] as? [String: Node])
        for reference in references {
            let parts = reference.split(separator: "/").map(String.init)
            #expect(components[parts[2]]?[parts[3]] != nil, "\(reference)")
        }
    }

    @Test func `lists every role and every act that is recorded`() throws {
        let components = try #require(document["components"] as? [String: Node])
        let role = try #require(components["schemas"]?["Role"] as? Node)
        #expect(Set(role["enum"] as? [String] ?? []) == Set(StaffOperations.roles))
        let act = try #require(components["schemas"]?["Act"] as? Node)
        #expect(Set(act["enum"] as? [String] ?? []) == Set(AuditedAct.allCases.map(\.rawValue)))
    }

    /// Requests of all kinds to every operation: what comes back is documented, and never a failure of ours.
    @Test func `documents every answer that hostile requests get`() async throws {
        let paths = paths
        let answered = paths.mapValues { methods in
            methods.compactMapValues { ($0 as? Node).map { Set(($0["responses"] as? Node ?? [:]).keys) } }
        }
        try await withDispatcher { dispatcher, client in
            let tokens = [nil, try await dispatcher.token("admin"), try await dispatcher.token("engineer"), "x.y.z"]
            let bodies = [
                nil, "", "{}", "[]", "null", "{\"name\":5}", #"{"name":{"zh":"\u0000","en":""},"roles":[""]}"#,
                #"{"days":[],"skills":[],"expectedVersion":-1,"new":"","refreshToken":"","reason":""}"#,
                String(repeating: "[", count: 100), #"{"staff":"not an id","from":"yesterday"}"#,
                #"{"text":"process: x\u0000","to":0,"fields":{"a":{}},"candidate":{"staff":"x"}}"#,
                #"{"text":"steps: [","to":9,"fields":{"a":1},"candidate":{},"reason":"x","visit":-1}"#,
            ]
            for (path, methods) in answered {
                for (method, documented) in methods {
                    for token in tokens {
                        for (id, query) in [
                            ("0192aaaa-0000-7000-8000-000000000001", ""),
                            ("%00", "?from=x&until=%00&limit=-1&department=%00&after=%FF&region=%00&to=%0d%0a"),
                        ] {
                            let number = query.isEmpty ? "1" : id
                            let uri =
                                "/api/dispatch/v1"
                                + path.replacing("{id}", with: id).replacing("{code}", with: id)
                                .replacing("{action}", with: id).replacing("{number}", with: number)
                                .replacing("{version}", with: number).replacing("{clock}", with: id).replacing(
                                    "{month}", with: query.isEmpty ? "2026-10" : id) + query
                            let hasBody = !["get", "delete"].contains(method)
                            for json in hasBody ? bodies : [nil] {
                                let answer = try await client.call(
                                    HTTPRequest.Method(method.uppercased())!, uri, token: token, json: json)
                                #expect(
                                    documented.contains(String(answer.status)),
                                    "\(method) \(uri) \(json ?? "") → \(answer.status) \(answer.text.prefix(300))")
                            }
                        }
                    }
                }
            }
        }
    }
}
