import Contracts
import FollowUpDomain
import Foundation
import Kernel
import Testing

@Suite struct `A call-back's time` {
    @Test(arguments: [
        // Plain: Shanghai has no summer time. 16:30 UTC is 00:30 of the next day there.
        ("Asia/Shanghai", 10, "2026-11-22T08:30:00Z", "2026-11-23T02:00:00Z"),
        ("Asia/Shanghai", 10, "2026-11-22T16:30:00Z", "2026-11-24T02:00:00Z"),
        ("Asia/Shanghai", 10, "2026-12-31T15:59:59Z", "2027-01-01T02:00:00Z"),
        ("Asia/Shanghai", 0, "2026-11-22T15:59:59Z", "2026-11-22T16:00:00Z"),
        // The night of the change in Berlin (29 March and 25 October 2026): the day is an hour shorter or longer.
        ("Europe/Berlin", 10, "2026-03-28T11:00:00Z", "2026-03-29T08:00:00Z"),
        ("Europe/Berlin", 10, "2026-10-24T11:00:00Z", "2026-10-25T09:00:00Z"),
        // 02:00 does not exist there on 29 March; on 25 October it comes twice.
        ("Europe/Berlin", 2, "2026-03-28T11:00:00Z", "2026-03-29T01:00:00Z"),
        ("Europe/Berlin", 2, "2026-10-24T11:00:00Z", "2026-10-25T00:00:00Z"),
        ("America/New_York", 10, "2026-03-07T23:00:00Z", "2026-03-08T14:00:00Z"),
        // Half an hour of summer time.
        ("Australia/Lord_Howe", 10, "2026-10-03T03:00:00Z", "2026-10-03T23:00:00Z"),
        // The clocks go forward at midnight: the day begins at 01:00.
        ("America/Santiago", 0, "2026-09-05T15:00:00Z", "2026-09-06T04:00:00Z"),
        // Samoa left out 30 December 2011.
        ("Pacific/Apia", 10, "2011-12-29T22:00:00Z", "2011-12-30T20:00:00Z"),
    ])
    func `is the next local day at the hour`(zone: String, hour: Int, doneAt: String, expected: String) throws {
        let timeZone = try #require(TimeZone(identifier: zone))
        let done = try #require(WireJSON.date(from: doneAt))
        let due = CallBackSchedule.dueAt(doneAt: done, timeZone: timeZone, hour: hour)
        #expect(WireJSON.text(of: due) == expected.replacing("Z", with: ".000Z"))
    }

    @Test(arguments: ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
    func `is always after the work and at most two days off, at every hour of a year`(zone: String) throws {
        let timeZone = try #require(TimeZone(identifier: zone))
        let start = Date(timeIntervalSince1970: 1_767_225_600)
        for hour in 0..<(365 * 24) {
            let done = start + Double(hour) * 3600
            let due = CallBackSchedule.dueAt(doneAt: done, timeZone: timeZone, hour: 10)
            #expect(due > done + 9 * 3600)
            #expect(due <= done + 35 * 3600)
        }
    }
}

@Suite struct `A call-back` {
    let zone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
    let doneAt = Date(timeIntervalSince1970: 1_800_000_000)

    @Test func `is planned when the work is done`() throws {
        let planned = try #require(plan(work(at: doneAt), present: nil))
        #expect(planned.state == .planned)
        #expect(planned.version == 1)
        #expect(planned.dueAt > doneAt)
    }

    @Test func `is due when the span is over that the process names`() throws {
        let wanted = doneAt + 7200
        let planned = try #require(
            plan(work(at: doneAt, CallBackWish(code: nil, within: "2 h", dueAt: wanted)), present: nil))
        #expect(planned.dueAt == wanted)
    }

    @Test func `is not planned again for the same work`() throws {
        let planned = try #require(plan(work(at: doneAt), present: nil))
        #expect(plan(work(at: doneAt), present: planned) == nil)
        #expect(plan(work(at: doneAt - 1), present: planned) == nil)
    }

    @Test func `moves when the work was done again, even when it was due`() throws {
        let planned = try #require(plan(work(at: doneAt), present: nil))
        let due = try #require(PlanCallBack.fire(planned, now: planned.dueAt))
        let again = try #require(plan(work(at: due.dueAt + 60), present: due))
        #expect(again.id == planned.id)
        #expect(again.state == .planned)
        #expect(again.version == 3)
        #expect(again.dueAt > due.dueAt)
    }

    @Test func `falls due once, and not before its time`() throws {
        let planned = try #require(plan(work(at: doneAt), present: nil))
        #expect(PlanCallBack.fire(planned, now: planned.dueAt - 1) == nil)
        let due = try #require(PlanCallBack.fire(planned, now: planned.dueAt))
        #expect(due.state == .due)
        #expect(due.version == 2)
        #expect(PlanCallBack.fire(due, now: due.dueAt + 1) == nil)
    }

    private func plan(_ work: WorkMoved, present: CallBackRecord?) -> CallBackRecord? {
        PlanCallBack.decide(work, present: present, timeZone: zone, hour: 10, now: work.at)
    }

    private func work(at date: Date, _ wish: CallBackWish? = nil) -> WorkMoved {
        let id = UUID(namespace: UUID(uuid: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)), name: "sample")
        return WorkMoved(
            workOrder: ID(id), ticket: ID(id), ticketNumber: "T1000001", subject: "空调不制冷", department: "shanghai",
            state: .done, previous: Open(.onSite), owner: nil, actor: nil, note: nil,
            customer: CustomerCard(
                id: ID(id), name: "大华商贸", contact: nil, phone: nil, email: nil, weChatOpenID: nil,
                language: Open(.chinese)),
            address: nil, at: date, callBack: wish)
    }
}
