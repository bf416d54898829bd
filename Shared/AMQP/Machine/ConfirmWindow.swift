/// Publications from hand-over to outcome: what waits, what is in flight by confirm number, and what came back.
///
/// Pure. Times are since an arbitrary start.
struct ConfirmWindow {
    /// Bounds of what is in flight; one message may always go, however large.
    struct Limits: Sendable {
        var messages = 1024
        var bytes = 8 << 20
    }

    /// A batch whose publications all have an outcome.
    struct Settled: Equatable {
        let batch: Int
        let outcomes: [PublishOutcome]
    }

    private struct Batch {
        let messages: [Publication]
        let deadline: Duration
        var outcomes: [PublishOutcome?]
        var missing: Int
        /// The next one to send.
        var next = 0
    }

    private struct Slot {
        let batch: Int
        let index: Int
        let bytes: Int
        let sentAt: Duration
        var returned: PublishOutcome?
        var isSettled = false
    }

    private let limits: Limits
    private var batches: [Int: Batch] = [:]
    private var waiting = FIFO<Int>()
    /// Slots of confirm numbers `firstNumber`...
    private var slots = FIFO<Slot>()
    private var firstNumber: UInt64 = 1
    /// Behind the slot that was returned last: returns come in the order of publishing.
    private var returnHint = 0
    private(set) var messagesInFlight = 0
    private(set) var bytesInFlight = 0
    private(set) var settled: [Settled] = []
    private(set) var earliestDeadline: Duration?
    private(set) var returnedCount = 0
    /// How long the oldest publication of the last confirm waited.
    private(set) var lastLatency: Duration?

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Whether nothing waits and nothing is in flight.
    var isEmpty: Bool { batches.isEmpty }

    /// Whether one waits and the window has room for it.
    var hasNext: Bool {
        guard let id = waiting.first, let batch = batches[id], batch.next < batch.messages.count else {
            return !waiting.isEmpty
        }
        return hasRoom(for: batch.messages[batch.next].body.count)
    }

    private func hasRoom(for bytes: Int) -> Bool {
        messagesInFlight == 0 || messagesInFlight < limits.messages && bytesInFlight + bytes <= limits.bytes
    }

    mutating func takeSettled() -> [Settled] {
        defer { settled.removeAll(keepingCapacity: true) }
        return settled
    }

    mutating func takeReturnedCount() -> Int {
        defer { returnedCount = 0 }
        return returnedCount
    }

    mutating func takeLatency() -> Duration? {
        defer { lastLatency = nil }
        return lastLatency
    }

    mutating func add(batch: Int, _ messages: [Publication], deadline: Duration) {
        if messages.isEmpty { return settled.append(Settled(batch: batch, outcomes: [])) }
        batches[batch] = Batch(
            messages: messages, deadline: deadline, outcomes: Array(repeating: nil, count: messages.count),
            missing: messages.count)
        waiting.append(batch)
        earliestDeadline = min(earliestDeadline ?? deadline, deadline)
    }

    /// The next publication to put on the wire, which is from now on in flight; nil when none waits or the window is full.
    mutating func next(now: Duration) -> Publication? {
        while let id = waiting.first {
            guard let batch = batches[id], batch.next < batch.messages.count else {
                waiting.removeFirst()
                continue
            }
            let message = batch.messages[batch.next]
            if let fault = message.fault {
                let index = batch.next
                batches[id]?.next += 1
                settle(id, index, .unroutable(code: 502, text: "not sent: \(fault)"))
                continue
            }
            let bytes = message.body.count
            guard hasRoom(for: bytes) else { return nil }
            slots.append(Slot(batch: id, index: batch.next, bytes: bytes, sentAt: now))
            batches[id]?.next += 1
            messagesInFlight += 1
            bytesInFlight += bytes
            return message
        }
        return nil
    }

