public import Kernel

/// Why a command was not carried out. Nothing has changed.
public struct ProcessRefusal: Error, Hashable, Sendable {
    public let rule: Rule
    public let words: Phrase
    /// The fields that are wrong or missing, where that is the reason.
    public let faults: [FieldFault]
    /// The condition that does not hold, as it is written in the definition.
    public let condition: String?

    /// For programs; a rule never changes its meaning.
    public enum Rule: String, Hashable, Sendable, Codable, CaseIterable {
        case closed
        case stale
        case unknownAction = "unknown-action"
        case notHere = "not-here"
        case noSuchVisit = "no-such-visit"
        case notOwner = "not-owner"
        case roleMissing = "role-missing"
        case otherDepartment = "other-department"
        case conditionFailed = "condition-failed"
        case fields
        case reasonMissing = "reason-missing"
        case textTooLong = "text-too-long"
        case nobodyNamed = "nobody-named"
        case unsuitable
        case onHold = "on-hold"
        case notOnHold = "not-on-hold"
        case notOffered = "not-offered"
        case unknownReason = "unknown-reason"
        case approvalPending = "approval-pending"
        case noSuchApproval = "no-such-approval"
        case ownApproval = "own-approval"
        case grantedBefore = "granted-before"
        case tooSoon = "too-soon"
        case timerPast = "timer-past"
        case tooManyVisits = "too-many-visits"
        case pathTooLong = "path-too-long"
        case cannotMove = "cannot-move"
        /// A time that is not free for the whole visit.
        case notFree = "not-free"
        /// Others were asked, not the caller.
        case notAsked = "not-asked"
        /// Somebody else was faster; the words name him.
        case taken
        case offerOver = "offer-over"
        case atCapacity = "at-capacity"
        /// Whoever was named is not at work.
        case away
    }

    public init(_ rule: Rule, zh: String, en: String, faults: [FieldFault] = [], condition: String? = nil) {
        self.rule = rule
        words = Phrase(zh: zh, en: en)
        self.faults = faults
        self.condition = condition
    }
}

/// Characters of a note or a reason.
enum TextLimit {
    static let reason = 2000

    static func check(_ text: String?) throws(ProcessRefusal) {
        guard let text, text.count > reason else { return }
        throw ProcessRefusal(
            .textTooLong, zh: "说明最多 \(reason) 字", en: "a reason or note has at most \(reason) characters")
    }

    /// - Returns: the reason without spaces around it.
    static func need(_ text: String?) throws(ProcessRefusal) -> String {
        try check(text)
        guard let text = text?.trimmingWhitespace, !text.isEmpty else {
            throw ProcessRefusal(.reasonMissing, zh: "必须写明原因", en: "a reason must be given")
        }
        return text
    }
}

extension String {
    var trimmingWhitespace: String {
        let tail = drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace)
        return String(tail.reversed())
    }
}
