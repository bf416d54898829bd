import ArgumentParser
import DispatcherService

struct StaffCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "staff", abstract: "Accounts of people.", subcommands: [Password.self])

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a new one-time password and prints it; the one before is void.",
            discussion: "It works for one sign-in within 24 hours.")
        @Argument(help: "The login.") var login: String

        func run() async throws {
            let login = login
            let password = try await Sessions().withDatabase(of: Suite.dispatcher, as: .run) {
                try await StaffPasswords.issue(login: login, pool: $0)
            }
            print(password)
        }
    }
}
