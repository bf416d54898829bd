extension Outcome {
    /// What Kannel's smsbox says to a `sendsms` call. It gives no id: ours travels in the receipt's address.
    public init(kannelStatus status: Int, body: String) {
        let line = body.prefix { !$0.isNewline }.prefix(120)
        switch status {
        case 200, 202: self = .accepted(providerID: nil)
        case 401, 403: self = .providerUnusable("Kannel refused our user or password (\(status))")
        case 400 where line.contains("eceiver number") || line.contains("white- and/or black-lists"):
            self = .rejectedRecipient("Kannel: \(line)")
        case 400, 413: self = .rejectedMessage("Kannel: \(line)")
        case 404: self = .providerUnusable("Kannel's sendsms service is not at this address (404)")
        case 429, 503: self = .transient("Kannel: \(status)")
        case 500...599: self = .ambiguous("Kannel: \(status)")
        default: self = .providerUnusable("Kannel answered \(status)")
        }
    }
}

/// A delivery report of Kannel: the `%d` of the address it calls. They may come in any order.
public enum KannelReceipt: Int, Sendable, CaseIterable {
    case delivered = 1
    case undelivered = 2
    case buffered = 4
    case accepted = 8
    case refused = 16

    public var attempt: AttemptProgress {
        switch self {
        case .delivered: .delivered
        case .undelivered, .refused: .failed
        case .buffered, .accepted: .sent
        }
    }

    public var delivery: DeliveryProgress {
        switch self {
        case .delivered: .delivered
        case .undelivered, .refused: .failed
        case .buffered, .accepted: .sent
        }
    }
}
