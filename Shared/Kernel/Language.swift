/// A language that people are written to in.
public enum Language: String, Codable, Sendable, CaseIterable {
    case chinese = "zh"
    case english = "en"
}
