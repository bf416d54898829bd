/// A request as an adapter publishes it to `paidan.inbound`, and as `POST /api/intake/v1/tickets` takes it.
///
/// Every field is optional here: what is missing or wrong is told by field, all at once, not by a decoder's first stumble.
public struct InboundRequest: Message {
    public static let types = [MessageType("inbound.request")]

    public var subject: String?
    public var description: String?
    /// `question`, `requirement`, `complaint`, `repair`; `question` when absent.
    public var kind: String?
    /// `low`, `normal`, `high`, `critical`; `normal` when absent.
    public var urgency: String?
    /// Code of the department that shall handle it; the channel's default when absent.
    public var department: String?
    public var customer: Sender?
    public var address: String?
    public var productSerial: String?
    /// Who sent it, where a process makes a difference (S0.35): `station`; a code of at most 40 characters.
    public var source: String?
    /// What the caller pressed in the voice menu (S1.13): 1 to 8 of the digits, `*` and `#`.
    public var key: String?
    /// The kind of service that was chosen (S2.5): `sales`, `warranty`; a code of at most 40 characters.
    public var topic: String?

    /// Who asks. Known customers are found by id, telephone, mail address or openid, in this order.
    public struct Sender: Codable, Hashable, Sendable {
        public var id: String?
        public var name: String?
        public var contact: String?
        public var phone: String?
        public var email: String?
        public var weChatOpenID: String?
        /// `zh` (when absent) or `en`.
        public var language: String?

        public init(
            id: String? = nil, name: String? = nil, contact: String? = nil, phone: String? = nil, email: String? = nil,
            weChatOpenID: String? = nil, language: String? = nil
        ) {
            self.id = id
            self.name = name
            self.contact = contact
            self.phone = phone
            self.email = email
            self.weChatOpenID = weChatOpenID
            self.language = language
        }
    }

    public init(
        subject: String? = nil, description: String? = nil, kind: String? = nil, urgency: String? = nil,
        department: String? = nil, customer: Sender? = nil, address: String? = nil, productSerial: String? = nil,
        source: String? = nil, key: String? = nil, topic: String? = nil
    ) {
        self.subject = subject
        self.description = description
        self.kind = kind
        self.urgency = urgency
        self.department = department
        self.customer = customer
        self.address = address
        self.productSerial = productSerial
        self.source = source
        self.key = key
        self.topic = topic
    }
}
