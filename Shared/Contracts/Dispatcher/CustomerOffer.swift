public import Kernel

/// Something that the customer may ask for as his work stands.
public struct CustomerOffer: Codable, Hashable, Sendable {
    public let wish: Open<CustomerWish>
    /// Code of the action, with `answer` only.
    public let action: String?
    /// Number of the visit that it is about; nil: the work order.
    public let visit: Int?
    public let title: Phrase
    public let needsReason: Bool
    public let fields: [Field]

    /// One field of the action's form.
    public struct Field: Codable, Hashable, Sendable {
        public let code: String
        public let title: Phrase
        /// `text`, `number`, `money`, `flag`, `choice`, `choices`, `date`, `time` or `phone`.
        public let type: String
        public let isRequired: Bool
        /// Empty for a type without choices.
        public let choices: [Choice]
        /// The least that a number may be.
        public let min: Int?
        /// The most that a number may be; the most characters of a text, or entries of a list.
        public let max: Int?

        public init(
            code: String, title: Phrase, type: String, isRequired: Bool, choices: [Choice], min: Int? = nil,
            max: Int? = nil
        ) {
            self.code = code
            self.title = title
            self.type = type
            self.isRequired = isRequired
            self.choices = choices
            self.min = min
            self.max = max
        }
    }

    public struct Choice: Codable, Hashable, Sendable {
        public let code: String
        public let title: Phrase

        public init(code: String, title: Phrase) {
            self.code = code
            self.title = title
        }
    }

    public init(
        wish: Open<CustomerWish>, action: String?, visit: Int?, title: Phrase, needsReason: Bool, fields: [Field]
    ) {
        self.wish = wish
        self.action = action
        self.visit = visit
        self.title = title
        self.needsReason = needsReason
        self.fields = fields
    }
}
