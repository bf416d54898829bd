import Contracts
import Foundation
import Testing
import Yams

/// Holds docs/asyncapi.yaml against the contracts module, both ways.
@Suite struct `The AsyncAPI document` {
    typealias Node = [String: Any]

    let document: Node
    let schemas: Node
    let messages: Node

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../docs/asyncapi.yaml")
        document = try #require(try Yams.load(yaml: String(contentsOf: root, encoding: .utf8)) as? Node)
        let components = try #require(document["components"] as? Node)
        schemas = try #require(components["schemas"] as? Node)
        let named = try #require(components["messages"] as? [String: Node])
        messages = Dictionary(named.values.map { ($0["name"] as? String ?? "", $0 as Any) }) { first, _ in first }
    }

    @Test func `names every type of the catalogue and no other`() {
        #expect(Set(messages.keys) == Set(Catalogue.types.keys))
    }

    @Test func `names every exchange and no other`() throws {
        let channels = try #require(document["channels"] as? [String: Node])
        let exchanges = channels.values.compactMap { channel -> [String]? in
            let amqp = (channel["bindings"] as? Node)?["amqp"] as? Node
            guard let exchange = amqp?["exchange"] as? Node else { return nil }
            return [exchange["name"] as? String ?? "", exchange["type"] as? String ?? ""]
        }
        #expect(Set(exchanges) == Set(Topology.suite.exchanges.map { [$0.name, $0.kind.rawValue] }))
    }

    @Test func `lets every service hear what its queue is bound to`() throws {
        let operations = try #require(document["operations"] as? [String: Node])
        let texts = operations.values.compactMap { $0["summary"] as? String }.joined(separator: "\n")
        for queue in Topology.suite.queues where queue.deadLetterKey != nil {
            #expect(texts.contains(queue.name), "no operation tells of \(queue.name)")
        }
    }

    /// A sample has every field filled, so a property of the schema that no sample has is a field that the code lacks.
    @Test(arguments: Samples.all.map { $0.type.description })
    func `describes just the fields that the code writes`(type: String) throws {
        let sample = try #require(Samples.all.first { $0.type.description == type })
        let written = try JSONSerialization.jsonObject(with: Data(WireJSON.encode(sample)))
        let message = try #require(messages[type] as? Node)
        try compare(written, with: try resolve(#require(message["payload"] as? Node)), at: type)
    }

    private func compare(_ value: Any, with schema: Node, at path: String) throws {
        switch schema["type"] as? String {
        case "object":
            let object = try #require(value as? Node, "\(path) is no object")
            let properties = try #require(schema["properties"] as? [String: Node], "\(path) has no properties")
            let firstStep = path == "work.offered.v1" ? ["previous"] : []
            #expect(Set(object.keys).union(firstStep) == Set(properties.keys), "\(path)")
            for required in schema["required"] as? [String] ?? [] {
                #expect(properties[required] != nil, "\(path)/\(required)")
            }
            for (key, inner) in object {
                guard let property = properties[key] else { continue }
                try compare(inner, with: resolve(property), at: "\(path)/\(key)")
            }
        case "array":
            let items = try resolve(#require(schema["items"] as? Node))
            for inner in try #require(value as? [Any], "\(path) is no array") {
                try compare(inner, with: items, at: path + "[]")
            }
        case "string":
            let text = try #require(value as? String, "\(path) is no string")
            if let words = schema["enum"] as? [String] { #expect(words.contains(text), "\(path)") }
            if schema["format"] as? String == "uuid" { #expect(UUID(uuidString: text) != nil, "\(path)") }
            if schema["format"] as? String == "date-time" { #expect(WireJSON.date(from: text) != nil, "\(path)") }
        case "integer": #expect(value is Int, "\(path)")
        case "boolean": #expect(value is Bool, "\(path)")
        default: Issue.record("\(path) has a type this test does not know")
        }
    }

    /// Every enumeration of the document holds just the words that the code knows.
    @Test func `lists the words of closed lists`() throws {
        func words(_ schema: String, _ property: String) throws -> Set<String> {
            let node = try #require(schemas[schema] as? Node)
            let properties = try #require(node["properties"] as? [String: Node])
            return Set(try #require(properties[property]?["enum"] as? [String]))
        }
        #expect(try words("WorkMoved", "state") == Set(WorkState.allCases.map(\.rawValue)))
        #expect(try words("DeliveryReported", "state") == Set(DeliveryState.allCases.map(\.rawValue)))
        #expect(try words("CallBackMoved", "state") == Set(CallBackState.allCases.map(\.rawValue)))
        #expect(try words("SendDelivery", "channel") == Set(NotifyChannel.allCases.map(\.rawValue)))
    }

    /// A field that the document calls required must be one that the code cannot do without, and the other way round.
    @Test(arguments: Samples.all.map { $0.type.description })
    func `calls required what the code requires`(type: String) throws {
        let body = try #require(Catalogue.types[type])
        let message = try #require(messages[type] as? Node)
        let schema = try resolve(#require(message["payload"] as? Node))
        let required = Set(schema["required"] as? [String] ?? [])
        let sample = try #require(Samples.all.first { $0.type.description == type })
        let golden = try `A message on the wire`.golden(sample.type)
        let whole = try #require(try `A message on the wire`.dictionary(golden) as? Node)
        for key in whole.keys {
            var less = whole
            less[key] = nil
            let bytes = Array(try JSONSerialization.data(withJSONObject: less))
            let isRefused: Bool
            do {
                _ = try `A message on the wire`.decode(body, bytes)
                isRefused = false
            } catch is DecodingError {
                isRefused = true
            }
            #expect(isRefused == required.contains(key), "\(type)/\(key)")
        }
    }

    private func resolve(_ schema: Node) throws -> Node {
        guard let reference = schema["$ref"] as? String else { return schema }
        return try #require(
            schemas[reference.split(separator: "/").last.map(String.init) ?? ""] as? Node, "\(reference)")
    }
}
