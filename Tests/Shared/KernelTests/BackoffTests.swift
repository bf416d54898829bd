import Kernel
import Testing

@Suite struct `A back-off` {
    let backoff = Backoff(base: .seconds(10), cap: .seconds(3600))

    @Test(arguments: [(1, 10), (2, 20), (3, 40), (9, 2560), (10, 3600), (500, 3600)])
    func `doubles up to its cap`(failures: Int, seconds: Int) {
        #expect(backoff.ceiling(failures: failures) == .seconds(seconds))
    }

    @Test func `spreads its waits over the whole span`() {
        #expect(backoff.wait(failures: 2, share: 0) == .zero)
        #expect(backoff.wait(failures: 2, share: 0.5) == .seconds(10))
        #expect(backoff.wait(failures: 2, share: 7) == .seconds(20))
    }
}
