public import Foundation
public import Kernel

/// A step of a process, as everybody may read it.
public struct WorkPlace: Codable, Hashable, Sendable {
    /// Code of the process.
    public let process: String
    public let processVersion: Int
    /// Code of the step.
    public let step: String
    public let title: Phrase
    /// `red`, `yellow`, `green`, `blue`, `orange`, `purple` or `grey`.
    public let colour: String
    /// What the customer reads while it stands here; nil: what he read before.
    public let customer: Phrase?
    /// Number of the visit that stands in the step; nil: the work order itself.
    public let visit: Int?
    /// False: it stood here before, and something else happened.
    public let isEntered: Bool
    /// `done`, `cancelled`, `rejected` or `terminated` where the document has ended here; nil while it goes on.
    public let outcome: String?

    public init(
        process: String, processVersion: Int, step: String, title: Phrase, colour: String, customer: Phrase?,
        visit: Int?, isEntered: Bool, outcome: String? = nil
    ) {
        self.process = process
        self.processVersion = processVersion
        self.step = step
        self.title = title
        self.colour = colour
        self.customer = customer
        self.visit = visit
        self.isEntered = isEntered
        self.outcome = outcome
    }
}

/// Somebody shall be told of something.
public struct WorkNotice: Codable, Hashable, Sendable {
    /// `customer`, `owner`, `previous-owner`, `responsible`, `copied`, or a role.
    public let to: String
    /// Who that is, where the process knows.
    public let person: Person?
    /// Where `to` is the owner and nobody has it yet: the role of those who may take it, `engineer` or, from the second
    /// level on, `engineer:2`.
    public let role: String?
    /// One word of the process, such as `accepted` or `visit-agreed`.
    public let occasion: String
    /// How the step reads for whoever is told.
    public let text: Phrase?
    /// The process's own words for this occasion, which go before `text` and any other; data and never a template.
    public let words: Phrase?
    /// When somebody comes, where it was just agreed or moved.
    public let window: WorkWindow?

    public static let customer = "customer"

    public init(
        to: String, person: Person?, role: String? = nil, occasion: String, text: Phrase?, words: Phrase? = nil,
        window: WorkWindow? = nil
    ) {
        self.to = to
        self.person = person
        self.role = role
        self.occasion = occasion
        self.text = text
        self.words = words
        self.window = window
    }
}

/// The time in which a customer may expect a visit.
public struct WorkWindow: Codable, Hashable, Sendable {
    public let from: Date
    /// Nil: a time was agreed, and no window.
    public let until: Date?

    public init(from: Date, until: Date?) {
        self.from = from
        self.until = until
    }
}

/// A call-back that a process asks for.
public struct CallBackWish: Codable, Hashable, Sendable {
    /// Which kind of call-back; the meaning is the receiver's.
    public let code: String?
    /// As the process says it: `1 working day`.
    public let within: String?
    /// When that span is over, by the calendar of the work; nil: whenever the receiver thinks fit.
    public let dueAt: Date?
    /// The step that waits for the customer's word; nil where nothing does, as after the end of the work.
    public let stay: Stay?
    /// What a content customer's word does there; nil where nothing hangs on it.
    public let passed: Answer?
    /// What it does when he is not content: the work goes back (S0.41).
    public let failed: Answer?

    public init(
        code: String?, within: String?, dueAt: Date? = nil, stay: Stay? = nil, passed: Answer? = nil,
        failed: Answer? = nil
    ) {
        self.code = code
        self.within = within
        self.dueAt = dueAt
        self.stay = stay
        self.passed = passed
        self.failed = failed
    }

    /// One stay of the work order, or of a visit, in a step.
    public struct Stay: Codable, Hashable, Sendable {
        public let step: String
        /// Number of the visit; nil: the work order itself.
        public let visit: Int?
        /// Grows with every step that the document comes to: the same step again is another stay.
        public let entry: Int

        public init(step: String, visit: Int?, entry: Int) {
            self.step = step
            self.visit = visit
            self.entry = entry
        }
    }

    /// An action of the process, with the form that it wants filled in.
    public struct Answer: Codable, Hashable, Sendable {
        public let action: String
        public let title: Phrase
        public let needsReason: Bool
        public let fields: [CustomerOffer.Field]

        public init(action: String, title: Phrase, needsReason: Bool, fields: [CustomerOffer.Field]) {
            self.action = action
            self.title = title
            self.needsReason = needsReason
            self.fields = fields
        }
    }
}
