internal import Contracts
internal import Foundation
internal import Kernel

/// Reads fields and remembers every one that cannot be taken.
struct FieldReader {
    private(set) var faults: [FieldFault] = []

    mutating func add(_ field: String, _ code: String, _ message: String) {
        faults.append(FieldFault(field: field, code: code, message: message))
    }

    /// One line, trimmed; nil when absent. An optional field that holds only blanks counts as absent.
    mutating func line(_ value: String?, at field: String, upTo limit: Int, isRequired: Bool = false) -> String? {
        let trimmed = value.map { stripped($0, of: .whitespacesAndNewlines) }
        guard let trimmed, !trimmed.isEmpty else {
            if isRequired { add(field, "required", "This field is required: 1 to \(limit) characters.") }
            return nil
        }
        guard fits(trimmed, limit) else {
            add(field, "tooLong", "At most \(limit) characters.")
            return nil
        }
        if let flaw = TextFlaw.first(in: trimmed, isLine: true) {
            add(field, "malformed", flaw.words.en)
            return nil
        }
        return trimmed
    }

    /// Several lines, as they are; nil when absent.
    mutating func text(_ value: String?, at field: String, upTo limit: Int) -> String? {
        guard let value else { return nil }
        guard fits(value, limit) else {
            add(field, "tooLong", "At most \(limit) characters.")
            return nil
        }
        if let flaw = TextFlaw.first(in: value, isLine: false) {
            add(field, "malformed", flaw.words.en)
            return nil
        }
        return value
    }

    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ value: String?, at field: String, of words: Word.Type
    ) -> Word? where Word.RawValue == String {
        word(value, at: field, among: Word.allCases.map(\.rawValue)).flatMap(Word.init(rawValue:))
    }

    mutating func word(_ value: String?, at field: String, among words: [String]) -> String? {
        guard let value else { return nil }
        if words.contains(value) { return value }
        add(field, "unknownValue", "One of: \(words.joined(separator: ", ")).")
        return nil
    }

    mutating func id<Subject>(_ value: String?, at field: String) -> ID<Subject>? {
        guard let value else { return nil }
        if let id = ID<Subject>(value) { return id }
        add(field, "malformed", "An id is a UUID of 36 characters.")
        return nil
    }

    mutating func phone(_ value: String?, at field: String) -> PhoneNumber? {
        guard let value else { return nil }
        if let phone = PhoneNumber(value) { return phone }
        add(field, "malformed", "A telephone number: 13800138000, 010-65551234 or +44 20 7946 0000.")
        return nil
    }

    mutating func email(_ value: String?, at field: String) -> EmailAddress? {
        guard let value else { return nil }
        if let email = EmailAddress(stripped(value, of: .whitespaces)) { return email }
        add(field, "malformed", "A mail address: name@example.cn.")
        return nil
    }

    mutating func openID(_ value: String?, at field: String) -> String? {
        guard let value else { return nil }
        let isAllowed: (UInt8) -> Bool = {
            switch $0 {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        if (1...100).contains(value.utf8.count), value.utf8.allSatisfy(isAllowed) { return value }
        add(field, "malformed", "A WeChat openid: letters, digits, - and _, at most 100.")
        return nil
    }

    mutating func department(_ value: String?, at field: String) -> String? {
        guard let value else { return nil }
        if CodeWord.isWellFormed(value) { return value }
        add(field, "malformed", "A department's code: a-z, 0-9 and -, beginning with a letter, at most 40.")
        return nil
    }

    mutating func code(_ value: String?, at field: String) -> String? {
        guard let value else { return nil }
        if CodeWord.isWellFormed(value) { return value }
        add(field, "malformed", "A code: a-z, 0-9 and -, beginning with a letter, at most 40.")
        return nil
    }

    /// Keys of a telephone.
    mutating func pressed(_ value: String?, at field: String) -> String? {
        guard let value else { return nil }
        let isKey: (UInt8) -> Bool = {
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || [UInt8(ascii: "*"), UInt8(ascii: "#")].contains($0)
        }
        if (1...8).contains(value.utf8.count), value.utf8.allSatisfy(isKey) { return value }
        add(field, "malformed", "Keys of a telephone: 0-9, * and #, at most 8.")
        return nil
    }

    /// Foundation copies even what has nothing to trim, which nearly no field has.
    private func stripped(_ text: String, of blanks: CharacterSet) -> String {
        let isSurelyInk: (Unicode.Scalar) -> Bool = {
            (0x21...0x7E).contains($0.value) || (0x4E00...0x9FFF).contains($0.value)
        }
        if let first = text.unicodeScalars.first, let last = text.unicodeScalars.last, isSurelyInk(first),
            isSurelyInk(last)
        {
            return text
        }
        return text.trimmingCharacters(in: blanks)
    }

    /// Counted as Postgres counts: in Unicode scalars.
    private func fits(_ text: String, _ limit: Int) -> Bool {
        text.utf8.count <= limit || text.unicodeScalars.count <= limit
    }
}

/// The form of codes that people give to departments and channels: `field-north`, `web`.
public enum CodeWord {
    /// A small letter, then small letters, digits and dashes; at most 40 in all.
    public static func isWellFormed(_ text: String) -> Bool {
        guard let first = text.utf8.first, text.utf8.count <= 40 else { return false }
        let isLetter: (UInt8) -> Bool = { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) }
        return isLetter(first)
            && text.utf8.allSatisfy {
                isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}
