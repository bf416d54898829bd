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
        #expect((0...4).allSatisfy { SignInThrottle.wait(failures: $0) == nil })
        #expect(SignInThrottle.wait(failures: 5) == .seconds(60))
        #expect(SignInThrottle.wait(failures: 6) == .seconds(120))
        #expect(SignInThrottle.wait(failures: 11) == .seconds(3600))
        #expect(SignInThrottle.wait(failures: 1000) == .seconds(3600))
    }
}
