import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `What a telephone knows of its person's work` {
    private let ids = (0..<250).map { _ in ID<WorkOrder>(UUID()) }

    private func world(_ revisions: [Int: Int64]) -> PhoneWorld {
        PhoneWorld(Dictionary(uniqueKeysWithValues: revisions.map { (ids[$0.key], $0.value) }))
    }

    @Test func `comes back as it was given, in a text that fits into an address`() throws {
        for world in [world([:]), world([1: 1]), world([1: 127, 2: 128, 3: 300_000, 4: .max])] {
            #expect(PhoneWorld(cursor: world.cursor) == world)
        }
        let full = world(Dictionary(uniqueKeysWithValues: (0..<PhoneWorld.most).map { ($0, 99_999) }))
        #expect(full.cursor.utf8.count < 6000)
        #expect(full.cursor.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") })
        #expect(PhoneWorld(cursor: full.cursor) == full)
    }

    @Test(arguments: ["", "x", "AAAA", "!!!", "AQEBAQ", "AQ==\u{0}", String(repeating: "A", count: 9000)])
    func `is nothing that somebody made up`(text: String) { #expect(PhoneWorld(cursor: text) == nil) }

    @Test func `is made up for piece by piece, what has left first, until it is the present`() {
        let known = world([0: 1, 1: 1, 2: 1, 3: 1])
        let present = world([1: 1, 2: 2, 3: 9, 4: 1, 5: 1])
        let all = known.difference(to: present, limit: 50)
        #expect(all.removed == [ids[0]])
        #expect(Set(all.changed) == [ids[2], ids[3], ids[4], ids[5]])
        #expect(all.known == present && !all.isPartial)
        var (step, rounds) = (known, 0)
        while step != present {
            let part = step.difference(to: present, limit: 2)
            #expect(part.removed.count + part.changed.count <= 2)
            #expect(part.isPartial == (part.known != present))
            (step, rounds) = (part.known, rounds + 1)
        }
        #expect(rounds == 3)
        let none = present.difference(to: present, limit: 2)
        #expect(none.changed.isEmpty && none.removed.isEmpty && none.known == present)
    }
}
