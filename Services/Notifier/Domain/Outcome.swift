public import Contracts
public import Kernel

/// What a provider's answer, or its silence, means. A channel returns exactly one of these, and nothing else decides
/// whether a delivery is repeated, falls back to another channel, or ends.
public enum Outcome: Hashable, Sendable {
    case accepted(providerID: String?)
    /// Too often; the provider (or the recipient's side of it) wants a pause.
    case throttled(after: Duration, reason: String)
    /// Not taken, for a reason that passes.
    case transient(String)
    /// Perhaps taken.
    case ambiguous(String)
    /// This text will never be taken.
    case rejectedMessage(String)
    /// This person cannot be reached here.
    case rejectedRecipient(String)
    /// This template is not usable.
    case rejectedTemplate(String)
    /// Our account, our credentials, our configuration: an operator must act.
    case providerUnusable(String)

    /// One word from a closed set, for metrics and the attempt's row.
    public var label: String {
        switch self {
        case .accepted: "accepted"
        case .throttled: "throttled"
        case .transient: "transient"
        case .ambiguous: "ambiguous"
        case .rejectedMessage: "rejected_message"
        case .rejectedRecipient: "rejected_recipient"
        case .rejectedTemplate: "rejected_template"
        case .providerUnusable: "provider_unusable"
        }
    }

    /// For people; nil when it went well. Holds no address and no text of ours.
    public var reason: String? {
        switch self {
        case .accepted: nil
        case .throttled(_, let reason): reason
        case .transient(let reason), .ambiguous(let reason), .rejectedMessage(let reason),
            .rejectedRecipient(let reason),
            .rejectedTemplate(let reason), .providerUnusable(let reason):
            reason
        }
    }
}

/// What becomes of a delivery after an attempt.
public enum Verdict: Hashable, Sendable {
    case sent(providerID: String?)
    /// Once more, later; the attempt itself ended as it says.
    case again(after: Duration, attempt: AttemptProgress)
    /// At most once, and this may have been the once.
    case unknown
    /// It will not arrive here; the next rung of the ladder, if there is one, takes over.
    case failed
}

/// How often and how soon a channel repeats.
public struct RetryPolicy: Sendable {
    public let backoff: Backoff
    /// For what an operator must mend: slower, since nothing changes by itself.
    public let operatorBackoff = Backoff(base: .seconds(30), cap: .seconds(600))
    public let attempts: Int
    /// May an attempt of unknown outcome be repeated? Mail: yes, with the same Message-ID. WeChat: yes, with the same
    /// `client_msg_id`. An SMS gateway cannot tell a repetition, so a person would get it twice.
    public let repeatsAmbiguous: Bool

    public init(_ channel: NotifyChannel) {
        switch channel {
        case .sms: (attempts, repeatsAmbiguous) = (6, false)
        case .mail: (attempts, repeatsAmbiguous) = (12, true)
        case .wechat: (attempts, repeatsAmbiguous) = (6, true)
        }
        backoff = Backoff(base: .seconds(5), cap: .seconds(300))
    }

    /// - Parameters:
    ///   - attempt: the number of the attempt that ended so, from 1.
    ///   - share: a random number in 0..<1.
    public func verdict(on outcome: Outcome, attempt: Int, share: Double) -> Verdict {
        let isLast = attempt >= attempts
        return switch outcome {
        case .accepted(let providerID): .sent(providerID: providerID)
        case .rejectedMessage, .rejectedRecipient, .rejectedTemplate: .failed
        case .throttled(let pause, _):
            isLast ? .failed : .again(after: pause + backoff.wait(failures: attempt, share: share), attempt: .failed)
        case .transient:
            isLast ? .failed : .again(after: backoff.wait(failures: attempt, share: share), attempt: .failed)
        case .providerUnusable:
            isLast ? .failed : .again(after: operatorBackoff.wait(failures: attempt, share: share), attempt: .failed)
        case .ambiguous:
            repeatsAmbiguous && !isLast
                ? .again(after: backoff.wait(failures: attempt, share: share), attempt: .unknown) : .unknown
        }
    }
}
