public import Contracts
public import Foundation

/// An event together with its place in the life of its aggregate.
public struct RecordedEvent: Hashable, Sendable {
    public let fact: Fact
    public let aggregate: UUID
    public let version: Int64

    /// What reports are made from.
    public enum Fact: Hashable, Sendable {
        case opened(TicketCreated)
        case asked(CustomerAsked)
        case moved(WorkMoved)
        case reported(DeliveryReported)
        case calledBack(CallBackMoved)
        /// Kept as they came: no view is made from them.
        case staff(StaffChanged)
        case department(DepartmentChanged)
    }

    public init(_ fact: Fact, aggregate: UUID, version: Int64) {
        self.fact = fact
        self.aggregate = aggregate
        self.version = version
    }

    /// - Returns: nil for a type that this version does not know.
    /// - Throws: `DecodingError` when the body is not of its type.
    public init?(type: String, aggregate: UUID, version: Int64, body: [UInt8]) throws {
        let fact: Fact? =
            switch Catalogue.types[type] {
            case is TicketCreated.Type: .opened(try WireJSON.decode(TicketCreated.self, from: body))
            case is CustomerAsked.Type: .asked(try WireJSON.decode(CustomerAsked.self, from: body))
            case is WorkMoved.Type: .moved(try WireJSON.decode(WorkMoved.self, from: body))
            case is DeliveryReported.Type: .reported(try WireJSON.decode(DeliveryReported.self, from: body))
            case is CallBackMoved.Type: .calledBack(try WireJSON.decode(CallBackMoved.self, from: body))
            case is StaffChanged.Type: .staff(try WireJSON.decode(StaffChanged.self, from: body))
            case is DepartmentChanged.Type: .department(try WireJSON.decode(DepartmentChanged.self, from: body))
            default: nil
            }
        guard let fact else { return nil }
        self.init(fact, aggregate: aggregate, version: version)
    }
}
