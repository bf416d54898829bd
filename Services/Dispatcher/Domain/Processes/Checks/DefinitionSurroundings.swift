import Kernel

extension ReadDefinition {
    /// With what is odd about it where it shall run: another process in force that serves the same tickets, roles of its
    /// own that nobody has, kinds of ticket that are never opened.
    ///
    /// - Parameters:
    ///   - others: the definitions in force.
    ///   - members: the roles of processes that somebody has.
    ///   - taken: kinds of which intake opens tickets; nil: not known.
    public func beside(
        _ others: [ProcessDefinition], rolesWithMembers members: Set<String>, kindsTaken taken: [String]? = nil
    ) -> ReadDefinition {
        let top = Position(line: 1, column: 1)
        var found = warnings
        for other in others where other.code != definition.code && other.servesTheSame(as: definition) {
            let first = min(other.code, definition.code)
            found.append(
                DefinitionFault(
                    "serves.same", .warning, at: top, zh: "流程“\(other.code)”的 serves 相同：工单都归“\(first)”，编码在前的优先",
                    en:
                        "the process \"\(other.code)\" serves the same tickets: \"\(first)\" gets them, the first by code"
                ))
        }
        for role in definition.roles.keys.sorted() where !members.contains(role) {
            found.append(
                DefinitionFault(
                    "role.no-members", .warning, at: definition.rolesAt[role] ?? top,
                    zh: "角色“\(role)”还没有人：用 PUT work-roles/\(role) 指定",
                    en: "nobody has the role \"\(role)\" yet: name its members by PUT work-roles/\(role)"))
        }
        for kind in definition.kindsServed where taken?.contains(kind.code) == false {
            let known = (taken ?? []).joined(separator: ", ")
            found.append(
                DefinitionFault(
                    "kind.not-taken", .warning, at: kind.at,
                    zh: "不会有“\(kind.code)”类的工单：受理只接受 \(known)；在设置 tickets.kinds（intake 和 dispatcher）里加上 \(kind.code)",
                    en: "there will be no ticket of the kind \"\(kind.code)\": intake takes \(known); "
                        + "add \(kind.code) to the setting tickets.kinds (of intake and dispatcher)"))
        }
        return ReadDefinition(definition: definition, warnings: found)
    }
}

extension ProcessDefinition {
    fileprivate func servesTheSame(as other: ProcessDefinition) -> Bool {
        Set(kinds) == Set(other.kinds) && Set(departments) == Set(other.departments)
            && serves?.text == other.serves?.text
    }
}
