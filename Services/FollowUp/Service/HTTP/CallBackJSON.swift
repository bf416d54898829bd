import Contracts
import FollowUpDomain
import Kernel
import ServiceKit

/// `{"version": 2, "outcome": "satisfied", "score": 5, "note": "…", "fields": {"rating": "good"}}`.
struct CalledJSON: Decodable, Sendable {
    static let longestText = 2000
    static let mostFields = 50

    let version: Int64?
    let outcome: String?
    let score: Int?
    let note: String?
    let fields: [String: String]?

    /// - Throws: a 422 problem with all that cannot be taken whatever the process asks for.
    func checked(by person: Person) throws -> (said: SaidInCall, version: Int64) {
        var faults: [FieldFault] = []
        func fault(_ field: String, _ code: String, _ message: String) {
            faults.append(FieldFault(field: field, code: code, message: message))
        }
        let known = outcome.flatMap(CallBackOutcome.init(rawValue:))
        if known == nil {
            let words = CallBackOutcome.allCases.map(\.rawValue).joined(separator: ", ")
            fault("/outcome", outcome == nil ? "required" : "unknownValue", "One of \(words).")
        }
        if version == nil { fault("/version", "required", "The version that you looked at.") }
        if let score, !(1...5).contains(score) { fault("/score", "malformed", "1 (worst) to 5.") }
        if (fields ?? [:]).count > Self.mostFields { fault("/fields", "tooLong", "At most \(Self.mostFields) fields.") }
        let texts =
            [("/note", note)]
            + (fields ?? [:]).sorted { $0.key < $1.key }.prefix(Self.mostFields)
            .map { ("/fields/\(FieldFault.pointer($0.key))", $0.value) }
        for case (let field, let text?) in texts {
            if text.utf8.contains(0) { fault(field, "malformed", "It holds a NUL character.") }
            if text.unicodeScalars.count > Self.longestText {
                fault(field, "tooLong", "At most \(Self.longestText) characters.")
            }
        }
        guard let known, let version, faults.isEmpty else { throw Problem.invalid(faults) }
        let words = note?.isEmpty == true ? nil : note
        return (SaidInCall(outcome: known, score: score, note: words, fields: fields ?? [:], by: person), version)
    }
}

struct CallBackListJSON: Encodable, Sendable {
    let items: [CallBackJSON]
}

struct CallBackJSON: Encodable, Sendable {
    let id: String
    let ticket: TicketJSON
    let department: String
    let customer: CustomerCard
    let state: CallBackState
    let dueAt: String
    let doneAt: String
    let plannedAt: String
    let version: Int64
    let attempts: Int
    /// What the process does with the customer's word, and the form that it wants filled in for it.
    let passed: CallBackWish.Answer?
    let failed: CallBackWish.Answer?
    /// Of one call-back only, not in a list.
    let calls: [CallJSON]?

    struct TicketJSON: Encodable, Sendable {
        let id: String
        let number: String
    }

    struct CallJSON: Encodable, Sendable {
        let attempt: Int
        let outcome: String
        let score: Int?
        let note: String?
        let fields: [String: String]
        let by: Person
        let at: String
    }

    init(_ callBack: CallBackRecord, calls: [KeptCall]? = nil) {
        id = callBack.id.description
        ticket = TicketJSON(id: callBack.ticket.description, number: callBack.ticketNumber)
        department = callBack.department
        customer = callBack.customer
        state = callBack.state
        dueAt = WireJSON.text(of: callBack.dueAt)
        doneAt = WireJSON.text(of: callBack.doneAt)
        plannedAt = WireJSON.text(of: callBack.plannedAt)
        version = callBack.version
        attempts = callBack.attempts
        passed = callBack.wish?.passed
        failed = callBack.wish?.failed
        self.calls = calls?.map {
            CallJSON(
                attempt: $0.attempt, outcome: $0.outcome, score: $0.score, note: $0.note, fields: $0.fields, by: $0.by,
                at: WireJSON.text(of: $0.at))
        }
    }
}
