import Metrics
private import Synchronization

/// Keeps every metric of the process and renders it as Prometheus text (exposition format 0.0.4).
///
/// Names: dots and other illegal characters become underscores; counters end in `_total`, timers in `_seconds`. A
/// family holds at most 1,000 series; what would be more is counted into a series nobody sees, so that a mistake with
/// labels cannot fill the memory.
final class PrometheusRegistry: MetricsFactory {
    private static let mostSeries = 1000

    private struct Family {
        let kind: String
        var series: [String: any PrometheusSeries] = [:]
    }

    private struct State {
        var families: [String: Family] = [:]
        var collectors: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// Runs `body` before each rendering: for figures that are looked up, not counted.
    func onCollect(_ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.collectors.append(body) }
    }

    /// All metrics, families and series in alphabetical order.
    func render() -> [UInt8] {
        for collect in state.withLock({ $0.collectors }) { collect() }
        let families = state.withLock { $0.families }
        var text = PrometheusText()
        for (name, family) in families.sorted(by: { $0.key < $1.key }) {
            text.head(name, kind: family.kind)
            for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
                series.write(name: name, labels: labels, into: &text)
            }
        }
        return text.bytes
    }

    private func series<Series: PrometheusSeries>(
        _ label: String, suffix: String, kind: String, _ dimensions: [(String, String)], make: () -> Series
    ) -> Series {
        var name = PrometheusText.name(label)
        if !name.hasSuffix(suffix) { name += suffix }
        let labels = PrometheusText.labels(dimensions)
        return state.withLock { state in
            var family = state.families[name] ?? Family(kind: kind)
            if let known = family.series[labels] as? Series { return known }
            let made = make()
            // One name with two kinds, or too many series: the caller gets something that works, nobody sees it.
            guard family.kind == kind, family.series.count < Self.mostSeries else { return made }
            family.series[labels] = made
            state.families[name] = family
            return made
        }
    }

    func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        series(label, suffix: "_total", kind: "counter", dimensions) { CounterSeries() }
    }

    func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
        series(label, suffix: "_total", kind: "counter", dimensions) { NumberSeries() }
    }

    func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        series(label, suffix: "", kind: "gauge", dimensions) { NumberSeries() }
    }

    func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
        aggregate
            ? series(label, suffix: "", kind: "histogram", dimensions) {
                HistogramSeries(bounds: HistogramSeries.sizes)
            }
            : series(label, suffix: "", kind: "gauge", dimensions) { NumberSeries() } as any RecorderHandler
    }

    func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        series(label, suffix: "_seconds", kind: "histogram", dimensions) {
            HistogramSeries(bounds: HistogramSeries.seconds)
        }
    }

    // A destroyed metric keeps its series: a counter that vanishes and comes back would look like a restart.
    func destroyCounter(_ handler: any CounterHandler) {}
    func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    func destroyMeter(_ handler: any MeterHandler) {}
    func destroyRecorder(_ handler: any RecorderHandler) {}
    func destroyTimer(_ handler: any TimerHandler) {}
}
