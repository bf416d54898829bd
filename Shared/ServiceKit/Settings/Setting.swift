private import Foundation

/// One setting: its key, what it means, what it may be.
///
/// `http.port` is read from `--http.port`, from `PAIDAN_HTTP_PORT`, or from the file that `PAIDAN_HTTP_PORT_FILE`
/// names; the first that is there wins. An empty value counts as not set.
public struct Setting<Value: Sendable>: Sendable {
    public let key: String
    public let summary: String
    /// The default as a person would write it; nil when there is none.
    public let defaultText: String?
    public let isSecret: Bool
    /// What may stand there, as the end of "must be …".
    public let expectation: String
    /// Nil when the text cannot be taken.
    let parse: @Sendable (String) -> Value?
    /// The value when nothing is set; nil when something must be set.
    let unset: Value?

    init(
        _ key: String, _ summary: String, defaultText: String?, isSecret: Bool = false, expectation: String,
        unset: Value? = nil, parse: @escaping @Sendable (String) -> Value?
    ) {
        self.key = key
        self.summary = summary
        self.defaultText = defaultText
        self.isSecret = isSecret
        self.expectation = expectation
        self.parse = parse
        self.unset = unset ?? defaultText.flatMap(parse)
        precondition(
            defaultText == nil || self.unset != nil, "The default of the setting '\(key)' must be \(expectation).")
    }
}

/// What is known of a setting without its type: enough to list it and to check it.
public protocol AnySetting: Sendable {
    var key: String { get }
    var summary: String { get }
    var defaultText: String? { get }
    var isSecret: Bool { get }
    var expectation: String { get }
    var isRequired: Bool { get }
    /// Whether `text` could be taken.
    func accepts(_ text: String) -> Bool
}

extension Setting: AnySetting {
    public var isRequired: Bool { unset == nil }
    public func accepts(_ text: String) -> Bool { parse(text) != nil }
}

extension AnySetting {
    /// `PAIDAN_HTTP_PORT` for `http.port`.
    public var environmentName: String {
        SettingsReader.prefix + key.uppercased().map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined()
    }
}

extension Setting where Value == Int {
    public static func int(_ key: String, default: Int?, in range: ClosedRange<Int>, _ summary: String) -> Setting {
        Setting(
            key, summary, defaultText: `default`.map(String.init),
            expectation: "a whole number from \(range.lowerBound) to \(range.upperBound)",
            parse: { text in Int(text).flatMap { range.contains($0) ? $0 : nil } })
    }
}

extension Setting where Value == String {
    public static func string(
        _ key: String, default: String?, _ summary: String, isSecret: Bool = false
    ) -> Setting {
        Setting(key, summary, defaultText: `default`, isSecret: isSecret, expectation: "a text", parse: { $0 })
    }

    /// `http://host…` or `https://host…`.
    public static func url(_ key: String, default: String?, _ summary: String) -> Setting {
        Setting(key, summary, defaultText: `default`, expectation: WebAddress.expectation, parse: WebAddress.checked)
    }

    /// One of a closed set of words.
    public static func choice(_ key: String, default: String?, of allowed: [String], _ summary: String) -> Setting {
        Setting(
            key, summary, defaultText: `default`, expectation: "one of " + allowed.joined(separator: ", "),
            parse: { allowed.contains($0) ? $0 : nil })
    }
}

extension Setting where Value == String? {
    public static func optional(_ key: String, _ summary: String, isSecret: Bool = false) -> Setting {
        Setting(
            key, summary, defaultText: nil, isSecret: isSecret, expectation: "a text", unset: .some(nil),
            parse: { .some($0) })
    }
}

extension Setting where Value == String? {
    /// `http://host…` or `https://host…`, or nothing.
    public static func optionalURL(_ key: String, _ summary: String) -> Setting {
        Setting(
            key, summary, defaultText: nil, expectation: WebAddress.expectation, unset: .some(nil),
            parse: { text in WebAddress.checked(text).map { .some($0) } })
    }
}

private enum WebAddress {
    static let expectation = "an address such as http://127.0.0.1:8080/path"

    /// The text itself when it can be called.
    static func checked(_ text: String) -> String? {
        guard let url = URL(string: text), ["http", "https"].contains(url.scheme), let host = url.host, !host.isEmpty
        else {
            return nil
        }
        return text
    }
}

extension Setting where Value == Bool {
    public static func bool(_ key: String, default: Bool, _ summary: String) -> Setting {
        Setting(
            key, summary, defaultText: String(`default`), expectation: "true or false",
            parse: { ["true": true, "false": false][$0.lowercased()] })
    }
}

extension Setting where Value == Duration {
    /// Written as `500ms`, `5s`, `2m`, `1h`.
    public static func duration(
        _ key: String, default: String, in range: ClosedRange<Duration>, _ summary: String
    ) -> Setting {
        let bounds = "\(range.lowerBound.settingText) to \(range.upperBound.settingText)"
        return Setting(
            key, summary, defaultText: `default`, expectation: "a time from \(bounds), such as 500ms, 5s, 2m or 1h",
            parse: { text in Duration(settingText: text).flatMap { range.contains($0) ? $0 : nil } })
    }
}

extension Setting where Value == [String] {
    /// Comma separated; spaces around the commas do not count. `allowed` nil: any words.
    public static func list(
        _ key: String, default: String, of allowed: [String]?, _ summary: String
    ) -> Setting {
        let words = allowed.map { "a comma-separated list of " + $0.joined(separator: ", ") }
        return Setting(
            key, summary, defaultText: `default`, expectation: words ?? "a comma-separated list",
            parse: { text in
                let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { part in
                    String(part.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
                }
                if parts == [""] { return [] }
                if parts.contains("") { return nil }
                guard let allowed else { return parts }
                return parts.allSatisfy(allowed.contains) ? parts : nil
            })
    }
}

extension Duration {
    /// Reads `500ms`, `5s`, `2m`, `1h`, `3d`; nil for anything else, a sign, a fraction or a number beyond nine digits.
    init?(settingText text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        guard (1...9).contains(digits.count), let count = Int64(digits) else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(count)
        case "s": self = .seconds(count)
        case "m": self = .seconds(count * 60)
        case "h": self = .seconds(count * 3600)
        case "d": self = .seconds(count * 86_400)
        default: return nil
        }
    }

    /// The shortest way of writing it that ``init(settingText:)`` reads back; sub-millisecond parts are dropped.
    var settingText: String {
        let milliseconds = components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)] as [(String, Int64)]
        where milliseconds > 0 && milliseconds % size == 0 {
            return "\(milliseconds / size)\(unit)"
        }
        return "\(milliseconds)ms"
    }
}
