import Kernel
import Testing

@testable import Postgres

@Suite struct `The rules of a pool` {
    private static let limits = PoolMachine.Limits(
        size: 3, minimum: 1, acquireTimeout: .seconds(5), lifetime: .seconds(1000), idleTimeout: .seconds(100),
        checkAfter: .seconds(30), circuitAfter: .seconds(10),
        backoff: Backoff(base: .seconds(1), cap: .seconds(4)))

    /// Running, with `count` idle connections numbered from 1.
    private func pool(idle count: Int) -> PoolMachine {
        var machine = PoolMachine(limits: Self.limits)
        var actions = machine.start(now: .zero)
        for request in 1...count { actions += machine.acquire(1000 + UInt64(request), now: .zero) }
        #expect(actions == (1...count).map(PoolMachine.Action.open))
        for id in 1...count { _ = machine.opened(id, now: .zero, share: 0.5) }
        for id in 1...count { _ = machine.release(id, reusable: true, now: .zero) }
        #expect(machine.idleCount == count)
        return machine
    }

    @Test func `opens the minimum when it starts, and nothing before`() {
        var machine = PoolMachine(limits: Self.limits)
        #expect(machine.acquire(1, now: .zero) == [])
        #expect(machine.start(now: .zero) == [.open(1)])
        #expect(machine.opened(1, now: .zero, share: 0) == [.grant(1, 1)])
    }

    @Test func `open one connection for each request that waits, up to the size`() {
        var machine = PoolMachine(limits: Self.limits)
        _ = machine.start(now: .zero)
        #expect(machine.acquire(1, now: .zero) == [])
        #expect(machine.acquire(2, now: .zero) == [.open(2)])
        #expect(machine.acquire(3, now: .zero) == [.open(3)])
        #expect(machine.acquire(4, now: .zero) == [])
        #expect(machine.openingCount == 3)
    }

    @Test func `grant in the order of asking`() {
        var machine = pool(idle: 1)
        #expect(machine.acquire(1, now: .zero) == [.grant(1, 1)])
        _ = machine.acquire(2, now: .zero)
        _ = machine.acquire(3, now: .zero)
        #expect(machine.release(1, reusable: true, now: .zero) == [.grant(2, 1)])
        #expect(machine.release(1, reusable: true, now: .zero) == [.grant(3, 1)])
        #expect(machine.release(1, reusable: true, now: .zero) == [])
    }

    @Test func `give the connection that was used last`() {
        var machine = pool(idle: 3)
        #expect(machine.acquireNow(9) == 3)
        #expect(machine.release(3, reusable: true, now: .zero) == [])
        #expect(machine.release(3, reusable: true, now: .zero) == [])
        #expect(machine.acquireNow(10) == 3)
        #expect(machine.acquireNow(11) == 2)
    }

    @Test func `lend no idle connection any more when one has fallen silent`() {
        var machine = pool(idle: 3)
        #expect(machine.acquireNow(9) == 3)
        #expect(machine.fellSilent(3, now: .zero) == [.close(1), .close(2)])
        #expect(machine.acquire(10, now: .zero) == [.open(4)])
        #expect(machine.release(3, reusable: false, now: .zero) == [.close(3)])
        #expect(machine.opened(4, now: .zero, share: 0) == [.grant(10, 4)])
    }

    @Test func `open the minimum again when the only connection fell silent while idle`() {
        var machine = pool(idle: 1)
        #expect(machine.fellSilent(1, now: .zero) == [.close(1), .open(2)])
    }

    @Test func `let nobody overtake those who wait`() {
        var machine = PoolMachine(limits: .init(size: 1))
        _ = machine.start(now: .zero)
        _ = machine.acquire(1, now: .zero)
        _ = machine.acquire(2, now: .zero)
        #expect(machine.opened(1, now: .zero, share: 0) == [.grant(1, 1)])
        #expect(machine.acquireNow(3) == nil)
    }

