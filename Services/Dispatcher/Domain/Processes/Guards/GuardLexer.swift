import Foundation
import Kernel

/// Cuts a condition into its words.
struct GuardLexer {
    enum Token: Hashable {
        case name(String)
        case text(String)
        case number(Decimal)
        case comparison(Guard.Comparison)
        case open, close, comma
        case end
    }

    struct Placed {
        let token: Token
        /// In Unicode scalars from the start.
        let offset: Int
    }

    static func tokens(_ text: String) throws(GuardFault) -> [Placed] {
        let scalars = Array(text.unicodeScalars)
        var tokens: [Placed] = []
        var place = 0
        while place < scalars.count {
            let start = place
            let scalar = scalars[place]
            switch scalar {
            case " ", "\t": place += 1
            case "(", ")", ",":
                let marks: [Unicode.Scalar: Token] = ["(": .open, ")": .close, ",": .comma]
                tokens.append(Placed(token: marks[scalar] ?? .end, offset: start))
                place += 1
            case "'", "\"":
                guard let end = scalars[(place + 1)...].firstIndex(of: scalar) else { throw .openText(start) }
                tokens.append(Placed(token: .text(string(scalars[(place + 1)..<end])), offset: start))
                place = end + 1
            case "=", "!", "<", ">":
                let long = place + 1 < scalars.count && scalars[place + 1] == "="
                let word = string(scalars[place..<(place + (long ? 2 : 1))])
                // `==` is what people who programme type; it means the same.
                guard let comparison = Guard.Comparison(rawValue: word == "==" ? "=" : word) else {
                    throw .stray(word, start)
                }
                tokens.append(Placed(token: .comparison(comparison), offset: start))
                place += long ? 2 : 1
            case "0"..."9", "-":
                let end = scalars[(place + 1)...].firstIndex { !("0"..."9" ~= $0 || $0 == ".") } ?? scalars.count
                let word = string(scalars[place..<end])
                guard let number = Decimal(digits: word) else { throw .stray(word, start) }
                tokens.append(Placed(token: .number(number), offset: start))
                place = end
            case _ where isNameStart(scalar):
                let end = scalars[place...].firstIndex { !isNameRest($0) } ?? scalars.count
                tokens.append(Placed(token: .name(string(scalars[place..<end])), offset: start))
                place = end
            default: throw .stray(String(scalar), start)
            }
        }
        return tokens + [Placed(token: .end, offset: scalars.count)]
    }

    private static func string(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool { "a"..."z" ~= scalar || "A"..."Z" ~= scalar }

    private static func isNameRest(_ scalar: Unicode.Scalar) -> Bool {
        isNameStart(scalar) || "0"..."9" ~= scalar || scalar == "_" || scalar == "." || scalar == "-"
    }
}

/// What is wrong with a condition, and where in it.
struct GuardFault: Error, Equatable {
    let code: String
    /// In Unicode scalars from the start of the condition.
    let offset: Int
    let words: Phrase

    static func stray(_ word: String, _ offset: Int) -> GuardFault {
        GuardFault(
            code: "guard.syntax", offset: offset,
            words: Phrase(
                zh: "条件里不能有“\(word)”；可用：字段名、'文字'、数字、yes、no、= != < <= > >=、in、has、is empty、and、or、not、括号",
                en: "\"\(word)\" has no place in a condition; there are: names, 'texts', numbers, yes, no, "
                    + "= != < <= > >=, in, has, is empty, and, or, not, brackets"))
    }

    static func openText(_ offset: Int) -> GuardFault {
        GuardFault(
            code: "guard.syntax", offset: offset,
            words: Phrase(zh: "引号没有关上", en: "the quote that begins here is never closed"))
    }

    static func expected(_ what: Phrase, _ offset: Int) -> GuardFault {
        GuardFault(
            code: "guard.syntax", offset: offset,
            words: Phrase(zh: "这里应当是\(what.zh)", en: "here should be \(what.en)"))
    }

    static func tooMuch(_ offset: Int) -> GuardFault {
        GuardFault(
            code: "guard.too-long", offset: offset,
            words: Phrase(
                zh: "条件太长或嵌套太深：最多 \(Guard.longest) 个字符、\(Guard.deepest) 层",
                en: "the condition is too long or too deep: at most \(Guard.longest) characters and "
                    + "\(Guard.deepest) levels"))
    }
}
