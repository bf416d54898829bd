import Foundation
import Testing

@testable import AMQP

@Suite struct `A guard over sends` {
    private static func pair() -> (Int32, Int32) {
        var pair: [Int32] = [-1, -1]
        socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &pair)
        return (pair[0], pair[1])
    }

    private static func isShut(_ descriptor: Int32) -> Bool {
        var byte: UInt8 = 0
        return recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT)) == 0
    }

    @Test func `ends a call that does not come back, after five looks`() {
        let (mine, other) = Self.pair()
        let sendGuard = SendGuard()
        sendGuard.watch(mine)
        sendGuard.enter()
        for _ in 0..<SendGuard.limit { #expect(!sendGuard.look()) }
        #expect(!Self.isShut(mine))
        #expect(sendGuard.look())
        #expect(Self.isShut(mine))
        close(mine)
        close(other)
    }

    @Test func `leaves calls alone that come back, and one who is idle`() {
        let (mine, other) = Self.pair()
        let sendGuard = SendGuard()
        sendGuard.watch(mine)
        for _ in 0..<20 {
            sendGuard.enter()
            #expect(!sendGuard.look())
            sendGuard.leave()
            #expect(!sendGuard.look())
        }
        for _ in 0..<20 { #expect(!sendGuard.look()) }
        #expect(!Self.isShut(mine))
        close(mine)
        close(other)
    }

    @Test func `never shuts a socket that got the number of one that was closed`() {
        let (mine, other) = Self.pair()
        let sendGuard = SendGuard()
        sendGuard.watch(mine)
        sendGuard.enter()
        // The number now names another socket, as after a close and an open.
        let (fresh, peer) = Self.pair()
        dup2(fresh, mine)
        for _ in 0..<20 { _ = sendGuard.look() }
        #expect(!Self.isShut(mine) && !Self.isShut(peer))
        #expect(Self.isShut(other))
        sendGuard.forget()
        for _ in 0..<20 { #expect(!sendGuard.look()) }
        for descriptor in [mine, fresh, peer, other] { close(descriptor) }
    }
}
