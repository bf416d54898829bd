import Contracts
import Testing

@Suite struct `The topology` {
    let suite = Topology.suite

    @Test func `gives every work queue a queue for its dead letters`() {
        let work = suite.queues.filter { $0.deadLetterKey != nil }
        #expect(work.count == 9)
        for queue in work {
            let dead = Topology.deadQueue(of: queue.name)
            #expect(suite.queues.contains { $0.name == dead && $0.deadLetterKey == nil })
            #expect(
                suite.bindings.contains { $0.exchange == "paidan.dead" && $0.queue == dead && $0.key == queue.name })
        }
    }

    @Test func `tells every event to somebody besides reporting, or to nobody on purpose`() {
        let onlyReporting = Set(
            DeliveryReported.types + CallBackState.allCases.filter { $0 != .done }.map(\.messageType)
                + StaffChanged.types + DepartmentChanged.types)
        for type in Catalogue.messages.filter({ $0 is any Event.Type }).flatMap({ $0.types })
        where !onlyReporting.contains(type) {
            let listeners = suite.bindings.filter {
                $0.exchange == "paidan.events" && matches($0.key, type.description)
            }
            #expect(listeners.count > 1, "\(type) is heard by reporting alone")
        }
    }

    @Test func `splits among the services without a rest`() {
        let parts = Topology.services.map(suite.owned(by:))
        #expect(Set(parts.flatMap(\.queues)) == Set(suite.queues))
        #expect(Set(parts.flatMap(\.bindings)) == Set(suite.bindings))
        #expect(parts.map(\.queues.count).reduce(0, +) == suite.queues.count)
    }

    /// Topic keys as AMQP 0-9-1 means them, for keys of words and a trailing `#`.
    private func matches(_ pattern: String, _ key: String) -> Bool {
        pattern == "#" || (pattern.hasSuffix(".#") && key.hasPrefix(pattern.dropLast(1))) || pattern == key
    }
}
