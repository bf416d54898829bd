import Contracts
import DispatcherDomain
import Postgres

/// What somebody's command comes to, once its work order is known.
struct WorkDeed: Sendable {
    /// Nil: the process has nothing to decide.
    let command: ProcessCommand?
    /// An open offer that it answers, as it is with the answer: the work goes on by that, and nobody is given it.
    let answered: WorkOffer?
    /// Kept with it, beside the process.
    let statements: [SQL]

    init(_ command: ProcessCommand?, answered: WorkOffer? = nil, statements: [SQL] = []) {
        self.command = command
        self.answered = answered
        self.statements = statements
    }

    /// Where the last no of those who were asked lets happen at once what nobody's answer would.
    var isByTimer: Bool {
        if case .timer? = command { true } else { false }
    }
}
