import Foundation
import Kernel
import Testing

@Suite struct `A name-based UUID` {
    /// The example of RFC 9562, appendix A.4: "www.example.com" in the DNS namespace.
    @Test func `is the one of the standard's example`() {
        let dns = UUID(uuidString: "6ba7b810-9dad-11d1-80b4-00c04fd430c8")!
        let id = UUID(namespace: dns, name: "www.example.com")
        #expect(id.uuidString.lowercased() == "2ed6657d-e927-568b-95e1-2665a8aea6a2")
    }

    @Test func `differs with the name and with the namespace`() {
        let one = UUID(), other = UUID()
        #expect(UUID(namespace: one, name: "a") == UUID(namespace: one, name: "a"))
        #expect(UUID(namespace: one, name: "a") != UUID(namespace: one, name: "b"))
        #expect(UUID(namespace: one, name: "a") != UUID(namespace: other, name: "a"))
    }
}
