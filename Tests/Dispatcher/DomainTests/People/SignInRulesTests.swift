import DispatcherDomain
import Testing

@Suite struct `The departments` {
    let tree = DepartmentTree(parents: ["service": nil, "shanghai": "service", "pudong": "shanghai", "rnd": nil])

    @Test func `are seen by those above`() {
        #expect(tree.subtree(of: "service") == ["pudong", "service", "shanghai"])
        #expect(tree.subtree(of: "shanghai") == ["pudong", "shanghai"])
        #expect(tree.subtree(of: "rnd") == ["rnd"])
    }

    @Test func `that stand above each other in a ring are walked once`() {
        #expect(DepartmentTree(parents: ["a": "b", "b": "a"]).subtree(of: "a") == ["a", "b"])
    }
}

@Suite struct `A one-time password` {
    @Test func `is told in groups of four and read however it is typed`() {
        var random = SystemRandomNumberGenerator()
        let password = OneTimePassword(using: &random)
        #expect(password.shown.count == 19)
        #expect(OneTimePassword(typed: password.shown) == password)
        #expect(OneTimePassword(typed: " " + password.shown.uppercased() + "\n") == password)
        #expect(OneTimePassword(using: &random) != password)
    }
}

@Suite struct `The sign-in throttle` {
    @Test func `lets four failures pass, then waits a minute that doubles up to an hour`() {
        #expect((0...4).allSatisfy { SignInThrottle.pair.wait(failures: $0) == nil })
        #expect(SignInThrottle.pair.wait(failures: 5) == .seconds(60))
        #expect(SignInThrottle.pair.wait(failures: 6) == .seconds(120))
        #expect(SignInThrottle.pair.wait(failures: 11) == .seconds(3600))
        #expect(SignInThrottle.pair.wait(failures: 1000) == .seconds(3600))
    }

    @Test func `holds a login or an address up for a quarter of an hour at most, whatever strangers do`() {
        #expect(SignInThrottle.address.wait(failures: 1_000_000) == .seconds(900))
        #expect(SignInThrottle.login.wait(failures: 1_000_000) == .seconds(900))
    }

    @Test func `does not hold up a known device, nor a one-time password, for strangers' failures`() {
        #expect(SignInThrottle.counters(isKnown: true, isOneTime: false) == [.pair])
        #expect(SignInThrottle.counters(isKnown: false, isOneTime: true) == [.address])
        #expect(SignInThrottle.counters(isKnown: false, isOneTime: false).contains(.login))
    }
}

@Suite struct `A password that somebody chooses` {
    @Test(arguments: [
        ("short", PasswordFault.tooShort), ("aaaaaaaaaaaaaa", .wellKnown), ("1234567890", .wellKnown),
        ("Password123!", .wellKnown), ("qwertyuiop", .wellKnown), ("wanglei-2026!", .holdsLogin),
        ("abcd-efgh-jkmn-pqrs", .looksOneTime), (String(repeating: "长a1", count: 50), .tooLong),
    ])
    func `is refused with the reason`(password: String, fault: PasswordFault) {
        #expect(PasswordRule.fault(in: PasswordRule.normalised(password), login: "wanglei") == fault)
    }

    @Test(arguments: ["correct horse battery", "上海的雨下了一整夜呀", "Tr4ktor&Melone"])
    func `is taken whatever it is made of`(password: String) {
        #expect(PasswordRule.fault(in: PasswordRule.normalised(password), login: "wanglei") == nil)
    }

    @Test func `is the same however its letters are written`() {
        #expect(PasswordRule.normalised("ｃａｆé cafe\u{301}") == PasswordRule.normalised("café café"))
    }
}
