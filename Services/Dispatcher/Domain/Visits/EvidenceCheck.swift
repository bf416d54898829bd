public import Kernel

/// A signature that was given for a visit.
public struct VisitSignature: Hashable, Sendable {
    /// What stands in the visit's field.
    public let id: String
    /// SHA-256 of the sheet that was signed, in hexadecimal digits.
    public let sheet: String

    public init(id: String, sheet: String) {
        self.id = id
        self.sheet = sheet
    }
}

/// What a visit lacks before it may be finished.
public enum EvidenceCheck {
    /// The action of a visit that is held against the rule.
    public static let action = "finish"

    /// Whether a command finishes a visit that could be finished now, so that its evidence is to be looked at.
    public static func concerns(
        _ command: ProcessCommand, _ state: ProcessState, by definition: ProcessDefinition
    ) -> Int? {
        guard case .act(let asked) = command, asked.action == action, case .visit(let number) = asked.scope,
            let visit = state[.visit(number)], visit.outcome == nil,
            definition.visit?.step(visit.step)?.action(action) != nil
        else { return nil }
        return number
    }

    /// One fault for each thing that is missing. What the process has no field for is not asked for.
    ///
    /// - Parameters:
    ///   - values: the visit's fields with what the command fills in.
    ///   - before: the fields of the visit before, whose photos do not count.
    ///   - signature: the one that stands in the visit, where it was given over a sheet.
    ///   - sheet: SHA-256 of the sheet with `values`.
    public static func faults(
        _ rule: EvidenceRule, _ values: [String: FieldValue], before: [String: FieldValue],
        signature: VisitSignature?, sheet: String, of track: Track
    ) -> [FieldFault] {
        var faults: [FieldFault] = []
        if let signature, signature.sheet != sheet, let field = track.fields.first(where: { $0.type == .signature }) {
            faults.append(
                FieldFault(
                    field: "/fields/\(field.code)", code: "conflict",
                    message: "签字之后服务单已改动，请客户重新签字 / the sheet was changed after it was signed: have it signed again"))
        }
        if track.field("result") != nil {
            guard case .text(let result) = values["result"], rule.results.contains(result) else { return faults }
        }
        let photoFields = track.fields.filter { $0.type == .files }.map(\.code)
        if rule.photos > 0, let field = photoFields.first {
            let own = photoFields.flatMap { list(values[$0]) }
            let count = Set(own).subtracting(photoFields.flatMap { list(before[$0]) }).count
            if count < rule.photos {
                faults.append(
                    missing(
                        field, "至少\(rule.photos)张本次上门的照片，现有\(count)张",
                        "at least \(rule.photos) photos of this visit, there are \(count)"))
            }
        }
        if rule.signature, signature == nil, let field = track.fields.first(where: { $0.type == .signature }) {
            faults.append(missing(field.code, "需要客户在服务单上签字", "the customer's signature over the sheet"))
        }
        if rule.serials > 0, track.field("serials") != nil {
            let count = lines(values["serials"])
            if count < rule.serials {
                faults.append(
                    missing(
                        "serials", "至少\(rule.serials)个序列号，现有\(count)个",
                        "at least \(rule.serials) serial numbers, there are \(count)"))
            }
        }
        return faults + unticked(rule, values, track)
    }

    /// One fault for each item that is not ticked; what the process's checklist does not have cannot be ticked.
    private static func unticked(
        _ rule: EvidenceRule, _ values: [String: FieldValue], _ track: Track
    ) -> [FieldFault] {
        guard let field = track.field("checklist") else { return [] }
        let ticked = Set(list(values["checklist"]))
        return rule.checklist.filter { !ticked.contains($0) }.compactMap { code in
            guard let choice = field.choices.first(where: { $0.code == code }) else { return nil }
            return FieldFault(
                field: "/fields/checklist/\(code)", code: "required",
                message: "检查项未完成：\(choice.title.zh) / not ticked: \(choice.title.en)")
        }
    }

    private static func missing(_ field: String, _ zh: String, _ en: String) -> FieldFault {
        FieldFault(field: "/fields/\(field)", code: "required", message: "\(zh) / \(en)")
    }

    private static func list(_ value: FieldValue?) -> [String] {
        guard case .list(let list) = value else { return [] }
        return list
    }

    private static func lines(_ value: FieldValue?) -> Int {
        guard case .text(let text) = value else { return 0 }
        return Set(
            text.split(whereSeparator: \.isNewline).map { String($0).trimmingWhitespace }.filter { !$0.isEmpty }
        ).count
    }
}
