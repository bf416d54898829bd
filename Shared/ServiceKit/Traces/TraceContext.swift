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
            traceHigh: .random(in: 1 ... .max), traceLow: .random(in: 1 ... .max), span: .random(in: 1 ... .max),
            isSampled: true)
    }

    /// A new span of the same trace.
    func child() -> TraceContext {
        TraceContext(
            traceHigh: traceHigh, traceLow: traceLow, span: .random(in: 1 ... .max), isSampled: isSampled, state: state)
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
