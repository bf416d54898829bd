import Foundation
import Kernel

/// What a name in a condition stands for.
enum NameType: Hashable {
    /// Any text, or one of these codes.
    case text(codes: [String]?)
    case list(codes: [String]?)
    case number, flag, time, person

    init(_ field: ProcessField) {
        switch field.type {
        case .text, .phone, .signature: self = .text(codes: nil)
        case .choice: self = .text(codes: field.choices.map(\.code))
        case .choices: self = .list(codes: field.choices.map(\.code))
        case .files: self = .list(codes: nil)
        case .number, .money: self = .number
        case .flag: self = .flag
        case .date, .time: self = .time
        case .person: self = .person
        }
    }

    var words: Phrase {
        switch self {
        case .text: Phrase(zh: "文字", en: "a text")
        case .list: Phrase(zh: "列表", en: "a list")
        case .number: Phrase(zh: "数字", en: "a number")
        case .flag: Phrase(zh: "是或否", en: "yes or no")
        case .time: Phrase(zh: "时间", en: "a time")
        case .person: Phrase(zh: "人员", en: "a person")
        }
    }
}

extension Guard {
    /// What is wrong with names and types, each with its place.
    ///
    /// - Parameter type: what a name stands for; nil when there is no such name.
    func faults(names known: [String], _ type: @escaping (String) -> NameType?) -> [DefinitionFault] {
        var checker = TypeChecker(known: known, type: type)
        if let found = checker.check(expression), found != NameType.flag {
            checker.faults.append(.types(found.words, NameType.flag.words, 0))
        }
        return checker.faults.map { DefinitionFault($0, in: self) }
    }

    private struct TypeChecker {
        let known: [String]
        let type: (String) -> NameType?
        var faults: [GuardFault] = []

        /// Nil when a fault within has been reported already.
        mutating func check(_ expression: Expression) -> NameType? {
            switch expression {
            case .value(.text, _): return .text(codes: nil)
            case .value(.number, _): return .number
            case .value, .isEmpty, .not, .both, .either: return checkTruth(expression)
            case .name(let name, let offset):
                if let type = type(name) { return type }
                faults.append(.unknown(name, known, offset))
                return nil
            case .compare(let left, let comparison, let right, let offset):
                checkPair(left, right, offset)
                if comparison != .equal, comparison != .notEqual, let type = check(quietly: left),
                    type != .number, type != .time
                {
                    faults.append(.types(type.words, Phrase(zh: "数字或时间", en: "a number or a time"), offset))
                }
                return .flag
            case .among(let left, let list, let offset):
                for one in list { checkPair(left, one, offset) }
                return .flag
            case .has(let left, let right, let offset):
                guard let type = check(left) else { return .flag }
                guard case .list(let codes) = type else {
                    faults.append(.types(type.words, NameType.list(codes: nil).words, offset))
                    return .flag
                }
                checkCode(right, codes)
                return .flag
            }
        }

        private mutating func checkTruth(_ expression: Expression) -> NameType {
            switch expression {
            case .isEmpty(let one): _ = check(one)
            case .not(let one): wantTruth(one)
            case .both(let left, let right), .either(let left, let right):
                wantTruth(left)
                wantTruth(right)
            case .value, .name, .compare, .among, .has: break
            }
            return .flag
        }

        private mutating func wantTruth(_ expression: Expression) {
            if let type = check(expression), type != .flag {
                faults.append(.types(type.words, NameType.flag.words, expression.offset))
            }
        }

        private mutating func checkPair(_ left: Expression, _ right: Expression, _ offset: Int) {
            guard let one = check(left), let other = check(right) else { return }
            switch (one, other) {
            case (.text(let codes), .text(nil)): checkCode(right, codes)
            case (.text(nil), .text(let codes)): checkCode(left, codes)
            case (.text, .text), (.number, .number), (.flag, .flag), (.time, .time), (.person, .person): break
            default: faults.append(.types(one.words, other.words, offset))
            }
        }

        /// A text compared with a choice must be one of its codes.
        private mutating func checkCode(_ expression: Expression, _ codes: [String]?) {
            guard let codes, case .value(.text(let text), let offset) = expression, !codes.contains(text) else {
                return
            }
            faults.append(.unknown(text, codes, offset))
        }

        private func check(quietly expression: Expression) -> NameType? {
            var copy = self
            return copy.check(expression)
        }
    }
}

extension Guard.Expression {
    /// Where it begins, as nearly as is kept.
    var offset: Int {
        switch self {
        case .value(_, let offset), .name(_, let offset): offset
        case .not(let one), .isEmpty(let one): one.offset
        case .both(let left, _), .either(let left, _), .compare(let left, _, _, _), .among(let left, _, _),
            .has(let left, _, _):
            left.offset
        }
    }
}

extension GuardFault {
    static func unknown(_ name: String, _ known: [String], _ offset: Int) -> GuardFault {
        let near = Spelling.nearest(name, known)
        return GuardFault(
            code: "guard.unknown-name", offset: offset,
            words: Phrase(
                zh: "没有“\(name)”" + (near.map { "；是不是“\($0)”？" } ?? Spelling.listed(known, zh: true)),
                en: "there is no \"\(name)\""
                    + (near.map { "; did you mean \"\($0)\"?" } ?? Spelling.listed(known, zh: false))))
    }

    static func types(_ found: Phrase, _ wanted: Phrase, _ offset: Int) -> GuardFault {
        GuardFault(
            code: "guard.type", offset: offset,
            words: Phrase(zh: "\(found.zh)不能与\(wanted.zh)相比", en: "\(found.en) stands where \(wanted.en) is wanted"))
    }
}
