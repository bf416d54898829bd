import Contracts
import DispatcherDomain
import Foundation
import Kernel

/// A command that a telephone gave at some time, perhaps without a line, and sends now.
struct PhoneCommand: Sendable {
    /// The telephone of a person.
    struct Device: Hashable, Sendable {
        let staff: ID<Staff>
        let id: UUID
    }

    let device: Device
    let id: UUID
    /// From 1, one more with every command of the telephone.
    let sequence: Int64
    let workOrder: ID<WorkOrder>
    let scope: Scope
    /// See ``PhoneDeed/name``.
    let action: String
    /// As the telephone says.
    let at: Date
    /// Seconds that its clock is to be corrected by.
    let correction: TimeInterval
    /// It was built on one that was not done.
    var isBlocked = false
}

/// What a telephone is told of a command; kept, and told the same whenever it asks again.
struct PhoneAnswer: Codable, Sendable {
    enum Result: String, Codable, Sendable {
        /// The work order has taken it.
        case done
        /// It was wrong in itself.
        case refused
        /// The work has gone on meanwhile: `conflict` says how.
        case conflict
        /// It was built on one that was not done.
        case blocked
        /// Nothing was decided yet: it is to be sent again.
        case waiting
    }

    let id: UUID
    let sequence: Int64
    let result: Result
    /// This very answer was given before.
    var repeated: Bool
    let conflict: PhoneConflict?
    /// One word for programs: that of the problem which the same command would have had at once.
    let rule: String?
    let words: Phrase?
    let faults: [FieldFault]?
    /// What stands now.
    let now: PhoneStand?
    let at: Date
    let judgedAt: Date?
    let clamped: JudgedTime.Clamp?

    init(
        _ command: PhoneCommand, _ result: Result, conflict: PhoneConflict? = nil, rule: String? = nil,
        words: Phrase? = nil, faults: [FieldFault] = [], now: PhoneStand? = nil, judged: JudgedTime? = nil
    ) {
        id = command.id
        sequence = command.sequence
        self.result = result
        repeated = false
        self.conflict = conflict
        self.rule = rule
        self.words = words
        self.faults = faults.isEmpty ? nil : faults
        self.now = now
        at = command.at
        judgedAt = judged?.time
        clamped = judged?.clamped
    }

    var again: PhoneAnswer {
        var again = self
        again.repeated = true
        return again
    }
}

/// Where the document of a command stands, for whoever came too late.
struct PhoneStand: Codable, Sendable {
    let workOrder: ID<WorkOrder>
    let revision: Int64
    let state: WorkState
    let visit: Int?
    /// Of the visit, where it is about one.
    let step: String
    let title: Phrase
    /// Who has it, by name; absent: nobody in particular.
    let holder: String?
    let changedAt: Date

    init(_ seen: WorkSeen, _ scope: Scope) {
        let course = seen.order.state
        let place = course[scope] == nil ? Scope.work : scope
        let track = course[place] ?? course.work
        workOrder = seen.order.id
        revision = course.revision
        state = seen.definition.workState(of: course)
        visit = place.visitNumber
        step = track.step
        title = seen.definition.track(place)?.step(track.step)?.title ?? Phrase(zh: track.step, en: track.step)
        holder =
            switch track.holder {
            case .person(let person)?: person.name
            case .station(let code)?: code
            case nil: nil
            }
        changedAt = seen.order.changedAt
    }
}
