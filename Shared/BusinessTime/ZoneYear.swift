import Foundation

/// How far local time is from UTC around one year, looked up once, so that nothing else has to ask Foundation.
struct ZoneYear {
    private struct Segment {
        /// Seconds since 1970 in UTC.
        let span: Range<Int>
        let offset: Int
    }

    /// Which of two instants that show the same local time (clocks put back) is meant.
    enum Edge {
        case opening, closing
    }

    private var segments: [Segment] = []

    /// Changes of the offset are searched for in steps of four days; no zone has had two of them closer together.
    private static let step = 4 * 86400

    init(zone: TimeZone, year: Int) {
        let start = LocalDate(startOf: year).adding(days: -4).dayNumber * 86400
        let end = LocalDate(startOf: year + 1).adding(days: 4).dayNumber * 86400
        func offset(_ instant: Int) -> Int {
            zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant)))
        }
        var opened = start
        var current = offset(start)
        var place = start
        while place < end {
            let next = min(place + Self.step, end)
            if offset(next) != current {
                var (before, after) = (place, next)
                while after - before > 1 {
                    let middle = before + (after - before) / 2
                    if offset(middle) == current { before = middle } else { after = middle }
                }
                segments.append(Segment(span: opened..<after, offset: current))
                opened = after
                current = offset(after)
                place = after
            } else {
                place = next
            }
        }
        segments.append(Segment(span: opened..<end, offset: current))
    }

    /// The instant at which the clocks on `date` show `second`s since midnight; a time that they skip is the instant of
    /// the skip, a time that they show twice is the earlier for an opening, the later for a closing.
    func instant(_ date: LocalDate, second: Int, _ edge: Edge) -> Int {
        let local = date.dayNumber * 86400 + second
        if segments.count == 1 { return local - segments[0].offset }
        var found: Int?
        for segment in segments where segment.span.contains(local - segment.offset) {
            found = local - segment.offset
            if edge == .opening { break }
        }
        if let found { return found }
        // Skipped: the first segment that starts after the local time would have come.
        for segment in segments.dropFirst() where local - segment.offset < segment.span.lowerBound {
            return segment.span.lowerBound
        }
        return local - segments[segments.count - 1].offset
    }
}
