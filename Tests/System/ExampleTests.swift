import Foundation
import StackSupport
import Testing

extension `The suite` {
    /// The script of docs/examples that whoever writes a client begins with.
    @Test(arguments: ["s0-stations", "s1-computer", "s3-repair", "s4-onsite"])
    func `goes from the ticket to the settlement over the public API alone`(story: String) async throws {
        let told = try await run(
            "/usr/bin/python3",
            [
                stack.root.appending(path: "docs/examples/from-ticket-to-settlement.py").path,
                "http://127.0.0.1:\(try stack.port("front"))", story,
            ],
            environment: [
                "PAIDAN": stack.root.appending(path: "paidan").path, "PAIDAN_STATE": stack.state.path,
                "PAIDAN_BIN": stack.bin,
            ].merging(stack.environment) { own, _ in own })
        #expect(told.status == 0 && told.output.contains("balanced"), "\(told.output)")
    }
}
