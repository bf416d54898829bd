public import Foundation
public import Kernel

/// What a visit must bring back before it may be finished (S1.26, S4.21 to S4.23).
public struct EvidenceRule: Hashable, Sendable, Codable {
    /// At least so many photos of this very visit; those carried over from the visit before do not count.
    public let photos: Int
    /// The customer's, over the sheet as it is.
    public let signature: Bool
    /// At least so many serial numbers, one a line.
    public let serials: Int
    /// Codes of the process's field `checklist` that must be ticked.
    public let checklist: [String]
    /// Results of a visit for which it holds; nobody signs for what was not done.
    public let results: [String]

    public static let mostPhotos = 50
    public static let mostSerials = 50
    public static let mostChecks = 50
    /// The results after which something was done at the customer's.
    public static let served = ["task-done", "service-done"]

    public static let nothing = EvidenceRule(photos: 0, signature: false, serials: 0, checklist: [], results: served)

    public init(photos: Int, signature: Bool, serials: Int, checklist: [String], results: [String]) {
        self.photos = photos
        self.signature = signature
        self.serials = serials
        self.checklist = checklist
        self.results = results
    }

    /// What is wrong with a rule that somebody has written, all at once.
    public var faults: [FieldFault] {
        var faults: [FieldFault] = []
        func fault(_ field: String, _ zh: String, _ en: String) {
            faults.append(FieldFault(field: field, code: "malformed", message: "\(zh) / \(en)"))
        }
        if !(0...Self.mostPhotos).contains(photos) {
            fault("/photos", "应为0到\(Self.mostPhotos)的整数", "a number from 0 to \(Self.mostPhotos)")
        }
        if !(0...Self.mostSerials).contains(serials) {
            fault("/serials", "应为0到\(Self.mostSerials)的整数", "a number from 0 to \(Self.mostSerials)")
        }
        for (field, codes) in [("/checklist", checklist), ("/results", results)] {
            if codes.count > Self.mostChecks || Set(codes).count != codes.count || !codes.allSatisfy(Self.isCode) {
                fault(field, "最多\(Self.mostChecks)个不重复的代码", "at most \(Self.mostChecks) codes, each once")
            }
        }
        return faults
    }

    private static func isCode(_ text: String) -> Bool { text.wholeMatch(of: /[a-z][a-z0-9-]{0,39}/) != nil }
}

/// A rule as it was put for the work of a department and those below it; every version stays.
public struct EvidencePolicy: Hashable, Sendable {
    public let department: String
    /// A kind of ticket; nil: every kind that has no rule of its own there.
    public let kind: String?
    /// From 1.
    public let version: Int
    public let rule: EvidenceRule
    public let since: Date

    public init(department: String, kind: String?, version: Int, rule: EvidenceRule, since: Date) {
        self.department = department
        self.kind = kind
        self.version = version
        self.rule = rule
        self.since = since
    }

    /// The rule that a visit has inherited: of the nearest department that says anything, for the kind before all kinds,
    /// as it stood when the visit was opened. A later version is for later visits.
    ///
    /// - Parameters:
    ///   - path: the department that the work belongs to, the one above it, and so on.
    ///   - opened: when the visit was opened.
    public static func inherited(
        _ kind: String?, path: [String], opened: Date, among all: [EvidencePolicy]
    ) -> EvidencePolicy? {
        for department in path {
            let here = all.filter { $0.department == department && $0.since <= opened }
            for wanted in [kind, nil] as [String?] {
                let versions = here.filter { $0.kind == wanted }
                if let newest = versions.max(by: { $0.version < $1.version }) { return newest }
            }
        }
        return nil
    }
}
