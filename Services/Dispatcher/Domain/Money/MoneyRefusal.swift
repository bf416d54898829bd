public import Kernel

/// Why something about parts or money was not done. Nothing has changed.
public struct MoneyRefusal: Error, Hashable, Sendable {
    /// For programs; a rule never changes its meaning.
    public enum Rule: String, Hashable, Sendable, CaseIterable {
        case roleMissing = "role-missing"
        case reasonMissing = "reason-missing"
        case ownLine = "own-line"
        /// An engineer deals with parts and money of work that he has or had a visit of.
        case notHis = "not-owner"
        /// It was reviewed, confirmed, closed or withdrawn before.
        case decided
        case monthNotOver = "month-not-over"
        case unreviewed
        case monthClosed = "month-closed"
        case notClosed = "not-closed"
        case notEnough = "not-enough"
        case notHere = "not-here"
        case otherRequest = "other-request"
        case serialTaken = "serial-taken"
    }

    public let rule: Rule
    public let words: Phrase

    public init(_ rule: Rule, zh: String, en: String) {
        self.rule = rule
        words = Phrase(zh: zh, en: en)
    }

    static func roleMissing(_ roles: [StaffRole]) -> MoneyRefusal {
        MoneyRefusal(
            .roleMissing, zh: "只有这些角色能做：\(roles.map(\.name.zh).joined(separator: "、"))",
            en: "only these may do this: \(roles.map(\.name.en).joined(separator: ", "))")
    }

    static func need(_ roles: [StaffRole], _ staff: StaffActor) throws(MoneyRefusal) {
        guard roles.contains(where: { staff.roles.contains($0.rawValue) }) else { throw roleMissing(roles) }
    }

    /// An engineer deals with what is his: the work order, or one of its visits, or what he has worked on before it went on to
    /// others; everybody else with what he sees.
    ///
    /// - Parameter hasActed: whether he has taken an action of the work order's process.
    /// - Throws: ``MoneyRefusal``: `not-owner`.
    public static func checkOwn(
        _ state: ProcessState, _ staff: StaffActor, hasActed: Bool
    ) throws(MoneyRefusal) {
        guard !hasActed, staff.roles.isSubset(of: [StaffRole.engineer.rawValue]) else { return }
        let holders = ([state.work] + state.visits).compactMap(\.holder)
        guard holders.contains(where: { staff.isHolder($0) }) else {
            throw MoneyRefusal(.notHis, zh: "这张单不是您的", en: "this job is not yours")
        }
    }

    /// - Returns: the reason without spaces around it.
    static func need(_ reason: String?) throws(MoneyRefusal) -> String {
        guard let reason = reason?.trimmingWhitespace, !reason.isEmpty else {
            throw MoneyRefusal(.reasonMissing, zh: "必须写明原因", en: "a reason must be given")
        }
        return reason
    }
}
