/// One local year's working time in UTC, with running sums, so that every question is a binary search.
struct YearTable {
    /// From the first of January, 00:00 local, to the next; neighbouring years meet.
    let span: Range<Int>
    /// Seconds since 1970, ascending, not touching.
    private let opens: [Int]
    private let closes: [Int]
    /// Working seconds before interval i; one more than there are intervals.
    private let sums: [Int]
    /// By day of the year: the first opening and the last closing of the hours that start on it; nil when closed.
    private let days: [Range<Int>?]
    private let first: LocalDate
    private let zone: ZoneYear

    var total: Int { sums[sums.count - 1] }

    init(year: Int, zone: ZoneYear, hours: (LocalDate) -> (own: [OpenInterval], isDated: Bool)) {
        self.zone = zone
        first = LocalDate(startOf: year)
        let next = LocalDate(startOf: year + 1)
        span = zone.instant(first, second: 0, .opening)..<zone.instant(next, second: 0, .opening)
        var pieces: [Range<Int>] = []
        var days: [Range<Int>?] = []
        var previous = hours(first.adding(days: -2)).own
        // From the day before, whose night may reach into the year or whose last hour may come twice.
        for number in (first.dayNumber - 1)...next.dayNumber {
            let date = LocalDate(dayNumber: number)
            let (own, isDated) = hours(date)
            for night in previous where night.crossesMidnight && !isDated && night.to > .midnight {
                pieces.appendOpen(zone, date, .midnight, night.to)
            }
            var day: Range<Int>?
            let isCut = own.contains(where: \.crossesMidnight) && hours(date.adding(days: 1)).isDated
            for interval in own {
                pieces.appendOpen(zone, date, interval.from, interval.crossesMidnight ? .endOfDay : interval.to)
                let end = isCut ? min(interval.seconds.upperBound, 86400) : interval.seconds.upperBound
                let (open, close) = (
                    zone.instant(date, second: interval.from.second, .opening),
                    zone.instant(date, second: end, .closing)
                )
                if open < close { day = min(open, day?.lowerBound ?? open)..<max(close, day?.upperBound ?? close) }
            }
            if date >= first, date < next { days.append(day) }
            previous = own
        }
        self.days = days
        var opens: [Int] = []
        var closes: [Int] = []
        var sums = [0]
        pieces.sort { $0.lowerBound < $1.lowerBound }
        for piece in pieces.map({ [span] in $0.clamped(to: span) }) where !piece.isEmpty {
            if let last = closes.last, piece.lowerBound <= last {
                guard piece.upperBound > last else { continue }
                closes[closes.count - 1] = piece.upperBound
                sums[sums.count - 1] += piece.upperBound - last
            } else {
                opens.append(piece.lowerBound)
                closes.append(piece.upperBound)
                sums.append(sums[sums.count - 1] + piece.count)
            }
        }
        (self.opens, self.closes, self.sums) = (opens, closes, sums)
    }

    /// Working seconds of the year before `instant`.
    func worked(before instant: Int) -> Int {
        let index = opens.end(of: { $0 < instant })
        return index == 0 ? 0 : sums[index - 1] + min(instant, closes[index - 1]) - opens[index - 1]
    }

    /// The earliest instant by which `seconds` (1...total) of the year have been worked: a closing when they fill up.
    func instant(worked seconds: Int) -> Int {
        let index = sums.end(of: { $0 < seconds }) - 1
        return opens[index] + seconds - sums[index]
    }

    /// The first open instant from `instant` on; nil when the year has none.
    func opening(from instant: Int) -> Int? {
        let index = closes.end(of: { $0 <= instant })
        return index < closes.count ? max(instant, opens[index]) : nil
    }

    /// Open intervals within `window`, at most `limit`.
    func pieces(in window: Range<Int>, limit: Int) -> [Range<Int>] {
        let index = closes.end(of: { $0 <= window.lowerBound })
        return (index..<opens.count).lazy.map { opens[$0]..<closes[$0] }
            .prefix { $0.lowerBound < window.upperBound }.prefix(limit).map { $0.clamped(to: window) }
    }

    /// The first opening and the last closing of the hours that start on `date`, a date of this year.
    func day(_ date: LocalDate) -> Range<Int>? { days[date.dayNumber - first.dayNumber] }

    /// When the clocks show `second`s since midnight on a date of this year.
    func instant(_ date: LocalDate, second: Int) -> Int { zone.instant(date, second: second, .opening) }
}

extension [Range<Int>] {
    fileprivate mutating func appendOpen(_ zone: ZoneYear, _ date: LocalDate, _ from: TimeOfDay, _ to: TimeOfDay) {
        let open = zone.instant(date, second: from.second, .opening)
        let close = zone.instant(date, second: to.second, .closing)
        if open < close { append(open..<close) }
    }
}

extension [Int] {
    /// The end of the array's beginning for which `precedes` holds.
    fileprivate func end(of precedes: (Int) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if precedes(self[middle]) { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
