/// What can be done in many steps alike. A rule that is nil is not offered by the process.
public struct StandingRules: Hashable, Sendable {
    public var aside: AsideRule?
    public var suspend: SuspendRule?
    public var terminate: TerminateRule?
    public var urge: UrgeRule?
    public var copy: StandingRule?
    public var delegate: StandingRule?
    public var transfer: TransferRule?

    public init() {}
}

/// Who may, and where.
public struct StandingRule: Hashable, Sendable {
    public let takers: [Taker]
    /// Empty for every step that is not an end.
    public let steps: [Reference]
    public let at: Position
}

/// Putting work aside until somebody else has done something.
public struct AsideRule: Hashable, Sendable {
    public let rule: StandingRule
    public let reasons: [ProcessField.Choice]
    public let pauses: [Reference]
    public let followUp: FollowUp?
    /// How long it may lie at most before it comes back by itself.
    public let limit: Limit?

    /// Asking by itself, and what happens when nobody answers.
    public struct FollowUp: Hashable, Sendable {
        public let every: Limit
        /// 1 to 20.
        public let times: Int
        public let recipients: [Recipient]
        public let occasion: String
        /// After the last one: an action of the step it lies in; nil resumes it.
        public let action: Reference?
        public let at: Position
    }
}

public struct SuspendRule: Hashable, Sendable {
    public let rule: StandingRule
    public let approval: [Reference]
    public let pauses: [Reference]
    public let resumers: [Taker]
}

public struct TerminateRule: Hashable, Sendable {
    public let rule: StandingRule
    public let approval: [Reference]
    public let target: Reference
}

/// 催办: the customer asks where it stays (S0.10).
public struct UrgeRule: Hashable, Sendable {
    public let rule: StandingRule
    public let recipients: [Recipient]
    /// On the wall; an urge that comes sooner is refused and says when the next may come.
    public let coolDown: Limit?
    /// From this count on the effects happen, too.
    public let escalateAt: Int?
    public let effects: [ProcessEffect]
}

/// Handing a document to a colleague, with the reason in its history (S3.14).
public struct TransferRule: Hashable, Sendable {
    public let rule: StandingRule
    /// Who is told.
    public let recipients: [Recipient]
    public let visits: Bool
}
