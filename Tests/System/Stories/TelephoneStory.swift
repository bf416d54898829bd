import Testing

/// S1, telephone: tested by the seat, no fault of the line, still faulty at the call-back (S1.35).
struct TelephoneStory {
    init(_ crew: Crew) async throws {
        let told = try await DepartmentsStory.call("s1-telephone", crew, "2", "telephone", "没有拨号音")
        try await told.comes(to: "answered")
        #expect(try await told.refusal("desk", "actions/tested") == "fields")
        try await told.tell("desk", "actions/tested", ["test": "line"], then: "line")
        #expect(try await told.refusal("engineer", "actions/repaired") == "role-missing")
        try await told.tell("engineer2", "actions/not-line", reason: "线路正常", then: "field")
        try await told.tell("engineer", "actions/repaired", then: "call-back")
        try await told.tell("desk", "actions/fails", reason: "杂音", then: "answered")
        try await told.tell("desk", "actions/tested", ["test": "fine"], then: "call-back")
        try await told.tell("desk", "actions/works", ["satisfaction": "good"], then: "closed")
        try await told.holdErrands(["call-back", "call-back"])
        try await told.holdTimeline(["answered", "line", "field", "call-back", "answered", "call-back", "closed"])
        try await told.holdMails(["已受理"])
    }
}
