public import Kernel

/// What an action, a timer or an arrival causes, as the definition says it.
public enum ProcessEffect: Hashable, Sendable {
    /// Opens the next visit. What is carried is copied into the field of the same name: from the work order, or, where
    /// it is written `last.FIELD`, from the visit before; what stands there goes before what stands in the work order.
    case openVisit(carry: [Reference], own: VisitOwner?, at: Position)
    /// Puts the document before those who may take it.
    case offer(OfferTo)
    /// With words of the definition's own, which the customer reads in place of the step's.
    case notify([Recipient], occasion: String, text: Phrase?, at: Position)
    /// Takes an action of the work order in the name of the visit, if it can be taken there.
    case work(Reference)
    /// Takes an action of the latest open visit in the name of the work order, if it can be taken there.
    case visit(Reference)
    case set(Reference, Assigned)
    case errand(ErrandOrder)
    /// Starts tracking at a vendor: fields with the vendor's name and his number for the case.
    case handOver(vendor: Reference, reference: Reference?)
    /// The vendor was asked how it stands.
    case trackVendor
    case takeBack

    /// Who has a visit that was just opened; nobody in particular, when the definition says nothing.
    public enum VisitOwner: String, Hashable, Sendable, CaseIterable {
        /// Whom the command names.
        case named
        /// Who had the visit before, in his department; nobody when there was none.
        case keep
    }

    public enum OfferTo: String, Hashable, Sendable, Codable, CaseIterable {
        /// Everybody of the step's role.
        case pool
        /// Whom the command names.
        case named
        /// The owner again.
        case owner
    }

    public enum Assigned: Hashable, Sendable {
        case value(FieldValue)
        case actionTime
        /// Who took it.
        case actor
        case empty
    }
}

public enum Recipient: Hashable, Sendable, Codable, CustomStringConvertible {
    case customer
    case owner
    /// Who had it before this action.
    case previousOwner
    case responsible
    /// Those who were put on copy.
    case copied
    case role(String)

    /// As policies name them; what is none of ours is a role.
    init(policy name: String) {
        let known: [Recipient] = [.customer, .owner, .previousOwner, .responsible, .copied]
        self = known.first { $0.description == name } ?? .role(name)
    }

    public var description: String {
        switch self {
        case .customer: "customer"
        case .owner: "owner"
        case .previousOwner: "previous-owner"
        case .responsible: "responsible"
        case .copied: "copied"
        case .role(let role): role
        }
    }
}

/// Work for another part of the suite.
public struct ErrandOrder: Hashable, Sendable {
    public let kind: ErrandKind
    /// Which of its kind, such as the kind of call-back; the meaning is the receiver's.
    public let code: String?
    public let role: Reference?
    public let within: Limit?
    /// Fields whose values go with it.
    public let carry: [Reference]
    public let at: Position
}

public enum ErrandKind: String, Hashable, Sendable, Codable, CaseIterable {
    case callBack = "call-back"
    case parts
    case urgentParts = "urgent-parts"
    case shipment
    case payment
    case settlement
    /// A proposal for the knowledge base.
    case article
    case archive
    /// An entry in a register, such as that of complaints.
    case register
    /// A task with an owner and a time, such as "tell the vendor".
    case task
    case print
    /// A question to the price list and the stock.
    case stockQuery = "stock-query"
}
