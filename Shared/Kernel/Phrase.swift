/// One sentence in both languages of the suite, for people; programs go by the code beside it.
public struct Phrase: Hashable, Sendable, Codable {
    public let zh: String
    public let en: String

    public init(zh: String, en: String) {
        self.zh = zh
        self.en = en
    }

    public subscript(language: Language) -> String {
        switch language {
        case .chinese: zh
        case .english: en
        }
    }
}
