import Testing

@testable import IntakeDomain

@Suite struct `Guesses at a ticket's contact` {
    private let begin = Duration.seconds(7)

    @Test func `are bounded for a quarter of an hour, counted from the first`() {
        var throttle = GuessThrottle()
        for second in 0..<GuessThrottle.most {
            #expect(throttle.wait(on: "T1", at: begin + .seconds(second)) == nil)
            throttle.noteFailure(on: "T1", at: begin + .seconds(second))
        }
        #expect(throttle.wait(on: "t1", at: begin + .seconds(100)) == .seconds(800))
        #expect(throttle.wait(on: "T2", at: begin + .seconds(100)) == nil)
        #expect(throttle.wait(on: "T1", at: begin + .seconds(900)) == nil)
        throttle.noteFailure(on: "T1", at: begin + .seconds(900))
        #expect(throttle.wait(on: "T1", at: begin + .seconds(901)) == nil)
    }

    @Test func `take a bounded memory, and what is over makes room first`() {
        var throttle = GuessThrottle()
        for number in 1..<GuessThrottle.capacity { throttle.noteFailure(on: "T\(number)", at: begin) }
        let later = begin + .seconds(1000)
        for _ in 0..<GuessThrottle.most { throttle.noteFailure(on: "new", at: later) }
        throttle.noteFailure(on: "one more", at: later)
        #expect(throttle.wait(on: "new", at: later) != nil)
    }
}
