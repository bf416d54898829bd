public import Foundation

/// A department was made, changed, moved or closed; as it is now. The aggregate's id is made from the code.
public struct DepartmentChanged: Event {
    public static let types = [MessageType("department.changed")]

    public let code: String
    public let chineseName: String
    public let englishName: String
    /// Code of the department above; nil at the top.
    public let parent: String?
    /// `department`, `station` or `agent`.
    public let kind: String
    /// IANA name; nil: as the department above has it.
    public let timeZone: String?
    public let isActive: Bool
    public let at: Date

    public init(
        code: String, chineseName: String, englishName: String, parent: String?, kind: String, timeZone: String?,
        isActive: Bool, at: Date
    ) {
        self.code = code
        self.chineseName = chineseName
        self.englishName = englishName
        self.parent = parent
        self.kind = kind
        self.timeZone = timeZone
        self.isActive = isActive
        self.at = at
    }
}
