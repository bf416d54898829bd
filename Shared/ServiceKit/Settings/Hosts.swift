extension SettingsReader {
    /// A list of `host:port`, `host` or `[v6]:port`.
    ///
    /// - Throws: ``SettingsFault`` that names the entry that is none.
    func hosts(_ setting: Setting<[String]>, defaultPort: Int) throws -> [(host: String, port: Int)] {
        let entries = try read(setting)
        let found = entries.compactMap { Self.host($0, defaultPort: defaultPort) }
        guard found.count == entries.count, !found.isEmpty else {
            throw SettingsFault([
                "\(setting.environmentName) (\(setting.key)) is '\(entries.joined(separator: ","))'; "
                    + "it must be a comma-separated list of host:port."
            ])
        }
        return found
    }

    private static func host(_ text: String, defaultPort: Int) -> (host: String, port: Int)? {
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]") else { return nil }
            let host = text[text.index(after: text.startIndex)..<end]
            let rest = text[text.index(after: end)...]
            if rest.isEmpty { return (String(host), defaultPort) }
            guard rest.hasPrefix(":"), let port = port(rest.dropFirst()) else { return nil }
            return (String(host), port)
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        switch parts.count {
        case 1 where !text.isEmpty: return (text, defaultPort)
        case 2 where !parts[0].isEmpty: return port(parts[1]).map { (String(parts[0]), $0) }
        default: return nil
        }
    }

    private static func port(_ text: Substring) -> Int? {
        Int(text).flatMap { (1...65_535).contains($0) ? $0 : nil }
    }
}
