import Kernel

extension ReadDefinition {
    /// With what is odd about it where it shall run: another process in force that serves the same tickets, roles of its
    /// own that nobody has.
    ///
    /// - Parameters:
    ///   - others: the definitions in force.
    ///   - members: the roles of processes that somebody has.
    public func beside(_ others: [ProcessDefinition], rolesWithMembers members: Set<String>) -> ReadDefinition {
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
                    "role.no-members", .warning, at: top, zh: "角色“\(role)”还没有人：用 PUT work-roles/\(role) 指定",
                    en: "nobody has the role \"\(role)\" yet: name its members by PUT work-roles/\(role)"))
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
