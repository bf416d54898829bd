public import Foundation
public import Kernel

/// The steps in which a process lets the clocks stand still, with the reasons that may be given there.
public struct PausingSteps: Hashable, Sendable, Codable {
    /// An empty list takes any words.
    private let reasons: [String: [String]]

    public init(_ reasons: [String: [String]]) { self.reasons = reasons }

    func reasons(in step: String) -> [String]? { reasons[step] }
}

/// Why a fact cannot be, as things stand. Nothing has changed.
public enum ClockRefusal: Error, Hashable, Sendable {
    case alreadyOpened
    case closed
    case notSolved
    case alreadySolved
    case nothingOffered
    case noAppointment
    /// An appointment that ends before it starts.
    case windowReversed
    /// The step stops the clocks, so it needs a reason.
    case reasonMissing(step: String)
    case reasonUnknown(reason: String, allowed: [String])
    case reasonTooLong(limit: Int)
    /// A reason was given, but the step does not stop the clocks.
    case doesNotPause(step: String)
    /// Earlier than what is known; the whole history has to be folded again.
    case earlier(than: Date)
    case notDue
}

/// What may happen to the clocks of a piece of work.
public enum ClockRules {
    /// Characters of a reason.
    public static let reasonLimit = 500

    /// The event to be saved, when the fact can be.
    public static func decide(
        _ clocks: WorkClocks, _ fact: ClockFact, pausing: PausingSteps = PausingSteps([:]), at now: Date
    ) throws(ClockRefusal) -> ClockEvent {
        let event = ClockEvent(fact, at: now)
        guard event.at >= clocks.changedAt else { throw .earlier(than: clocks.changedAt) }
        func isRunning(_ timer: SLATimer) -> Bool { clocks.runs.contains { $0.timer == timer && $0.isRunning } }
        switch fact {
        case .opened: throw .alreadyOpened
        case .reopened: if !clocks.isSolved { throw .notSolved }
        case .fired(let timer, let run, let point):
            let isDue = clocks.due(at: now).contains {
                $0.deadline.timer == timer && $0.deadline.run == run && $0.deadline.point == point
            }
            if !isDue { throw .notDue }
        default:
            if clocks.isClosed { throw .closed }
        }
        switch fact {
        case .solved: if clocks.isSolved { throw .alreadySolved }
        case .accepted, .offerEnded: if !isRunning(.acceptance) { throw .nothingOffered }
        case .arrived, .appointmentCancelled: if !isRunning(.arrival) { throw .noAppointment }
        case .appointmentAgreed(let from, let to): if to < from { throw .windowReversed }
        case .stepEntered(let step, let reason): try check(reason, in: step, pausing)
        default: break
        }
        return event
    }

    private static func check(_ reason: String?, in step: String, _ pausing: PausingSteps) throws(ClockRefusal) {
        guard let allowed = pausing.reasons(in: step) else {
            if reason != nil { throw .doesNotPause(step: step) }
            return
        }
        guard let reason, reason.contains(where: { !$0.isWhitespace }) else { throw .reasonMissing(step: step) }
        guard reason.count <= reasonLimit else { throw .reasonTooLong(limit: reasonLimit) }
        if !allowed.isEmpty, !allowed.contains(reason) { throw .reasonUnknown(reason: reason, allowed: allowed) }
    }
}

extension ClockRefusal {
    /// For programs; never changes.
    public var code: String {
        switch self {
        case .alreadyOpened: "clock.alreadyOpened"
        case .closed: "clock.closed"
        case .notSolved: "clock.notSolved"
        case .alreadySolved: "clock.alreadySolved"
        case .nothingOffered: "clock.nothingOffered"
        case .noAppointment: "clock.noAppointment"
        case .windowReversed: "clock.windowReversed"
        case .reasonMissing: "clock.reasonMissing"
        case .reasonUnknown: "clock.reasonUnknown"
        case .reasonTooLong: "clock.reasonTooLong"
        case .doesNotPause: "clock.doesNotPause"
        case .earlier: "clock.earlier"
        case .notDue: "clock.notDue"
        }
    }

    public func words(in language: Language) -> String {
        switch language {
        case .chinese: chinese
        case .english: english
        }
    }

    private var chinese: String {
        switch self {
        case .alreadyOpened: "该工单的计时已经开始"
        case .closed: "工单已关闭，计时不再变化；如需继续，请先重新打开"
        case .notSolved: "工单尚未解决，不能重新打开"
        case .alreadySolved: "工单已经解决"
        case .nothingOffered: "当前没有待接的派单"
        case .noAppointment: "当前没有已约定的上门时间"
        case .windowReversed: "预约的结束时间早于开始时间"
        case .reasonMissing(let step): "环节“\(step)”会暂停计时，必须填写原因"
        case .reasonUnknown(let reason, let allowed): "不能以“\(reason)”为暂停原因；可选：\(allowed.joined(separator: "、"))"
        case .reasonTooLong(let limit): "暂停原因最多 \(limit) 个字"
        case .doesNotPause(let step): "环节“\(step)”不暂停计时，不能填写暂停原因"
        case .earlier: "事件时间早于最近一次已记录的变化，需要按时间顺序重新计算"
        case .notDue: "该提醒点尚未到时，或已经处理过"
        }
    }

    private var english: String {
        switch self {
        case .alreadyOpened: "The clocks of this work run already"
        case .closed: "The work is closed and its clocks no longer move; reopen it first"
        case .notSolved: "The work is not solved, so it cannot be reopened"
        case .alreadySolved: "The work is solved already"
        case .nothingOffered: "Nothing is on offer"
        case .noAppointment: "No appointment is agreed"
        case .windowReversed: "The appointment ends before it starts"
        case .reasonMissing(let step): "Step “\(step)” stops the clocks, so it needs a reason"
        case .reasonUnknown(let reason, let allowed):
            "“\(reason)” is no reason to stop the clocks here; possible: \(allowed.joined(separator: ", "))"
        case .reasonTooLong(let limit): "A reason has at most \(limit) characters"
        case .doesNotPause(let step): "Step “\(step)” does not stop the clocks, so it takes no reason"
        case .earlier: "This is earlier than the last change that is known; the history has to be put in order again"
        case .notDue: "This point is not reached yet, or has been dealt with"
        }
    }
}
