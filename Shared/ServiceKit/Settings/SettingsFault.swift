/// Settings that a service cannot start with; every fault that was found, each a whole sentence that names the key, the
/// variable and what would be right. No secret is in it.
public struct SettingsFault: Error, Hashable, CustomStringConvertible {
    public let faults: [String]

    init(_ faults: [String]) { self.faults = faults }

    public var description: String { faults.joined(separator: " ") }
}
