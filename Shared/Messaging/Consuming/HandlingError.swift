public import Kernel
import Postgres

/// Why a message was not handled, and what the consumer does about it.
public enum HandlingError: Error, Sendable {
    /// No retry can help: to the dead letters, with the reason.
    case refused(reason: String, faults: [FieldFault] = [])
    /// Something it needs is not there yet: parked in `deferred`, tried again with back-off for seven days, no harm.
    case notYet(reason: String)
    /// A dependency failed: three tries, then `deferred` with back-off, twelve times.
    case transient(reason: String)
}

/// Why a message ended in the dead letters, in one word: header `paidan-dead-reason`, column `dead_letter.reason`.
/// Dead letters that the broker makes by itself have its words (`delivery_limit`, `rejected`).
public enum DeadReason: String, Sendable, CaseIterable {
    /// An id, type, time or another attribute is missing or malformed.
    case envelope
    /// Not JSON, or not of the shape that its type promises.
    case undecodable
    case unknownType
    case tooDeep
    case tooLarge
    /// The handler said no.
    case refused
    /// Older than the inbox remembers: whether it was handled before cannot be told.
    case expired
    /// Every try failed.
    case attempts
    /// What it waited for did not come within seven days.
    case waited
    /// Each time it was handled, its process ended.
    case crashed
}

/// A message that goes to the dead letters.
public struct Refusal: Error, Sendable, Hashable {
    public let reason: DeadReason
    /// For people; never holds a value of the message.
    public let detail: String
    public let faults: [FieldFault]

    init(_ reason: DeadReason, _ detail: String, faults: [FieldFault] = []) {
        self.reason = reason
        self.detail = detail
        self.faults = faults
    }
}

extension PostgresError {
    /// The database cannot be worked with just now, whatever the message: wait, and hold nothing against the message.
    var meansDatabaseDown: Bool {
        switch kind {
        case .connectionLost, .unavailable, .poolTimeout, .circuitOpen, .tooManyConnections, .readOnly, .diskFull: true
        default: false
        }
    }
}
