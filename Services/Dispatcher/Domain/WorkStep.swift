public import Contracts

/// What a person does to a work order. With ``WorkState`` it spans the one process that is built in.
public enum WorkStep: String, Sendable, CaseIterable {
    case accept, depart, arrive, finish, close

    /// Every allowed move; a pair that is not in here is refused.
    static let moves: [WorkState: [WorkStep: WorkState]] = [
        .offered: [.accept: .accepted],
        .accepted: [.depart: .travelling],
        .travelling: [.arrive: .onSite],
        .onSite: [.finish: .done],
        .done: [.close: .closed],
        .closed: [:],
    ]

    /// Where this step leads, from wherever it is allowed.
    public var target: WorkState {
        switch self {
        case .accept: .accepted
        case .depart: .travelling
        case .arrive: .onSite
        case .finish: .done
        case .close: .closed
        }
    }
}

extension WorkState {
    /// The steps that can be taken from here, whoever takes them.
    public var possibleSteps: [WorkStep] {
        WorkStep.allCases.filter { WorkStep.moves[self]?[$0] != nil }
    }
}
