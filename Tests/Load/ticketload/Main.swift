import Foundation
import Logging

/// Puts load on the shared modules for `./paidan bench`, each mode for one figure, and prints numbers.
///
///     ticketload postgres single|multirow CONNECTIONS SECONDS     rows a second
///     ticketload amqp publish|consume QUEUE COUNT WINDOW           messages a second
///     ticketload timers FALLING SECONDS                            lateness in ms: p50 p99
///     ticketload calendar                                          ten years of working time in ms
///
/// Where things are, is in the environment: BENCH_DATABASE_PORT, BENCH_DATABASE_PASSWORD, BENCH_BROKER_VHOST,
/// BENCH_BROKER_PORT, BENCH_BROKER_USER, BENCH_BROKER_PASSWORD.
@main
struct TicketLoad {
    static func main() async throws {
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
        let arguments = Array(CommandLine.arguments.dropFirst())
        switch (arguments.first, arguments.count) {
        case ("postgres", 4):
            let rows = arguments[1] == "multirow" ? PostgresLoad.rowsOfMany : 1
            let rate = try await PostgresLoad(rows: rows, connections: try number(arguments[2]))
                .rate(for: .seconds(try number(arguments[3])))
            print(text(rate))
        case ("amqp", 5):
            let load = AMQPLoad(queue: arguments[2], count: try number(arguments[3]), window: try number(arguments[4]))
            print(text(arguments[1] == "publish" ? try await load.publish() : try await load.consume()))
        case ("timers", 3):
            let lateness = try await TimerLoad(rate: try number(arguments[1]), seconds: try number(arguments[2]))
                .lateness()
            print(text(lateness.p50 * 1000), text(lateness.p99 * 1000))
        case ("calendar", 1): print(String(format: "%.3f", try CalendarLoad().milliseconds()))
        default:
            throw Misuse(what: "see the top of Tests/Load/ticketload/Main.swift")
        }
    }

    private static func number(_ text: String) throws -> Int {
        guard let number = Int(text), number > 0 else { throw Misuse(what: "\(text) is no count") }
        return number
    }

    private static func text(_ value: Double) -> String { String(format: "%.2f", value) }
}

struct Misuse: Error {
    let what: String
}
