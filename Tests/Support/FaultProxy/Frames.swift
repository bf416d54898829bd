import Foundation

/// What is spoken through a proxy.
public enum Framing: Sendable { case amqp, postgres }

/// Finds where frames begin in one direction of a connection.
///
/// AMQP 0-9-1, section 4.2: a header of 8 bytes from the client, then frames of type, channel, size, payload and one end
/// byte. PostgreSQL's protocol 3.0 ("Message Formats"): a startup packet without a type from the client, then messages of
/// type, length (which counts itself) and contents.
struct FrameCounter {
    private let framing: Framing
    private var header: [UInt8] = []
    /// Bytes of the frame under way that are yet to come.
    private var left: Int
    private var isStartup: Bool

    init(_ framing: Framing, _ direction: FaultProxy.Direction) {
        self.framing = framing
        isStartup = direction == .toServer && framing == .postgres
        left = direction == .toServer && framing == .amqp ? 8 : 0
    }

    /// Offsets in `bytes` at which frames begin.
    mutating func starts(in bytes: [UInt8]) -> [Int] {
        var found: [Int] = []
        var place = 0
        while place < bytes.count {
            if left > 0 {
                let step = min(left, bytes.count - place)
                left -= step
                place += step
                continue
            }
            if header.isEmpty { found.append(place) }
            header.append(bytes[place])
            place += 1
            let size = isStartup ? 4 : framing == .amqp ? 7 : 5
            guard header.count == size else { continue }
            let offset = isStartup ? 0 : framing == .amqp ? 3 : 1
            let length = header[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
            left = framing == .amqp ? length + 1 : max(0, length - 4)
            header = []
            isStartup = false
        }
        return found
    }
}

/// Finds the messages by which libpq's client asks for a COMMIT.
///
/// The statement is prepared once for each connection, as `P length name 0 "commit" 0 …`; later it goes by its name, as
/// `B length 0 name 0 …`.
struct CommitSpotter {
    private var bind: Data?

    mutating func isSeen(in bytes: [UInt8]) -> Bool {
        let data = Data(bytes)
        if let text = data.range(of: Data([0] + Array("commit".utf8) + [0])) {
            let name = data[..<text.lowerBound].reversed().prefix { $0 > 0x20 && $0 < 0x7F }
            bind = Data([0] + name.reversed() + [0])
            return true
        }
        return bind.map { data.range(of: $0) != nil } ?? false
    }
}
