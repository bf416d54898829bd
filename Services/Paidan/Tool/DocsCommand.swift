import ArgumentParser
import ServiceKit

struct DocsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "docs", abstract: "Documents that are made from the code.", subcommands: [Settings.self])

    struct Settings: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints docs/settings.md.")

        func run() async throws { print(SettingsPage.text, terminator: "") }
    }
}

/// Every setting of every service, as docs/settings.md holds them.
public enum SettingsPage {
    public static var text: String {
        SettingsDocument.markdown(services: Suite.services.map { (name: $0.name, settings: $0.settings) })
    }
}
