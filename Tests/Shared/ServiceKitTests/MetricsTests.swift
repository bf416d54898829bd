import Metrics
import Testing

@testable import ServiceKit

@Suite struct `The Prometheus registry` {
    private let registry = PrometheusRegistry()

    private var text: String { String(decoding: registry.render(), as: UTF8.self) }

    /// What `promtool check metrics` would look at first: every line is a comment or a sample, each family is headed
    /// once, no sample comes twice.
    private func lint(_ text: String) {
        var samples: Set<Substring> = []
        var heads: Set<Substring> = []
        #expect(text.hasSuffix("\n"))
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# HELP ") { continue }
            if line.hasPrefix("# TYPE ") {
                #expect(heads.insert(line).inserted)
                #expect(line.wholeMatch(of: /# TYPE [a-zA-Z_:][a-zA-Z0-9_:]* (counter|gauge|histogram)/) != nil)
            } else {
                let sample = line.wholeMatch(
                    of: /([a-zA-Z_:][a-zA-Z0-9_:]*(?:\{(?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\.)*",?)+\})?) (\S+)/)
                #expect(sample != nil, "\(line)")
                if let sample {
                    #expect(samples.insert(sample.1).inserted, "twice: \(line)")
                    #expect(Double(sample.2) != nil || ["+Inf", "-Inf", "NaN"].contains(sample.2))
                }
            }
        }
    }

    @Test func `counts`() {
        let counter = Counter(
            label: "paidan.messages-sent", dimensions: [("queue", "a"), ("outcome", "ok")], factory: registry)
        counter.increment(by: 2)
        // The same metric made again is the same series.
        Counter(label: "paidan.messages-sent", dimensions: [("outcome", "ok"), ("queue", "a")], factory: registry)
            .increment()
        #expect(text.contains("# TYPE paidan_messages_sent_total counter\n"))
        #expect(text.contains("paidan_messages_sent_total{outcome=\"ok\",queue=\"a\"} 3\n"))
        lint(text)
    }

    @Test func `takes gauges up and down`() {
        let meter = Meter(label: "paidan_open", factory: registry)
        meter.set(5)
        meter.decrement(by: 1.5)
        #expect(text.contains("# TYPE paidan_open gauge\npaidan_open 3.5\n"))
        Gauge(label: "paidan_age", factory: registry).record(Double.infinity)
        #expect(text.contains("paidan_age +Inf\n"))
        FloatingPointCounter(label: "paidan_cost", factory: registry).increment(by: 0.25)
        lint(text)
    }

    @Test func `sorts times into buckets of seconds`() {
        let timer = Timer(label: "paidan_handling", dimensions: [("type", "x")], factory: registry)
        timer.recordMilliseconds(3)
        timer.recordSeconds(2)
        timer.recordSeconds(100)
        let lines = text
        #expect(lines.contains("# TYPE paidan_handling_seconds histogram\n"))
        #expect(lines.contains("paidan_handling_seconds_bucket{type=\"x\",le=\"0.0025\"} 0\n"))
        #expect(lines.contains("paidan_handling_seconds_bucket{type=\"x\",le=\"0.005\"} 1\n"))
        #expect(lines.contains("paidan_handling_seconds_bucket{type=\"x\",le=\"2.5\"} 2\n"))
        #expect(lines.contains("paidan_handling_seconds_bucket{type=\"x\",le=\"60\"} 2\n"))
        #expect(lines.contains("paidan_handling_seconds_bucket{type=\"x\",le=\"+Inf\"} 3\n"))
        #expect(lines.contains("paidan_handling_seconds_sum{type=\"x\"} 102.003\n"))
        #expect(lines.contains("paidan_handling_seconds_count{type=\"x\"} 3\n"))
        lint(lines)
    }

    @Test func `escapes what labels may hold and mends illegal names`() {
        Counter(label: "9 lives.é", dimensions: [("a-b", "say \"hi\"\n\\end 中")], factory: registry).increment()
        #expect(text.contains("_9_lives___total{a_b=\"say \\\"hi\\\"\\n\\\\end 中\"} 1\n"))
        lint(text)
    }

    @Test func `keeps a family bounded`() {
        for index in 0..<3000 {
            Counter(label: "paidan_many", dimensions: [("id", String(index))], factory: registry).increment()
        }
        #expect(text.split(separator: "\n").count == 1002)
    }

    @Test func `lets nobody use one name for two kinds`() {
        Counter(label: "paidan_x_total", factory: registry).increment()
        Meter(label: "paidan_x_total", factory: registry).set(7)
        #expect(text.contains("paidan_x_total 1\n"))
        #expect(!text.contains(" 7\n"))
        lint(text)
    }

    @Test func `loses no count between many tasks`() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [registry] in
                    for _ in 0..<1000 {
                        Counter(label: "paidan_racing", factory: registry).increment()
                        Timer(label: "paidan_racing", factory: registry).recordNanoseconds(1)
                    }
                }
            }
        }
        #expect(text.contains("paidan_racing_total 8000\n"))
        #expect(text.contains("paidan_racing_seconds_count 8000\n"))
    }

    @Test func `shows the process`() {
        let figures = withMetricsFactory(registry) { ProcessFigures(registry: registry) }
        registry.onCollect { figures.collect() }
        let lines = text
        #expect(lines.contains("# TYPE process_cpu_seconds_total counter\n"))
        let memory = lines.firstMatch(of: /process_resident_memory_bytes (\d+)/).flatMap { Int($0.1) } ?? 0
        #expect(memory > 1 << 20)
        let open = lines.firstMatch(of: /process_open_fds (\d+)/).flatMap { Int($0.1) } ?? 0
        #expect(open > 2)
        lint(lines)
    }
}
