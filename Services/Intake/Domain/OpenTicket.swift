public import Contracts
public import Foundation
public import Kernel

/// A customer whom intake already has.
public struct KnownCustomer: Hashable, Sendable {
    public let id: ID<Customer>
    public let name: String
    /// E.164.
    public let phone: String?
    public let email: String?
    public let weChatOpenID: String?
    public let language: Open<Language>
    /// Of the contract in force; nil without one.
    public let serviceLevel: String?

    public init(
        id: ID<Customer>, name: String, phone: String?, email: String?, weChatOpenID: String?,
        language: Open<Language>, serviceLevel: String?
    ) {
        self.id = id
        self.name = name
        self.phone = phone
        self.email = email
        self.weChatOpenID = weChatOpenID
        self.language = language
        self.serviceLevel = serviceLevel
    }
}

/// A machine that intake knows by its serial number.
public struct KnownProduct: Hashable, Sendable {
    public let model: String
    public let isUnderWarranty: Bool

    public init(model: String, isUnderWarranty: Bool) {
        self.model = model
        self.isUnderWarranty = isUnderWarranty
    }
}

/// The rule by which a request becomes a ticket.
public enum OpenTicket {
    /// What the rule cannot know by itself.
    public struct Circumstances: Sendable {
        public let ticket: ID<Ticket>
        public let number: String
        /// The id of the customer, should he be new.
        public let newCustomer: ID<Customer>
        public let channel: Open<TicketCreated.Channel>
        /// Where requests of this channel go when they name no department.
        public let department: String

        public init(
            ticket: ID<Ticket>, number: String, newCustomer: ID<Customer>, channel: Open<TicketCreated.Channel>,
            department: String
        ) {
            self.ticket = ticket
            self.number = number
            self.newCustomer = newCustomer
            self.channel = channel
            self.department = department
        }
    }

    /// Everything that speaks against the draft, once it is known whether the customer is known.
    public static func faults(in draft: TicketDraft, known: KnownCustomer?) -> [FieldFault] {
        var faults = draft.faults
        if known == nil, draft.sender.id != nil {
            faults.append(
                FieldFault(field: "/customer/id", code: "unknownValue", message: "There is no such customer."))
        } else if known == nil, draft.sender.name == nil,
            !faults.contains(where: { ["/customer/id", "/customer/name"].contains($0.field) })
        {
            faults.append(
                FieldFault(
                    field: "/customer/name", code: "required", message: "A customer who is not known yet needs a name.")
            )
        }
        return faults
    }

    /// The ticket that `draft` becomes at `now`.
    ///
    /// What the request says of the customer goes before what is stored, for this ticket only: a stranger who knows a
    /// telephone number must not be able to redirect a customer's later messages.
    ///
    /// - Throws: ``InvalidInput`` with every fault.
    public static func decide(
        _ draft: TicketDraft, known: KnownCustomer?, product: KnownProduct? = nil, _ circumstances: Circumstances,
        now: Date
    ) throws(InvalidInput) -> TicketCreated {
        let faults = faults(in: draft, known: known)
        guard faults.isEmpty else { throw InvalidInput(faults) }
        let sender = draft.sender
        let customer = CustomerCard(
            id: known?.id ?? circumstances.newCustomer,
            name: sender.name ?? known?.name ?? "",
            contact: sender.contact,
            phone: sender.phone?.e164 ?? known?.phone,
            email: sender.email?.text ?? known?.email,
            weChatOpenID: sender.weChatOpenID ?? known?.weChatOpenID,
            language: sender.language.map { Open($0) } ?? known?.language ?? Open(.chinese))
        return TicketCreated(
            ticket: circumstances.ticket, number: circumstances.number, channel: circumstances.channel,
            kind: draft.kind, urgency: Open(draft.urgency), subject: draft.subject,
            description: draft.description,
            department: draft.department ?? circumstances.department, customer: customer, address: draft.address,
            productSerial: draft.productSerial, productModel: product?.model, isUnderWarranty: product?.isUnderWarranty,
            serviceLevel: known?.serviceLevel, source: draft.source, key: draft.key, topic: draft.topic, createdAt: now)
    }
}
