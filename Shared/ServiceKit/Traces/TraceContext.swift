private import Synchronization
import Tracing

/// Where in which trace we are: W3C Trace Context, `00-<32 hex>-<16 hex>-<2 hex>`.
struct TraceContext: Hashable, Sendable {
    let traceHigh: UInt64
    let traceLow: UInt64
    let span: UInt64
    let isSampled: Bool
    /// The vendors' list (`tracestate`), passed on untouched; at most 512 bytes.
    var state: String?

    /// The beginning of a trace of its own.
    static func root() -> TraceContext {
        TraceContext(
            traceHigh: TraceDice.next(), traceLow: TraceDice.next(), span: TraceDice.next(), isSampled: true)
    }

    /// A new span of the same trace.
    func child() -> TraceContext {
        TraceContext(
            traceHigh: traceHigh, traceLow: traceLow, span: TraceDice.next(), isSampled: isSampled, state: state)
    }

    init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, isSampled: Bool, state: String? = nil) {
        self.traceHigh = traceHigh
        self.traceLow = traceLow
        self.span = span
        self.isSampled = isSampled
        self.state = state
    }

    /// Reads a `traceparent` header as strictly as W3C Trace Context section 3.2 asks: lower-case hex only, no zero
    /// ids, version `ff` forbidden, a longer text only from a later version. Nil when it is none.
    init?(traceparent text: String, state: String? = nil) {
        let bytes = Array(text.utf8.prefix(513))
        guard bytes.count >= 55, bytes.count <= 512, [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            let version = Self.number(bytes[0..<2]), version != 0xFF,
            bytes.count == 55 || (version > 0 && bytes[55] == UInt8(ascii: "-")),
            let high = Self.number(bytes[3..<19]), let low = Self.number(bytes[19..<35]), high != 0 || low != 0,
            let span = Self.number(bytes[36..<52]), span != 0, let flags = Self.number(bytes[53..<55])
        else { return nil }
        self.init(
            traceHigh: high, traceLow: low, span: span, isSampled: flags & 1 == 1,
            state: state.flatMap { $0.utf8.count <= 512 ? $0 : nil })
    }

    var traceparent: String { "00-\(traceIDText)-\(spanIDText)-\(isSampled ? "01" : "00")" }
    var traceIDText: String { Self.hex(traceHigh) + Self.hex(traceLow) }
    var spanIDText: String { Self.hex(span) }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case 0x30...0x39: value = value << 4 | UInt64(digit - 0x30)
            case 0x61...0x66: value = value << 4 | UInt64(digit - 0x57)
            default: return nil
            }
        }
        return value
    }

    private static func hex(_ value: UInt64) -> String {
        String(unsafeUninitializedCapacity: 16) { buffer in
            for index in 0..<16 {
                let nibble = UInt8(truncatingIfNeeded: value >> (60 - 4 * UInt64(index))) & 15
                buffer[index] = nibble < 10 ? 48 + nibble : 87 + nibble
            }
            return 16
        }
    }
}

/// Random numbers that need not be secret, without a system call for each: SplitMix64 (Steele, Lea, Flood 2014), begun
/// anywhere.
private enum TraceDice {
    private static let state = Atomic<UInt64>(.random(in: 0 ... .max))

    /// Never zero, which Trace Context forbids.
    static func next() -> UInt64 {
        var value = state.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed).newValue
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        value ^= value >> 31
        return value == 0 ? 1 : value
    }
}

private enum TraceContextKey: ServiceContextKey {
    typealias Value = TraceContext
}

extension ServiceContext {
    /// Set by the tracer for every span, exported or not.
    var traceContext: TraceContext? {
        get { self[TraceContextKey.self] }
        set { self[TraceContextKey.self] = newValue }
    }
}
