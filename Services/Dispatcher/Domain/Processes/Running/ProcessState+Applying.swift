extension ProcessState {
    /// The state that the first event makes; nil when it opens nothing.
    public init?(_ event: ProcessEvent) {
        guard case .opened(let process, let version, let number, let department, let step) = event.change else {
            return nil
        }
        self.init(
            process: process, version: version, number: number, home: department, openedAt: event.at, revision: 1,
            work: TrackState(
                step: step, since: event.at, entry: 1, department: department, holder: nil, delegate: nil, fields: [:]))
    }

    /// The state after all these events; nil when the first opens nothing.
    public init?(_ events: some Sequence<ProcessEvent>) {
        var state: ProcessState?
        for event in events {
            if state == nil { state = ProcessState(event) } else { state?.apply(event) }
        }
        guard let state else { return nil }
        self = state
    }

    /// The fold. An event about something that is not there changes only the revision.
    public mutating func apply(_ event: ProcessEvent) {
        revision += 1
        switch event.change {
        case .opened, .acted, .promisePassed: break
        case .filled, .taken, .moved, .holderChanged, .timerFired, .delegated, .transferred: applyToTrack(event)
        case .visitOpened(_, let step, let department):
            visits.append(
                TrackState(
                    step: step, since: event.at, entry: 1, department: department, holder: nil, delegate: nil,
                    fields: [:]))
        case .responsibleSet(let person): responsible = person
        case .reworkCounted: rounds += 1
        case .clockChanged(let clock, let phase): change(clock, to: phase)
        case .thresholdPassed(let clock, let percent): clocks[clock]?.passed.append(percent)
        case .approvalAsked(let approval):
            approvals.append(approval)
            approvalsAsked = approval.number
        case .approvalGranted(let number):
            if let place = approvals.firstIndex(where: { $0.number == number }) {
                approvals[place].granted += 1
                if case .person(let granter) = event.by {
                    approvals[place].granters = (approvals[place].granters ?? []) + [granter]
                }
                if approvals[place].granted == approvals[place].stages.count { approvals.remove(at: place) }
            }
        case .approvalRefused(let number, _), .approvalLapsed(let number):
            approvals.removeAll { $0.number == number }
        case .putAside(let reason, _): begin(.aside(reason: reason, since: event.at, followUps: 0))
        case .suspended(let reason): begin(.suspended(reason: reason, since: event.at))
        case .followedUp:
            if case .aside(let reason, let since, let count) = hold {
                hold = .aside(reason: reason, since: since, followUps: count + 1)
            }
        case .resumed: hold = nil
        case .urged:
            urges += 1
            lastUrge = event.at
        case .copied(let person, _): copied.append(person)
        case .handedOver(let vendor, let reference):
            self.vendor = VendorCase(vendor: vendor, reference: reference, since: event.at, inquiries: 0)
        case .vendorAsked: vendor?.inquiries += 1
        case .takenBack: vendor = nil
        case .versionChanged(let version, let renamed):
            self.version = version
            if let step = renamed[work.step] { work.step = step }
            work.origins = work.origins.map { origin in
                TrackState.Origin(
                    detour: origin.detour, step: renamed[origin.step] ?? origin.step, holder: origin.holder,
                    department: origin.department)
            }
            // Timers of the old version's step are told apart from those of the new one.
            work.entry += 1
            work.firings = [:]
            for place in visits.indices where visits[place].outcome == nil {
                if let step = renamed["visit.\(visits[place].step)"] { visits[place].step = step }
                visits[place].entry += 1
                visits[place].firings = [:]
            }
        }
    }

    private mutating func applyToTrack(_ event: ProcessEvent) {
        switch event.change {
        case .filled(let scope, let values, let cleared):
            update(scope) { track in
                track.fields.merge(values) { _, new in new }
                for field in cleared { track.fields[field] = nil }
            }
        case .taken(let scope, let holder): update(scope) { $0.holder = holder }
        case .moved(let scope, let move):
            update(scope) { track in
                track.step = move.to
                track.since = event.at
                track.entry += 1
                if track.holder != move.holder { track.delegate = nil }
                track.holder = move.holder
                track.department = move.department
                track.origins = move.origins
                track.firings = [:]
                track.outcome = move.outcome
            }
        case .holderChanged(let scope, let holder, let department):
            update(scope) { track in
                track.holder = holder
                track.delegate = nil
                if let department { track.department = department }
            }
        case .timerFired(let scope, let timer): update(scope) { $0.firings[timer, default: 0] += 1 }
        case .delegated(let scope, let person, let until, _):
            update(scope) { $0.delegate = TrackState.Delegate(person: person, until: until) }
        case .transferred(let scope, let holder, _):
            transfers += 1
            update(scope) { track in
                track.holder = holder
                track.delegate = nil
            }
        default: break
        }
    }

    private mutating func begin(_ hold: Hold) {
        self.hold = hold
        holds += 1
    }

    private mutating func update(_ scope: Scope, _ change: (inout TrackState) -> Void) {
        switch scope {
        case .work: change(&work)
        case .visit(let number):
            guard visits.indices.contains(number - 1) else { return }
            change(&visits[number - 1])
        }
    }

    private mutating func change(_ clock: String, to phase: ClockState.Phase) {
        guard var state = clocks[clock] else {
            clocks[clock] = ClockState(run: 1, phase: phase, passed: [])
            return
        }
        if state.phase == .stopped, phase == .running {
            state.run += 1
            state.passed = []
        }
        state.phase = phase
        clocks[clock] = state
    }
}
