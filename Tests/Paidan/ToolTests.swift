import Contracts
import Foundation
import StackSupport
import Testing

@testable import PaidanTool

@Suite struct `The operators' tool` {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..")

    @Test(arguments: ["staff", "clock", "dead"])
    func `says at once that no stack is up, and builds nothing`(command: String) async throws {
        let none = FileManager.default.temporaryDirectory.appending(path: "no-stack-\(UUID().uuidString)").path
        let begin = ContinuousClock.now
        let ended = try await run(
            Self.root.appending(path: "paidan").path, [command, "list"],
            environment: ["PAIDAN_STATE": none, "PAIDAN_BIN": none], seconds: 20)
        #expect(ended.status == 1)
        #expect(ended.output.contains("no stack is up in \(none); ./paidan up makes one"), "\(ended.output)")
        #expect(ContinuousClock.now - begin < .seconds(10))
        #expect(!FileManager.default.fileExists(atPath: none))
    }

    @Test func `finds no difference where the broker has just what is declared`() {
        #expect(Self.difference() == TopologyDifference(missing: [], unknown: []))
    }

    @Test func `names a binding that is missing and one that nobody declared`() {
        let stray = Management.Binding(
            source: "paidan.events", destination: "intake.events", destination_type: "queue", routing_key: "stray.#")
        let difference = Self.difference { bindings in
            bindings.removeAll { $0.destination == "notifier.events" && $0.routing_key == "work.#" }
            bindings.append(stray)
        }
        #expect(difference.missing == ["binding paidan.events --work.#--> notifier.events"])
        #expect(difference.unknown == ["binding paidan.events --stray.#--> intake.events"])
    }

    @Test func `leaves adapters' reply queues alone`() {
        let difference = Self.difference { bindings in
            bindings.append(
                Management.Binding(
                    source: "paidan.replies", destination: "reply.fax", destination_type: "queue",
                    routing_key: "reply.fax"))
        }
        #expect(difference.unknown.isEmpty)
    }

    @Test func `says after making a binding of a queue of events that what went past it must be sent again`() throws {
        let all = Topology.suite.bindings.map {
            Management.Binding(
                source: $0.exchange, destination: $0.queue, destination_type: "queue", routing_key: $0.key)
        }
        let lacking = all.filter { $0.destination != "notifier.events" || $0.routing_key != "work.#" }
        let advice = try #require(TopologyCommand.Apply.advice(declared: .suite, before: lacking))
        #expect(advice.contains("work.# to notifier.events") && advice.contains("paidan outbox resend --since"))
        #expect(TopologyCommand.Apply.advice(declared: .suite, before: all) == nil)
        #expect(TopologyCommand.Apply.advice(declared: .suite, before: []) == nil)
    }

    @Test(arguments: [("90s", 90.0), ("30m", 1_800), ("2h", 7_200), ("3d", 259_200)])
    func `reads an age`(text: String, seconds: Double) throws {
        #expect(try Moment.seconds(text) == seconds)
    }

    @Test(arguments: ["", "m", "-1h", "3 weeks", "1e9d", "soon"]) func `refuses what is no age`(text: String) {
        #expect(throws: Complaint.self) { try Moment.seconds(text) }
    }

    @Test func `lines up columns with Chinese in them`() {
        var table = Table(columns: ["who", "n"])
        table.rows = [["李工", "1"], ["Li", "22"]]
        #expect(table.text == "who   n\n李工  1\nLi    22")
    }

    @Test func `wrote the settings page that is in docs`() throws {
        let page = try String(contentsOf: Self.root.appending(path: "docs/settings.md"), encoding: .utf8)
        #expect(page == SettingsPage.text, "stale: ./paidan docs settings > docs/settings.md")
    }

    private static func difference(_ change: (inout [Management.Binding]) -> Void = { _ in }) -> TopologyDifference {
        let suite = Topology.suite
        var bindings = suite.bindings.map {
            Management.Binding(
                source: $0.exchange, destination: $0.queue, destination_type: "queue", routing_key: $0.key)
        }
        // The default exchange's own bindings are always there.
        bindings += suite.queues.map {
            Management.Binding(source: "", destination: $0.name, destination_type: "queue", routing_key: $0.name)
        }
        change(&bindings)
        return TopologyDifference(
            declared: suite,
            exchanges: suite.exchanges.map { Management.Exchange(name: $0.name, type: $0.kind.rawValue) },
            queues: suite.queues.map(\.name), bindings: bindings)
    }
}
