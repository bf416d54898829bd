import Contracts
public import Kernel

/// What a telephone has done without knowing the answers, in order: what was built on a command that was not done is not
/// done either.
///
/// A command that failed on the work order itself blocks all of that work order; one that failed on a visit blocks that
/// visit and the work order itself, not its other visits, and no other work order. Once the telephone has been answered
/// all that it had to say, what it says next was said in the knowledge of that, and nothing blocks it.
public struct PhoneBacklog: Sendable {
    private var failed: [ID<WorkOrder>: Set<Scope>] = [:]

    public init() {}

    public mutating func fail(_ order: ID<WorkOrder>, _ scope: Scope) { failed[order, default: []].insert(scope) }

    public func blocks(_ order: ID<WorkOrder>, _ scope: Scope) -> Bool {
        guard let scopes = failed[order] else { return false }
        return scope == .work || scopes.contains(.work) || scopes.contains(scope)
    }

    /// Said of a command that is blocked.
    public static let words = Phrase(
        zh: "同一工单之前的操作没有生效，此操作随之不生效。",
        en: "An earlier command on the same work was not done, so this one was not either.")
}

/// Whether it is a command's turn: a telephone's commands are taken in the order of their numbers, from 1, without a gap.
public enum PhoneTurn: Hashable, Sendable {
    case come
    /// Numbers from this one on are missing.
    case waits(for: Int64)
    /// Another command had this number.
    case past

    /// - Parameter answered: the last number that was answered.
    public init(_ sequence: Int64, after answered: Int64) {
        if sequence == answered + 1 {
            self = .come
        } else {
            self = sequence > answered ? .waits(for: answered + 1) : .past
        }
    }
}
