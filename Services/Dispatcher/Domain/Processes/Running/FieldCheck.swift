import Contracts
import Foundation
import Kernel

/// Whether a value can stand in a field.
enum FieldCheck {
    /// Characters of an id, a telephone number or a code.
    private static let shortText = 200

    static func fault(_ value: FieldValue, _ field: ProcessField) -> FieldFault? {
        let place = "/fields/\(field.code)"
        guard fits(value, field.type) else {
            return FieldFault(
                field: place, code: "malformed",
                message: "\(field.title.zh)：类型应为 \(field.type.rawValue) / a \(field.type.rawValue) is wanted")
        }
        switch value {
        case .text(let text):
            if field.type == .choice, !field.choices.contains(where: { $0.code == text }) {
                return unknown(text, field, place)
            }
            let most = min(field.max ?? field.type.defaultMax ?? shortText, 20_000)
            if text.count > most { return tooLong(field, most, place) }
        case .list(let list):
            let most = min(field.max ?? field.type.defaultMax ?? 50, 200)
            if list.count > most || list.contains(where: { $0.count > shortText }) {
                return tooLong(field, most, place)
            }
            if field.type == .choices,
                let stray = list.first(where: { one in !field.choices.contains { $0.code == one } })
            {
                return unknown(stray, field, place)
            }
        case .number(let number):
            let isTooSmall = field.min.map { number < Decimal($0) } ?? false
            let isTooLarge = field.max.map { number > Decimal($0) } ?? false
            if isTooSmall || isTooLarge || number.isNaN {
                return FieldFault(
                    field: place, code: "malformed",
                    message: "\(field.title.zh)：超出范围 / \(field.title.en) is out of range")
            }
        case .time(let time):
            if !WireJSON.era.contains(time) {
                return FieldFault(
                    field: place, code: "malformed",
                    message: "\(field.title.zh)：年份应为1900至2200 / \(field.title.en) is of the years 1900 to 2200")
            }
        case .flag, .person: break
        }
        return nil
    }

    private static func fits(_ value: FieldValue, _ type: FieldType) -> Bool {
        switch (value, type) {
        case (.text, .text), (.text, .choice), (.text, .phone), (.text, .signature), (.number, .number),
            (.number, .money), (.flag, .flag), (.list, .choices), (.list, .files), (.time, .time), (.time, .date),
            (.person, .person):
            true
        default: false
        }
    }

    private static func unknown(_ code: String, _ field: ProcessField, _ place: String) -> FieldFault {
        let codes = field.choices.map(\.code).joined(separator: ", ")
        return FieldFault(
            field: place, code: "unknownValue",
            message: "\(field.title.zh)：只能是 \(codes) / \(field.title.en) is one of \(codes)")
    }

    private static func tooLong(_ field: ProcessField, _ most: Int, _ place: String) -> FieldFault {
        FieldFault(
            field: place, code: "tooLong",
            message: "\(field.title.zh)：最多 \(most) / \(field.title.en) has at most \(most)")
    }
}

extension Draft {
    /// Everything that is wrong with what is filled in for an action is told at once.
    ///
    /// - Returns: the reason without spaces around it, where one is wanted.
    /// - Throws: `fields` with every fault; the reason's own rule when nothing else is wrong.
    func checkForm(of command: ActionCommand, for action: ProcessAction) throws(ProcessRefusal) -> String? {
        var faults = command.unread + self.faults(in: command, for: action)
        do throws(ProcessRefusal) {
            try TextLimit.check(command.reason)
            let reason = action.needsReason ? try TextLimit.need(command.reason) : command.reason
            try Self.refuse(faults)
            return reason
        } catch {
            guard error.rule != .fields, !faults.isEmpty else { throw error }
            faults.append(
                FieldFault(
                    field: "/reason", code: error.rule == .reasonMissing ? "required" : "tooLong",
                    message: "\(error.words.zh) / \(error.words.en)"))
            throw Self.refusal(faults)
        }
    }

    /// What is wrong with the values that come with an action, and which it still lacks. One that could not be read is
    /// wrong already, and not missing.
    private func faults(in command: ActionCommand, for action: ProcessAction) -> [FieldFault] {
        guard let track = definition.track(command.scope) else { return [] }
        let fillable = Set(action.fill.map(\.code))
        let unread = Set(command.unread.map(\.field))
        var faults = command.fields.sorted { $0.key < $1.key }.compactMap { code, value -> FieldFault? in
            guard fillable.contains(code), let field = track.field(code), field.isFillable(by: context.actor) else {
                return FieldFault(
                    field: "/fields/\(code)", code: "unknownValue",
                    message: "此操作不填写此字段 / this action does not fill this field")
            }
            return value.isEmpty ? nil : FieldCheck.fault(value, field)
        }
        for field in missing(command.fields, for: action, in: command.scope) {
            let place = "/fields/\(field.code)"
            guard !unread.contains(place) else { continue }
            faults.append(
                FieldFault(
                    field: place, code: "required",
                    message: "请填写\(field.title.zh) / fill in \(field.title.en)"))
        }
        return faults
    }

    static func refuse(_ faults: [FieldFault]) throws(ProcessRefusal) {
        if !faults.isEmpty { throw refusal(faults) }
    }

    private static func refusal(_ faults: [FieldFault]) -> ProcessRefusal {
        ProcessRefusal(
            .fields, zh: "表单没有填对，见各字段", en: "the form is not filled in rightly: see its fields", faults: faults)
    }

    /// Fields that must be filled once the action is done and are not.
    func missing(_ fields: [String: FieldValue], for action: ProcessAction, in scope: Scope) -> [ProcessField] {
        let required = Set(action.require.map(\.code))
        let fillable = Set(action.fill.map(\.code))
        return (definition.track(scope)?.fields ?? []).filter { field in
            let isNeeded =
                required.contains(field.code)
                || (fillable.contains(field.code) && field.requiredWhen != nil && field.isFillable(by: context.actor)
                    && holds(field.requiredWhen, in: scope, over: fields))
            return isNeeded && (fields[field.code] ?? state[scope]?.fields[field.code])?.isEmpty != false
        }
    }
}
