import Foundation
public import Kernel

extension [CustomerOffer.Field] {
    /// What a form wants and does not get, or gets and cannot read or does not know, of what was typed into it: values by
    /// the fields' codes.
    public func faults(in values: [String: String]) -> [FieldFault] {
        var faults: [FieldFault] = []
        for field in self {
            let place = "/fields/\(FieldFault.pointer(field.code))"
            if let value = values[field.code], !value.allSatisfy(\.isWhitespace) {
                if let wrong = field.fault(value) {
                    faults.append(FieldFault(field: place, code: wrong.code, message: wrong.message))
                }
            } else if field.isRequired {
                faults.append(FieldFault(field: place, code: "required", message: "\(field.title.en) is wanted."))
            }
        }
        let known = Set(map(\.code))
        return faults
            + values.keys.sorted().filter { !known.contains($0) }.map {
                FieldFault(
                    field: "/fields/\(FieldFault.pointer($0))", code: "unknownValue",
                    message: "There is no such field.")
            }
    }
}

extension FieldFault {
    /// A key as a part of a JSON pointer (RFC 6901), cut to 60 characters.
    public static func pointer(_ key: String) -> String {
        String(key.prefix(60)).replacing("~", with: "~0").replacing("/", with: "~1")
    }
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
