/// Renders docs/settings.md: the common settings and each service's own, as Markdown tables.
public enum SettingsDocument {
    /// - Parameter services: the services in the order to show them, each with its settings beyond the common ones.
    public static func markdown(services: [(name: String, settings: [any AnySetting])]) -> String {
        let common = services.map { service in
            (
                service.name,
                CommonSettings(service: service.name, schema: CommonSettings.schemas[service.name] ?? service.name).all
            )
        }
        var text = """
            # Settings

            This page is generated from the code. A setting `http.port` is read from the command line
            (`--http.port 8101`), from the environment (`PAIDAN_HTTP_PORT`), or from the file that
            `PAIDAN_HTTP_PORT_FILE` names (for secrets); the first that is there wins, an empty value counts as not set.
            A malformed value stops the start with a sentence that says what would be right; a `PAIDAN_` variable that
            nobody reads is warned about. `<service> --print-config` shows what is in force and where it comes from,
            without secrets.

            ## Every service


            """
        let rows = (common.first?.1 ?? []).enumerated().map { index, setting in
            let defaults = common.map { ($0.0, $0.1[index].defaultText) }
            let differ = Set(defaults.map(\.1)).count > 1
            let shown = differ ? defaults.map { "`\($0.1 ?? "")` (\($0.0))" }.joined(separator: ", ") : nil
            return row(setting, defaults: shown)
        }
        text += table(rows)
        for service in services {
            text += "\n## \(service.name)\n\n"
            text +=
                service.settings.isEmpty
                ? "None beyond those of every service.\n" : table(service.settings.map { row($0) })
        }
        return text
    }

    private static func table(_ rows: [String]) -> String {
        "| key | variable | default | must be | meaning |\n|---|---|---|---|---|\n" + rows.joined()
    }

    private static func row(_ setting: some AnySetting, defaults: String? = nil) -> String {
        let none = setting.isRequired ? "(must be set)" : "(none)"
        let shown = defaults ?? setting.defaultText.map { $0.isEmpty ? "(empty)" : "`\($0)`" } ?? none
        let secret = setting.isSecret ? " Secret." : ""
        let cells = [
            "`\(setting.key)`", "`\(setting.environmentName)`", shown, setting.expectation, setting.summary + secret,
        ]
        return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
    }
}
