import Crypto
import Foundation
private import JWTKit
private import Kernel
private import Synchronization

/// Checks tokens against a set of keys, and remembers the good ones, since checking costs a tenth of a millisecond.
final class TokenVerifier: Sendable {
    enum Refusal: Error, Hashable {
        /// No token, not three parts, not ours.
        case malformed
        /// Signed by a key we do not have.
        case unknownKey
        case badSignature
        case expired
    }

    private struct State {
        var known: Set<PublicSigningKey> = []
        var keys: [String: EdDSA.PublicKey] = [:]
        var good: [SHA256Digest: TokenClaims] = [:]
    }

    private static let mostRemembered = 10_000
    private static let longestToken = 4096

    private let state = Mutex(State())

    /// Takes these keys instead of those before; tokens of keys that are gone are no longer good.
    func replaceKeys(_ keys: [PublicSigningKey]) {
        let usable = keys.filter(\.isEd25519)
        state.withLock { state in
            guard Set(usable) != state.known else { return }
            state.known = Set(usable)
            state.good = [:]
            state.keys = [:]
            // A key that cannot be read is left out: its tokens are refused, the others are not harmed.
            for key in usable { state.keys[key.kid] = try? EdDSA.PublicKey(x: key.x, curve: .ed25519) }
        }
    }

    var hasKeys: Bool { state.withLock { !$0.keys.isEmpty } }

    /// - Throws: ``Refusal``.
    func verify(_ token: String, now: Date) async throws -> TokenClaims {
        guard token.utf8.count <= Self.longestToken else { throw Refusal.malformed }
        let digest = SHA256.hash(data: Array(token.utf8))
        if let claims = state.withLock({ $0.good[digest] }) {
            guard claims.expiresAt > now else { throw Refusal.expired }
            return claims
        }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let bytes = Base64URL.decode(parts[0]), let header = Self.header(bytes),
            header.alg == "EdDSA", let kid = header.kid
        else { throw Refusal.malformed }
        guard let key = state.withLock({ $0.keys[kid] }) else { throw Refusal.unknownKey }
        let claims = try await Self.claims(of: token, signedBy: key)
        guard claims.expiresAt > now else { throw Refusal.expired }
        state.withLock { state in
            guard state.keys[kid] == key else { return }
            if state.good.count >= Self.mostRemembered { state.good = state.good.filter { $0.value.expiresAt > now } }
            if state.good.count >= Self.mostRemembered { state.good = [:] }
            state.good[digest] = claims
        }
        return claims
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String?
    }

    private static func header(_ bytes: [UInt8]) -> Header? {
        // Whatever is wrong with it, the token is malformed, and nobody is told more.
        try? JSONDecoder().decode(Header.self, from: Data(bytes))
    }

    private static func claims(of token: String, signedBy key: EdDSA.PublicKey) async throws -> TokenClaims {
        let payload: TokenPayload
        do {
            payload = try await JWTKeyCollection().add(eddsa: key).verify(token, as: TokenPayload.self)
        } catch let error as JWTError where error.errorType == .signatureVerificationFailed {
            throw Refusal.badSignature
        } catch {
            throw Refusal.malformed
        }
        guard payload.iss == TokenClaims.issuer else { throw Refusal.malformed }
        return payload.claims
    }
}
