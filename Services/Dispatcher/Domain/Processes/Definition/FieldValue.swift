public import Contracts
public import Foundation

/// What stands in a field. An empty text and an empty list count as not filled.
public enum FieldValue: Hashable, Sendable {
    /// Text, telephone number, signature (the id of its picture), or the code of a choice.
    case text(String)
    /// A number, or money in the smallest unit of the currency.
    case number(Decimal)
    case flag(Bool)
    /// Codes of choices, or ids of files.
    case list([String])
    /// A time, or a date at its start in the zone of the calendar.
    case time(Date)
    case person(Person)

    public var isEmpty: Bool {
        switch self {
        case .text(let text): text.allSatisfy(\.isWhitespace)
        case .list(let list): list.isEmpty
        case .number, .flag, .time, .person: false
        }
    }
}

extension FieldValue: Codable {
    private enum Key: String, CodingKey { case text, number, flag, list, time, person }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        switch container.allKeys.first {
        case .text: self = .text(try container.decode(String.self, forKey: .text))
        case .number:
            let text = try container.decode(String.self, forKey: .number)
            guard let number = Decimal(digits: text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .number, in: container, debugDescription: "not a decimal number")
            }
            self = .number(number)
        case .flag: self = .flag(try container.decode(Bool.self, forKey: .flag))
        case .list: self = .list(try container.decode([String].self, forKey: .list))
        case .time: self = .time(try container.decode(Date.self, forKey: .time))
        case .person: self = .person(try container.decode(Person.self, forKey: .person))
        case nil:
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "a field value needs one of its kinds"))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        switch self {
        case .text(let text): try container.encode(text, forKey: .text)
        // As text, since a binary fraction would change the digits.
        case .number(let number): try container.encode("\(number)", forKey: .number)
        case .flag(let flag): try container.encode(flag, forKey: .flag)
        case .list(let list): try container.encode(list, forKey: .list)
        case .time(let time): try container.encode(time, forKey: .time)
        case .person(let person): try container.encode(person, forKey: .person)
        }
    }
}

extension Decimal {
    /// Reads `-12.5`: all of the text or nothing, unlike `init(string:)`, which stops at the first stray character.
    init?(digits text: String) {
        guard text.wholeMatch(of: /-?[0-9]{1,30}(\.[0-9]{1,8})?/) != nil else { return nil }
        self.init(string: text)
    }
}
