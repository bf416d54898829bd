/// The check that a template's text passes before it is used: only `{{word}}`, `{{#word}}`, `{{^word}}`, `{{/word}}` with
/// words of ``News/words``. Everything else that mustache can (partials, blocks, pragmas, raw output) is refused.
public enum TemplateText {
    public struct Fault: Error, Hashable, CustomStringConvertible {
        public let description: String
    }

    /// - Throws: ``Fault`` with the first tag that may not be there.
    public static func check(_ text: String) throws(Fault) {
        guard !text.isEmpty, text.count <= 4000 else {
            throw Fault(description: "a template has 1 to 4000 characters")
        }
        var open: [Substring] = []
        var rest = text[...]
        while let start = rest.firstRange(of: "{{") {
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: "}}") else { throw Fault(description: "a {{ is never closed") }
            let tag = rest[..<end.lowerBound]
            rest = rest[end.upperBound...]
            let word = tag.hasPrefix("#") || tag.hasPrefix("^") || tag.hasPrefix("/") ? tag.dropFirst() : tag
            guard News.words.contains(String(word)) else {
                throw Fault(description: "{{\(tag.prefix(40))}} is none of \(News.words.joined(separator: ", "))")
            }
            if tag.hasPrefix("/") {
                guard open.popLast() == word else { throw Fault(description: "{{\(tag)}} closes nothing") }
            } else if tag != word {
                open.append(word)
            }
        }
        guard open.isEmpty else { throw Fault(description: "{{#\(open[0])}} is never closed") }
    }
}
