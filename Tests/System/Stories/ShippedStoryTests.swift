import StackSupport
import Testing

extension `The suite` {
    /// The main branch of the shipped processes, with what time does to them. The clock is common: every story goes as far
    /// as it can before each advance.
    @Test func `carries every shipped process through its story, with the clock moved forward`() async throws {
        try await hireExpert()
        let crew = try await Crew(
            [
                "admin", "desk", "dispatcher", "engineer", "engineer2", "expert", "manager", "supervisor", "quality",
                "warehouse", "finance", "director", "shanghai-station",
            ], at: stack)
        try await crew.give("specialist", to: "engineer", "engineer2")
        try await crew.give("liable", to: "engineer")
        let time = try await OfficeTime(crew)
        try await time.advance(toMinute: 5)

        let generic = try await GenericStory(crew)
        let complaint = try await ComplaintStory(crew)
        let stations = try await StationsStory(crew)
        let direct = try await DirectStory(crew)
        let hotline = try await HotlineStory(crew)
        let onSite = try await OnSiteStory(crew)
        let project = try await ProjectStory(crew)
        let computer = try await ComputerStory(crew)
        _ = try await ReviewGateStory(crew)
        _ = try await SalesStory(crew)
        _ = try await TelephoneStory(crew)

        // Half of the two hours that a customer may wait, then three hours, then four.
        try await time.advance(toMinute: 70)
        try await generic.isHalfWaited()
        try await time.advance(toMinute: 200)
        try await generic.isWaited()
        try await complaint.isLate()
        try await direct.isWarned()
        try await onSite.isAgreed(on: time.hour(ofDay: 1))
        try await time.advance(toMinute: 260)
        try await direct.isEscalated()
        try await hotline.end()

        try await time.advance(toDay: 2)
        try await generic.end()
        try await complaint.isVerified()
        try await stations.end()
        try await direct.end()
        try await onSite.isLate()
        try await project.end()
        try await computer.end()

        try await time.advance(toDay: 5)
        try await complaint.end()
        try await onSite.end()
    }

    /// Of the third level, and of R&D, in the department of the stories; the demo has such people elsewhere only.
    private func hireExpert() async throws {
        let hired = try await Person.signIn("admin", at: stack).post(
            "/api/dispatch/v1/staff",
            ["login": "expert", "name": "孔研发", "department": "service", "roles": ["engineer", "rnd"], "level": 3])
        try #require(hired.status == 201, "\(hired.status) \(hired.text)")
    }
}
