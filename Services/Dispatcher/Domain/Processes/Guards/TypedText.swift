import Contracts
import Foundation
import Kernel

extension Facts {
    /// What a person types for a fact, such as `ticket.in_hours` and `no`; nil when there is no such fact or it has
    /// another type.
    public static func value(_ name: String, _ text: String) -> FieldValue? {
        switch outside[name] {
        case .text: .text(text)
        case .list: .list(text.typedList)
        case .number: Decimal(digits: text).map { .number($0) }
        case .flag: text.typedFlag.map { .flag($0) }
        case .time: WireJSON.date(from: text).map { .time($0) }
        case .person, nil: nil
        }
    }
}

extension ProcessField {
    /// What a person types for the field; nil when it cannot be read as the field's type. Whether it fits is another
    /// question.
    public func value(_ text: String) -> FieldValue? {
        switch type {
        case .text, .choice, .phone, .signature: .text(text)
        case .choices, .files: .list(text.typedList)
        case .number, .money: Decimal(digits: text).map { .number($0) }
        case .flag: text.typedFlag.map { .flag($0) }
        case .date, .time: WireJSON.date(from: text).map { .time($0) }
        case .person: nil
        }
    }
}

extension String {
    fileprivate var typedList: [String] {
        split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    fileprivate var typedFlag: Bool? {
        switch self {
        case "yes", "true": true
        case "no", "false": false
        default: nil
        }
    }
}
