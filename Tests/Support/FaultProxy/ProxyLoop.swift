import Foundation
import Synchronization

/// The proxy's thread: moves bytes between pairs of sockets as the rules say.
struct ProxyLoop {
    let proxy: FaultProxy
    let bell: Int32
    private var links: [Link] = []
    private var rules = FaultProxy.Rules()
    private var cutsDone = 0
    private var buffer = [UInt8](repeating: 0, count: 65_536)

    init(proxy: FaultProxy, bell: Int32) {
        self.proxy = proxy
        self.bell = bell
    }

    mutating func run() {
        while true {
            rules = proxy.rules.withLock { $0 }
            if rules.isStopped { break }
            if rules.cuts > cutsDone {
                cutsDone = rules.cuts
                count(damaged: links.count)
                for link in links { link.reset() }
                links = []
            }
            wait()
        }
        for link in links { link.reset() }
    }

    private mutating func wait() {
        let now = ContinuousClock.now
        var polled = [
            pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
            pollfd(fd: proxy.listener, events: Int16(POLLIN), revents: 0),
        ]
        var next: ContinuousClock.Instant?
        for link in links {
            for lane in link.lanes {
                let flow = rules.flows[lane.direction.rawValue]
                let due = lane.waiting.first?.due
                let isDue = due.map { $0 <= now } ?? false
                if let due, !isDue { next = min(next ?? due, due) }
                // A descriptor below zero is not looked at.
                polled.append(
                    pollfd(fd: lane.mayRead(flow) ? lane.source : -1, events: Int16(POLLIN), revents: 0))
                polled.append(
                    pollfd(fd: isDue && flow != .hold ? lane.sink : -1, events: Int16(POLLOUT), revents: 0))
            }
        }
        let patience = next.map { max(0, Int32(($0 - now) / .milliseconds(1)) + 1) } ?? -1
        guard poll(&polled, nfds_t(polled.count), patience) >= 0 else { return }
        if polled[0].revents != 0 { while read(bell, &buffer, buffer.count) > 0 {} }
        let fresh = polled[1].revents != 0 ? accept() : nil
        for (place, link) in links.enumerated() {
            for (side, lane) in link.lanes.enumerated() where !link.isOver {
                let slot = 2 + 4 * place + 2 * side
                if polled[slot].revents != 0 { receive(lane, of: link) }
                if !link.isOver, polled[slot + 1].revents != 0 { send(lane, of: link) }
                // Its descriptors may be somebody else's by now.
                if link.isOver { break }
                // The end is told when nothing is left to be told before it.
                let flow = rules.flows[lane.direction.rawValue]
                if lane.hasEnded, !lane.hasToldEnd, lane.waiting.isEmpty, flow != .hold, flow != .swallow {
                    lane.hasToldEnd = true
                    shutdown(lane.sink, Int32(SHUT_WR))
                }
            }
            if link.lanes.allSatisfy(\.hasToldEnd) { link.close() }
        }
        links.removeAll(where: \.isOver)
        if let fresh { links.append(fresh) }
    }

    private func accept() -> Link? {
        let client = Glibc.accept(proxy.listener, nil, nil)
        guard client >= 0 else { return nil }
        Socket.tune(client)
        proxy.rules.withLock { $0.accepted += 1 }
        guard !rules.isRefusing, let server = Socket.connected(to: proxy.target.host, proxy.target.port) else {
            Socket.reset(client)
            return nil
        }
        return Link(client: client, server: server, framing: proxy.framing, cutAfter: rules.cutAfter)
    }

