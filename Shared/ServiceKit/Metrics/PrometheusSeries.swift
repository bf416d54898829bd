import Metrics
private import Synchronization

/// One line or, for a histogram, one group of lines of the exposition.
protocol PrometheusSeries: Sendable {
    func write(name: String, labels: String, into text: inout PrometheusText)
}

final class CounterSeries: PrometheusSeries, CounterHandler {
    private let count = Atomic<Int64>(0)

    /// Negative amounts are not counted: a counter only grows.
    func increment(by amount: Int64) { if amount > 0 { count.wrappingAdd(amount, ordering: .relaxed) } }
    func reset() { count.store(0, ordering: .relaxed) }

    func write(name: String, labels: String, into text: inout PrometheusText) {
        text.line(name, labels, String(count.load(ordering: .relaxed)))
    }
}

/// A gauge, or a counter of fractions.
final class NumberSeries: PrometheusSeries, MeterHandler, RecorderHandler, FloatingPointCounterHandler {
    private let value = Mutex(0.0)

    func set(_ value: Int64) { set(Double(value)) }
    func set(_ value: Double) { self.value.withLock { $0 = value } }
    func increment(by amount: Double) { value.withLock { $0 += amount } }
    func decrement(by amount: Double) { value.withLock { $0 -= amount } }
    func record(_ value: Int64) { set(Double(value)) }
    func record(_ value: Double) { set(value) }
    func reset() { set(0.0) }

    func write(name: String, labels: String, into text: inout PrometheusText) {
        text.line(name, labels, PrometheusText.number(value.withLock { $0 }))
    }
}

/// Counts by fixed upper bounds.
final class HistogramSeries: PrometheusSeries, TimerHandler, RecorderHandler {
    static let seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    static let sizes = [1.0, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576]

    private struct State {
        var counts: [UInt64]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
    }

    func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
    func record(_ value: Int64) { record(Double(value)) }

    func record(_ value: Double) {
        guard !value.isNaN else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
        }
    }

    func write(name: String, labels: String, into text: inout PrometheusText) {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        let comma = labels.isEmpty ? "" : ","
        var total: UInt64 = 0
        for (count, bound) in zip(counts, bounds.map(PrometheusText.number) + ["+Inf"]) {
            total += count
            text.line(name + "_bucket", labels + comma + "le=\"\(bound)\"", String(total))
        }
        text.line(name + "_sum", labels, PrometheusText.number(sum))
        text.line(name + "_count", labels, String(total))
    }
}
