import Crypto
import Foundation
import ServiceKit

/// Marks texts that only this service can have made: refresh tokens, device cookies. Derived from the signing keys, so
/// that there is one secret to keep; a mark of any key that is still in the settings is good, new ones are of the first.
struct ServerSecret: Sendable {
    enum Purpose: String, Sendable { case refresh, device, oidc, appointment }

    private let keys: [[UInt8]]

    /// - Parameter keys: the private signing keys, the present one first.
    init(keys: [[UInt8]]) { self.keys = keys }

    /// `body.mark`, both in letters that a cookie can hold.
    func seal(_ body: [UInt8], for purpose: Purpose) -> String {
        "\(Base64URL.encode(body)).\(Base64URL.encode(mark(body, purpose, keys[0])))"
    }

    /// - Returns: what was sealed; nil when it was not sealed here for this purpose.
    func open(_ text: String, for purpose: Purpose) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard text.utf8.count <= 2048, parts.count == 2, let body = Base64URL.decode(parts[0]),
            let mark = Base64URL.decode(parts[1]),
            keys.contains(where: { PasswordHash.areEqual(self.mark(body, purpose, $0), mark) })
        else { return nil }
        return body
    }

    private func mark(_ body: [UInt8], _ purpose: Purpose, _ key: [UInt8]) -> [UInt8] {
        let derived = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: key), info: Data("paidan \(purpose.rawValue)".utf8),
            outputByteCount: 32)
        return Array(HMAC<SHA256>.authenticationCode(for: Data(body), using: derived))
    }
}

/// What a browser or a program shows to get the next access token: a session and its generation.
struct RefreshToken: Sendable, Hashable {
    let session: UUID
    let generation: Int

    func text(_ secret: ServerSecret) -> String {
        secret.seal(Array("\(session.uuidString.lowercased()) \(generation)".utf8), for: .refresh)
    }

    init(session: UUID, generation: Int) {
        self.session = session
        self.generation = generation
    }

    init?(_ text: String, _ secret: ServerSecret) {
        guard let body = secret.open(text, for: .refresh) else { return nil }
        let parts = String(decoding: body, as: UTF8.self).split(separator: " ")
        guard parts.count == 2, let session = UUID(uuidString: String(parts[0])), let generation = Int(parts[1]) else {
            return nil
        }
        self.init(session: session, generation: generation)
    }
}

/// A browser from which a login has signed in before; strangers cannot hold up its sign-in by failing at theirs.
struct KnownDevice: Sendable, Hashable {
    let login: String
    /// Tells one device from another.
    let name: String

    func text(_ secret: ServerSecret) -> String { secret.seal(Array("\(login) \(name)".utf8), for: .device) }

    init(login: String, name: String) {
        self.login = login
        self.name = name
    }

    init?(_ text: String, _ secret: ServerSecret) {
        guard let body = secret.open(text, for: .device) else { return nil }
        let parts = String(decoding: body, as: UTF8.self).split(separator: " ").map(String.init)
        guard parts.count == 2 else { return nil }
        self.init(login: parts[0], name: parts[1])
    }
}
