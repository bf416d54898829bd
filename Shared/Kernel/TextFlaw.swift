/// Why a name or a text is not taken as it was written: it holds what a reader cannot see, or what misleads him.
///
/// The one rule for all that people type, so that no name turns round the line it stands in (Unicode TR 36, section 2.5)
/// and no letter grows over its neighbours.
public enum TextFlaw: Hashable, Sendable {
    /// Controls other than tabs and line ends, and in a line these too; code points that are no characters.
    case control
    /// Marks that turn the direction of what follows; in a line also every other format character, but the joiners that
    /// scripts and emoji are written with.
    case hidden
    /// More than ``mostMarks`` combining marks on one letter.
    case marks

    /// No orthography in use needs as many.
    public static let mostMarks = 8

    /// The first flaw; nil for what can be taken.
    ///
    /// - Parameter isLine: a name or another single line; else a text of several.
    public static func first(in text: some StringProtocol, isLine: Bool) -> TextFlaw? {
        var marks = 0
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x20...0x7E, 0x4E00...0x9FFF: marks = 0
            case 0x09, 0x0A, 0x0D:
                if isLine { return .control }
                marks = 0
            case 0..<0x20, 0x7F..<0xA0, 0xFDD0...0xFDEF: return .control
            case 0x202A...0x202E, 0x2066...0x2069, 0xE0000...0xE007F: return .hidden
            case 0x200C, 0x200D: break
            case let value where value & 0xFFFE == 0xFFFE: return .control
            default:
                switch scalar.properties.generalCategory {
                case .nonspacingMark, .enclosingMark, .spacingMark:
                    marks += 1
                    if marks > mostMarks { return .marks }
                case .lineSeparator, .paragraphSeparator:
                    if isLine { return .control }
                case .format:
                    if isLine { return .hidden }
                default: marks = 0
                }
            }
        }
        return nil
    }

    /// For whoever wrote it.
    public var words: Phrase {
        switch self {
        case .control: Phrase(zh: "含有控制字符。", en: "It holds control characters.")
        case .hidden: Phrase(zh: "含有不可见的格式字符。", en: "It holds format characters that cannot be seen.")
        case .marks: Phrase(zh: "一个字上的附加符号过多。", en: "It holds too many combining marks on one letter.")
        }
    }
}
