private import Configuration
private import Foundation

/// Reads settings strictly: a malformed value throws with the key's name and what would be right. It never falls back
/// to a default because a value is bad.
public struct SettingsReader: Sendable {
    static let prefix = "PAIDAN_"
    /// Read by the build and by the `paidan` script, which may have started the service.
    private static let elsewhere: Set<String> = ["PAIDAN_ONLY", "PAIDAN_BIN", "PAIDAN_STATE"]

    /// What the environment and the command line say, untouched.
    private let environment: [String: String]
    private let options: [String: String]
    /// Things on the command line that are no option.
    private let strays: [String]
    private let config: ConfigReader

    /// - Parameter arguments: the command line behind the program's name and subcommand: `--http.port 8101`,
    ///   `--http-port=8101`, or `--flag` for true.
    public init(environment: [String: String], arguments: [String] = []) {
        self.environment = environment.filter { $0.key.hasPrefix(Self.prefix) && !$0.value.isEmpty }
        (options, strays) = Self.options(arguments)
        config = ConfigReader(
            provider: EnvironmentVariablesProvider(
                environmentVariables: self.environment,
                secretsSpecifier: .dynamic { name, _ in name.contains("PASSWORD") || name.contains("SECRET") }
            ).prefixKeys(with: "paidan"))
    }

    /// The setting's value.
    ///
    /// - Throws: ``SettingsFault`` when it is malformed, out of range, missing, or given both directly and by file.
    public func read<Value>(_ setting: Setting<Value>) throws -> Value {
        guard let (text, origin) = try text(of: setting) else {
            if let value = setting.unset { return value }
            throw SettingsFault([
                "\(setting.environmentName) (\(setting.key)) is not set; it must be \(setting.expectation)."
            ])
        }
        guard let value = setting.parse(text) else { throw SettingsFault([Self.complaint(setting, text, origin)]) }
        return value
    }

    /// Checks every setting before any part starts, so that all mistakes show at once.
    ///
    /// - Throws: ``SettingsFault`` with all of them, unknown options on the command line included.
    public func verify(_ settings: [any AnySetting]) throws {
        var faults: [String] = strays.map {
            "'\($0)' on the command line is no option; options are written --key value."
        }
        let known = Set(settings.map { Self.optionName($0.key) })
        faults += options.keys.sorted().filter { !known.contains($0) }.map { name in
            "--\(name) is no setting of this service\(Self.suggestion(name, among: settings.map(\.key)))"
        }
        for setting in settings {
            do {
                if let (text, origin) = try text(of: setting) {
                    if !setting.accepts(text) { faults.append(Self.complaint(setting, text, origin)) }
                } else if setting.isRequired {
                    faults.append(
                        "\(setting.environmentName) (\(setting.key)) is not set; it must be \(setting.expectation).")
                }
            } catch let fault as SettingsFault {
                faults += fault.faults
            }
        }
        if !faults.isEmpty { throw SettingsFault(faults) }
    }

    /// Sentences about `PAIDAN_*` variables that none of `settings` reads, most likely mistyped.
    public func warnings(_ settings: [any AnySetting]) -> [String] {
        let known = Set(settings.flatMap { [$0.environmentName, $0.environmentName + "_FILE"] }).union(Self.elsewhere)
        return environment.keys.sorted()
            .filter { !known.contains($0) && !$0.hasPrefix("PAIDAN_TEST_") }
            .map { "\($0) is no setting of this service\(Self.suggestion($0, among: settings.map(\.environmentName)))" }
    }

    /// One line a setting: key, value, where it comes from. Secrets are not shown.
    public func listing(_ settings: [any AnySetting]) throws -> String {
        try settings.map { setting in
            let found = try text(of: setting)
            let value =
                setting.isSecret && found != nil ? "(secret)" : found?.text ?? setting.defaultText ?? "(not set)"
            return "\(setting.key) = \(value)    # \(found?.origin ?? "default")\n"
        }.joined()
    }

    /// What is set and where it comes from; nil when nothing is.
    private func text(of setting: some AnySetting) throws -> (text: String, origin: String)? {
        let name = setting.environmentName
        let file = environment[name + "_FILE"]
        if let given = options[Self.optionName(setting.key)] { return (given, "--\(setting.key)") }
        if file != nil, environment[name] != nil {
            throw SettingsFault(["\(name) and \(name)_FILE are both set; keep one of them."])
        }
        if let file { return (try Self.contents(of: file, for: setting), name + "_FILE") }
        let value = config.string(forKey: ConfigKey(setting.key), isSecret: setting.isSecret)
        return value.map { ($0, name) }
    }

    private static func contents(of file: String, for setting: some AnySetting) throws -> String {
        guard let data = FileManager.default.contents(atPath: file), data.count <= 65_536,
            var text = String(bytes: data, encoding: .utf8)
        else {
            throw SettingsFault([
                "\(setting.environmentName)_FILE (\(setting.key)) names '\(file)', which cannot be read; "
                    + "it must be a readable UTF-8 file of at most 64 KiB."
            ])
        }
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }

    private static func complaint(_ setting: some AnySetting, _ text: String, _ origin: String) -> String {
        let shown = setting.isSecret ? "malformed" : "'\(text.prefix(200))'"
        return "\(origin) (\(setting.key)) is \(shown); it must be \(setting.expectation)."
    }

    /// `http.port`, `http-port` and `http_port` are one option.
    private static func optionName(_ key: String) -> String {
        String(key.map { $0 == "." || $0 == "_" ? "-" : $0 })
    }

    private static func options(_ arguments: [String]) -> (options: [String: String], strays: [String]) {
        var options: [String: String] = [:]
        var strays: [String] = []
        var open: String?
        for argument in arguments {
            if argument.hasPrefix("--"), argument.count > 2 {
                if let open { options[open] = "true" }
                open = nil
                let parts = argument.dropFirst(2).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                let name = optionName(String(parts[0]))
                if parts.count == 2 { options[name] = String(parts[1]) } else { open = name }
            } else if let name = open {
                options[name] = argument
                open = nil
            } else {
                strays.append(argument)
            }
        }
        if let open { options[open] = "true" }
        return (options, strays)
    }

    /// `; did you mean X?` when one known name is nearly the same, else a full stop.
    private static func suggestion(_ name: String, among known: [String]) -> String {
        let near = known.map { ($0, distance(optionName(name), optionName($0))) }.min { $0.1 < $1.1 }
        guard let near, near.1 <= 3 else { return "." }
        return "; did you mean \(near.0)?"
    }

    /// How many letters must change (Levenshtein), for names of ordinary length.
    private static func distance(_ first: String, _ second: String) -> Int {
        let first = Array(first.utf8.prefix(100))
        let second = Array(second.utf8.prefix(100))
        var row = Array(0...second.count)
        for (i, a) in first.enumerated() {
            var corner = row[0]
            row[0] = i + 1
            for (j, b) in second.enumerated() {
                (corner, row[j + 1]) = (row[j + 1], min(row[j] + 1, row[j + 1] + 1, corner + (a == b ? 0 : 1)))
            }
        }
        return row[second.count]
    }
}
