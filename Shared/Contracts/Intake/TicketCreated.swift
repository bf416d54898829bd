public import Foundation
public import Kernel

/// A request was accepted by intake and became a ticket.
public struct TicketCreated: Event {
    public static let types = [MessageType("ticket.created")]

    public let ticket: ID<Ticket>
    /// What people say on the phone: `T1000001`.
    public let number: String
    /// `web`, `phone`, `mail`, `fax`, `wechat`, or another adapter's word.
    public let channel: Open<Channel>
    public let kind: Open<TicketKind>
    public let urgency: Open<Urgency>
    public let subject: String
    public let description: String
    /// The department that shall handle it, by its code.
    public let department: String
    public let customer: CustomerCard
    public let address: String?
    /// Serial number of the machine it is about.
    public let productSerial: String?
    /// Of that machine, where intake knows the serial number.
    public let productModel: String?
    /// Of that machine, on the day that the ticket came; nil where intake does not know the serial number.
    public let isUnderWarranty: Bool?
    /// Of the customer's contract in force: a word of the company's own, such as `gold`; nil without one.
    public let serviceLevel: String?
    /// Who sent it, where a process makes a difference: `station`.
    public let source: String?
    /// What the caller pressed in the voice menu (S1.13).
    public let key: String?
    /// The kind of service that was chosen (S2.5): `sales`, `warranty`.
    public let topic: String?
    /// When intake accepted it, not when the customer typed it.
    public let createdAt: Date

    public enum Channel: String, Sendable, CaseIterable {
        case web, phone, mail, fax, wechat
    }

    public init(
        ticket: ID<Ticket>, number: String, channel: Open<Channel>, kind: Open<TicketKind>, urgency: Open<Urgency>,
        subject: String, description: String, department: String, customer: CustomerCard, address: String?,
        productSerial: String?, productModel: String? = nil, isUnderWarranty: Bool? = nil, serviceLevel: String? = nil,
        source: String? = nil, key: String? = nil, topic: String? = nil, createdAt: Date
    ) {
        self.ticket = ticket
        self.number = number
        self.channel = channel
        self.kind = kind
        self.urgency = urgency
        self.subject = subject
        self.description = description
        self.department = department
        self.customer = customer
        self.address = address
        self.productSerial = productSerial
        self.productModel = productModel
        self.isUnderWarranty = isUnderWarranty
        self.serviceLevel = serviceLevel
        self.source = source
        self.key = key
        self.topic = topic
        self.createdAt = createdAt
    }
}

/// What the customer wants (S0.4; repair from S1.21).
public enum TicketKind: String, Sendable, CaseIterable {
    case question, requirement, complaint, repair
}

/// How much it hurts; with the customer's level it decides the service level (S0.12).
public enum Urgency: String, Sendable, CaseIterable {
    case low, normal, high, critical
}
