import ArgumentParser
import Foundation
import Messaging

struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "The suite's time.", subcommands: [Show.self, Advance.self])

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shows the time of every service.")
        @Flag(help: "As JSON.") var json = false

        struct Line: Encodable {
            let service: String
            let time: Date
            let aheadSeconds: Double
            let canBeAdvanced: Bool
        }

        func run() async throws {
            let readings = try await ClockCommand.readings()
            if json {
                return try printJSON(
                    readings.map { service, reading in
                        Line(
                            service: service.name, time: reading.now, aheadSeconds: reading.ahead / .seconds(1),
                            canBeAdvanced: reading.isAdjustable)
                    })
            }
            var table = Table(columns: ["service", "time", "ahead by", "can be advanced"])
            for (service, reading) in readings {
                table.rows.append([
                    service.name, reading.now.formatted(.iso8601), SimulationReport.span(reading.ahead / .seconds(1)),
                    reading.isAdjustable ? "yes" : "no",
                ])
            }
            print(table.text)
        }
    }

    struct Advance: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Moves all five services forward together; in a development stack only.",
            discussion: "It cannot be moved back. Everything that falls due in between falls due now.")
        @Argument(help: "30m, 2h, 1d.") var by: String

        func run() async throws {
            let duration = Duration.seconds(try Moment.seconds(by))
            for (service, reading) in try await ClockCommand.readings() where !reading.isAdjustable {
                throw Complaint(
                    "The clock of \(service.name) cannot be moved: this is no development stack. Nothing was changed.")
            }
            let sessions = Sessions()
            for service in Suite.services {
                let reading = try await sessions.withDatabase(of: service) { pool in
                    try await DatabaseClock(schema: service.schema).advance(by: duration, in: pool)
                }
                print("\(service.name): \(reading.now.formatted(.iso8601))")
            }
        }
    }

    static func readings() async throws -> [(SuitePart, DatabaseClock.Reading)] {
        let sessions = Sessions()
        var readings: [(SuitePart, DatabaseClock.Reading)] = []
        for service in Suite.services {
            let reading = try await sessions.withDatabase(of: service) { pool in
                try await DatabaseClock(schema: service.schema).read(in: pool)
            }
            readings.append((service, reading))
        }
        return readings
    }
}
