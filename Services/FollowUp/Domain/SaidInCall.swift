public import Contracts
public import Kernel

/// What somebody reports of a call.
public struct SaidInCall: Hashable, Sendable {
    public let outcome: CallBackOutcome
    /// 1 (worst) to 5.
    public let score: Int?
    public let note: String?
    /// For the form of the process's action, as they were typed.
    public let fields: [String: String]
    public let by: Person

    public init(outcome: CallBackOutcome, score: Int?, note: String?, fields: [String: String], by: Person) {
        self.outcome = outcome
        self.score = score
        self.note = note
        self.fields = fields
        self.by = by
    }

    /// What it does in the process; nil where nothing hangs on it.
    func answer(to wish: CallBackWish?) -> CallBackWish.Answer? {
        switch outcome {
        case .satisfied: wish?.passed
        case .unsatisfied: wish?.failed
        case .unreached: nil
        }
    }

    /// What the process wants to know and was not told, or was told and cannot read.
    func faults(for wish: CallBackWish?) -> [FieldFault] {
        var faults: [FieldFault] = []
        if outcome == .unreached, score != nil {
            faults.append(FieldFault(field: "/score", code: "conflict", message: "Nobody was reached."))
        }
        let answer = answer(to: wish)
        if answer?.needsReason == true, note?.allSatisfy(\.isWhitespace) ?? true {
            faults.append(FieldFault(field: "/note", code: "required", message: "Say why."))
        }
        return faults + (answer?.fields ?? []).faults(in: fields)
    }
}

/// Why a call was not taken.
public enum CallRefusal: Error, Hashable, Sendable {
    /// The customer has said it already, or the work has gone on without him.
    case over
    case fields([FieldFault])
}
