import Contracts
import DispatcherDomain
import Foundation

/// Clocks as they are stored, written anew only where they have changed: a run that has ended stays as it is, and most of
/// what is stored are such runs.
struct StoredClocks: Encodable, Sendable {
    let clocks: WorkClocks
    /// Each run's text, in the order of the runs; empty for clocks that were read.
    let runs: [WrittenJSON]

    init(read clocks: WorkClocks) { (self.clocks, runs) = (clocks, []) }

    /// - Parameter before: as they were stored last.
    init(_ clocks: WorkClocks, after before: WorkClocksStore.Row) throws {
        let (former, texts) = (before.clocks.runs, before.runTexts)
        self.clocks = clocks
        runs = try clocks.runs.enumerated().map { place, run in
            let isSame = place < min(former.count, texts.count) && former[place] == run
            return try isSame ? texts[place] : WrittenJSON(run)
        }
    }

    private enum Member: String, CodingKey {
        case calendars, changedAt, classification, group, isClosed, isSolved, ownCalendar, pauses, policy, process, runs
        case step
    }

    /// The same bytes as those of the clocks.
    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Member.self)
        try container.encode(clocks.calendars, forKey: .calendars)
        try container.encode(clocks.changedAt, forKey: .changedAt)
        try container.encode(clocks.classification, forKey: .classification)
        try container.encodeIfPresent(clocks.group, forKey: .group)
        try container.encode(clocks.isClosed, forKey: .isClosed)
        try container.encode(clocks.isSolved, forKey: .isSolved)
        try container.encodeIfPresent(clocks.ownCalendar, forKey: .ownCalendar)
        try container.encode(clocks.pauses, forKey: .pauses)
        try container.encodeIfPresent(clocks.policy, forKey: .policy)
        try container.encodeIfPresent(clocks.process, forKey: .process)
        try container.encode(runs, forKey: .runs)
        try container.encodeIfPresent(clocks.step, forKey: .step)
    }
}
