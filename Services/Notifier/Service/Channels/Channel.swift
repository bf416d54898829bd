import Foundation
import Kernel
import NotifierDomain

/// A way out. One small file for each provider.
protocol Channel: Sendable {
    /// The provider's word in the attempt's row.
    var provider: String { get }
    /// Hands one message to the provider and says what its answer means. Never throws, never outlasts the provider
    /// timeout, and is called only after the attempt was committed.
    func send(_ outgoing: Outgoing) async -> Outcome
}

/// One claimed attempt: everything that a channel needs.
struct Outgoing: Sendable, Hashable {
    let delivery: ID<Delivery>
    /// From 1.
    let attempt: Int
    let ticket: ID<Ticket>
    let recipient: Recipient
    /// Mail: the subject. WeChat: the provider's template id, or empty.
    let subject: String
    /// Mail and SMS: plain text. WeChat: `field: text` lines.
    let body: String
    /// When it was planned; the `Date` of a mail, so that a repetition is the same mail.
    let createdAt: Date

    /// Names this attempt to a provider that echoes a reference: `<delivery>.<number>`.
    var reference: String { "\(delivery).\(attempt)" }
    /// The same for every attempt, for a provider that drops repetitions: 32 hex digits.
    var repetitionKey: String { delivery.description.filter { $0 != "-" } }
}
