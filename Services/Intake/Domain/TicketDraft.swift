public import Contracts
public import Kernel

/// What a caller asked for, read field by field. A field that cannot be taken is nil (or its default) here and named in
/// ``faults``; a draft without faults is ready for ``OpenTicket``.
public struct TicketDraft: Hashable, Sendable {
    public let subject: String
    public let description: String
    public let kind: Open<TicketKind>
    public let urgency: Urgency
    /// Code of the department; nil leaves it to the channel.
    public let department: String?
    public let sender: Sender
    public let address: String?
    public let productSerial: String?
    public let source: String?
    public let key: String?
    public let topic: String?
    /// Every field that is wrong by itself. Whether the customer's name may be missing is not known yet.
    public let faults: [FieldFault]

    /// Who asks, as far as it could be read.
    public struct Sender: Hashable, Sendable {
        public let id: ID<Customer>?
        public let name: String?
        public let contact: String?
        public let phone: PhoneNumber?
        public let email: EmailAddress?
        public let weChatOpenID: String?
        public let language: Language?

        /// Something to look the customer up by.
        public var canBeKnown: Bool { id != nil || phone != nil || email != nil || weChatOpenID != nil }
    }

    /// A draft that will be refused, but for which the customers must be searched before every fault can be named.
    public var needsSearchForFaults: Bool {
        !faults.isEmpty && (sender.id != nil || (sender.name == nil && sender.canBeKnown))
    }

    /// - Parameters:
    ///   - unread: faults of fields that could not even be read, and are nil in `request`.
    ///   - kinds: those that are taken.
    public init(
        _ request: InboundRequest, unread: [FieldFault] = [], kinds: [String] = TicketKind.allCases.map(\.rawValue)
    ) {
        var fields = FieldReader()
        subject = fields.line(request.subject, at: "/subject", upTo: 200, isRequired: true) ?? ""
        description = fields.text(request.description, at: "/description", upTo: 20_000) ?? ""
        kind = fields.word(request.kind, at: "/kind", among: kinds).map(Open.init(rawValue:)) ?? Open(.question)
        urgency = fields.word(request.urgency, at: "/urgency", of: Urgency.self) ?? .normal
        department = fields.department(request.department, at: "/department")
        address = fields.line(request.address, at: "/address", upTo: 500)
        productSerial = fields.line(request.productSerial, at: "/productSerial", upTo: 100)
        source = fields.code(request.source, at: "/source")
        key = fields.pressed(request.key, at: "/key")
        topic = fields.code(request.topic, at: "/topic")
        sender = Sender(request.customer, &fields)
        // Nobody is told that a field is missing which he has sent.
        let sent = Set(unread.map(\.field))
        let isWayUnread = sent.contains { $0.hasPrefix("/customer/") }
        faults = unread + fields.faults.filter { !sent.contains($0.field) && !(isWayUnread && $0.field == "/customer") }
    }
}

extension TicketDraft.Sender {
    init(_ sender: InboundRequest.Sender?, _ fields: inout FieldReader) {
        let sender = sender ?? InboundRequest.Sender()
        self.init(
            id: fields.id(sender.id, at: "/customer/id"),
            name: fields.line(sender.name, at: "/customer/name", upTo: 100),
            contact: fields.line(sender.contact, at: "/customer/contact", upTo: 100),
            phone: fields.phone(sender.phone, at: "/customer/phone"),
            email: fields.email(sender.email, at: "/customer/email"),
            weChatOpenID: fields.openID(sender.weChatOpenID, at: "/customer/weChatOpenID"),
            language: fields.word(sender.language, at: "/customer/language", of: Language.self))
        let ways = [sender.id, sender.phone, sender.email, sender.weChatOpenID]
        if ways.allSatisfy({ $0 == nil }) {
            fields.add(
                "/customer", "required",
                "Give at least one way to reach the customer: phone, email, weChatOpenID, or the id of a known customer."
            )
        }
    }
}
