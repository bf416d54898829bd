/// What was built.
public enum BuildInfo {
    /// Semantic version of the suite; every executable has the same.
    public static let version = "0.1.0"
}
