import Contracts
import DispatcherDomain
import Foundation
import Kernel
import ServiceKit

/// A definition as somebody sends it.
struct DefinitionTextJSON: Decodable, Sendable {
    let text: String

    /// - Throws: a 422 problem for a text that cannot be kept.
    func checked() throws -> String {
        guard !text.isUnfitForText else {
            throw Problem.invalid([FieldFault(field: "/text", code: "malformed", message: "It holds a NUL character.")])
        }
        guard text.utf8.count <= DefinitionText.longest else {
            throw Problem.invalid([
                FieldFault(
                    field: "/text", code: "tooLong",
                    message: "More than \(DefinitionText.longest / 1024) KB of UTF-8.")
            ])
        }
        return text
    }
}

struct MoveJSON: Decodable, Sendable {
    let to: Int
}

/// One version in the list.
struct StoredProcessJSON: Encodable, Sendable {
    let code: String
    let version: Int
    let title: Phrase
    let isShipped: Bool
    /// New work may begin with it.
    let isInForce: Bool
    /// Who put it in force; nil: the program.
    let by: String?
    let putInForceAt: Date?
    /// Work orders that run by it.
    let running: Int
    /// Kinds of ticket that it serves and that intake does not take.
    let kindsNotTaken: [String]

    init(_ process: StoredProcess) {
        code = process.code
        version = process.version
        title = process.title
        isShipped = process.isShipped
        isInForce = process.isInForce
        by = process.by
        putInForceAt = process.putInForceAt
        running = process.running
        kindsNotTaken = process.kindsNotTaken
    }
}

struct DefinitionJSON: Encodable, Sendable {
    let code: String
    let version: Int
    let title: Phrase
    let departments: [String]
    let kinds: [String]
    let text: String
}

/// What was read, and what is wrong or odd about it.
struct ReadDefinitionJSON: Encodable, Sendable {
    let isUsable: Bool
    let code: String?
    let version: Int?
    let title: Phrase?
    let faults: [FaultJSON]

    struct FaultJSON: Encodable, Sendable {
        let code: String
        let severity: DefinitionFault.Severity
        let line: Int
        let column: Int
        let words: Phrase
    }

    init(_ read: ReadDefinition) {
        isUsable = true
        code = read.definition.code
        version = read.definition.version
        title = read.definition.title
        faults = read.warnings.map(FaultJSON.init)
    }

    init(faults: [DefinitionFault]) {
        isUsable = false
        code = nil
        version = nil
        title = nil
        self.faults = faults.map(FaultJSON.init)
    }
}

extension ReadDefinitionJSON.FaultJSON {
    init(_ fault: DefinitionFault) {
        self.init(
            code: fault.code, severity: fault.severity, line: fault.at.line, column: fault.at.column,
            words: fault.words)
    }
}

struct SimulationJSON: Encodable, Sendable {
    let lines: [LineJSON]
    /// `closed`, `rests` or `goesOn`.
    let end: String
    /// The step in which it rests, or how it ended.
    let at: String?

    struct LineJSON: Encodable, Sendable {
        /// Seconds after the opening, on a Monday morning.
        let after: Int
        let words: Phrase
    }

    init(_ run: Simulation) {
        let start = run.lines.first?.at ?? Date.distantPast
        lines = run.lines.map { LineJSON(after: Int($0.at.timeIntervalSince(start)), words: $0.words) }
        switch run.end {
        case .closed(let outcome): (end, at) = ("closed", outcome.rawValue)
        case .rests(let step): (end, at) = ("rests", step)
        case .goesOn: (end, at) = ("goesOn", nil)
        }
    }
}

struct MovePlanJSON: Encodable, Sendable {
    let lines: [LineJSON]
    /// How many were moved; nil for a plan that was only looked at.
    let moved: Int?

    struct LineJSON: Encodable, Sendable {
        let number: String
        let from: String
        let to: String?
        let canMove: Bool
        let obstacles: [Phrase]
        /// Fields that the new step reads and that nobody can fill there.
        let unfilled: [String]
        /// Fields whose present value the new version does not know: another type, a choice that is gone.
        let unfit: [String]
    }

    init(_ plan: MovePlan, moved: Int?) {
        lines = plan.lines.map { line in
            LineJSON(
                number: line.number, from: line.from, to: line.to, canMove: line.canMove,
                obstacles: line.obstacles, unfilled: line.unfilled.map(\.code),
                unfit: line.unfit.map(\.code))
        }
        self.moved = moved
    }
}
