private import Foundation
public import Postgres
public import ServiceLifecycle

/// A service: what it is called, which settings it has beyond the common ones, its tables, its parts.
public protocol SuiteService {
    /// `intake`: name of the executable, prefix of its queues, broker user.
    static var name: String { get }
    /// `intake`, `dispatch`, `notify`, `followup`, `report`.
    static var schema: String { get }
    static var settings: [any AnySetting] { get }
    static var migrations: [Migration] { get }
    /// The parts in start order; they are stopped in reverse, the HTTP server before all others. `kit` holds what every
    /// service has. Nothing may be waited for here: database and broker need not be up. The archive of dead letters and
    /// the worker for parked messages are added by themselves.
    static func parts(_ kit: Kit) async throws -> [any Service]
}

extension SuiteService {
    /// Every setting that the service reads.
    public static var allSettings: [any AnySetting] { CommonSettings(service: name, schema: schema).all + settings }

    /// Command line: `serve` (default), `settings [--json]`, `--print-config`, `check` (exit 0 when ready),
    /// `--version`, `--help`; settings as `--key value`.
    ///
    /// Serves until SIGTERM or SIGINT, then ends with status 0; a failure is logged once and ends the process with
    /// status 1, a mistake on the command line or in the settings with status 2.
    public static func main() async {
        let status = await ServiceProcess<Self>(arguments: Array(CommandLine.arguments.dropFirst())).run()
        LogSink.standardError.flush()
        exit(status)
    }
}
