import Contracts
import Kernel
import NotifierDomain
import Testing

@Suite struct `A verdict on an attempt` {
    static let rejections: [Outcome] = [.rejectedMessage("x"), .rejectedRecipient("x"), .rejectedTemplate("x")]
    static let passing: [Outcome] = [
        .transient("x"), .throttled(after: .seconds(60), reason: "x"), .providerUnusable("x"),
    ]

    @Test(arguments: NotifyChannel.allCases)
    func `is sent when the provider accepted`(channel: NotifyChannel) {
        #expect(
            RetryPolicy(channel).verdict(on: .accepted(providerID: "7"), attempt: 1, share: 0.5)
                == .sent(providerID: "7"))
    }

    @Test(arguments: NotifyChannel.allCases, rejections)
    func `is failed at once for what no repetition can change`(channel: NotifyChannel, outcome: Outcome) {
        #expect(RetryPolicy(channel).verdict(on: outcome, attempt: 1, share: 0.5) == .failed)
    }

    @Test(arguments: NotifyChannel.allCases, passing)
    func `is another try for what passes, and failed after the last`(channel: NotifyChannel, outcome: Outcome) {
        let policy = RetryPolicy(channel)
        guard case .again(_, attempt: .failed) = policy.verdict(on: outcome, attempt: 1, share: 0.5) else {
            Issue.record("\(outcome) was not repeated")
            return
        }
        #expect(policy.verdict(on: outcome, attempt: policy.attempts, share: 0.5) == .failed)
    }

    @Test func `sends no SMS twice on the chance that the first was lost`() {
        #expect(RetryPolicy(.sms).verdict(on: .ambiguous("x"), attempt: 1, share: 0.5) == .unknown)
    }

    @Test(arguments: [NotifyChannel.mail, .wechat])
    func `repeats what may be lost where the repetition can be recognised`(channel: NotifyChannel) {
        let policy = RetryPolicy(channel)
        #expect(policy.verdict(on: .ambiguous("x"), attempt: 1, share: 0) == .again(after: .zero, attempt: .unknown))
        #expect(policy.verdict(on: .ambiguous("x"), attempt: policy.attempts, share: 0) == .unknown)
    }

    @Test func `waits as long as the provider asked and then some`() {
        let outcome = Outcome.throttled(after: .seconds(60), reason: "x")
        #expect(
            RetryPolicy(.sms).verdict(on: outcome, attempt: 1, share: 1)
                == .again(after: .seconds(65), attempt: .failed))
    }

    @Test func `spreads repetitions over the whole pause and caps it`() {
        let policy = RetryPolicy(.mail)
        #expect(policy.verdict(on: .transient("x"), attempt: 1, share: 0) == .again(after: .zero, attempt: .failed))
        #expect(
            policy.verdict(on: .transient("x"), attempt: 11, share: 1) == .again(after: .seconds(300), attempt: .failed)
        )
    }
}

@Suite struct `Progress` {
    @Test(arguments: DeliveryProgress.allCases, DeliveryProgress.allCases)
    func `of a delivery goes up only`(from: DeliveryProgress, to: DeliveryProgress) {
        let order: [DeliveryProgress: Int] = [
            .standby: 0, .pending: 1, .unknown: 2, .sent: 3, .delivered: 4, .failed: 4,
        ]
        #expect(from.canBecome(to) == (order[to]! > order[from]!))
    }

    @Test(arguments: AttemptProgress.allCases, AttemptProgress.allCases)
    func `of an attempt goes up only`(from: AttemptProgress, to: AttemptProgress) {
        let order: [AttemptProgress: Int] = [.sending: 1, .unknown: 2, .sent: 3, .delivered: 4, .failed: 4]
        #expect(from.canBecome(to) == (order[to]! > order[from]!))
    }

    @Test(arguments: KannelReceipt.allCases)
    func `by a receipt is never a step back from sent`(receipt: KannelReceipt) {
        #expect(receipt.delivery.rank >= DeliveryProgress.sent.rank)
        #expect(receipt.attempt.rawValue == receipt.delivery.rawValue)
    }
}
