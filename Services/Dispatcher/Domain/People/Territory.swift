public import Kernel

/// A region and the departments that serve it, stations and agents as a rule.
public struct Territory: Hashable, Sendable {
    public let code: String
    public let name: Phrase
    /// Division codes of GB/T 2260, all of a province by its first two digits, of a city by four: `31`, `3101`, `310115`.
    public let regions: [String]
    /// Names as they stand in addresses: `浦东新区`.
    public let places: [String]
    /// Who serves it, the first choice first.
    public let departments: [String]
    public let isActive: Bool

    public init(
        code: String, name: Phrase, regions: [String], places: [String], departments: [String], isActive: Bool
    ) {
        self.code = code
        self.name = name
        self.regions = regions
        self.places = places
        self.departments = departments
        self.isActive = isActive
    }

    /// The territory of a place: the one with the longest division code that fits, else the one whose name stands in the
    /// address, the longest name first; of equal ones the first by code.
    public static func serving(region: String?, address: String?, among all: [Territory]) -> Territory? {
        let active = all.filter(\.isActive).sorted { $0.code < $1.code }
        func longest(_ fit: (Territory) -> Int) -> Territory? {
            var best: (length: Int, territory: Territory)?
            for territory in active {
                let length = fit(territory)
                if length > best?.length ?? 0 { best = (length, territory) }
            }
            return best?.territory
        }
        if let region, let found = longest({ $0.regions.filter(region.hasPrefix).map(\.count).max() ?? 0 }) {
            return found
        }
        guard let address else { return nil }
        return longest { $0.places.filter(address.contains).map(\.count).max() ?? 0 }
    }
}

/// Something that not everybody can do, or is licensed for: `dell`, `network`.
public struct Skill: Hashable, Sendable {
    public let code: String
    public let name: Phrase
    public let isActive: Bool

    public init(code: String, name: Phrase, isActive: Bool) {
        self.code = code
        self.name = name
        self.isActive = isActive
    }
}

/// Hours under a name, by which days are planned.
public struct Shift: Hashable, Sendable {
    public let code: String
    public let department: String
    public let name: Phrase
    public let hours: ShiftHours
    public let isActive: Bool

    public init(code: String, department: String, name: Phrase, hours: ShiftHours, isActive: Bool) {
        self.code = code
        self.department = department
        self.name = name
        self.hours = hours
        self.isActive = isActive
    }
}
