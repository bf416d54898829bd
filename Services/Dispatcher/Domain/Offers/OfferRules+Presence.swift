public import Contracts
public import Foundation
import Kernel

extension Engineer {
    /// When he is at work again, as far as it is planned; nil when nobody knows.
    public func presentAgain(after time: Date) -> Date? {
        let back = leave(at: time) ?? time
        guard let planned else { return back }
        return Span.subtracting(leaves, from: planned).first { $0.end > back }.map { max($0.start, back) }
    }
}

extension OfferRules {
    /// - Parameters:
    ///   - people: none of whom is at work.
    ///   - until: when the first of them is there again.
    public static func away(_ people: [Person], until: Date?, zone: TimeZone) -> ProcessRefusal {
        let names = people.prefix(5).map(\.name).joined(separator: "、")
        var (again, back) = ("", "")
        if let until, let day = LocalDay(until, in: zone) {
            var calendar = Calendar(identifier: .gregorian)
            calendar.timeZone = zone
            let clock = String(
                format: "%02d:%02d", calendar.component(.hour, from: until), calendar.component(.minute, from: until))
            again = "，\(day.text) \(clock) 起在岗"
            back = "; back on \(day.text) at \(clock)"
        }
        return ProcessRefusal(
            .away, zh: "\(names)现在不在岗\(again)。请换人，或注明仍要派给他（evenIfAway）",
            en: "\(names) is not at work now\(back). Name somebody else, or say evenIfAway")
    }
}
