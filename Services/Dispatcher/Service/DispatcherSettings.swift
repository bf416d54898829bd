import Crypto
import Foundation
import ServiceKit

/// What the dispatcher is told at start, besides what every service is told.
///
/// - `identity.signing_key` (secret): 32 bytes in base64, the Ed25519 key that signs access tokens.
/// - `identity.cookie_secure` (bool): the cookie travels over TLS only.
struct DispatcherSettings: Sendable {
    static let signingKey = Setting<String>.string(
        "identity.signing_key", default: nil, "Ed25519 private key that signs access tokens: 32 bytes in base64.",
        isSecret: true)
    static let secureCookie = Setting<Bool>.bool(
        "identity.cookie_secure", default: false, "The sign-in cookie travels over TLS only.")
    static let all: [any AnySetting] = [signingKey, secureCookie]

    let signer: TokenSigner
    let isCookieSecure: Bool

    /// The signing key is no 32 bytes in base64.
    struct BadSigningKey: Error, CustomStringConvertible {
        let description =
            "identity.signing_key: 32 bytes in base64 are wanted, such as `openssl rand -base64 32` makes."
    }

    init(_ reader: SettingsReader) throws {
        let text = try reader.read(Self.signingKey).trimmingCharacters(in: .whitespacesAndNewlines)
        guard let bytes = Data(base64Encoded: text), bytes.count == 32 else { throw BadSigningKey() }
        let publicKey = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes).publicKey
        let keyID = SHA256.hash(data: publicKey.rawRepresentation).prefix(8).map { String(format: "%02x", $0) }.joined()
        signer = try TokenSigner(privateKey: Array(bytes), keyID: keyID)
        isCookieSecure = try reader.read(Self.secureCookie)
    }
}
