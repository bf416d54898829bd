public import Contracts

/// A station of a ticket's life.
public enum Node: String, Sendable, CaseIterable {
    case created, offered, accepted, travelling, onSite, done, closed

    public init(_ state: WorkState) {
        self =
            switch state {
            case .offered: .offered
            case .accepted: .accepted
            case .travelling: .travelling
            case .onSite: .onSite
            case .done: .done
            case .closed: .closed
            }
    }

    public var titleZh: String {
        switch self {
        case .created: "已建单"
        case .offered: "待接单"
        case .accepted: "已接单"
        case .travelling: "途中"
        case .onSite: "现场处理"
        case .done: "已完工"
        case .closed: "已关单"
        }
    }

    public var titleEn: String {
        switch self {
        case .created: "Created"
        case .offered: "Waiting for an engineer"
        case .accepted: "Accepted"
        case .travelling: "On the way"
        case .onSite: "On site"
        case .done: "Work done"
        case .closed: "Closed"
        }
    }
}
