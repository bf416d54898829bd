import Foundation

extension Decision {
    /// What a decision about a work order means to its SLA clocks, in order.
    ///
    /// The process's own clocks do as it says. The rest is read from what happened: a clock with the code `solution` tells
    /// when the work is solved; a member of staff who causes a message to the customer has spoken; an urging customer
    /// has; a visit's field `appointment` is the time agreed and its action `arrive` the arrival.
    ///
    /// - Parameter clocks: as they stand; nil when the work is opened.
    public func clockFacts(_ clocks: WorkClocks?) -> [ClockFact] {
        var facts = FactList(clocks: clocks)
        for event in events { facts.take(event) }
        for effect in effects { facts.take(effect, doer: events.first?.by) }
        if state.isClosed { facts.add(.closed) }
        return facts.facts
    }
}

/// Facts in the making; what changes nothing is left out.
private struct FactList {
    let clocks: WorkClocks?
    private(set) var facts: [ClockFact] = []
    private var group: String?
    private var isOffered: Bool
    private var isArriving: Bool
    private var isSolved: Bool
    private var hasSpoken = false

    init(clocks: WorkClocks?) {
        self.clocks = clocks
        group = clocks?.group
        isOffered = clocks?.isRunning(.acceptance) ?? false
        isArriving = clocks?.isRunning(.arrival) ?? false
        isSolved = clocks?.isSolved ?? false
    }

    mutating func add(_ fact: ClockFact) { facts.append(fact) }

    mutating func take(_ event: ProcessEvent) {
        switch event.change {
        case .opened(_, _, _, let department, let step):
            add(.stepEntered(step: step, pause: nil))
            assign(department)
        case .moved(let scope, let move):
            endOffer(move.holder)
            if scope == .work {
                if move.outcome == nil { add(.stepEntered(step: move.to, pause: nil)) }
                assign(move.department)
            } else if move.outcome != nil, isArriving {
                isArriving = false
                add(.appointmentCancelled)
            }
        case .taken(_, let holder): endOffer(holder)
        case .holderChanged(let scope, let holder, let department):
            endOffer(holder)
            if scope == .work, let department { assign(department) }
        case .filled(let scope, let values, let cleared) where scope != .work:
            if case .time(let time)? = values["appointment"] {
                isArriving = true
                add(.appointmentAgreed(from: time, to: time))
            } else if cleared.contains("appointment"), isArriving {
                isArriving = false
                add(.appointmentCancelled)
            }
        case .acted(let scope, "arrive", _) where scope != .work && isArriving:
            isArriving = false
            add(.arrived)
        case .urged: if event.by == .customer { add(.customerSpoke) }
        default: break
        }
    }

    mutating func take(_ effect: Effect, doer: Doer?) {
        switch effect {
        case .clock(let code, let phase, _, let pause):
            if code == SLATimer.solutionClock, phase != .paused, isSolved == (phase == .running) {
                isSolved = phase == .stopped
                add(isSolved ? .solved : .reopened)
            }
            add(.clock(code, phase, pause: pause))
        case .offer:
            isOffered = true
            add(.offered)
        case .notify(let notice) where notice.to == .customer && !hasSpoken:
            guard case .person? = doer else { return }
            hasSpoken = true
            add(.staffSpoke)
        default: break
        }
    }

    private mutating func assign(_ department: String) {
        guard group != department else { return }
        group = department
        add(.assigned(group: department))
    }

    /// Whoever gets the document has accepted it; when nobody does, the offer is off.
    private mutating func endOffer(_ holder: Holder?) {
        guard isOffered else { return }
        isOffered = false
        add(holder == nil ? .offerEnded : .accepted)
    }
}

extension WorkClocks {
    func isRunning(_ timer: SLATimer) -> Bool { runs.contains { $0.timer == timer && $0.isRunning } }
}

extension DueThreshold {
    /// What the process of the work is to be asked for, in order.
    public var commands: [ProcessCommand] {
        var commands: [ProcessCommand] = []
        var acts: [PromisedAct] = []
        for action in actions {
            switch action {
            case .own:
                if case .clock(let code) = deadline.timer, let percent = deadline.point.percent {
                    commands.append(.clock(code, percent: percent, run: deadline.run, again: isRepeated))
                }
            // Nobody is told that time runs short when it is over already.
            case .remind(let names): if !isOvertaken { acts.append(.remind(names)) }
            case .nextLevel: acts.append(.nextLevel)
            case .process(let action): acts.append(.take(action))
            }
        }
        if !acts.isEmpty {
            commands.append(.promise(timer: deadline.timer.rawValue, point: deadline.point.rawValue, acts))
        }
        return commands
    }
}
