import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// Values that the tests of the rules start from.
enum Sample {
    static let now = Date(timeIntervalSince1970: 1_800_000_000)
    static let accepted = now - 3600
    static let engineer = actor("11111111-1111-1111-1111-111111111111", "王工", ["engineer"])
    static let otherEngineer = actor("22222222-2222-2222-2222-222222222222", "李工", ["engineer"])
    static let desk = actor("33333333-3333-3333-3333-333333333333", "赵敏", ["desk"])
    static let manager = actor("44444444-4444-4444-4444-444444444444", "陈经理", ["manager"])
    /// The engineer, when he may do everything.
    static let allRoles = StaffMember(
        person: engineer.person, roles: Set(StaffRole.allCases.map(\.rawValue)), departments: ["service", "shanghai"])

    static let customer = CustomerCard(
        id: ID(uuid("55555555-5555-5555-5555-555555555555")), name: "大华商贸", contact: nil, phone: "+8613800138000",
        email: nil, weChatOpenID: nil, language: Open(.chinese))

    static func order(_ state: WorkState, owner: Person? = nil) -> WorkOrderRecord {
        let version = Int64(WorkState.allCases.firstIndex(of: state) ?? 0) + 1
        return WorkOrderRecord(
            id: ID(uuid("66666666-6666-6666-6666-666666666666")), ticket: ticket(department: "shanghai").ticket,
            ticketNumber: "T1000001", subject: "空调不制冷", department: "shanghai", customer: customer, address: "人民路1号",
            openedAt: accepted - 60, state: state, version: version, owner: owner,
            acceptedAt: owner == nil ? nil : accepted, changedAt: accepted)
    }

    static func ticket(department: String) -> TicketCreated {
        TicketCreated(
            ticket: ID(uuid("77777777-7777-7777-7777-777777777777")), number: "T1000001", channel: Open(.web),
            kind: Open(.repair), urgency: Open(.normal), subject: "空调不制冷", description: "从昨天起", department: department,
            customer: customer, address: "人民路1号", productSerial: nil, createdAt: accepted - 60)
    }

    private static func actor(_ id: String, _ name: String, _ roles: Set<String>) -> StaffMember {
        StaffMember(person: Person(id: ID(uuid(id)), name: name), roles: roles, departments: ["service", "shanghai"])
    }

    private static func uuid(_ text: String) -> UUID {
        guard let id = UUID(uuidString: text) else { preconditionFailure("not a UUID: \(text)") }
        return id
    }
}