    @Test func `refuse who has waited too long, and only them`() {
        var machine = PoolMachine(limits: .init(size: 1, acquireTimeout: .seconds(5)))
        _ = machine.acquire(1, now: .zero)
        _ = machine.acquire(2, now: .seconds(1))
        #expect(machine.nextDeadline == .seconds(5))
        #expect(machine.tick(.seconds(5)) == [.refuse(1, .timeout)])
        #expect(machine.nextDeadline == .seconds(6))
    }

    @Test func `forget a request that is withdrawn`() {
        var machine = pool(idle: 1)
        _ = machine.acquire(1, now: .zero)
        #expect(machine.acquire(2, now: .zero) == [.open(2)])
        let withdrawn = [machine.withdraw(2), machine.withdraw(2), machine.withdraw(1)]
        #expect(withdrawn == [true, false, false])
        #expect(machine.member(serving: 1) == 1)
        #expect(machine.release(1, reusable: true, now: .zero) == [])
    }

    @Test func `replace a connection that cannot be used again`() {
        var machine = pool(idle: 1)
        _ = machine.acquire(1, now: .zero)
        #expect(machine.release(1, reusable: false, now: .zero) == [.close(1), .open(2)])
    }

    @Test func `replace a connection at the end of its life, when it comes back or lies idle`() {
        var machine = pool(idle: 2)
        #expect(machine.acquireNow(1) == 2)
        #expect(machine.release(2, reusable: true, now: .seconds(1001)) == [.close(2)])
        #expect(machine.tick(.seconds(1001)) == [.close(1), .open(3)])
    }

    @Test func `spread the lifetimes by a tenth either way`() {
        for (share, before, after) in [(0.0, 899, 901), (0.999, 1099, 1101)] {
            var machine = PoolMachine(limits: Self.limits)
            _ = machine.start(now: .zero)
            _ = machine.opened(1, now: .zero, share: share)
            #expect(machine.acquireNow(1) == 1)
            #expect(machine.release(1, reusable: true, now: .seconds(before)) == [])
            #expect(machine.acquireNow(2) == 1)
            #expect(machine.release(1, reusable: true, now: .seconds(after)) == [.close(1), .open(2)])
        }
    }

    @Test func `close what lies idle beyond the minimum`() {
        var machine = pool(idle: 3)
        let actions = machine.tick(.seconds(100))
        #expect(actions == [.close(1), .close(2), .check(3)])
    }

    @Test func `try out a connection that has been idle, and give it to nobody meanwhile`() {
        var machine = pool(idle: 1)
        #expect(machine.tick(.seconds(29)) == [])
        #expect(machine.tick(.seconds(30)) == [.check(1)])
        #expect(machine.acquireNow(1) == nil)
        #expect(machine.acquire(2, now: .seconds(30)) == [.open(2)])
        #expect(machine.checked(1, works: true, now: .seconds(31)) == [.grant(2, 1)])
    }

    @Test func `close a connection that failed its trial`() {
        var machine = pool(idle: 1)
        _ = machine.tick(.seconds(30))
        #expect(machine.checked(1, works: false, now: .seconds(31)) == [.close(1), .open(2)])
    }

    @Test func `replace an idle connection that the server ended, but leave a leased one to its holder`() {
        var machine = pool(idle: 2)
        #expect(machine.acquireNow(1) == 2)
        #expect(machine.lost(2, now: .zero) == [])
        #expect(machine.lost(1, now: .zero) == [.close(1)])
        #expect(machine.release(2, reusable: false, now: .zero) == [.close(2), .open(3)])
        #expect(machine.lost(99, now: .zero) == [])
    }

