public import Contracts

/// Where a ticket stands, in the words a customer understands.
public enum CustomerStatus: String, Sendable, CaseIterable {
    case received, dispatching, accepted, travelling, onSite, done, closed

    /// What the customer sees when the work order stands at `state`.
    public init(_ state: WorkState) {
        self =
            switch state {
            case .offered: .dispatching
            case .accepted: .accepted
            case .travelling: .travelling
            case .onSite: .onSite
            case .done: .done
            case .closed: .closed
            }
    }
}
