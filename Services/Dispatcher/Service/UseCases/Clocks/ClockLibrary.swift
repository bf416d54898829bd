import BusinessTime
import DispatcherDomain
import Foundation
import Messaging
import Postgres
import Synchronization

/// The versions of calendars and policies that clocks are folded by. A version never changes, so each is read once.
final class ClockLibrary: Sendable {
    /// A version that a clock stands on is not in the database; clocks cannot be folded without it.
    struct Lost: Error, CustomStringConvertible {
        let gap: SLABook.Gap
        var description: String { "\(gap) is missing; restore the row that was taken out of the database" }
    }

    /// What holds for work that is opened now.
    struct Choice: Sendable {
        let calendar: CalendarRef
        let policy: PolicyRef?
        let newest: [CalendarRef]
    }

    /// Always there, and counted by where nothing was agreed.
    static let ordinaryCalendar = "office"

    private struct Shelf: Sendable {
        var book = SLABook(policies: [], calendars: [])
        /// Limits of processes that are known to be in the database.
        var committed: Set<PolicyRef> = []
        var agreements: Agreements?
    }

    /// All agreements, as they were a moment ago.
    private struct Agreements: Sendable {
        let readAt: ContinuousClock.Instant
        let tree: DepartmentTree
        let byPlace: [Place: ServiceAgreement]
        let calendars: [CalendarRef]
        let policies: [PolicyRef]

        struct Place: Hashable {
            let department: String
            let customer: UUID?
        }
    }

    /// What was agreed holds for work that is opened so much later, so that not every work order asks anew.
    static let patience = Duration.seconds(1)

    private let shelf = Mutex(Shelf())
    private let calendarStore = CalendarStore()
    private let policyStore = PolicyStore()
    private let agreementStore = AgreementStore()

    /// Runs `body`, again after each version that it missed was fetched.
    ///
    /// - Throws: ``Lost``.
    func using<Result>(
        in transaction: Transaction, _ body: (SLABook) throws(SLABook.Gap) -> Result
    ) async throws -> Result {
        while true {
            do throws(SLABook.Gap) {
                return try body(shelf.withLock(\.book))
            } catch {
                try await fetch(error, in: transaction)
            }
        }
    }

    func calendar(_ ref: CalendarRef, in transaction: Transaction) async throws -> WorkingTime {
        try await using(in: transaction) { book throws(SLABook.Gap) in try book.calendar(ref) }
    }

    func policy(_ ref: PolicyRef, in transaction: Transaction) async throws -> SLAPolicy {
        try await using(in: transaction) { book throws(SLABook.Gap) in try book.policy(ref) }
    }

    /// Keeps the limits of a process definition, so that its clocks can be folded whatever becomes of the definition.
    func take(_ limits: SLAPolicy, in transaction: Transaction) async throws -> PolicyRef {
        let ref = limits.ref
        if shelf.withLock({ $0.committed.contains(ref) }) { return ref }
        try await transaction.query(try policyStore.keep(limits))
        shelf.withLock { $0.book.add(limits) }
        transaction.afterCommit { self.shelf.withLock { _ = $0.committed.insert(ref) } }
        return ref
    }

    /// Calendar and policy by the agreements of the department and those above it, those with the customer first. It is
    /// the service's own work: members do not see the agreements of departments above.
    func choice(of department: String, _ customer: UUID?, in transaction: Transaction) async throws -> Choice {
        let known = try await agreements(in: transaction)
        let path = known.tree.path(from: department)
        let places =
            (customer.map { customer in path.map { Agreements.Place(department: $0, customer: customer) } } ?? [])
            + path.map { Agreements.Place(department: $0, customer: nil) }
        let holding = places.compactMap { known.byPlace[$0] }
        let calendar = holding.lazy.compactMap(\.calendar).first ?? Self.ordinaryCalendar
        let policy = holding.lazy.compactMap(\.policy).first
        return Choice(
            calendar: known.calendars.first { $0.key == calendar } ?? CalendarRef(key: calendar, version: 1),
            policy: policy.flatMap { key in known.policies.first { $0.key == key } }, newest: known.calendars)
    }

    /// The hours by which the work of a department counts, in the newest version.
    func hours(of department: String, _ customer: UUID?, in transaction: Transaction) async throws -> WorkingTime {
        try await calendar(try await choice(of: department, customer, in: transaction).calendar, in: transaction)
    }

    private func agreements(in transaction: Transaction) async throws -> Agreements {
        let now = ContinuousClock.now
        if let known = shelf.withLock(\.agreements), now - known.readAt < Self.patience { return known }
        let results = try await transaction.pipeline([
            agreementStore.all, DepartmentStore.parents, calendarStore.newest, policyStore.newest,
        ])
        let (calendars, policies) = try Self.newest(results[2], results[3])
        let agreed = try results[0].map(AgreementStore.agreement)
        let read = Agreements(
            readAt: now, tree: try DepartmentStore.tree(results[1]),
            byPlace: Dictionary(
                agreed.map { (Agreements.Place(department: $0.department, customer: $0.customer), $0) }
            ) { first, _ in first }, calendars: calendars, policies: policies)
        shelf.withLock { $0.agreements = read }
        return read
    }

    func newest(
        in transaction: Transaction
    ) async throws -> (calendars: [CalendarRef], policies: [PolicyRef]) {
        let results = try await transaction.pipeline([calendarStore.newest, policyStore.newest])
        return try Self.newest(results[0], results[1])
    }

    private static func newest(
        _ calendars: QueryResult, _ policies: QueryResult
    ) throws -> (calendars: [CalendarRef], policies: [PolicyRef]) {
        (
            try calendars.map { CalendarRef(key: try $0.value("key"), version: try $0.value("version")) },
            try policies.map { PolicyRef(key: try $0.value("key"), version: try $0.value("version")) }
        )
    }

    /// The calendars that a policy names, and the department's own, in their newest versions.
    func calendars(
        of policy: PolicyRef?, and own: String?, among newest: [CalendarRef], in transaction: Transaction
    ) async throws -> [CalendarRef] {
        var keys = Set([own].compactMap { $0 })
        if let policy { keys.formUnion(try await self.policy(policy, in: transaction).calendarKeys) }
        return newest.filter { keys.contains($0.key) }
    }

    private func fetch(_ gap: SLABook.Gap, in transaction: Transaction) async throws {
        switch gap {
        case .policy(let ref):
            guard let policy = try await policyStore.version(ref, in: transaction) else { throw Lost(gap: gap) }
            shelf.withLock { $0.book.add(policy) }
        case .calendar(let ref):
            guard let calendar = try await calendarStore.version(ref, in: transaction) else { throw Lost(gap: gap) }
            let time = try WorkingTime(calendar)
            shelf.withLock { $0.book.add(time) }
        case .calendarKey: throw Lost(gap: gap)
        }
    }
}
