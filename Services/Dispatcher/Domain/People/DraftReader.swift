import Foundation
import Kernel

/// Reads what people typed into fields, and keeps account of every one that cannot be taken.
struct DraftReader {
    private(set) var faults: [FieldFault] = []

    mutating func fault(_ field: String, _ code: String, _ message: String) {
        faults.append(FieldFault(field: field, code: code, message: message))
    }

    /// - Throws: `InvalidInput` with all faults.
    func check() throws {
        if !faults.isEmpty { throw InvalidInput(faults) }
    }

    /// A text that must be there; spaces around it are dropped.
    mutating func text(_ value: String?, _ field: String, limit: Int) -> String {
        guard let text = optional(value, field, limit: limit) else {
            if !faults.contains(where: { $0.field == field }) { fault(field, "required", "It is missing.") }
            return ""
        }
        return text
    }

    /// Nil for nothing but spaces.
    mutating func optional(_ value: String?, _ field: String, limit: Int, isLine: Bool = true) -> String? {
        guard let text = value?.trimmingCharacters(in: .whitespacesAndNewlines), !text.isEmpty else { return nil }
        if text.count > limit || text.utf8.count > limit * 4 {
            fault(field, "tooLong", "At most \(limit) characters.")
            return nil
        }
        if let flaw = TextFlaw.first(in: text, isLine: isLine) {
            fault(field, "malformed", flaw.words.en)
            return nil
        }
        return text
    }

    /// `shanghai-2`: what addresses, tokens and messages name a thing by.
    mutating func code(_ value: String?, _ field: String) -> String {
        let text = text(value, field, limit: 40)
        if !text.isEmpty, !Self.isCode(text) {
            fault(field, "malformed", "Small letters, digits and dashes, a letter first, at most 40.")
        }
        return text
    }

    static func isCode(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7A).contains(first), text.utf8.count <= 40 else { return false }
        return text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D }
    }

    /// A login, taken in small letters.
    mutating func login(_ value: String?, _ field: String) -> String {
        let text = text(value, field, limit: 64).lowercased()
        let others = Set("._-".utf8)
        let fits = text.utf8.enumerated().allSatisfy { place, byte in
            (0x61...0x7A).contains(byte) || (place > 0 && ((0x30...0x39).contains(byte) || others.contains(byte)))
        }
        if !text.isEmpty, !fits { fault(field, "malformed", "Letters, digits, dots, dashes, a letter first.") }
        return text
    }

    mutating func word<Word: RawRepresentable & CaseIterable>(
        _ value: String?, _ field: String, of type: Word.Type
    ) -> Word? where Word.RawValue == String {
        guard let value else {
            fault(field, "required", "It is missing.")
            return nil
        }
        guard let word = Word(rawValue: value) else {
            fault(field, "unknownValue", "One of \(Word.allCases.map(\.rawValue).joined(separator: ", ")).")
            return nil
        }
        return word
    }

    /// E.164.
    mutating func phone(_ value: String?, _ field: String) -> String? {
        guard let text = optional(value, field, limit: 40) else { return nil }
        guard let number = PhoneNumber(text) else {
            fault(field, "malformed", "A telephone number such as 138 0013 8000 or +86 21 5555 0000.")
            return nil
        }
        return number.e164
    }

    mutating func email(_ value: String?, _ field: String) -> String? {
        guard let text = optional(value, field, limit: 254) else { return nil }
        guard let address = EmailAddress(text) else {
            fault(field, "malformed", "An e-mail address.")
            return nil
        }
        return address.text
    }

    mutating func timeZone(_ value: String?, _ field: String) -> String? {
        guard let text = optional(value, field, limit: 64) else { return nil }
        guard TimeZone.knownTimeZoneIdentifiers.contains(text) || text == "UTC" else {
            fault(field, "unknownValue", "A time zone by its IANA name, such as Asia/Shanghai.")
            return nil
        }
        return text
    }
}