    @Test func `make one attempt at a time while connections fail, after a wait that grows`() {
        var machine = PoolMachine(limits: Self.limits)
        _ = machine.start(now: .zero)
        for request in 1...5 { _ = machine.acquire(UInt64(request), now: .zero) }
        #expect(machine.openFailed(1, now: .zero, share: 0.5) == [])
        #expect(machine.openFailed(2, now: .zero, share: 0.5) == [])
        #expect(machine.openFailed(3, now: .zero, share: 0.5) == [])
        // The third failure: half of 4 seconds.
        #expect(machine.nextDeadline == .seconds(2))
        #expect(machine.tick(.seconds(1)) == [])
        #expect(machine.tick(.seconds(2)) == [.open(4)])
        #expect(machine.tick(.seconds(3)) == [])
        #expect(machine.opened(4, now: .seconds(3), share: 0) == [.grant(1, 4), .open(5), .open(6)])
    }

    @Test func `open the circuit when there is no connection for long, and close it at the first success`() {
        var machine = PoolMachine(limits: Self.limits)
        _ = machine.start(now: .zero)
        _ = machine.openFailed(1, now: .zero, share: 0)
        #expect(!machine.isCircuitOpen)
        _ = machine.tick(.seconds(8))
        #expect(machine.acquire(7, now: .seconds(9)) == [])
        #expect(machine.openFailed(2, now: .seconds(10), share: 0) == [.refuse(7, .circuitOpen)])
        #expect(machine.acquire(8, now: .seconds(10)) == [.refuse(8, .circuitOpen)])
        #expect(machine.tick(.seconds(10)) == [.open(3)])
        #expect(machine.opened(3, now: .seconds(11), share: 0) == [])
        #expect(!machine.isCircuitOpen)
        #expect(machine.acquire(9, now: .seconds(11)) == [.grant(9, 3)])
    }

    @Test func `keep the circuit closed while one connection works`() {
        var machine = pool(idle: 1)
        _ = machine.acquireNow(1)
        #expect(machine.acquire(2, now: .zero) == [.open(2)])
        _ = machine.openFailed(2, now: .zero, share: 0)
        #expect(machine.tick(.seconds(1)) == [.open(3)])
        #expect(machine.openFailed(3, now: .seconds(20), share: 0) == [])
        #expect(!machine.isCircuitOpen)
    }

    @Test func `drain: serve what waits, close what comes back, take nothing new, then finish`() {
        var machine = pool(idle: 2)
        _ = machine.acquireNow(1)
        #expect(machine.drain(now: .zero) == [.close(1)])
        #expect(machine.acquire(3, now: .zero) == [.refuse(3, .closed)])
        #expect(machine.release(2, reusable: true, now: .zero) == [.close(2), .finish])
    }

    @Test func `drain: those who wait get their turn first`() {
        var machine = PoolMachine(limits: .init(size: 1))
        _ = machine.start(now: .zero)
        _ = machine.acquire(1, now: .zero)
        _ = machine.acquire(2, now: .zero)
        _ = machine.opened(1, now: .zero, share: 0)
        #expect(machine.drain(now: .zero) == [])
        #expect(machine.release(1, reusable: true, now: .zero) == [.grant(2, 1)])
        #expect(machine.release(1, reusable: true, now: .zero) == [.close(1), .finish])
    }

    @Test func `drain: a connection that is still being opened is closed when it is`() {
        var machine = PoolMachine(limits: Self.limits)
        _ = machine.start(now: .zero)
        #expect(machine.drain(now: .zero) == [])
        #expect(machine.opened(1, now: .zero, share: 0) == [.close(1), .finish])
    }

    @Test func `shut down at once, and take what comes back late`() {
        var machine = pool(idle: 2)
        _ = machine.acquireNow(1)
        #expect(machine.shutDown() == [.close(1), .close(2), .finish])
        #expect(machine.release(2, reusable: true, now: .zero) == [])
        #expect(machine.acquire(5, now: .zero) == [.refuse(5, .closed)])
        #expect(machine.shutDown() == [])
    }

    @Test func `finish when they were never started`() {
        var machine = PoolMachine(limits: Self.limits)
        _ = machine.acquire(1, now: .zero)
        #expect(machine.drain(now: .zero) == [.refuse(1, .closed), .finish])
    }
}
