public import Foundation
public import Kernel

extension WorkCalendar {
    /// Bytes of a calendar file.
    public static let sizeLimit = 2 << 20
    static let intervalLimit = 12
    static let dateLimit = 20_000

    /// Reads a calendar file (JSON, docs/calendars.md) and checks it.
    ///
    /// - Throws: every fault that was found, with its place in the file.
    public static func read(_ file: Data) throws(InvalidInput) -> WorkCalendar {
        guard file.count <= sizeLimit else { throw InvalidInput(field: "", code: "tooLong", "at most 2 MB") }
        let calendar: WorkCalendar
        do {
            calendar = try JSONDecoder().decode(WorkCalendar.self, from: file)
        } catch {
            throw InvalidInput([FieldFault(decoding: error, otherwise: "this is no calendar file")])
        }
        try calendar.check()
        return calendar
    }

    /// - Throws: every fault that was found.
    public func check() throws(InvalidInput) {
        var faults: [FieldFault] = []
        func fault(_ field: String, _ code: String, _ message: String) {
            faults.append(FieldFault(field: field, code: code, message: message))
        }
        if !key.isKey { fault("/key", "malformed", "1 to 40 small letters, digits and dashes, a letter first") }
        if version < 1 { fault("/version", "malformed", "versions are counted from 1") }
        if !Self.isZone(timeZone) {
            fault("/timeZone", "unknownValue", "no such time zone; write an IANA name such as Asia/Shanghai")
        }
        if dates.count > Self.dateLimit { fault("/dates", "tooLong", "at most \(Self.dateLimit) dates") }
        for (weekday, hours) in weekly.sorted(by: { $0.key.index < $1.key.index }) {
            Self.check(hours).map { fault("/weekly/\(weekday.rawValue)", "conflict", $0) }
        }
        makeUpHours.flatMap(Self.check).map { fault("/makeUpHours", "conflict", $0) }
        for (date, day) in dates.sorted(by: { $0.key < $1.key }).prefix(Self.dateLimit) {
            Self.check(day.hours).map { fault("/dates/\(date)", "conflict", $0) }
            if (day.name?.count ?? 0) > 200 { fault("/dates/\(date)/name", "tooLong", "at most 200 characters") }
        }
        if case .years(let years) = covers, let year = years.first(where: { !LocalDate.years.contains($0) }) {
            fault("/covers", "unknownValue", "\(year) is no year that can be computed with")
        }
        for (language, text) in title where language.count > 8 || text.count > 200 {
            fault("/title", "tooLong", "at most 200 characters for each language")
        }
        guard faults.isEmpty else { throw InvalidInput(faults) }
    }

    /// An IANA name: Foundation would also take `GMT+0812` or `CST`, which mean something else to everybody.
    static func isZone(_ name: String) -> Bool {
        name == "UTC" || (name.contains("/") && name.utf8.count <= 64 && TimeZone(identifier: name) != nil)
    }

    /// - Returns: what is wrong with a day's hours; nil when nothing is.
    private static func check(_ hours: [OpenInterval]) -> String? {
        guard hours.count <= intervalLimit else { return "at most \(intervalLimit) intervals a day" }
        let sorted = hours.sorted { $0.from < $1.from }
        for (one, next) in zip(sorted, sorted.dropFirst()) where one.seconds.upperBound > next.from.second {
            return "\(one) and \(next) overlap"
        }
        return nil
    }
}

extension InvalidInput {
    init(field: String, code: String, _ message: String) {
        self.init([FieldFault(field: field, code: code, message: message)])
    }
}

extension String {
    /// A name for programs: 1 to 40 small letters, digits and dashes, a letter first.
    public var isKey: Bool {
        (1...40).contains(utf8.count) && utf8.first.map { (97...122).contains($0) } == true
            && utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
    }
}
