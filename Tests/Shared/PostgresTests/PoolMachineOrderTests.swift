import Kernel
import TestSupport
import Testing

@testable import Postgres

@Suite struct `The rules of a pool, in any order of events,` {
    private static let limits = PoolMachine.Limits(
        size: 3, minimum: 1, acquireTimeout: .seconds(5), lifetime: .seconds(1000), idleTimeout: .seconds(100),
        checkAfter: .seconds(30), circuitAfter: .seconds(10),
        backoff: Backoff(base: .seconds(1), cap: .seconds(4)))

    /// Whatever happens in whatever order: no connection serves two, none is used after it is closed, never more than
    /// the size, every request gets exactly one answer.
    @Test(arguments: 1...300) func `hold their promises`(seed: Int) {
        var random = Seeded(state: UInt64(seed))
        var machine = PoolMachine(limits: Self.limits)
        var model = Model()
        var now = Duration.zero
        model.apply(machine.start(now: now))
        var nextRequest: UInt64 = 1
        for step in 0..<400 {
            now += .milliseconds(Int.random(in: 0...2000, using: &random))
            switch Int.random(in: 0..<9, using: &random) {
            case 0, 1:
                model.unanswered.insert(nextRequest)
                model.apply(machine.acquire(nextRequest, now: now))
                nextRequest += 1
            case 2:
                guard let id = model.opening.randomElement(using: &random) else { continue }
                model.opening.remove(id)
                model.open.insert(id)
                model.apply(machine.opened(id, now: now, share: Double.random(in: 0..<1, using: &random)))
            case 3:
                guard let id = model.opening.randomElement(using: &random) else { continue }
                model.opening.remove(id)
                model.apply(machine.openFailed(id, now: now, share: Double.random(in: 0..<1, using: &random)))
            case 4, 5:
                guard let id = model.leased.keys.sorted().randomElement(using: &random) else { continue }
                model.leased[id] = nil
                model.apply(machine.release(id, reusable: Bool.random(using: &random), now: now))
            case 6:
                guard let id = model.open.sorted().randomElement(using: &random) else { continue }
                model.apply(machine.lost(id, now: now))
            case 7:
                guard let id = model.checking.sorted().randomElement(using: &random) else { continue }
                model.checking.remove(id)
                model.apply(machine.checked(id, works: Bool.random(using: &random), now: now))
            default:
                if let request = model.unanswered.sorted().randomElement(using: &random), machine.withdraw(request) {
                    model.unanswered.remove(request)
                }
                model.apply(machine.tick(now))
            }
            #expect(model.opening.count + model.open.count <= 3, "step \(step)")
            #expect(machine.leasedCount >= model.leased.count)
        }
        model.apply(machine.drain(now: now))
        while !model.finished {
            let moved = model.leased.count + model.opening.count + model.checking.count
            for id in model.leased.keys.sorted() {
                model.leased[id] = nil
                model.apply(machine.release(id, reusable: true, now: now))
            }
            for id in model.opening.sorted() {
                model.opening.remove(id)
                model.open.insert(id)
                model.apply(machine.opened(id, now: now, share: 0))
            }
            for id in model.checking.sorted() {
                model.checking.remove(id)
                model.apply(machine.checked(id, works: true, now: now))
            }
            now += .seconds(10)
            model.apply(machine.tick(now))
            if moved == 0, !model.finished, model.opening.isEmpty, model.leased.isEmpty {
                Issue.record("stuck")
                return
            }
        }
        #expect(model.open.isEmpty)
        #expect(model.unanswered.isEmpty)
    }

    private struct Model {
        var opening: Set<Int> = []
        var open: Set<Int> = []
        var checking: Set<Int> = []
        var leased: [Int: UInt64] = [:]
        var unanswered: Set<UInt64> = []
        var finished = false

        mutating func apply(_ actions: [PoolMachine.Action]) {
            for action in actions {
                #expect(!finished)
                switch action {
                case .open(let id): #expect(opening.insert(id).inserted && !open.contains(id))
                case .close(let id):
                    #expect(open.remove(id) != nil)
                    #expect(leased[id] == nil)
                    checking.remove(id)
                case .check(let id): #expect(open.contains(id) && leased[id] == nil && checking.insert(id).inserted)
                case .grant(let request, let id):
                    #expect(open.contains(id) && leased[id] == nil && !checking.contains(id))
                    #expect(unanswered.remove(request) != nil)
                    leased[id] = request
                case .refuse(let request, _): #expect(unanswered.remove(request) != nil)
                case .finish: finished = true
                }
            }
        }
    }
}
