import Foundation
import Kernel

extension Guard {
    /// The condition as people read it, with the titles of fields, choices and facts in place of their codes.
    func words(in definition: ProcessDefinition, _ kind: TrackKind) -> Phrase {
        GuardWords(definition: definition, kind: kind).words(expression)
    }
}

private struct GuardWords {
    let definition: ProcessDefinition
    let kind: TrackKind

    func words(_ expression: Guard.Expression) -> Phrase {
        switch expression {
        case .value(let value, _): words(value, of: nil)
        case .name(let name, _): title(name)
        case .not(let one): join("非（", words(one), "）", en: "not (", ")")
        case .isEmpty(let one): join("未填", words(one), "", en: "no ", "")
        case .both(let left, let right): pair(words(left), "，且", ", and ", words(right))
        case .either(let left, let right): pair(words(left), "，或", ", or ", words(right))
        case .compare(let left, let comparison, let right, _): compare(left, comparison, right)
        case .among(let left, let list, _): pair(words(left), "：", ": ", any(of: list, beside: left))
        case .has(let left, let right, _): pair(words(left), "含", " with ", side(right, beside: left))
        }
    }

    private func any(of list: [Guard.Expression], beside left: Guard.Expression) -> Phrase {
        let words = list.map { side($0, beside: left) }
        return Phrase(
            zh: words.map(\.zh).joined(separator: "或"), en: words.map(\.en).joined(separator: " or "))
    }

    private func compare(_ left: Guard.Expression, _ comparison: Guard.Comparison, _ right: Guard.Expression) -> Phrase
    {
        // "under warranty", "not under warranty" and not "under warranty = no".
        if case .value(.flag(let flag), _) = right, comparison == .equal || comparison == .notEqual {
            let isSo = flag == (comparison == .equal)
            return isSo ? words(left) : join("非", words(left), "", en: "not ", "")
        }
        let (one, other) = (side(left, beside: right), side(right, beside: left))
        return switch comparison {
        case .equal: pair(one, "：", ": ", other)
        case .notEqual: pair(one, "不是", " is not ", other)
        case .less: pair(one, " < ", " < ", other)
        case .atMost: pair(one, " ≤ ", " ≤ ", other)
        case .more: pair(one, " > ", " > ", other)
        case .atLeast: pair(one, " ≥ ", " ≥ ", other)
        }
    }

    /// A code beside a field is one of its choices.
    private func side(_ expression: Guard.Expression, beside other: Guard.Expression) -> Phrase {
        guard case .value(let value, _) = expression else { return words(expression) }
        if case .name(let name, _) = other { return words(value, of: field(name)) }
        return words(value, of: nil)
    }

    private func words(_ value: FieldValue, of field: ProcessField?) -> Phrase {
        switch value {
        case .text(let code):
            field?.choices.first { $0.code == code }?.title ?? Phrase(zh: code, en: code)
        case .number(let number): Phrase(zh: "\(number)", en: "\(number)")
        case .flag(let flag): flag ? Phrase(zh: "是", en: "yes") : Phrase(zh: "否", en: "no")
        case .list(let list): Phrase(zh: list.joined(separator: "、"), en: list.joined(separator: ", "))
        case .time, .person: Phrase(zh: "", en: "")
        }
    }

    private func title(_ name: String) -> Phrase {
        let title = field(name)?.title ?? Facts.titles[name] ?? Phrase(zh: name, en: name)
        return name.hasPrefix("last.") ? join("上次", title, "", en: "last visit's ", "") : title
    }

    private func field(_ name: String) -> ProcessField? {
        if let field = definition.track(kind)?.field(name) { return field }
        if kind == .visit { return definition.work.field(name) }
        return name.hasPrefix("last.") ? definition.visit?.field(String(name.dropFirst(5))) : nil
    }

    private func join(_ zh: String, _ middle: Phrase, _ tail: String, en: String, _ end: String) -> Phrase {
        Phrase(zh: zh + middle.zh + tail, en: en + middle.en + end)
    }

    private func pair(_ left: Phrase, _ zh: String, _ en: String, _ right: Phrase) -> Phrase {
        Phrase(zh: left.zh + zh + right.zh, en: left.en + en + right.en)
    }
}