    /// The broker's ack or nack. Numbers it already settled are ignored.
    mutating func confirm(_ number: UInt64, multiple: Bool, _ outcome: PublishOutcome, now: Duration) {
        guard number >= firstNumber || multiple else { return }
        // Zero with `multiple` means all.
        let last = multiple && number == 0 ? firstNumber + UInt64(slots.count) : number
        guard last >= firstNumber else { return }
        let position = Int(min(last - firstNumber, UInt64(slots.count)))
        let end = min(position + 1, slots.count)
        for position in min(multiple ? 0 : position, end)..<end where !slots[position].isSettled {
            let slot = slots[position]
            lastLatency = max(lastLatency ?? .zero, now - slot.sentAt)
            release(position)
            settle(slot.batch, slot.index, slot.returned ?? outcome)
        }
        dropSettledSlots()
    }

    /// A basic.return: it names no confirm number and comes before the ack of the same publication.
    mutating func returned(code: Int, text: String, exchange: String, routingKey: String, messageID: String?) {
        returnedCount += 1
        let outcome = PublishOutcome.unroutable(code: code, text: text)
        for range in [min(returnHint, slots.count)..<slots.count, 0..<min(returnHint, slots.count)] {
            for position in range where !slots[position].isSettled && slots[position].returned == nil {
                guard let message = batches[slots[position].batch]?.messages[slots[position].index],
                    message.properties.messageID == messageID, message.routingKey == routingKey,
                    message.exchange == exchange
                else { continue }
                slots[position].returned = outcome
                returnHint = position + 1
                return
            }
        }
    }

    /// The channel is gone: what was in flight gets `outcome`, what was not sent keeps waiting.
    mutating func channelLost(_ outcome: (Publication) -> PublishOutcome) {
        while let slot = slots.popFirst() {
            guard !slot.isSettled, let message = batches[slot.batch]?.messages[slot.index] else { continue }
            settle(slot.batch, slot.index, slot.returned ?? outcome(message))
        }
        (firstNumber, returnHint, messagesInFlight, bytesInFlight) = (1, 0, 0, 0)
    }

    /// Gives up what is past its deadline. Its slots stop counting, so that a queue that never answers cannot keep the
    /// window closed for the others.
    mutating func expire(now: Duration, unsent: String) {
        guard let earliestDeadline, earliestDeadline <= now else { return }
        let late = Set(batches.filter { $0.value.deadline <= now }.keys)
        for position in 0..<slots.count where !slots[position].isSettled && late.contains(slots[position].batch) {
            let slot = slots[position]
            release(position)
            settle(slot.batch, slot.index, slot.returned ?? .unknown("no confirm in time"))
        }
        dropSettledSlots()
        for id in late.sorted() { giveUp(id, .unknown(unsent)) }
        self.earliestDeadline = batches.values.map(\.deadline).min()
    }

    /// What was not sent yet gets `outcome`.
    mutating func failWaiting(_ outcome: PublishOutcome) {
        while let id = waiting.popFirst() { giveUp(id, outcome) }
    }

    private mutating func giveUp(_ id: Int, _ outcome: PublishOutcome) {
        guard let batch = batches[id] else { return }
        for index in batch.next..<batch.messages.count { settle(id, index, outcome) }
    }

    private mutating func release(_ position: Int) {
        slots[position].isSettled = true
        messagesInFlight -= 1
        bytesInFlight -= slots[position].bytes
    }

    private mutating func dropSettledSlots() {
        while let slot = slots.first, slot.isSettled {
            slots.removeFirst()
            firstNumber += 1
            returnHint = max(returnHint - 1, 0)
        }
    }

    private mutating func settle(_ id: Int, _ index: Int, _ outcome: PublishOutcome) {
        guard batches[id]?.outcomes[index] == nil else { return }
        batches[id]?.outcomes[index] = outcome
        batches[id]?.missing -= 1
        guard let batch = batches[id], batch.missing == 0 else { return }
        batches[id] = nil
        settled.append(Settled(batch: id, outcomes: batch.outcomes.compactMap { $0 }))
    }
}
