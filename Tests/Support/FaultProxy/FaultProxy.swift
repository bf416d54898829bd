import Foundation
import Synchronization

/// A TCP proxy on loopback that does to connections what networks do to them. One thread; every call takes effect at once,
/// on connections old and new.
public final class FaultProxy: Sendable {
    public enum Direction: Int, Sendable, CaseIterable { case toServer, toClient }

    public enum Flow: Sendable, Equatable {
        case pass
        /// Nothing is read, so that the other side's sends get stuck in the end; later it goes on where it stopped.
        case hold
        /// Taken and forgotten. Who lost a byte never hears anything on that connection again; its end is told only when
        /// bytes pass again.
        case swallow
        case delay(Duration)
        /// Every connection carries so many bytes a second each way, and no more wait here than it carries in one: what is
        /// beyond that gets stuck at the sender.
        case rate(Int)
    }

    struct Rules {
        var flows: [Flow] = [.pass, .pass]
        /// Bytes that a connection may still send in either direction, until it is cut within a frame.
        var cutAfter: ClosedRange<Int>?
        var corrupts: [Bool] = [false, false]
        /// Every so many COMMITs are carried out and their answers lost.
        var losesCommits: Int?
        var commits = 0
        var cuts = 0
        var isRefusing = false
        var isStopped = false
        var accepted = 0
        var damaged = 0
    }

    public let port: Int
    let target: (host: String, port: Int)
    let framing: Framing
    let listener: Int32
    private let bell: [Int32]
    let rules = Mutex(Rules())

    /// - Parameters:
    ///   - port: the server's.
    ///   - host: its address; near enough that connecting to it takes no time.
    ///   - framing: what is spoken, to find the frames.
    /// - Throws: `POSIXError` when no socket can be had.
    public init(to port: Int, at host: String = "127.0.0.1", speaking framing: Framing) throws {
        target = (host, port)
        self.framing = framing
        listener = try Socket.listener()
        self.port = Socket.port(of: listener)
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw POSIXError(.EMFILE) }
        for end in ends { Socket.tune(end) }
        bell = ends
        let thread = Thread { [self] in
            var loop = ProxyLoop(proxy: self, bell: bell[0])
            loop.run()
            close(bell[0])
            close(bell[1])
            close(listener)
        }
        thread.name = "fault-proxy"
        thread.start()
    }

    /// Connections that were taken so far.
    public var accepted: Int { rules.withLock(\.accepted) }
    /// Connections that were cut, corrupted or robbed of an answer so far.
    public var damaged: Int { rules.withLock(\.damaged) }

    public func flow(_ flow: Flow, _ directions: [Direction] = Direction.allCases) {
        change { rules in for direction in directions { rules.flows[direction.rawValue] = flow } }
    }

    /// Resets every connection.
    public func cut() { change { $0.cuts += 1 } }

    /// From now on a connection ends within a frame, after so many bytes; nil: no longer.
    public func cutWithinFrames(after bytes: ClosedRange<Int>?) { change { $0.cutAfter = bytes } }

    /// From now on the first byte of a connection's next frame is wrong.
    public func corrupt(_ directions: [Direction]) {
        change { rules in
            for direction in Direction.allCases { rules.corrupts[direction.rawValue] = directions.contains(direction) }
        }
    }

    /// From now on the answer to every so many-th COMMIT is lost with its connection; nil: no longer.
    public func loseAnswers(toCommits every: Int?) { change { $0.losesCommits = every } }

    /// Takes connections and ends them at once, as when nobody listens.
    public func refuse(_ isOn: Bool) { change { $0.isRefusing = isOn } }

    /// Ends all connections and takes no more.
    public func stop() { change { $0.isStopped = true } }

    private func change(_ body: (inout Rules) -> Void) {
        let wasStopped = rules.withLock { rules in
            defer { body(&rules) }
            return rules.isStopped
        }
        if wasStopped { return }
        var one: UInt8 = 1
        // A full pipe has rung already.
        _ = write(bell[1], &one, 1)
    }
}
