import Contracts
import DispatcherDomain
import Foundation
import Kernel
import Testing

@Suite struct `An appointment` {
    static let zone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
    static let engineer = Cast.engineer.person
    static let helper = Cast.colleague.person

    static func at(_ text: String) throws -> Date { try #require(WireJSON.date(from: text + ":00+08:00")) }

    static func span(_ start: String, _ end: String) throws -> Span { try #require(Span(try at(start), try at(end))) }

    static func appointment(
        _ start: String, minutes: Int = 120, days: Int = 1, access: String? = nil, crew: [Person] = [engineer]
    ) throws -> Appointment {
        let begin = try at(start)
        return Appointment(
            start: begin, length: Double(minutes * 60), days: days,
            window: try #require(Span(begin, begin + 7200)), access: access.flatMap { ShiftHours($0) }, zone: zone,
            crew: crew)
    }

    static func member(
        _ person: Person = engineer, present: [Span]? = nil, leaves: [Span] = [], booked: [Span] = []
    ) -> CrewMember { CrewMember(person: person, present: present, leaves: leaves, booked: booked) }

    static func obstacle(_ appointment: Appointment, _ crew: [CrewMember]) throws -> AppointmentObstacle? {
        AppointmentRules.obstacle(appointment, crew, travel: 1800, now: try at("2026-11-23T08:00"))
    }

    @Test func `is free when nothing is in the way`() throws {
        #expect(try Self.obstacle(Self.appointment("2026-11-24T09:00"), [Self.member()]) == nil)
    }

    @Test func `cannot begin in the past`() throws {
        #expect(try Self.obstacle(Self.appointment("2026-11-23T08:00"), [Self.member()]) == .past)
    }

    @Test func `lies in the shift as a whole, and in no leave`() throws {
        let shift = try Self.member(present: [Self.span("2026-11-24T09:00", "2026-11-24T12:00")])
        #expect(try Self.obstacle(Self.appointment("2026-11-24T10:00"), [shift]) == nil)
        #expect(try Self.obstacle(Self.appointment("2026-11-24T10:30"), [shift]) == .away(Self.engineer))
        #expect(try Self.obstacle(Self.appointment("2026-11-24T08:30"), [shift]) == .away(Self.engineer))
        let leave = try Self.member(leaves: [Self.span("2026-11-24T10:59", "2026-11-25T00:00")])
        #expect(try Self.obstacle(Self.appointment("2026-11-24T09:00"), [leave]) == .away(Self.engineer))
        #expect(try Self.obstacle(Self.appointment("2026-11-24T08:59"), [leave]) == nil)
    }

    @Test func `leaves time to come from one and to go to the next`() throws {
        let busy = try Self.member(booked: [Self.span("2026-11-24T12:00", "2026-11-24T13:00")])
        #expect(try Self.obstacle(Self.appointment("2026-11-24T09:30"), [busy]) == nil)
        #expect(try Self.obstacle(Self.appointment("2026-11-24T09:31"), [busy]) == .booked(Self.engineer))
        #expect(try Self.obstacle(Self.appointment("2026-11-24T13:29"), [busy]) == .booked(Self.engineer))
        #expect(try Self.obstacle(Self.appointment("2026-11-24T13:30"), [busy]) == nil)
    }

    @Test func `lies in the hours in which the customer can be visited`() throws {
        #expect(try Self.obstacle(Self.appointment("2026-11-24T10:00", access: "10:00-12:00"), [Self.member()]) == nil)
        #expect(
            try Self.obstacle(Self.appointment("2026-11-24T10:30", access: "10:00-12:00"), [Self.member()]) == .access)
        // Over midnight, and over the pause at noon.
        #expect(try Self.obstacle(Self.appointment("2026-11-24T23:30", access: "22:00-06:00"), [Self.member()]) == nil)
        #expect(try Self.obstacle(Self.appointment("2026-11-24T03:00", access: "22:00-06:00"), [Self.member()]) == nil)
        #expect(
            try Self.obstacle(
                Self.appointment("2026-11-24T11:00", access: "09:00-12:00 13:00-18:00"), [Self.member()]) == .access)
    }

    @Test func `of several days and several people wants all of them on all days`() throws {
        let long = try Self.appointment("2026-11-24T09:00", days: 3, crew: [Self.engineer, Self.helper])
        #expect(long.parts.count == 3)
        let helper = try Self.member(Self.helper, booked: [Self.span("2026-11-26T10:00", "2026-11-26T10:15")])
        #expect(try Self.obstacle(long, [Self.member(), Self.member(Self.helper)]) == nil)
        #expect(try Self.obstacle(long, [Self.member(), helper]) == .booked(Self.helper))
    }

    @Test func `keeps its time on the wall when clocks change`() throws {
        let berlin = try #require(TimeZone(identifier: "Europe/Berlin"))
        let start = try #require(WireJSON.date(from: "2027-03-27T09:00:00+01:00"))
        let two = Appointment(
            start: start, length: 3600, days: 2, window: try #require(Span(start, start + 3600)), access: nil,
            zone: berlin, crew: [])
        #expect(two.parts.map(\.start) == [start, start + 23 * 3600])
    }

    @Test func `finds the slots that are really free, on the half hours`() throws {
        let member = try Self.member(
            present: [Self.span("2026-11-24T09:10", "2026-11-24T13:00")],
            booked: [Self.span("2026-11-24T14:00", "2026-11-24T15:00")])
        let slots = AppointmentRules.slots(
            like: try Self.appointment("2026-11-24T09:00"), [member], travel: 1800,
            within: try Self.span("2026-11-23T09:07", "2026-11-27T00:00"), now: try Self.at("2026-11-23T08:00"))
        #expect(
            slots.map(\.start) == [
                try Self.at("2026-11-24T09:30"), try Self.at("2026-11-24T10:00"),
                try Self.at("2026-11-24T10:30"), try Self.at("2026-11-24T11:00"),
            ])
        #expect(slots.allSatisfy { $0.window.start == $0.start && $0.window.end == $0.start + 7200 })
    }

    @Test func `in a calendar is one event with a stable name, in lines of 75 bytes`() throws {
        let file = CalendarFile(
            uid: "x-1@paidan", sequence: 2, window: try Self.span("2026-11-24T09:00", "2026-11-24T11:00"), days: 2,
            isConfirmed: true, isCancelled: false, summary: "上门维修，空调; a, b\\c\nd",
            location: String(repeating: "上海市徐汇区", count: 10), stamp: try Self.at("2026-11-23T08:00"))
        let lines = file.text.components(separatedBy: "\r\n")
        #expect(lines.last == "" && lines.first == "BEGIN:VCALENDAR")
        #expect(lines.allSatisfy { $0.utf8.count <= 75 })
        let whole = file.text.replacing("\r\n ", with: "")
        #expect(whole.contains("\r\nUID:x-1@paidan\r\nSEQUENCE:2\r\nDTSTAMP:20261123T000000Z\r\n"))
        #expect(whole.contains("DTSTART:20261124T010000Z\r\nDTEND:20261124T030000Z\r\nRRULE:FREQ=DAILY;COUNT=2\r\n"))
        #expect(whole.contains("SUMMARY:上门维修，空调\\; a\\, b\\\\c\\nd\r\n"))
        #expect(whole.contains(String(repeating: "上海市徐汇区", count: 10)))
        #expect(whole.contains("STATUS:CONFIRMED"))
    }
}
