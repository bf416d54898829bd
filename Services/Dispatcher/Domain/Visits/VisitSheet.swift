import Contracts
import Foundation
import Kernel

/// The return sheet of a visit as it is signed: one text that everybody writes alike, engineer's phone and service.
///
/// First `paidan-sheet/1`, then the visit's code, then each field that is filled in, in the order of the codes, as
/// `code: value`, one a line; the customer's signature is not part of what he signs. In values a backslash is written
/// `\\`, a line break `\n`, a carriage return `\r`, and in lists a comma `\,`.
public struct VisitSheet: Hashable, Sendable {
    public let text: String

    /// - Parameters:
    ///   - visit: its code, such as `T1000001-2`.
    ///   - fields: what is filled in.
    ///   - unsigned: codes of fields that are no part of it.
    public init(visit: String, fields: [String: FieldValue], without unsigned: Set<String>) {
        let lines = fields.filter { !unsigned.contains($0.key) && !$0.value.isEmpty }
            .sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
            .map { "\($0.key): \(Self.text($0.value))" }
        text = (["paidan-sheet/1", visit] + lines).map { $0 + "\n" }.joined()
    }

    /// Of a visit as it stands, with what is filled in now.
    public init?(_ state: ProcessState, visit number: Int, filling: [String: FieldValue] = [:], of track: Track?) {
        guard let visit = state[.visit(number)] else { return nil }
        let signatures = (track?.fields ?? []).filter { $0.type == .signature }.map(\.code)
        self.init(
            visit: "\(state.number)-\(number)", fields: visit.fields.merging(filling) { $1 },
            without: Set(signatures))
    }

    private static func text(_ value: FieldValue) -> String {
        switch value {
        case .text(let text): escaped(text)
        case .number(let number): "\(number)"
        case .flag(let flag): flag ? "yes" : "no"
        case .list(let list): list.map { escaped($0).replacing(",", with: "\\,") }.joined(separator: ",")
        case .time(let time): WireJSON.text(of: time)
        case .person(let person): person.id.description
        }
    }

    private static func escaped(_ text: String) -> String {
        // By scalars: "\r\n" is one character.
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
