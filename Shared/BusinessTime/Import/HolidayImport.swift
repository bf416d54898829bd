import Kernel

/// What a file of holidays says of some years, ready to become the next version of a calendar.
public struct HolidayImport: Hashable, Sendable {
    /// The dates of the wanted years that have hours of their own; the rest of the file is left out.
    public let dates: [LocalDate: WorkCalendar.DatedHours]
    public let years: Set<Int>
    /// Entries that were read but say nothing on working time: a festival without a day off, a cancelled event.
    public let ignored: Int

    /// - Throws: a fault when a wanted year has no entry: the file does not know it, and a year without holidays is not
    ///   assumed.
    init(
        _ entries: [LocalDate: WorkCalendar.DatedHours], years: ClosedRange<Int>, ignored: Int
    ) throws(InvalidInput) {
        let known = Set(entries.keys.map(\.year))
        guard let missing = years.first(where: { !known.contains($0) }) else {
            dates = entries.filter { years.contains($0.key.year) }
            self.years = Set(years)
            self.ignored = ignored
            return
        }
        throw InvalidInput(
            field: "", code: "required", "the file says nothing on \(missing); it does not cover that year")
    }

    /// The calendar's next version, with these dates laid over its own and these years covered.
    public func applied(to calendar: WorkCalendar) -> WorkCalendar { calendar.next(adding: dates, covering: years) }
}

/// Collects what the lines of a file say of single dates.
struct DateEntries {
    enum Meaning: Equatable {
        case closed
        /// A make-up day, with the calendar's make-up hours.
        case makeUp
        /// Open at these hours only.
        case open([OpenInterval])
        /// Closed at these hours, otherwise as its weekday.
        case closedAt(OpenInterval)
    }

    /// Dates that one file may speak of.
    static let limit = 5000
    private let calendar: WorkCalendar
    private(set) var dates: [LocalDate: WorkCalendar.DatedHours] = [:]
    private(set) var faults: [FieldFault] = []
    private var meanings: [LocalDate: Meaning] = [:]

    init(for calendar: WorkCalendar) { self.calendar = calendar }

    mutating func refuse(line: Int, _ code: String, _ message: String) {
        guard faults.count < 100 else { return }
        faults.append(FieldFault(field: "/\(line)", code: code, message: "line \(line): \(message)"))
    }

    mutating func add(_ date: LocalDate, _ meaning: Meaning, name: String?, line: Int) {
        guard dates.count < Self.limit else { return refuse(line: line, "tooLong", "more than \(Self.limit) dates") }
        let name = name.map { String($0.prefix(200)) }
        var hours: [OpenInterval]
        switch meaning {
        case .closed: hours = []
        case .open(let given): hours = given
        case .makeUp:
            guard let makeUp = calendar.makeUpHours else {
                return refuse(
                    line: line, "required", "a make-up day, but the calendar does not say makeUpHours; add them first")
            }
            hours = makeUp
        case .closedAt(let closed):
            if meanings[date] == .closed { return }
            hours = (dates[date]?.hours ?? calendar.weekly[date.weekday] ?? []).flatMap { $0.without(closed) }
        }
        if let before = meanings[date], before != meaning {
            switch (before, meaning) {
            case (.open(let one), .open(let other)): hours = (one + other).sorted { $0.from < $1.from }
            case (.closedAt, .closedAt), (.closedAt, .closed): break
            default: return refuse(line: line, "conflict", "\(date) is both a day off and a working day in this file")
            }
        }
        if case .open = meaning { meanings[date] = .open(hours) } else { meanings[date] = meaning }
        dates[date] = .init(hours: hours, name: dates[date]?.name ?? name)
    }

    /// - Throws: every fault that was found.
    func finish(years: ClosedRange<Int>, ignored: Int) throws(InvalidInput) -> HolidayImport {
        guard faults.isEmpty else { throw InvalidInput(faults) }
        return try HolidayImport(dates, years: years, ignored: ignored)
    }
}

extension OpenInterval {
    /// What is left when some hours of the same day are taken out.
    func without(_ closed: OpenInterval) -> [OpenInterval] {
        let (open, out) = (seconds, closed.seconds)
        var left: [OpenInterval] = []
        if open.lowerBound < min(open.upperBound, out.lowerBound) {
            left.append(OpenInterval(from: from, to: out.lowerBound < open.upperBound ? closed.from : to))
        }
        if max(open.lowerBound, out.upperBound) < open.upperBound {
            left.append(OpenInterval(from: out.upperBound > open.lowerBound ? closed.to : from, to: to))
        }
        return left
    }
}
