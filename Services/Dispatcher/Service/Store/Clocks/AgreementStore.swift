import DispatcherDomain
import Foundation
import Postgres

/// Reads and writes table sla_agreement.
struct AgreementStore: Sendable {
    let all: SQL = "select department, customer, calendar, policy, version from dispatch.sla_agreement"

    /// What the caller may see, by department.
    func list(limit: Int, in transaction: Transaction) async throws -> [ServiceAgreement] {
        try await transaction.query(
            """
            select department, customer, calendar, policy, version
            from dispatch.sla_agreement
            order by department, customer nulls first
            limit \(limit)
            """
        ).map(Self.agreement)
    }

    func find(_ department: String, _ customer: UUID?, in transaction: Transaction) async throws -> ServiceAgreement? {
        try await transaction.query(
            """
            select department, customer, calendar, policy, version
            from dispatch.sla_agreement
            where department = \(department) and customer is not distinct from \(customer)
            for update
            """
        ).first.map(Self.agreement)
    }

    func keep(_ agreement: ServiceAgreement, in transaction: Transaction) async throws {
        try await transaction.query(
            """
            insert into dispatch.sla_agreement (department, customer, calendar, policy, version)
            values (
              \(agreement.department), \(agreement.customer), \(agreement.calendar), \(agreement.policy),
              \(agreement.version))
            on conflict on constraint sla_agreement_key do update
            set calendar = excluded.calendar,
              policy = excluded.policy,
              version = excluded.version,
              changed_at = now()
            """)
    }

    static func agreement(_ row: Row) throws -> ServiceAgreement {
        let (department, customer, calendar, policy, version) = try row.decode(
            String.self, UUID?.self, String?.self, String?.self, Int64.self)
        return ServiceAgreement(
            department: department, customer: customer, calendar: calendar, policy: policy, version: version)
    }
}
