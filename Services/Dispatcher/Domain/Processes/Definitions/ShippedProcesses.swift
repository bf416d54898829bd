import Foundation

/// The definitions that come with the program: the flows that the suite was made for, ready to be used or copied.
public enum ShippedProcesses {
    /// Text of every definition, by its code.
    public static let texts: [String: String] = [
        "s0-direct": text(PackageResources.s0_direct_yaml),
        "s0-stations": text(PackageResources.s0_stations_yaml),
        "s1-complaints": text(PackageResources.s1_complaints_yaml),
        "s1-computer": text(PackageResources.s1_computer_yaml),
        "s1-other": text(PackageResources.s1_other_yaml),
        "s1-sales": text(PackageResources.s1_sales_yaml),
        "s1-software": text(PackageResources.s1_software_yaml),
        "s1-telephone": text(PackageResources.s1_telephone_yaml),
        "s2-generic": text(PackageResources.s2_generic_yaml),
        "s3-repair": text(PackageResources.s3_repair_yaml),
        "s4-complaint": text(PackageResources.s4_complaint_yaml),
        "s4-hotline": text(PackageResources.s4_hotline_yaml),
        "s4-onsite": text(PackageResources.s4_onsite_yaml),
        "s4-project": text(PackageResources.s4_project_yaml),
        "simple-repair": text(PackageResources.simple_repair_yaml),
    ]

    /// Code of the one that serves every ticket from the first day on; the others are there to be put in force.
    public static let standard = "simple-repair"

    /// Text of every fragment that `use:` may name, by its name.
    public static let fragments: [String: String] = [
        "requirement-review": text(PackageResources.requirement_review_yaml)
    ]

    /// - Throws: ``InvalidDefinition``, as for any other definition; a test reads every one of them.
    public static func read(_ code: String) throws(InvalidDefinition) -> ReadDefinition {
        try ProcessDefinition.read(texts[code] ?? "", fragments: fragments)
    }

    private static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
