/// The body of a step that is taken; all of it may be left out.
struct StepRequestJSON: Decodable, Sendable {
    var note: String?
    /// The version that the caller looked at; the step is refused when things have moved on since.
    var expectedVersion: Int64?
}
