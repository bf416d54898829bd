import Contracts
public import Foundation
public import Kernel

/// What a customer asks for on his ticket, as it was sent.
public struct SentWish: Decodable, Hashable, Sendable {
    /// Last four digits of his telephone, or his mail address.
    public var contact: String?
    /// A ``CustomerWish``.
    public var wish: String?
    public var action: String?
    public var visit: Int?
    /// The reason, where one is wanted, or a note.
    public var note: String?
    public var fields: [String: String]?

    public init(
        contact: String? = nil, wish: String? = nil, action: String? = nil, visit: Int? = nil, note: String? = nil,
        fields: [String: String]? = nil
    ) {
        self.contact = contact
        self.wish = wish
        self.action = action
        self.visit = visit
        self.note = note
        self.fields = fields
    }

    static let longestText = 2000
    static let mostFields = 50

    /// What is wrong whatever the ticket offers.
    public var faults: [FieldFault] {
        var faults: [FieldFault] = []
        func fault(_ field: String, _ code: String, _ message: String) {
            faults.append(FieldFault(field: field, code: code, message: message))
        }
        if contact == nil { fault("/contact", "required", "Four digits of your telephone, or your mail address.") }
        if let wish, CustomerWish(rawValue: wish) == nil {
            fault("/wish", "unknownValue", "One of \(Self.wishes).")
        } else if wish == nil {
            fault("/wish", "required", "One of \(Self.wishes).")
        }
        if wish == CustomerWish.answer.rawValue, action == nil { fault("/action", "required", "Which of the offers.") }
        if (fields ?? [:]).count > Self.mostFields { fault("/fields", "tooLong", "At most \(Self.mostFields) fields.") }
        let texts =
            [("/contact", contact), ("/action", action), ("/note", note)]
            + (fields ?? [:]).sorted { $0.key < $1.key }.prefix(Self.mostFields)
            .map { ("/fields/\(FieldFault.pointer($0.key))", $0.value) }
        for case (let field, let text?) in texts {
            if text.utf8.contains(0) { fault(field, "malformed", "It holds a NUL character.") }
            if text.count > Self.longestText { fault(field, "tooLong", "At most \(Self.longestText) characters.") }
        }
        return faults
    }

    private static var wishes: String { CustomerWish.allCases.map(\.rawValue).joined(separator: ", ") }

    /// The same for two that ask for the same; tells a repeated wish from another one under the same idempotency key.
    public func fingerprint(on ticket: ID<Ticket>) -> UUID {
        var parts: [String?] = [wish, action, visit.map(String.init), note]
        for (code, value) in (fields ?? [:]).sorted(by: { $0.key < $1.key }) { parts += [code, value] }
        let text = parts.map { part in part.map { "\($0.utf8.count):\($0);" } ?? "-;" }.joined()
        return UUID(namespace: ticket.value, name: text)
    }
}
