import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

private let noon = Date(timeIntervalSinceReferenceDate: 1_000_000)
private let days = 86_400.0

@Suite struct `The clock of a telephone` {
    @Test func `is believed within two minutes, and corrected beyond by as much as it is off`() {
        #expect(DeviceClock.correction(sentAt: noon, receivedAt: noon + 120) == 0)
        #expect(DeviceClock.correction(sentAt: noon + 120, receivedAt: noon) == 0)
        #expect(DeviceClock.correction(sentAt: noon - 2 * days, receivedAt: noon) == 2 * days)
        #expect(DeviceClock.correction(sentAt: noon + 2 * days, receivedAt: noon) == -2 * days)
    }

    @Test func `counts between what must have been before and the receipt`() {
        let floors = [noon - 3 * days, nil, noon - 1 * days]
        let fair = DeviceClock.judge(noon - 3600, after: floors, now: noon)
        #expect(fair == JudgedTime(time: noon - 3600, clamped: nil))
        #expect(DeviceClock.judge(noon + 1, after: floors, now: noon) == JudgedTime(time: noon, clamped: .late))
        #expect(
            DeviceClock.judge(noon - 2 * days, after: floors, now: noon)
                == JudgedTime(time: noon - 1 * days, clamped: .early))
        #expect(DeviceClock.judge(noon - 99 * days, after: [nil], now: noon).clamped == nil)
        // A work order that is ahead of the clock stays in order.
        #expect(DeviceClock.judge(noon + 9, after: [noon + 5], now: noon).time == noon + 5)
    }
}

@Suite struct `The commands of a telephone` {
    private let one = ID<WorkOrder>(UUID())
    private let two = ID<WorkOrder>(UUID())

    @Test func `come in the order of their numbers`() {
        #expect(PhoneTurn(1, after: 0) == .come)
        #expect(PhoneTurn(8, after: 7) == .come)
        #expect(PhoneTurn(9, after: 7) == .waits(for: 8))
        #expect(PhoneTurn(7, after: 7) == .past)
    }

    @Test func `fall with the one that they were built on, and with no other`() {
        var backlog = PhoneBacklog()
        #expect(!backlog.blocks(one, .work))
        backlog.fail(one, .visit(1))
        #expect(backlog.blocks(one, .visit(1)))
        #expect(backlog.blocks(one, .work))
        #expect(!backlog.blocks(one, .visit(2)))
        #expect(!backlog.blocks(two, .visit(1)))
        backlog.fail(one, .work)
        #expect(backlog.blocks(one, .visit(2)))
        #expect(!backlog.blocks(two, .work))
    }
}
