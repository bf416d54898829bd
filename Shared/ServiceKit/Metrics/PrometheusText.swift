/// Prometheus' text format 0.0.4.
struct PrometheusText {
    private(set) var bytes: [UInt8] = []

    mutating func head(_ name: String, kind: String) {
        bytes += "# HELP \(name) \(MetricHelp.text(name))\n# TYPE \(name) \(kind)\n".utf8
    }

    mutating func line(_ name: String, _ labels: String, _ value: String) {
        bytes += (labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n").utf8
    }

    /// A legal metric name: `[a-zA-Z_:][a-zA-Z0-9_:]*`.
    static func name(_ label: String) -> String {
        let mapped = label.unicodeScalars.map { isWord($0) || $0 == ":" ? Character($0) : "_" }
        return startsWithDigit(label) ? "_" + String(mapped) : String(mapped)
    }

    /// `a="b",c="d"` in the order of the names, values escaped.
    static func labels(_ dimensions: [(String, String)]) -> String {
        dimensions.map { (labelName($0.0), $0.1) }.sorted { $0.0 < $1.0 }
            .map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
    }

    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        if value == value.rounded(), abs(value) < 1e15 { return String(Int64(value)) }
        return String(value)
    }

    private static func labelName(_ name: String) -> String {
        let mapped = String(name.unicodeScalars.map { isWord($0) ? Character($0) : "_" })
        return startsWithDigit(name) ? "_" + mapped : mapped
    }

    private static func escaped(_ value: String) -> String {
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || (scalar.isASCII && scalar.properties.isAlphabetic) || isDigit(scalar)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    private static func startsWithDigit(_ text: String) -> Bool { text.unicodeScalars.first.map(isDigit) ?? true }
}

/// The sentence behind `# HELP`: the words of the name, since swift-metrics carries no other text.
enum MetricHelp {
    static func text(_ name: String) -> String {
        known[name] ?? name.replacing("_", with: " ")
    }

    private static let known = [
        "process_cpu_seconds_total": "User and system CPU time spent in seconds.",
        "process_resident_memory_bytes": "Resident memory size in bytes.",
        "process_open_fds": "Number of open file descriptors.",
        "process_max_fds": "Maximum number of open file descriptors.",
        "process_start_time_seconds": "Start time of the process since the epoch in seconds.",
        "paidan_build_info": "Always 1; the version is a label.",
        "paidan_http_requests_total": "Requests answered, by route, method and status.",
        "paidan_http_request_seconds": "Time from the request's head to its answer's head, in seconds.",
    ]
}
