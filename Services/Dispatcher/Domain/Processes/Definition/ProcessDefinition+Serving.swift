extension ProcessDefinition {
    /// Whether a ticket of this kind, in this department, is this process's.
    public func serves(kind: String, department: String, facts: [String: FieldValue]) -> Bool {
        (kinds.isEmpty || kinds.contains(kind)) && (departments.isEmpty || departments.contains(department))
            && (serves?.holds { facts[$0] } ?? true)
    }

    /// How closely it says what it serves: of two that serve a ticket, the one that names more is meant.
    private var closeness: Int { (kinds.isEmpty ? 0 : 1) + (departments.isEmpty ? 0 : 1) + (serves == nil ? 0 : 1) }

    /// The process of a ticket; of equally close ones the first by code. Nil when none serves it.
    public static func choose(
        among definitions: [ProcessDefinition], kind: String, department: String, facts: [String: FieldValue]
    ) -> ProcessDefinition? {
        definitions.filter { $0.serves(kind: kind, department: department, facts: facts) }
            .min { (-$0.closeness, $0.code) < (-$1.closeness, $1.code) }
    }
}
