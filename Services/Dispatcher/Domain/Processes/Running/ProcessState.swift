public import Contracts
public import Foundation

/// A work order in its process: a fold over its events, nothing else.
public struct ProcessState: Hashable, Sendable, Codable {
    public internal(set) var process: String
    public internal(set) var version: Int
    /// Number as people say it, such as the ticket's.
    public let number: String
    /// The department that the work belongs to, whatever department has it now.
    public let home: String
    public let openedAt: Date
    /// Events so far.
    public internal(set) var revision: Int64
    public internal(set) var work: TrackState
    /// Visit n at n - 1.
    public internal(set) var visits: [TrackState] = []
    /// Who answers for it to the end.
    public internal(set) var responsible: Person?
    public internal(set) var approvals: [Approval] = []
    public internal(set) var approvalsAsked = 0
    public internal(set) var hold: Hold?
    /// Times put aside or suspended: tells the timers of one hold from those of the next.
    public internal(set) var holds = 0
    public internal(set) var clocks: [String: ClockState] = [:]
    public internal(set) var urges = 0
    public internal(set) var lastUrge: Date?
    public internal(set) var rounds = 0
    public internal(set) var transfers = 0
    public internal(set) var copied: [Person] = []
    public internal(set) var vendor: VendorCase?

    public subscript(scope: Scope) -> TrackState? {
        switch scope {
        case .work: work
        case .visit(let number): visits.indices.contains(number - 1) ? visits[number - 1] : nil
        }
    }

    /// Numbers of visits that have not ended.
    public var openVisits: [Int] { visits.indices.filter { visits[$0].outcome == nil }.map { $0 + 1 } }

    public var isClosed: Bool { work.outcome != nil }
}

/// Where one document stands.
public struct TrackState: Hashable, Sendable, Codable {
    public internal(set) var step: String
    /// When it came to the step.
    public internal(set) var since: Date
    /// Arrivals so far: tells the timers of one stay in a step from those of the next.
    public internal(set) var entry: Int
    public internal(set) var department: String
    public internal(set) var holder: Holder?
    /// Who may act for the holder, and until when.
    public internal(set) var delegate: Delegate?
    public internal(set) var fields: [String: FieldValue]
    /// Where detours were begun, innermost last.
    public internal(set) var origins: [Origin] = []
    /// How often each timer of this stay has fired.
    public internal(set) var firings: [String: Int] = [:]
    public internal(set) var outcome: ProcessStep.Outcome?

    public struct Origin: Hashable, Sendable, Codable {
        public let detour: String
        public let step: String
        public let holder: Holder?
        public let department: String
    }

    public struct Delegate: Hashable, Sendable, Codable {
        public let person: Person
        public let until: Date
    }
}

/// Something that was asked for and needs a grant first.
public struct Approval: Hashable, Sendable, Codable {
    /// From 1, per work order.
    public let number: Int
    public let scope: Scope
    public let subject: Subject
    /// Roles that must grant, in turn.
    public let stages: [String]
    /// How many have.
    public internal(set) var granted: Int
    /// Who has; nil when nobody has, or only before this was kept.
    var granters: [Person]?
    public let asker: Person
    public let askedAt: Date
    public let reason: String?

    public enum Subject: Hashable, Sendable, Codable {
        /// With what was filled in and whom it names.
        case action(String, fields: [String: FieldValue], holder: Holder?, department: String?)
        case suspension
        case termination
    }
}

/// Work that waits on purpose.
public enum Hold: Hashable, Sendable, Codable {
    /// - `reason`: one of the process's codes.
    case aside(reason: String, since: Date, followUps: Int)
    case suspended(reason: String, since: Date)

    public var isSuspension: Bool {
        if case .suspended = self { return true }
        return false
    }
}

public struct ClockState: Hashable, Sendable, Codable {
    /// Runs so far, from 1.
    public internal(set) var run: Int
    public internal(set) var phase: Phase
    /// Thresholds of this run that have been passed, in per cent.
    public internal(set) var passed: [Int]

    public enum Phase: String, Hashable, Sendable, Codable {
        case running, paused, stopped
    }
}

/// A problem that was handed to a vendor and is tracked until it is solved (S4.22).
public struct VendorCase: Hashable, Sendable, Codable {
    public let vendor: String
    public let reference: String?
    public let since: Date
    /// Times that the vendor was asked.
    public internal(set) var inquiries: Int
}
