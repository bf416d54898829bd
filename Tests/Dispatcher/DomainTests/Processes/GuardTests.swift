@testable import DispatcherDomain
import Foundation
import Testing

@Suite struct `A condition` {
    static let values: [String: FieldValue] = [
        "result": .text("solved"), "level": .text("vip"), "amount": .number(300), "valid": .flag(true),
        "blank": .text("  "), "parts": .list(["disk", "fan"]), "early": .time(Date(timeIntervalSince1970: 1)),
        "late": .time(Date(timeIntervalSince1970: 2)),
    ]

    static func holds(_ text: String) throws -> Bool {
        try GuardParser.parse(text, at: Position(line: 1, column: 1)).holds { values[$0] }
    }

    @Test(arguments: [
        "result = 'solved'", "result == \"solved\"", "result != 'open'", "amount >= 300 and amount < 300.5", "valid",
        "not (result = 'open')", "level in ('key', 'vip')", "parts has 'fan'", "blank is empty", "missing is empty",
        "result is not empty", "early < late", "valid = yes", "no or valid", "missing = blank", "not missing",
        "result = 'open' or amount > 1 and valid", "valid != no", "amount > -5",
    ])
    func `holds`(text: String) throws { #expect(try Self.holds(text)) }

    @Test(arguments: [
        "result = 'open'", "amount < 300", "not valid", "level in ('key')", "parts has 'disc'", "missing = 'x'",
        "missing < 5", "missing > 5", "missing >= 5", "result", "late < early", "parts is empty", "missing in ('x')",
        "result = 'solved' and amount > 300",
    ])
    func `does not hold`(text: String) throws { #expect(try !Self.holds(text)) }

    @Test(arguments: [
        ("", 0), ("result =", 8), ("result = solved'", 15), ("(result = 'a'", 13), ("a b", 2), ("a = ; b", 4),
        ("a is full", 5), ("a in 'x'", 5), ("a in ('x' 'y')", 10), ("and a", 0), ("结果 = 'a'", 0), ("a = 'x", 4),
        ("a ! b", 2), ("a = 1 -", 6), ("a = 1.2.3", 4), ("a = -", 4),
    ])
    func `that is no condition is refused at the place`(text: String, offset: Int) {
        let fault = #expect(throws: GuardFault.self) { try GuardParser.parse(text, at: .start) }
        #expect(fault?.offset == offset)
        #expect(fault?.code == "guard.syntax")
    }

    @Test func `is bounded in length and depth`() {
        for text in [
            String(repeating: "(", count: 400), String(repeating: "not ", count: 200) + "a",
            String(repeating: "a or ", count: 300) + "a",
        ] {
            #expect(throws: GuardFault.self) { try GuardParser.parse(text, at: .start) }
        }
    }
}