    private mutating func receive(_ lane: Lane, of link: Link) {
        let flow = rules.flows[lane.direction.rawValue]
        var room = buffer.count
        // An eighth of a second at a time.
        if case .rate(let bytes) = flow { room = max(1, bytes / 8) }
        let count = recv(lane.source, &buffer, room, 0)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else {
            lane.hasEnded = true
            // A reset is handed on as one.
            if count < 0, flow == .pass { link.reset() }
            return
        }
        if lane.direction == .toClient, link.losesAnswer {
            self.count(damaged: 1)
            return link.reset()
        }
        var bytes = Array(buffer[..<count])
        let starts = lane.frames.starts(in: bytes)
        if flow == .swallow { lane.isDeaf = true }
        if lane.isDeaf { return }
        if rules.corrupts[lane.direction.rawValue], lane.mayBeCorrupted, let start = starts.first {
            bytes[start] ^= 0xA5
            lane.mayBeCorrupted = false  // once for each connection
            self.count(damaged: 1)
        }
        if let every = rules.losesCommits, lane.direction == .toServer, link.commits.isSeen(in: bytes) {
            let number = proxy.rules.withLock { rules in
                rules.commits += 1
                return rules.commits
            }
            link.losesAnswer = number.isMultiple(of: every)
        } else if lane.direction == .toServer {
            _ = link.commits.isSeen(in: bytes)
        }
        if let place = cut(bytes, starts, lane, link) {
            bytes.removeSubrange(place...)
            lane.hasEnded = true
            link.lanes[1 - lane.direction.rawValue].hasEnded = true
            self.count(damaged: 1)
        }
        var due = ContinuousClock.now
        switch flow {
        case .delay(let time): due += time
        case .rate(let bytes):
            due = max(due, lane.waiting.last?.due ?? due) + .seconds(Double(count) / Double(bytes))
        case .pass, .hold, .swallow: break
        }
        lane.waiting.append((due, bytes[...]))
        send(lane, of: link)
    }

    /// Where within the last frame of `bytes` the connection shall end, when its time has come.
    private func cut(_ bytes: [UInt8], _ starts: [Int], _ lane: Lane, _ link: Link) -> Int? {
        guard rules.cutAfter != nil else { return nil }
        guard let left = link.bytesLeft else {
            link.bytesLeft = rules.cutAfter?.randomElement()
            return nil
        }
        link.bytesLeft = left - bytes.count
        guard left < bytes.count else { return nil }
        guard let start = starts.last, start + 3 < bytes.count else { return bytes.count - 1 }
        return start + 3
    }

    private func send(_ lane: Lane, of link: Link) {
        let now = ContinuousClock.now
        while let first = lane.waiting.first, first.due <= now, rules.flows[lane.direction.rawValue] != .hold {
            let written = first.bytes.withUnsafeBytes {
                Glibc.send(lane.sink, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if written < 0 {
                if errno != EAGAIN { link.reset() }
                return
            }
            lane.waiting[0].bytes.removeFirst(written)
            if lane.waiting[0].bytes.isEmpty { lane.waiting.removeFirst() }
        }
    }

    private func count(damaged: Int) { proxy.rules.withLock { $0.damaged += damaged } }
}

/// One connection: a client's, and ours to the server for it.
final class Link {
    let lanes: [Lane]
    var commits = CommitSpotter()
    var losesAnswer = false
    var bytesLeft: Int?
    private(set) var isOver = false

    init(client: Int32, server: Int32, framing: Framing, cutAfter: ClosedRange<Int>?) {
        lanes = [
            Lane(.toServer, from: client, to: server, framing: framing),
            Lane(.toClient, from: server, to: client, framing: framing),
        ]
        bytesLeft = cutAfter?.randomElement()
    }

    func reset() {
        guard !isOver else { return }
        isOver = true
        for lane in lanes { Socket.reset(lane.source) }
    }

    func close() {
        guard !isOver else { return }
        isOver = true
        for lane in lanes { Glibc.close(lane.source) }
    }
}

/// One direction of a connection.
final class Lane {
    let direction: FaultProxy.Direction
    let source: Int32
    let sink: Int32
    var frames: FrameCounter
    var waiting: [(due: ContinuousClock.Instant, bytes: ArraySlice<UInt8>)] = []
    var isDeaf = false
    var mayBeCorrupted = true
    var hasEnded = false
    var hasToldEnd = false

    init(_ direction: FaultProxy.Direction, from source: Int32, to sink: Int32, framing: Framing) {
        self.direction = direction
        self.source = source
        self.sink = sink
        frames = FrameCounter(framing, direction)
    }

    func mayRead(_ flow: FaultProxy.Flow) -> Bool {
        var limit = 1 << 20
        if case .rate(let bytes) = flow { limit = bytes }
        return !hasEnded && flow != .hold && waiting.reduce(0) { $0 + $1.bytes.count } < limit
    }
}
