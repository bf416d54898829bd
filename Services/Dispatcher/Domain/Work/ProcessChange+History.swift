public import Contracts

extension ProcessChange {
    /// The kind of change in one word, as history and messages say it.
    public var word: String {
        switch self {
        case .opened: "opened"
        case .filled: "filled"
        case .taken: "taken"
        case .acted: "acted"
        case .moved: "moved"
        case .holderChanged: "holderChanged"
        case .responsibleSet: "responsibleSet"
        case .reworkCounted: "reworkCounted"
        case .visitOpened: "visitOpened"
        case .timerFired: "timerFired"
        case .clockChanged: "clockChanged"
        case .thresholdPassed: "thresholdPassed"
        case .promisePassed: "promisePassed"
        case .approvalAsked: "approvalAsked"
        case .approvalGranted: "approvalGranted"
        case .approvalRefused: "approvalRefused"
        case .approvalLapsed: "approvalLapsed"
        case .putAside: "putAside"
        case .followedUp: "followedUp"
        case .suspended: "suspended"
        case .resumed: "resumed"
        case .urged: "urged"
        case .copied: "copied"
        case .delegated: "delegated"
        case .transferred: "transferred"
        case .handedOver: "handedOver"
        case .vendorAsked: "vendorAsked"
        case .takenBack: "takenBack"
        case .versionChanged: "versionChanged"
        }
    }

    /// The document it is about.
    public var scope: Scope {
        switch self {
        case .filled(let scope, _, _), .taken(let scope, _), .acted(let scope, _, _), .moved(let scope, _),
            .holderChanged(let scope, _, _), .timerFired(let scope, _), .delegated(let scope, _, _, _),
            .transferred(let scope, _, _):
            scope
        case .visitOpened(let number, _, _): .visit(number)
        case .approvalAsked(let approval): approval.scope
        default: .work
        }
    }

    /// The document whose step or owner it changed.
    public var movedScope: Scope? {
        switch self {
        case .opened, .taken, .moved, .holderChanged, .visitOpened, .transferred, .versionChanged: scope
        default: nil
        }
    }

    /// What it is about, beside its word: an action, a step, a timer.
    public var subject: String? {
        switch self {
        case .opened(_, _, _, _, let step): step
        case .acted(_, let action, _): action
        case .moved(_, let move): move.to
        case .timerFired(_, let timer): timer
        case .clockChanged(let clock, _), .thresholdPassed(let clock, _): clock
        case .promisePassed(let timer, let point): "\(timer) \(point)"
        case .visitOpened(_, let step, _): step
        case .putAside(let reason, _): reason
        case .handedOver(let vendor, _): vendor
        case .copied(let person, _), .responsibleSet(let person), .delegated(_, let person, _, _): person.name
        case .taken(_, let holder), .transferred(_, let holder, _): holder.name
        case .holderChanged(_, let holder, _): holder?.name
        case .approvalGranted(let number), .approvalRefused(let number, _), .approvalLapsed(let number): "\(number)"
        case .approvalAsked(let approval): "\(approval.number)"
        case .filled(_, let values, let cleared): (values.keys.sorted() + cleared).joined(separator: ", ")
        case .reworkCounted, .followedUp, .suspended, .resumed, .urged, .vendorAsked, .takenBack,
            .versionChanged:
            nil
        }
    }

    /// Why, in the words of whoever did it.
    public var reason: String? {
        switch self {
        case .acted(_, _, let reason), .copied(_, let reason): reason
        case .approvalAsked(let approval): approval.reason
        case .approvalRefused(_, let reason), .suspended(let reason), .delegated(_, _, _, let reason),
            .transferred(_, _, let reason):
            reason
        case .putAside(_, let note), .resumed(let note), .urged(let note): note
        default: nil
        }
    }

    func reason(in scope: Scope) -> String? { self.scope == scope ? reason : nil }
}

extension Holder {
    /// A person's name or a station's code.
    public var name: String {
        switch self {
        case .person(let person): person.name
        case .station(let code): code
        }
    }

    public var person: Person? {
        guard case .person(let person) = self else { return nil }
        return person
    }

    public var station: String? {
        guard case .station(let code) = self else { return nil }
        return code
    }
}
