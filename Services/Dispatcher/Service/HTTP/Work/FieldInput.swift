import Contracts
import DispatcherDomain
import Foundation
import Kernel
import ServiceKit

/// What came in for a field: JSON as it is, or the text of a form on a page.
enum FieldInput: Decodable, Sendable {
    case text(String)
    case number(Decimal)
    case flag(Bool)
    case list([String])
    case null

    private static let wanted = "A text, a number, true or false, a list of texts, or null."

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {  // of several kinds the one that fits
            self = .flag(flag)
        } else if let number = try? container.decode(Decimal.self) {  // the same
            self = .number(number)
        } else if let text = try? container.decode(String.self) {  // the same
            self = .text(text)
        } else if let list = try? container.decode([String].self) {  // the same
            self = .list(list)
        } else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: Self.wanted)
        }
    }

    private var text: String? {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "true" : "false"
        case .list, .null: nil
        }
    }

    var flaw: TextFlaw? {
        switch self {
        case .text(let text): TextFlaw.first(in: text, isLine: false)
        case .list(let list): list.lazy.compactMap { TextFlaw.first(in: $0, isLine: false) }.first
        case .number, .flag, .null: nil
        }
    }

    /// The value for a field of this type; an empty text clears the field. Nil when it is of another kind.
    func value(for type: FieldType) -> FieldValue? {
        if case .null = self { return .text("") }
        if case .text(let text) = self, text.allSatisfy(\.isWhitespace) { return .text("") }
        switch type {
        case .text, .phone, .choice, .signature: return text.map(FieldValue.text)
        case .number, .money:
            return text.flatMap(TypedValue.number).map(FieldValue.number)
        case .flag:
            switch self {
            case .flag(let flag): return .flag(flag)
            case .text(let text): return TypedValue.flag(text).map(FieldValue.flag)
            case .number, .list, .null: return nil
            }
        case .choices, .files:
            if case .list(let list) = self { return .list(list) }
            return text.map { .list(TypedValue.list($0)) }
        case .time: return text.flatMap(TypedValue.time).map(FieldValue.time)
        case .date: return text.flatMap(TypedValue.day).map(FieldValue.time)
        case .person: return nil
        }
    }

    static func unknown(_ code: String) -> FieldFault {
        FieldFault(
            field: "/fields/\(code.prefix(60))", code: "unknownValue", message: "没有这个字段 / there is no such field")
    }

    static func unreadable(_ field: ProcessField) -> FieldFault {
        let type = field.type.rawValue
        let form =
            switch field.type {
            case .date: Phrase(zh: "，如 2026-11-22，1900至2200年", en: " such as 2026-11-22, of the years 1900 to 2200,")
            case .time: Phrase(zh: "，如 2026-11-22T16:30，1900至2200年", en: " such as 2026-11-22T16:30, 1900 to 2200,")
            case .flag: Phrase(zh: "，即 true 或 false", en: ", true or false,")
            default: Phrase(zh: "", en: "")
            }
        return FieldFault(
            field: "/fields/\(field.code)", code: "malformed",
            message: "\(field.title.zh)：类型应为 \(type)\(form.zh) / a \(type)\(form.en) is wanted")
    }
}

extension WorkRoom {
    /// An action as it was sent, with what of it cannot be read: the rules tell that with all else that is wrong.
    func command(_ action: String, _ scope: Scope, _ body: WorkCommandJSON) async throws -> ProcessCommand {
        let (values, unread) = try await fields(body.fields ?? [:], in: scope)
        var faults = unread
        var candidate: Candidate?
        do {
            candidate = try await body.candidate(in: self)
        } catch let problem as Problem where !problem.faults.isEmpty {
            faults += problem.faults
        }
        let offered = try await body.offered(in: self)
        return .act(
            ActionCommand(
                action, scope, fields: values, reason: body.reason, candidate: candidate, offered: offered.people,
                evenIfAway: body.evenIfAway ?? false, unread: faults + offered.faults))
    }

    /// The values of an action's fields, and a fault for each that is of another kind.
    private func fields(
        _ inputs: [String: FieldInput], in scope: Scope
    ) async throws -> (values: [String: FieldValue], faults: [FieldFault]) {
        var faults: [FieldFault] = []
        var values: [String: FieldValue] = [:]
        for (code, input) in inputs.sorted(by: { $0.key < $1.key }) {
            guard let field = definition.track(scope)?.field(code) else {
                faults.append(FieldInput.unknown(code))
                continue
            }
            if let flaw = input.flaw {
                faults.append(
                    FieldFault(
                        field: "/fields/\(code)", code: "malformed",
                        message: "\(field.title.zh)：\(flaw.words.zh) / \(field.title.en): \(flaw.words.en)"))
                continue
            }
            let value: FieldValue? =
                switch field.type {
                case .person: try await person(input)
                case .files: try await files(input)
                default: input.value(for: field.type)
                }
            guard let value else {
                faults.append(field.type == .files ? Self.unusable(field) : FieldInput.unreadable(field))
                continue
            }
            values[code] = value
        }
        return (values, faults)
    }

    private func person(_ input: FieldInput) async throws -> FieldValue? {
        switch input {
        case .null: return .text("")
        case .text(let text):
            guard let id = ID<Staff>(text),
                let found = try await candidate(id, department: nil), mayKnow(found),
                let person = found.holder.person
            else { return nil }
            return .person(person)
        case .number, .flag, .list: return nil
        }
    }
}
