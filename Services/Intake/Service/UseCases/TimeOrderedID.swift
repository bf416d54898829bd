internal import Foundation

extension UUID {
    /// A UUID version 7 (RFC 9562 section 5.7): 48 bits of milliseconds, the rest random. Rows that are made after each
    /// other lie beside each other in an index, which keeps a big table as fast as a small one.
    static func timeOrdered(at time: Date = Date()) -> UUID {
        let milliseconds = UInt64(max(0, time.timeIntervalSince1970 * 1000))
        let high = milliseconds << 16 | 0x7000 | UInt64.random(in: 0...0x0FFF)
        let low = UInt64.random(in: 0...UInt64.max) & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
    }
}
