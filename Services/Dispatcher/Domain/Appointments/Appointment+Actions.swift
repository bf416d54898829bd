public import Contracts
public import Foundation
import Kernel

extension AppointmentRules {
    /// The actions of a visit that set a time and set another one.
    public static let appoint = "appoint"
    public static let move = "move-appointment"
    public static let confirm = "confirm-appointment"
    public static let field = "appointment"
    private static let windowStart = "window_start"
    private static let windowEnd = "window_end"

    /// The command by which a visit takes a time: the first, or another one in place of it.
    public static func command(
        _ appointment: Appointment, visit number: Int, reason: String?, _ state: ProcessState,
        by definition: ProcessDefinition
    ) -> ProcessCommand {
        let visit = state[.visit(number)]
        let step = visit.flatMap { definition.visit?.step($0.step) }
        let isFirst = visit?.fields[field] == nil || step?.action(move) == nil
        let action = isFirst && step?.action(appoint) != nil ? appoint : move
        var fields: [String: FieldValue] = [field: .time(appointment.start)]
        let fillable = Set(step?.action(action)?.fill.map(\.code) ?? [])
        for (code, time) in [(windowStart, appointment.window.start), (windowEnd, appointment.window.end)]
        where fillable.contains(code) {
            fields[code] = .time(time)
        }
        return .act(ActionCommand(action, .visit(number), fields: fields, reason: reason))
    }

    /// What the customer is told of a visit's time by a decision that set it; nil by any other.
    public static func window(of scope: Scope, setBy decision: Decision) -> WorkWindow? {
        let isSet = decision.events.contains { event in
            guard case .filled(scope, let fields, _) = event.change else { return false }
            return fields[field] != nil
        }
        guard isSet, let fields = decision.state[scope]?.fields, case .time(let time)? = fields[field] else {
            return nil
        }
        guard case .time(let from)? = fields[windowStart], case .time(let until)? = fields[windowEnd],
            let window = Span(from, until), window.contains(time)
        else { return WorkWindow(from: time, until: nil) }
        return WorkWindow(from: from, until: until)
    }

    /// The time that a command sets by itself, beside the slots; nil when it sets none.
    public static func time(set command: ProcessCommand) -> (visit: Int, time: Date)? {
        guard case .act(let asked) = command, [appoint, move].contains(asked.action),
            case .visit(let number) = asked.scope, case .time(let time)? = asked.fields[field]
        else { return nil }
        return (number, time)
    }
}

extension AppointmentObstacle {
    public var refusal: ProcessRefusal {
        switch self {
        case .past:
            ProcessRefusal(.notFree, zh: "这个时间已过", en: "this time is over")
        case .access:
            ProcessRefusal(.notFree, zh: "客户此时不便上门", en: "the customer cannot be visited then")
        case .away(let person):
            ProcessRefusal(
                .notFree, zh: "\(person.name)此时不在岗，或整个上门时间内有一段不在岗",
                en: "\(person.name) is not at work for the whole of it")
        case .booked(let person):
            ProcessRefusal(
                .notFree, zh: "\(person.name)此时已有预约，或来不及赶到",
                en: "\(person.name) has another appointment, or cannot be there in time")
        }
    }

    /// As the customer reads it: nobody's name.
    public var refusalForCustomer: ProcessRefusal {
        ProcessRefusal(.notFree, zh: "这个时间已约满，请另选", en: "this time is not free any more: choose another")
    }
}
