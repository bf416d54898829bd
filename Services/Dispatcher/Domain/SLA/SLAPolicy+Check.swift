internal import BusinessTime
public import Foundation
public import Kernel

extension SLAPolicy {
    /// Bytes of a policy file.
    public static let sizeLimit = 1 << 20
    static let rowLimit = 500
    static let targetLimit = 60
    static let thresholdLimit = 20

    /// Reads a policy file (JSON, docs/calendars.md) and checks it.
    ///
    /// - Parameter calendars: keys of the calendars that there are.
    /// - Throws: every fault that was found, with its place in the file.
    public static func read(_ file: Data, calendars: Set<String>) throws(InvalidInput) -> SLAPolicy {
        guard file.count <= sizeLimit else {
            throw InvalidInput([FieldFault(field: "", code: "tooLong", message: "at most 1 MB")])
        }
        let policy: SLAPolicy
        do {
            policy = try JSONDecoder().decode(SLAPolicy.self, from: file)
        } catch {
            throw InvalidInput([FieldFault(decoding: error, otherwise: "this is no policy file")])
        }
        let faults = policy.faults(calendars: calendars)
        guard faults.isEmpty else { throw InvalidInput(faults) }
        return policy
    }

    /// What is wrong; empty when nothing is.
    public func faults(calendars: Set<String>) -> [FieldFault] {
        var faults: [FieldFault] = []
        func fault(_ field: String, _ code: String, _ message: String) {
            faults.append(FieldFault(field: field, code: code, message: message))
        }
        if !key.isKey { fault("/key", "malformed", "1 to 40 small letters, digits and dashes, a letter first") }
        if version < 1 { fault("/version", "malformed", "versions are counted from 1") }
        guard rows.count <= Self.rowLimit, rows.allSatisfy({ $0.targets.count <= Self.targetLimit }) else {
            fault("/rows", "tooLong", "at most \(Self.rowLimit) rows of \(Self.targetLimit) targets")
            return faults
        }
        for (number, row) in rows.enumerated() {
            for (name, words) in [("levels", row.levels), ("severities", row.severities), ("kinds", row.kinds)]
            where words?.isEmpty == true {
                fault("/rows/\(number)/\(name)", "required", "an empty list fits nothing; leave the field out for all")
            }
            for (place, target) in row.targets.enumerated() {
                let field = "/rows/\(number)/targets/\(place)"
                for found in target.faults(at: field, calendars: calendars) { faults.append(found) }
                let before = rows[..<number].firstIndex { earlier in
                    earlier.includes(row) && earlier.targets.contains { $0.timer.covers(target.timer) }
                }
                if let before {
                    fault(field, "conflict", "never used: row \(before + 1) decides first; put this row above it")
                } else if row.targets[..<place].contains(where: { $0.timer.covers(target.timer) }) {
                    fault(field, "conflict", "never used: the row names this timer before")
                }
            }
        }
        return faults
    }
}

extension SLATarget {
    fileprivate func faults(at field: String, calendars: Set<String>) -> [FieldFault] {
        var faults: [FieldFault] = []
        if !limit.isPossible {
            faults.append(
                FieldFault(
                    field: field + "/limit/amount", code: "malformed", message: "a limit is at most some ten years"))
        }
        if !SLATarget.givenCalendars.contains(calendar), !calendars.contains(calendar) {
            faults.append(
                FieldFault(
                    field: field + "/calendar", code: "unknownValue",
                    message:
                        "no such calendar; there are: \((calendars.sorted() + Self.givenCalendars).joined(separator: ", "))"
                )
            )
        }
        if thresholds.count > SLAPolicy.thresholdLimit || Set(thresholds.map(\.at)).count < thresholds.count {
            faults.append(
                FieldFault(
                    field: field + "/thresholds", code: "conflict",
                    message: "at most \(SLAPolicy.thresholdLimit), and each point once"))
        }
        for (place, threshold) in thresholds.enumerated() {
            if threshold.actions.contains(.own) {
                faults.append(
                    FieldFault(
                        field: field + "/thresholds/\(place)", code: "unknownValue",
                        message: "what the process itself does happens without being said"))
            }
            if case .before(let minutes) = threshold.at, let seconds = limit.seconds, timer != .arrival,
                minutes * 60 >= seconds
            {
                faults.append(
                    FieldFault(
                        field: field + "/thresholds/\(place)", code: "conflict",
                        message: "\(threshold.at) lies before the start of a limit of \(seconds / 60) minutes"))
            }
        }
        return faults
    }
}
