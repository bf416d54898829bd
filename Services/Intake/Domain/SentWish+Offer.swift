public import Contracts
import Foundation
public import Kernel

extension SentWish {
    /// Which of the offers it takes; nil when it is not among them (any more).
    public func offer(among offers: [CustomerOffer]) -> CustomerOffer? {
        offers.first { offer in
            guard let known = offer.wish.known, known.rawValue == wish else { return false }
            return known != .answer || (offer.action == action && offer.visit == visit)
        }
    }

    /// What the offer's form wants and does not get, or gets and cannot read or does not know.
    public func faults(for offer: CustomerOffer) -> [FieldFault] {
        var faults: [FieldFault] = []
        if offer.needsReason, isBlank(note) {
            faults.append(FieldFault(field: "/note", code: "required", message: "Say why."))
        }
        for field in offer.fields {
            let place = "/fields/\(Self.pointer(field.code))"
            if let value = fields?[field.code], !isBlank(value) {
                if let wrong = field.fault(value) {
                    faults.append(FieldFault(field: place, code: wrong.code, message: wrong.message))
                }
            } else if field.isRequired {
                faults.append(
                    FieldFault(field: place, code: "required", message: "\(field.title.en) is wanted."))
            }
        }
        let known = Set(offer.fields.map(\.code))
        faults += (fields ?? [:]).keys.sorted().filter { !known.contains($0) }.map {
            FieldFault(field: "/fields/\(Self.pointer($0))", code: "unknownValue", message: "There is no such field.")
        }
        return faults
    }

    private func isBlank(_ text: String?) -> Bool { text?.allSatisfy(\.isWhitespace) ?? true }
}

extension CustomerOffer.Field {
    /// Why a value that was typed cannot stand in the field; nil when it can. A type of a newer version is left to whoever
    /// offered it.
    fileprivate func fault(_ value: String) -> (code: String, message: String)? {
        switch type {
        case "number", "money":
            guard let number = TypedValue.number(value) else { return ("malformed", "A number such as 12 or 12.50.") }
            if let min, number < Decimal(min) { return ("malformed", "At least \(min).") }
            if let max, number > Decimal(max) { return ("malformed", "At most \(max).") }
        case "flag": if TypedValue.flag(value) == nil { return ("malformed", "true or false.") }
        case "date":
            if TypedValue.day(value) == nil {
                return ("malformed", "A day such as 2026-11-22, of the years 1900 to 2200.")
            }
        case "time":
            if TypedValue.time(value) == nil {
                return ("malformed", "A time such as 2026-11-22T16:30, of the years 1900 to 2200.")
            }
        case "choice": return strangers([value])
        case "choices":
            let entries = TypedValue.list(value)
            if let max, entries.count > max { return ("tooLong", "At most \(max).") }
            return strangers(entries)
        default: if let max, value.count > max { return ("tooLong", "At most \(max) characters.") }
        }
        return nil
    }

    private func strangers(_ entries: [String]) -> (code: String, message: String)? {
        let codes = choices.map(\.code)
        guard !entries.allSatisfy(codes.contains) else { return nil }
        return ("unknownValue", "One of \(codes.joined(separator: ", ")).")
    }
}
