/// Which deliveries of one channel are still owed an answer, and the shortest way to give it.
struct AckLedger {
    /// Every number up to here is answered.
    private var floor: UInt64 = 0
    /// Answered numbers above `floor`.
    private var answered: Set<UInt64> = []
    private var highest: UInt64 = 0

    /// Whether the broker waits for nothing.
    var isSettled: Bool { floor == highest }

    mutating func delivered(_ number: UInt64) { highest = max(highest, number) }

    /// The acks to send for `numbers`: one for all that close up to what was answered before, one each for the rest.
    /// Numbers that were answered before, or never delivered, are left out: a second ack closes the channel.
    mutating func acknowledge(_ numbers: [UInt64]) -> [Method] {
        var isSorted = true
        for index in numbers.indices.dropFirst() where numbers[index - 1] >= numbers[index] {
            isSorted = false
            break
        }
        var methods: [Method] = []
        var reached = floor
        var run: (last: UInt64, count: Int)?
        var lone: [UInt64] = []
        for number in isSorted ? numbers : Set(numbers).sorted() where isOpen(number) {
            while answered.contains(reached + 1) { reached += 1 }
            guard number == reached + 1 else {
                lone.append(number)
                continue
            }
            reached = number
            run = (number, (run?.count ?? 0) + 1)
        }
        // Its number must be one that is open at the broker, so not `reached`.
        if let run {
            methods.append(.acknowledge(run.last, multiple: run.count > 1))
            raise(to: run.last)
        }
        for number in lone {
            methods.append(.acknowledge(number, multiple: false))
            answered.insert(number)
        }
        raise(to: floor)
        return methods
    }

    mutating func reject(_ number: UInt64, requeue: Bool) -> [Method] {
        guard isOpen(number) else { return [] }
        answered.insert(number)
        raise(to: floor)
        return [.reject(number, requeue: requeue)]
    }

    private func isOpen(_ number: UInt64) -> Bool {
        number > floor && number <= highest && !answered.contains(number)
    }

    private mutating func raise(to number: UInt64) {
        floor = number
        if answered.isEmpty { return }
        answered = answered.filter { $0 > number }
        while answered.remove(floor + 1) != nil { floor += 1 }
    }
}
