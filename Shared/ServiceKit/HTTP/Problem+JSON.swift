private import Contracts
private import Foundation
private import Kernel

extension Problem {
    /// 400 for bytes that are no JSON, with the place of the first wrong one, or that are nested too deep.
    init(shape fault: JSONShape.Fault, in bytes: [UInt8]) {
        switch fault {
        case .tooDeep: self = .malformed("The JSON is nested more than \(JSONShape.deepest) levels deep.")
        case .malformed(let offset):
            let before = bytes.prefix(offset)
            let line = before.count { $0 == 0x0A } + 1
            let column = offset - (before.lastIndex(of: 0x0A) ?? -1)
            self = .malformed("The body is no JSON; look at line \(line), column \(column).")
        }
    }

    /// 422 for JSON of another shape, with the pointer of the field; 400 for what is no text.
    init(decoding error: DecodingError, of bytes: [UInt8]) {
        switch error {
        case .keyNotFound(let key, let context):
            self = .invalid([
                FieldFault(
                    field: FieldFault.pointer(of: context.codingPath + [key]), code: "required", message: "is missing")
            ])
        case .valueNotFound(_, let context):
            self = .invalid([
                FieldFault(
                    field: FieldFault.pointer(of: context.codingPath), code: "required", message: "must not be null")
            ])
        case .typeMismatch(let type, let context):
            let message = "must be \(Self.words(for: type))"
            self = .invalid([
                FieldFault(field: FieldFault.pointer(of: context.codingPath), code: "malformed", message: message)
            ])
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            // Foundation's own words say nothing to whoever wrote the field.
            let known = ProblemChinese.fault(context.debugDescription) != nil ? context.debugDescription : nil
            self = .invalid([
                FieldFault(
                    field: FieldFault.pointer(of: context.codingPath), code: "malformed",
                    message: known ?? "has a form that is not taken")
            ])
        default:
            self = Self.unfitNumber(in: bytes) ?? .malformed("The body cannot be read; is it UTF-8?")
        }
    }

    /// Foundation names no field when a number does not fit an integer. The bytes are good JSON, so it can be looked
    /// for: named when only one number can be meant.
    private static func unfitNumber(in bytes: [UInt8]) -> Problem? {
        // Nil for what is no UTF-8, which is then the trouble.
        guard let root = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed) else {
            return nil
        }
        var found: [String] = []
        func search(_ value: Any, _ path: String) {
            switch value {
            case let object as [String: Any]:
                for (name, value) in object { search(value, path + "/" + FieldFault.pointer(name)) }
            case let list as [Any]:
                for (index, value) in list.enumerated() { search(value, path + "/\(index)") }
            case let number as NSNumber where Int(exactly: number.doubleValue) == nil: found.append(path)
            default: break
            }
        }
        search(root, "")
        let message = "must be a whole number that is not too large"
        return found.isEmpty
            ? nil : .invalid([FieldFault(field: found.count == 1 ? found[0] : "", code: "malformed", message: message)])
    }

    private static func words(for type: Any.Type) -> String {
        switch type {
        case is String.Type, is UUID.Type, is Date.Type: "a text"
        case is Bool.Type: "true or false"
        case is any FixedWidthInteger.Type: "a whole number"
        case is any BinaryFloatingPoint.Type: "a number"
        case is any Collection.Type where !(type is any ExpressibleByDictionaryLiteral.Type): "a list"
        default: "of another kind"
        }
    }
}
