#if DEBUG
    import Foundation
    import Testing

    @testable import Messaging

    @Suite struct `A failpoint` {
        @Test func `is named with its action and the hit at which it happens`() {
            #expect(Failpoint.read("") == [:])
            #expect(Failpoint.read("relay.published=kill@3") == [.relayPublished: .init(action: .kill, hit: 3)])
            #expect(
                Failpoint.read("sender.claimed=stop,timer.fired=kill@12")
                    == [.senderClaimed: .init(action: .stop, hit: 1), .timerFired: .init(action: .kill, hit: 12)])
        }

        @Test(arguments: ["relay.publishd=kill", "relay.published", "relay.published=kill@0", "relay.published=die"])
        func `that is mistyped ends the process`(text: String) async {
            await #expect(processExitsWith: .failure) { [text] in _ = Failpoint.read(text) }
        }

        @Test func `ends the process at its hit and not before`() async {
            await #expect(processExitsWith: .signal(9)) {
                setenv("PAIDAN_FAILPOINT", "relay.published=kill@2", 1)
                Failpoint.relayPublished.hit()
                Failpoint.relayConfirmed.hit()
                guard Failpoint.relayPublished.isArmed else { exit(1) }
                Failpoint.relayPublished.hit()
                exit(0)
            }
        }
    }
#endif
