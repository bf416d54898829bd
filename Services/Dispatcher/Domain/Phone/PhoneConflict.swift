import Contracts
public import Kernel

/// Why something that was rightly done where there was no line comes too late: the work has gone on meanwhile. What was
/// there first stands; whoever comes later is told what that is.
public enum PhoneConflict: String, Hashable, Sendable, Codable, CaseIterable {
    /// Somebody else has it now, or nobody.
    case reassigned
    /// It is at another step.
    case movedOn = "moved-on"
    case cancelled
    /// It is closed.
    case ended
    /// Put aside or suspended.
    case onHold = "on-hold"

    /// - Returns: nil when the command itself is wrong, and would have been refused at any time.
    public static func of(
        _ refusal: ProcessRefusal, in scope: Scope, of state: ProcessState, by staff: StaffActor
    ) -> PhoneConflict? {
        let track = state[scope]
        switch refusal.rule {
        case .closed:
            let outcome = track?.outcome ?? state.work.outcome
            return outcome == .cancelled || outcome == .terminated ? .cancelled : .ended
        case .notOwner, .otherDepartment:
            return hasLost(track, staff) ? .reassigned : nil
        case .notHere:
            return hasLost(track, staff) ? .reassigned : .movedOn
        case .stale: return .movedOn
        case .offerOver: return track?.holder != nil && hasLost(track, staff) ? .reassigned : .movedOn
        case .taken, .notAsked: return hasLost(track, staff) ? .reassigned : .movedOn
        case .onHold: return .onHold
        case .noSuchVisit, .notOffered, .noSuchApproval, .approvalPending, .notOnHold: return .movedOn
        default: return nil
        }
    }

    private static func hasLost(_ track: TrackState?, _ staff: StaffActor) -> Bool {
        guard let track else { return false }
        if track.delegate?.person.id == staff.person.id { return false }
        guard let holder = track.holder else { return true }
        return !staff.isHolder(holder)
    }

    /// For whoever comes later.
    ///
    /// - Parameters:
    ///   - holder: who has it now; nil: nobody in particular.
    ///   - step: where it is.
    public func words(holder: String?, step: Phrase, _ refusal: Phrase) -> Phrase {
        switch self {
        case .reassigned:
            if let holder {
                Phrase(
                    zh: "现由\(holder)负责，在步骤“\(step.zh)”；您的操作没有生效。",
                    en: "\(holder) has it now, in the step \"\(step.en)\"; what you did was not taken.")
            } else {
                Phrase(
                    zh: "已不在您名下，现在步骤“\(step.zh)”，暂无负责人；您的操作没有生效。",
                    en: "You no longer have it: it is in the step \"\(step.en)\", where nobody has it yet; "
                        + "what you did was not taken.")
            }
        case .movedOn:
            Phrase(
                zh: "已到步骤“\(step.zh)”：\(refusal.zh)",
                en: "It has gone on to the step \"\(step.en)\" meanwhile: \(refusal.en)")
        case .cancelled:
            Phrase(zh: "已取消；您的操作没有生效。", en: "It was cancelled meanwhile; what you did was not taken.")
        case .ended: Phrase(zh: "已结束；您的操作没有生效。", en: "It has ended meanwhile; what you did was not taken.")
        case .onHold: Phrase(zh: "已搁置或暂停：\(refusal.zh)", en: "It was put aside or suspended: \(refusal.en)")
        }
    }
}
