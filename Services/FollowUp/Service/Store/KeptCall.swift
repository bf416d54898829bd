import Contracts
import Foundation
import Kernel
import Postgres

/// One call, as it is kept.
struct KeptCall: Sendable {
    let attempt: Int
    let outcome: String
    let score: Int?
    let note: String?
    let fields: [String: String]
    let by: Person
    let at: Date

    init(_ row: Row) throws {
        let (attempt, outcome, score, note, fields, by, name, at) = try row.decode(
            Int32.self, String.self, Int16?.self, String?.self, JSON.self, UUID.self, String.self, Date.self)
        self.attempt = Int(attempt)
        self.outcome = outcome
        self.score = score.map { Int($0) }
        self.note = note
        self.fields = try WireJSON.decode([String: String].self, from: fields.bytes)
        self.by = Person(id: ID(by), name: name)
        self.at = at
    }
}
