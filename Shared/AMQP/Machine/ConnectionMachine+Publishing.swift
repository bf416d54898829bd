extension ConnectionMachine {
    mutating func publish(batch: Int, _ messages: [Publication], deadline: Duration) {
        window.add(batch: batch, messages, deadline: deadline)
        switch phase {
        case .flushing, .closing, .stopped: window.failWaiting(.unknown("stopped"))
        default: break
        }
    }

    /// Whether ``nextPublication(now:)`` may have something.
    var hasPublication: Bool {
        guard case .ready = publisher, !isBlocked else { return false }
        return window.hasNext
    }

    /// The next publication to put on the wire, and its channel; nil while the broker blocks us, the window is full or
    /// there is nothing to send.
    mutating func nextPublication(now: Duration) -> (UInt16, Publication)? {
        guard case .ready(let number) = publisher, !isBlocked, let message = window.next(now: now) else { return nil }
        return (number, message)
    }

    mutating func confirm(
        _ last: UInt64, _ multiple: Bool, _ outcome: PublishOutcome, _ number: UInt16, now: Duration
    ) {
        guard publisher == .ready(number) else { return }
        publisherFailures = 0
        window.confirm(last, multiple: multiple, outcome, now: now)
        closeWhenFlushed(now: now)
    }

    /// One bad publication closes the channel for all. Those that the broker's words are about can never succeed as
    /// they are; what became of the others nobody knows.
    mutating func publisherClosed(_ code: Int, _ text: String, now: Duration) {
        let words = "\(code) \(text)"
        window.channelLost { message in
            let isCulprit =
                switch code {
                case 403, 404: text.contains("exchange '\(message.exchange)'")
                case 406: message.properties.userID.map { text.contains("user_id property set to '\($0)'") } ?? false
                default: false
                }
            return isCulprit ? .unroutable(code: code, text: text) : .unknown(words)
        }
        publisherFailures += 1
        publisher = .retrying(at: now + wait(failures: publisherFailures))
        actions.append(.report(.publisherClosed(code: code, text: text)))
        closeWhenFlushed(now: now)
    }
}
