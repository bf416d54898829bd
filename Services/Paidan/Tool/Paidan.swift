public import ArgumentParser

/// The operators' tool: everything that is done to the suite from outside a service.
///
/// The script `paidan` passes on to it every command that is not its own, with the stack's environment.
public struct Paidan: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "paidan",
        abstract: "Looks after a Paidan suite: schemas, broker, queues, dead letters, outboxes, accounts, processes.",
        discussion: """
            Reads where database and broker are from the environment (see `paidan help` of each command); in a stack of \
            `./paidan up` that is done for you. Commands that change something say what they would do first: they act \
            with --yes. Commands for scripts print JSON with --json.
            """,
        version: "0.1.0",
        subcommands: [
            MigrateCommand.self, TopologyCommand.self, QueuesCommand.self, DeadCommand.self, OutboxCommand.self,
            ClockCommand.self, CalendarCommand.self, StaffCommand.self, AdapterCommand.self, DemoCommand.self,
            ReportsCommand.self, ProcessesCommand.self, DocsCommand.self,
        ])

    public init() {}
}
