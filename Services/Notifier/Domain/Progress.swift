/// Where a delivery stands. It only ever moves to a state of a higher rank, so that late, early and repeated news about it
/// can be taken in any order.
public enum DeliveryProgress: String, Sendable, CaseIterable {
    /// A rung that waits for the one before it to fail.
    case standby
    /// To be sent, being sent, or to be sent again.
    case pending
    /// Perhaps sent; nobody can say.
    case unknown
    /// A provider has it.
    case sent
    case delivered
    case failed

    public var rank: Int {
        switch self {
        case .standby: 0
        case .pending: 1
        case .unknown: 2
        case .sent: 3
        case .delivered, .failed: 4
        }
    }

    public func canBecome(_ next: DeliveryProgress) -> Bool { next.rank > rank }
}

/// Where one attempt stands; monotone by rank as well.
public enum AttemptProgress: String, Sendable, CaseIterable {
    /// Committed before the provider is called.
    case sending
    /// The process or the line broke before the answer.
    case unknown
    case sent
    case delivered
    case failed

    public var rank: Int {
        switch self {
        case .sending: 1
        case .unknown: 2
        case .sent: 3
        case .delivered, .failed: 4
        }
    }

    public func canBecome(_ next: AttemptProgress) -> Bool { next.rank > rank }
}
