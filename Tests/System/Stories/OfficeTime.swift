import Foundation
import StackSupport
import Testing

/// Moves the suite's clock to times of the office calendar, wherever it stands when the stories begin.
struct OfficeTime: Sendable {
    private let stack: Stack
    /// Open hours, from the first opening to come.
    private let hours: [Range<Date>]

    init(_ crew: Crew) async throws {
        stack = crew.stack
        let now = try await Self.now(stack)
        let format = Date.ISO8601FormatStyle()
        let until = now.addingTimeInterval(30 * 86_400)
        let answer = try await crew.person("admin").get(
            "/api/dispatch/v1/calendars/office/hours?from=\(now.formatted(format))&until=\(until.formatted(format))")
        let all = try (answer.object["items"] as? [[String: String]] ?? []).map { hours in
            try format.parse(hours["from"] ?? "")..<format.parse(hours["to"] ?? "")
        }
        // The first of a day: the night lies before it, and more than an hour of it is left.
        let first = try #require(
            all.indices.dropFirst().first {
                all[$0].lowerBound.timeIntervalSince(all[$0 - 1].upperBound) > 6 * 3_600
                    && all[$0].lowerBound.timeIntervalSince(now) > 2 * 3_600
            },
            "\(answer.status) \(answer.text)")
        hours = Array(all[first...])
    }

    private static func now(_ stack: Stack) async throws -> Date {
        struct Line: Decodable { let time: Date }
        let shown = try await stack.paidan("clock", "show", "--json")
        try #require(shown.status == 0, "\(shown.output)")
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let text = try decoder.singleValueContainer().decode(String.self)
            return try Date(text.prefix(19) + "Z", strategy: .iso8601)
        }
        return try #require(decoder.decode([Line].self, from: Data(shown.output.utf8)).map(\.time).max())
    }

    /// So many open minutes after the first opening; less than none in the night before it.
    func advance(toMinute minute: Double) async throws {
        if minute < 0, let opening = hours.first { return try await advance(to: opening.lowerBound + minute * 60) }
        var left = minute * 60
        for open in hours {
            let length = open.upperBound.timeIntervalSince(open.lowerBound)
            if left < length { return try await advance(to: open.lowerBound.addingTimeInterval(left)) }
            left -= length
        }
        throw Unmet("the calendar has no \(minute) open minutes")
    }

    /// An hour after the opening of the day with this number, the first being 0.
    func advance(toDay number: Int) async throws {
        try await advance(to: hour(ofDay: number))
    }

    func hour(ofDay number: Int) -> Date {
        let openings = hours.indices.filter {
            $0 == 0 || hours[$0].lowerBound.timeIntervalSince(hours[$0 - 1].upperBound) > 6 * 3_600
        }
        return hours[openings[number]].lowerBound.addingTimeInterval(3_600)
    }

    private func advance(to date: Date) async throws {
        let seconds = try await date.timeIntervalSince(Self.now(stack)).rounded(.up)
        try #require(seconds > 0, "the stories took longer than the time they stand for")
        let advanced = try await stack.paidan("clock", "advance", "\(Int(seconds))s")
        try #require(advanced.status == 0, "\(advanced.output)")
    }
}
