public import Kernel

/// How one kind of work runs: read from a file that an administrator writes, the same for ever once it is in force.
///
/// A definition is two tracks of the same make: the work order's, and, where there are visits, the visit's.
public struct ProcessDefinition: Hashable, Sendable {
    public let code: String
    /// From 1; a change is a new version, and running work stays on the one it began with.
    public let version: Int
    public let title: Phrase
    /// Department codes; empty when it serves every department.
    public let departments: [String]
    /// Kinds of ticket; empty when it serves every kind.
    public var kinds: [String] { kindsServed.map(\.code) }
    /// The same with their places.
    public let kindsServed: [Reference]
    /// What else must hold for a ticket to be served by this process; only facts of ticket and customer.
    public let serves: Guard?
    /// Roles beyond the built-in ones.
    public let roles: [String: Phrase]
    /// Where each of them is named: by itself, or with the fragment that brings it.
    public let rolesAt: [String: Position]
    public let clocks: [ProcessClock]
    public let work: Track
    public let visit: Track?
    public let standing: StandingRules
    /// Where the steps of older versions went: version, old step, new step. Only what a reader could not guess.
    public let replaces: [Replacement]

    public struct Replacement: Hashable, Sendable {
        public let version: Int
        /// Of a visit: `visit.STEP`.
        public let step: String
        public let by: Reference
    }

    public func track(_ scope: Scope) -> Track? {
        switch scope {
        case .work: work
        case .visit: visit
        }
    }

    public func clock(_ code: String) -> ProcessClock? { clocks.first { $0.code == code } }
}

/// The work order itself, or one of its visits by its number from 1.
public enum Scope: Hashable, Sendable, Codable, Comparable {
    case work
    case visit(Int)

    public var visitNumber: Int? {
        guard case .visit(let number) = self else { return nil }
        return number
    }
}

/// The steps that one document passes through, and the fields on its forms.
public struct Track: Hashable, Sendable {
    public let title: Phrase
    /// In the order of the file: the order of the form.
    public let fields: [ProcessField]
    /// In the order of the file; the first one is where it starts.
    public let steps: [ProcessStep]
    /// Fields that are filled when the document is opened.
    public let opening: [Reference]
    /// Fields without which it cannot be opened.
    public let openingRequires: [Reference]

    public func field(_ code: String) -> ProcessField? { fields.first { $0.code == code } }
    public func step(_ code: String) -> ProcessStep? { steps.first { $0.code == code } }
}

/// A limit on a document's time that runs through several steps: response, solution, arrival.
public struct ProcessClock: Hashable, Sendable {
    public let code: String
    public let title: Phrase
    /// What holds when no policy (customer level and severity) says otherwise.
    public let target: Limit?
    public let thresholds: [Threshold]
    public let at: Position

    /// What happens when a share of the target is used up.
    public struct Threshold: Hashable, Sendable {
        public let percent: Int
        public let action: Reference?
        public let effects: [ProcessEffect]
        public let at: Position
    }
}
