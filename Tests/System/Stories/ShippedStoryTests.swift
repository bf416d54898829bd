import StackSupport
import Testing

extension `The suite` {
    /// The main branch of the shipped processes, with what time does to them. The clock is common: every story goes as far
    /// as it can before each advance.
    @Test func `carries every shipped process through its story, with the clock moved forward`() async throws {
        let crew = try await Crew(
            [
                "admin", "desk", "dispatcher", "engineer", "engineer2", "manager", "supervisor", "quality", "warehouse",
                "finance", "director", "shanghai-station",
            ], at: stack)
        try await crew.give("specialist", to: "engineer", "engineer2")
        try await crew.give("liable", to: "engineer")
        let time = try await OfficeTime(crew)
        try await time.advance(toMinute: 5)

        let generic = try await GenericStory(crew)
        let complaint = try await ComplaintStory(crew)
        let stations = try await StationsStory(crew)
        let computer = try await ComputerStory(crew)

        // Half of what a customer may wait.
        try await time.advance(toMinute: 70)
        try await generic.isHalfWaited()
        try await time.advance(toMinute: 200)
        try await generic.isWaited()
        try await complaint.isLate()

        try await time.advance(toDay: 2)
        try await generic.end()
        try await complaint.isVerified()
        try await stations.end()
        try await computer.end()

        try await time.advance(toDay: 5)
        try await complaint.end()
    }
}
