public import Foundation
public import Kernel

/// Which calendar and policy hold for the work of a department and those below it, or there for one customer.
public struct ServiceAgreement: Hashable, Sendable {
    public let department: String
    /// Intake's id; nil for everybody.
    public let customer: UUID?
    /// Keys; nil as for the department above, at the top office hours and no policy but that of the processes.
    public let calendar: String?
    public let policy: String?
    /// 1 when made, one more with every change.
    public let version: Int64

    public init(department: String, customer: UUID?, calendar: String?, policy: String?, version: Int64) {
        self.department = department
        self.customer = customer
        self.calendar = calendar
        self.policy = policy
        self.version = version
    }
}

/// Why something was not done to calendars, policies and agreements. Nothing was changed.
public enum ServiceLevelRefusal: Error, Hashable, Sendable {
    case unknownCalendar(String)
    case unknownPolicy(String)
    /// Keys that mean something else in policies.
    case reservedKey(String)
    case tooManyCalendars(limit: Int)

    /// One word for programs; it never changes.
    public var code: String {
        switch self {
        case .unknownCalendar: "unknown-calendar"
        case .unknownPolicy: "unknown-policy"
        case .reservedKey: "reserved-key"
        case .tooManyCalendars: "too-many-calendars"
        }
    }

    public var words: Phrase {
        switch self {
        case .unknownCalendar(let key): Phrase(zh: "没有日历“\(key)”。", en: "There is no calendar '\(key)'.")
        case .unknownPolicy(let key): Phrase(zh: "没有服务政策“\(key)”。", en: "There is no policy '\(key)'.")
        case .reservedKey(let key):
            Phrase(zh: "“\(key)”在政策中另有含义，请换一个代码。", en: "'\(key)' means something else in policies; choose another key.")
        case .tooManyCalendars(let limit):
            Phrase(zh: "最多 \(limit) 个。", en: "There are \(limit) already, which is the limit.")
        }
    }
}
