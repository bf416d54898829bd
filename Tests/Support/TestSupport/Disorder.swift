/// Every message three times, shuffled within windows of `window`, and one in ten only after all others: what a broker
/// and an operator's resend can do to a queue at worst.
public func disordered<Message>(_ messages: [Message], window: Int = 100) -> [Message] {
    var late: [Message] = []
    var soon: [Message] = []
    for (place, message) in messages.enumerated() {
        if place % 10 == 3 { late += [message, message, message] } else { soon += [message, message, message] }
    }
    return stride(from: 0, to: soon.count, by: window).flatMap {
        soon[$0..<min($0 + window, soon.count)].shuffled()
    } + late.shuffled()
}
