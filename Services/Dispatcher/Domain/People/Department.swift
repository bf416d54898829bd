public import Foundation
public import Kernel

/// A department, a station of one's own, or an agent (S0.32): whoever belongs to it sees its records and those below it.
public struct Department: Hashable, Sendable {
    public enum Kind: String, Sendable, CaseIterable {
        case department
        /// A service station of the company (S0.21).
        case station
        /// A contracted station or dealer, with whom there is a settlement (S0.33).
        case agent
    }

    public let code: String
    public var name: Phrase
    public var parent: String?
    public var kind: Kind
    /// IANA name; nil: as the department above has it, at the top ``defaultTimeZone``.
    public var timeZone: String?
    public var phone: String?
    public var address: String?
    public var isActive: Bool
    /// 1 when made, one more with every change: the `aggregateVersion` of its events.
    public var version: Int64

    public static let defaultTimeZone = "Asia/Shanghai"

    public init(
        code: String, name: Phrase, parent: String?, kind: Kind, timeZone: String?, phone: String?, address: String?,
        isActive: Bool, version: Int64
    ) {
        self.code = code
        self.name = name
        self.parent = parent
        self.kind = kind
        self.timeZone = timeZone
        self.phone = phone
        self.address = address
        self.isActive = isActive
        self.version = version
    }

    /// The zone of a department or of the nearest above that has one.
    public static func timeZone(of code: String, among all: [Department]) -> String {
        let byCode = Dictionary(all.map { ($0.code, $0) }) { first, _ in first }
        let tree = DepartmentTree(parents: byCode.mapValues(\.parent))
        return tree.path(from: code).lazy.compactMap { byCode[$0]?.timeZone }.first ?? defaultTimeZone
    }

    /// The same for one code for ever: the aggregate of its events.
    public static func id(of code: String) -> UUID { UUID(namespace: namespace, name: code) }

    private static let namespace = UUID(
        uuid: (0x8C, 0x2E, 0x60, 0x11, 0x9B, 0x1A, 0x4D, 0x0C, 0xA0, 0x6D, 0x1F, 0x52, 0x77, 0x3C, 0x0A, 0x94))
}

/// What somebody wants a department to be, as it came in.
public struct DepartmentDraft: Hashable, Sendable {
    public var code: String
    public var chineseName: String?
    public var englishName: String?
    public var parent: String?
    public var kind: String?
    public var timeZone: String?
    public var phone: String?
    public var address: String?
    public var isActive: Bool?

    public init(
        code: String, chineseName: String?, englishName: String?, parent: String?, kind: String?, timeZone: String?,
        phone: String?, address: String?, isActive: Bool?
    ) {
        self.code = code
        self.chineseName = chineseName
        self.englishName = englishName
        self.parent = parent
        self.kind = kind
        self.timeZone = timeZone
        self.phone = phone
        self.address = address
        self.isActive = isActive
    }
}

/// The rules by which departments are made, moved and closed.
public enum DepartmentAdministration {
    /// What a change must know of the rest.
    public struct Surroundings: Sendable {
        /// Every department there is, closed ones too.
        public let tree: DepartmentTree
        public let closed: Set<String>
        /// Active staff of this very department.
        public let staff: Int

        public init(tree: DepartmentTree, closed: Set<String>, staff: Int) {
            self.tree = tree
            self.closed = closed
            self.staff = staff
        }
    }

    /// The department after the change, or the new one when `present` is nil.
    ///
    /// - Parameter expectedVersion: what the caller looked at; nil for a new one.
    /// - Throws: `InvalidInput`, ``PeopleRefusal``.
    public static func decide(
        _ draft: DepartmentDraft, present: Department?, expectedVersion: Int64?, around: Surroundings,
        by actor: Authority
    ) throws -> Department {
        guard actor.may(.administer) else { throw PeopleRefusal.roleMissing(PeopleAct.administer.roles) }
        // A top department is made by the operators: it would be outside of everybody's sight.
        if let present {
            try actor.require(.administer, in: present.code)
        } else {
            if draft.parent == nil, !actor.isOperator {
                throw InvalidInput([
                    FieldFault(
                        field: "/parent", code: "required",
                        message:
                            "请写明上级部门；顶级部门只能用命令行建立。 / Name the department it stands below; one at the top is made with "
                            + "the command line only.")
                ])
            }
            let isReached = draft.parent.map(actor.reaches) ?? actor.isOperator
            guard isReached else { throw PeopleRefusal.otherDepartment }
        }
        var reader = DraftReader()
        let code = reader.code(draft.code, "/code")
        let name = Phrase(
            zh: reader.text(draft.chineseName, "/name/zh", limit: 80),
            en: reader.text(draft.englishName, "/name/en", limit: 80))
        let kind = reader.word(draft.kind ?? "department", "/kind", of: Department.Kind.self) ?? .department
        let zone = reader.timeZone(draft.timeZone, "/timeZone")
        let phone = reader.phone(draft.phone, "/phone")
        let address = reader.optional(draft.address, "/address", limit: 200)
        try reader.check()

        if let present, let expectedVersion, expectedVersion != present.version {
            throw PeopleRefusal.stale(version: present.version)
        }
        if present == nil, around.tree.codes.contains(code) { throw PeopleRefusal.codeTaken }
        if let parent = draft.parent, parent != present?.parent {
            guard around.tree.codes.contains(parent) else { throw PeopleRefusal.unknownDepartment(parent) }
            guard actor.reaches(parent) else { throw PeopleRefusal.otherDepartment }
            guard !around.closed.contains(parent) else { throw PeopleRefusal.closedDepartment }
            guard !around.tree.subtree(of: code).contains(parent) else { throw PeopleRefusal.departmentLoop }
        } else if draft.parent == nil, present != nil, present?.parent != nil {
            guard actor.isOperator else { throw PeopleRefusal.otherDepartment }
        }
        guard around.tree.placing(code, below: draft.parent).fitsToken(code) else { throw PeopleRefusal.treeTooLarge }
        let isActive = draft.isActive ?? present?.isActive ?? true
        if !isActive, present?.isActive ?? true {
            let open = around.tree.children(of: code).filter { !around.closed.contains($0) }
            guard around.staff == 0, open.isEmpty else { throw PeopleRefusal.departmentInUse }
        }
        return Department(
            code: code, name: name, parent: draft.parent, kind: kind, timeZone: zone, phone: phone, address: address,
            isActive: isActive, version: (present?.version ?? 0) + 1)
    }
}
