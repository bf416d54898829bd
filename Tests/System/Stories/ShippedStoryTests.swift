import DispatcherDomain
import StackSupport
import Testing

extension `The suite` {
    /// Every way of the shipped processes, with what time does to them. The clock is common: every story goes as far
    /// as it can before each advance.
    @Test func `carries every shipped process through its story, with the clock moved forward`() async throws {
        try await hireExpert()
        try await DepartmentsStory.found(at: stack)
        let crew = try await Crew(
            [
                "admin", "desk", "dispatcher", "engineer", "engineer2", "expert", "manager", "supervisor", "quality",
                "warehouse", "finance", "director", "shanghai-station",
            ], at: stack)
        try await crew.give("specialist", to: "engineer", "engineer2")
        try await crew.give("liable", to: "engineer")
        let time = try await OfficeTime(crew)
        try await time.advance(toMinute: -60)
        let nights = try await GenericBranches(atNight: crew)
        try await time.advance(toMinute: 5)

        try await nights.isOpened()
        let generic = try await GenericStory(crew)
        let complaint = try await ComplaintStory(crew)
        let stations = try await StationsStory(crew)
        let direct = try await DirectStory(crew)
        let hotline = try await HotlineStory(crew)
        let onSite = try await OnSiteStory(crew)
        let project = try await ProjectStory(crew)
        let computer = try await ComputerStory(crew)
        let repair = try await RepairStory(crew, appointment: time.hour(ofDay: 1))
        let visits = try await VisitStory(crew, appointment: time.hour(ofDay: 1))
        let departments = try await DepartmentsStory(crew)
        try await nights.byDay(crew)
        _ = try await ReviewGateStory(crew)
        _ = try await SalesStory(crew)
        _ = try await TelephoneStory(crew)

        // Half of the two hours that a customer may wait, then three hours, then four.
        try await time.advance(toMinute: 70)
        try await generic.isHalfWaited()
        try await repair.isExpired()
        try await direct.others.isUrged(2)
        try await time.advance(toMinute: 200)
        try await generic.isWaited()
        try await complaint.isLate()
        try await direct.isWarned()
        try await direct.others.isUrged(3)
        try await onSite.isAgreed(on: time.hour(ofDay: 1))
        try await time.advance(toMinute: 260)
        try await direct.isEscalated()
        try await direct.others.isReturned()
        try await hotline.end()

        try await time.advance(toDay: 2)
        try await generic.end()
        try await complaint.isVerified()
        try await stations.end()
        try await direct.end()
        try await onSite.isLate()
        try await project.end()
        try await computer.end()
        try await repair.end()
        try await visits.end()
        try await departments.end()

        try await direct.others.isAsked(1)
        for day in [3, 4] {
            try await time.advance(toDay: day)
            try await direct.others.isAsked(day - 1)
        }
        try await time.advance(toDay: 5)
        try await complaint.end()
        try await onSite.end()
        try await direct.others.end()
        try await repair.isLate()

        let tickets = await crew.dealtWith.tickets
        for process in Set(tickets.map(\.process)).sorted() {
            let missing = try await Branches.missing(process, in: tickets)
            #expect(missing == [], "\(process)")
        }
        #expect(
            Set(tickets.map(\.process)) == Set(ShippedProcesses.texts.keys).subtracting([ShippedProcesses.standard]))
    }

    /// Of the third level, and of R&D, in the department of the stories; the demo has such people elsewhere only.
    private func hireExpert() async throws {
        let hired = try await Person.signIn("admin", at: stack).post(
            "/api/dispatch/v1/staff",
            ["login": "expert", "name": "孔研发", "department": "service", "roles": ["engineer", "rnd"], "level": 3])
        try #require(hired.status == 201, "\(hired.status) \(hired.text)")
    }
}
