private import Foundation
private import Glibc
import Metrics

/// The `process_*` family that every Prometheus client has, read from /proc when it is asked for.
struct ProcessFigures: Sendable {
    private let cpu: NumberSeries?
    private let memory = Meter(label: "process_resident_memory_bytes")
    private let descriptors = Meter(label: "process_open_fds")
    private let mostDescriptors = Meter(label: "process_max_fds")
    private let start = Meter(label: "process_start_time_seconds")
    private let startTime = Date().timeIntervalSince1970

    init(registry: PrometheusRegistry) {
        cpu = registry.makeFloatingPointCounter(label: "process_cpu_seconds_total", dimensions: []) as? NumberSeries
    }

    /// What cannot be read keeps its last value.
    func collect() {
        cpu?.set(Double(clock()) / Double(CLOCKS_PER_SEC))
        if let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) {  // keeps the last value
            let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
            memory.set(pages * Int(sysconf(Int32(_SC_PAGESIZE))))
        }
        if let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {  // the same
            descriptors.set(open.count)
        }
        var limit = rlimit()
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 {
            mostDescriptors.set(Double(limit.rlim_cur))
        }
        start.set(startTime)
    }
}
