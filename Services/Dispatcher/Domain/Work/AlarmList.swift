public import Foundation

/// Something of a process that comes due by itself.
public struct Alarm: Hashable, Sendable, Codable {
    public enum Cause: Hashable, Sendable, Codable {
        case step(TimerKey)
        case followUp(hold: Int)
        case asideOver(hold: Int)
    }

    public let cause: Cause
    public let dueAt: Date

    public init(_ cause: Cause, dueAt: Date) {
        self.cause = cause
        self.dueAt = dueAt
    }

    public var command: ProcessCommand {
        switch cause {
        case .step(let key): .timer(key)
        case .followUp(let hold): .followUp(hold: hold)
        case .asideOver(let hold): .asideOver(hold: hold)
        }
    }
}

/// The alarms of one work order, kept with it, so that the next one needs a single row of the timers' table.
public struct AlarmList: Hashable, Sendable, Codable {
    /// By their time.
    public private(set) var alarms: [Alarm]

    public init(_ alarms: [Alarm] = []) { self.alarms = alarms.sorted { $0.dueAt < $1.dueAt } }

    public var next: Alarm? { alarms.first }

    /// The first that is due by `time`, taken off the list.
    public mutating func takeDue(by time: Date) -> Alarm? {
        guard let first = alarms.first, first.dueAt <= time else { return nil }
        return alarms.removeFirst()
    }

    /// Sets and cancels what the effects say, in their order.
    ///
    /// - Parameter due: the end of a span that begins at a time; working time is the calendar's business.
    public mutating func apply(_ effects: [Effect], due: (Limit, Date) -> Date) {
        for effect in effects {
            switch effect {
            case .startTimer(let key, .after(let limit, let from)): set(.step(key), due(limit, from))
            case .startTimer(let key, .at(let time)): set(.step(key), time)
            case .startFollowUp(let hold, let every, let from): set(.followUp(hold: hold), due(every, from))
            case .startAsideLimit(let hold, let after, let from): set(.asideOver(hold: hold), due(after, from))
            case .cancelTimers(let scope, let entry):
                alarms.removeAll { alarm in
                    guard case .step(let key) = alarm.cause else { return false }
                    return key.scope == scope && key.entry <= entry
                }
            case .cancelHold(let number):
                alarms.removeAll { alarm in
                    switch alarm.cause {
                    case .followUp(let hold), .asideOver(let hold): hold == number
                    case .step: false
                    }
                }
            case .visitOpened, .offer, .notify, .clock, .askApproval, .errand: break
            }
        }
    }

    private mutating func set(_ cause: Alarm.Cause, _ dueAt: Date) {
        alarms.removeAll { $0.cause == cause }
        let place = alarms.firstIndex { $0.dueAt > dueAt } ?? alarms.endIndex
        alarms.insert(Alarm(cause, dueAt: dueAt), at: place)
    }

    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode([Alarm].self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(alarms)
    }
}
