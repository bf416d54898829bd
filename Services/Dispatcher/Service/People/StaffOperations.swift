import DispatcherDomain
public import Foundation
import Kernel
import Messaging
public import Postgres

/// What the operators' tool does to staff and departments, under the same rules and on the same record as the API.
public struct StaffOperations: Sendable {
    /// Why something was not done, in a sentence. Nothing was changed.
    public struct Refused: Error, CustomStringConvertible {
        public let description: String
    }

    /// A member of staff, in a line.
    public struct Member: Encodable, Sendable {
        public let id: String
        public let login: String
        public let name: String
        public let department: String
        public let roles: [String]
        public let level: Int?
        public let isActive: Bool
    }

    /// A department, in a line.
    public struct Place: Encodable, Sendable {
        public let code: String
        public let chineseName: String
        public let englishName: String
        public let parent: String?
        public let kind: String
        public let isActive: Bool
    }

    /// A line of the record.
    public struct Record: Encodable, Sendable {
        public let at: Date
        public let who: String
        public let act: String
        public let subject: String
        public let department: String
        public let reason: String?
        public let details: [String: String]
    }

    /// What is known of somebody who is taken on; nil where a change leaves it as it is.
    public struct Draft: Sendable {
        public var name: String?
        public var department: String?
        public var roles: [String]?
        public var level: Int?
        public var language: String?
        public var phone: String?
        public var email: String?
        public var isActive: Bool?

        public init(
            name: String? = nil, department: String? = nil, roles: [String]? = nil, level: Int? = nil,
            language: String? = nil, phone: String? = nil, email: String? = nil, isActive: Bool? = nil
        ) {
            self.name = name
            self.department = department
            self.roles = roles
            self.level = level
            self.language = language
            self.phone = phone
            self.email = email
            self.isActive = isActive
        }
    }

    /// The words for what somebody may be.
    public static let roles = StaffRole.allCases.map(\.rawValue)

    private let desk: PeopleDesk

    /// - Parameter pool: of the dispatcher's database, as `dispatch_run`.
    public init(_ pool: PostgresPool) {
        desk = PeopleDesk(pool: pool, outbox: Outbox(schema: DispatcherService.schema, relay: nil))
    }

    /// By login.
    public func members() async throws -> [Member] {
        var filter = StaffStore.Filter()
        filter.limit = 100_000
        return try await AdministerStaff(desk: desk).list(filter, below: nil, for: .operators).map(Member.init)
    }

    public func add(_ login: String, _ draft: Draft) async throws -> Member {
        try await telling {
            Member(
                try await AdministerStaff(desk: desk).takeOn(
                    StaffDraft(
                        login: login, name: draft.name, department: draft.department, roles: draft.roles,
                        level: draft.level, language: draft.language, phone: draft.phone, email: draft.email,
                        isActive: nil),
                    for: .operators))
        }
    }

    /// What the draft does not name stays as it is.
    public func change(_ login: String, _ draft: Draft) async throws -> Member {
        let present = try await find(login)
        let roles = draft.roles ?? present.roles.map(\.rawValue)
        return try await telling {
            Member(
                try await AdministerStaff(desk: desk).change(
                    present.id,
                    to: StaffDraft(
                        login: nil, name: draft.name ?? present.name,
                        department: draft.department ?? present.department,
                        roles: roles, level: roles.contains("engineer") ? draft.level ?? present.level : draft.level,
                        language: draft.language ?? present.language.rawValue, phone: draft.phone ?? present.phone,
                        email: draft.email ?? present.email, isActive: draft.isActive),
                    expectedVersion: present.version, for: .operators))
        }
    }

    /// - Returns: how many were open.
    public func endSessions(of login: String) async throws -> Int {
        let present = try await find(login)
        return try await telling { try await AdministerStaff(desk: desk).endSessions(of: present.id, for: .operators) }
    }

    /// By code.
    public func departments() async throws -> [Place] {
        try await AdministerDepartments(desk: desk).list(for: .operators).map(Place.init)
    }

    public func addDepartment(
        _ code: String, chineseName: String, englishName: String, parent: String?, kind: String
    ) async throws -> Place {
        try await telling {
            Place(
                try await AdministerDepartments(desk: desk).make(
                    DepartmentDraft(
                        code: code, chineseName: chineseName, englishName: englishName, parent: parent, kind: kind,
                        timeZone: nil, phone: nil, address: nil, isActive: nil),
                    for: .operators))
        }
    }

    /// The newest first.
    public func audit(limit: Int) async throws -> [Record] {
        var filter = AuditStore.Filter()
        filter.limit = limit
        return try await ReadAudit(desk: desk)(filter, for: .operators).map { line in
            Record(
                at: line.at, who: line.actorName, act: line.act, subject: line.subject, department: line.department,
                reason: line.reason, details: line.details)
        }
    }

    private func find(_ login: String) async throws -> StaffProfile {
        let found = try await desk.act(for: .operators) { work in
            try await StaffStore().find(login: login.lowercased(), in: work.transaction)
        }
        guard let found else { throw Refused(description: "Nobody has the login \(login).") }
        return found
    }

    private func telling<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch let refusal as PeopleRefusal {
            throw Refused(description: "\(refusal.words.en) \(refusal.words.zh) (\(refusal.code))")
        } catch let input as InvalidInput {
            throw Refused(description: input.faults.map { "\($0.field): \($0.message)" }.joined(separator: "\n"))
        }
    }
}

extension StaffOperations.Member {
    init(_ profile: StaffProfile) {
        self.init(
            id: profile.id.description, login: profile.login, name: profile.name, department: profile.department,
            roles: profile.roles.map(\.rawValue).sorted(), level: profile.level, isActive: profile.isActive)
    }
}

extension StaffOperations.Place {
    init(_ department: Department) {
        self.init(
            code: department.code, chineseName: department.name.zh, englishName: department.name.en,
            parent: department.parent, kind: department.kind.rawValue, isActive: department.isActive)
    }
}
