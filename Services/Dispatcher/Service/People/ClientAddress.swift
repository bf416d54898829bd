import Foundation
import HTTPTypes
import Hummingbird
import ServiceKit

/// Where a request comes from, through the proxies that may say so.
struct ClientAddress: Sendable {
    /// Addresses of proxies, or `loopback`, `private` (RFC 1918, RFC 4193) for all of a kind.
    let trusted: Set<String>

    /// The peer's address, or what a trusted proxy says in the last place of `X-Forwarded-For`; nil without a network.
    func of(_ request: Request, _ context: RequestScope) -> String? {
        guard let peer = context.peer else { return forwarded(request) }
        return isTrusted(peer) ? forwarded(request) ?? peer : peer
    }

    /// By what failures are counted: one IPv4 address; of IPv6 the network of 64 bits that a subscriber has.
    static func network(of address: String) -> String {
        guard address.contains(":") else { return address }
        if let mapped = address.split(separator: ":").last, mapped.contains(".") { return String(mapped) }
        let halves = address.prefix { $0 != "%" }.components(separatedBy: "::")
        var groups = halves[0].split(separator: ":").map(String.init)
        if halves.count > 1 { while groups.count < 4 { groups.append("0") } }
        return groups.prefix(4).map { $0.lowercased() }.joined(separator: ":") + "::/64"
    }

    private func forwarded(_ request: Request) -> String? {
        guard let last = request.headers[.forwardedFor]?.split(separator: ",").last else { return nil }
        let address = last.trimmingCharacters(in: .whitespaces)
        let isAddress =
            (2...45).contains(address.utf8.count) && address.allSatisfy { $0.isHexDigit || $0 == "." || $0 == ":" }
        return isAddress ? address : nil
    }

    private func isTrusted(_ peer: String) -> Bool {
        if trusted.contains(peer) { return true }
        if trusted.contains("loopback"), peer.hasPrefix("127.") || peer == "::1" { return true }
        guard trusted.contains("private") else { return false }
        let second = peer.split(separator: ".").dropFirst().first.flatMap { Int($0) }
        return peer.hasPrefix("10.") || peer.hasPrefix("192.168.")
            || (peer.hasPrefix("172.") && (16...31).contains(second ?? 0)) || peer.lowercased().hasPrefix("fc")
            || peer.lowercased().hasPrefix("fd")
    }
}

extension HTTPField.Name {
    static let forwardedFor = HTTPField.Name("X-Forwarded-For")!
}
