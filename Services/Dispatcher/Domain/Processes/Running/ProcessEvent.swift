public import Contracts
public import Foundation

/// Something that happened to a work order. Events carry all that the fold needs, so that history can be replayed
/// without the definition that made it.
public struct ProcessEvent: Hashable, Sendable, Codable {
    public let at: Date
    public let by: Doer
    public let change: ProcessChange

    public init(at: Date, by: Doer, change: ProcessChange) {
        self.at = at
        self.by = by
        self.change = change
    }
}

public enum ProcessChange: Hashable, Sendable, Codable {
    case opened(process: String, version: Int, number: String, department: String, step: String)
    case filled(Scope, [String: FieldValue], cleared: [String])
    case taken(Scope, Holder)
    case acted(Scope, action: String, reason: String?)
    case moved(Scope, Move)
    case holderChanged(Scope, Holder?, department: String?)
    case responsibleSet(Person)
    case reworkCounted
    case visitOpened(number: Int, step: String, department: String)
    case timerFired(Scope, timer: String)
    case clockChanged(String, ClockState.Phase)
    case thresholdPassed(clock: String, percent: Int)
    /// A point of a policy's promise was reached.
    case promisePassed(timer: String, point: String)
    case approvalAsked(Approval)
    case approvalGranted(number: Int)
    case approvalRefused(number: Int, reason: String)
    /// The document moved on before everybody had granted.
    case approvalLapsed(number: Int)
    case putAside(reason: String, note: String?)
    case followedUp
    case suspended(reason: String)
    case resumed(note: String?)
    case urged(note: String?)
    case copied(Person, reason: String?)
    case delegated(Scope, Person, until: Date, reason: String)
    case transferred(Scope, to: Holder, reason: String)
    case handedOver(vendor: String, reference: String?)
    case vendorAsked
    case takenBack
    /// The work goes on under another version; steps that were renamed have their new names.
    case versionChanged(Int, renamed: [String: String])

    public struct Move: Hashable, Sendable, Codable {
        public let from: String
        public let to: String
        public let holder: Holder?
        public let department: String
        public let outcome: ProcessStep.Outcome?
        /// Where detours were begun, as they stand after the move.
        public let origins: [TrackState.Origin]
    }
}
