private import Crypto
private import Foundation
private import JWTKit

/// Signs access tokens (EdDSA with Ed25519, RFC 8037). The dispatcher has one with a stored key; tests make new ones.
public struct TokenSigner: Sendable {
    public let keyID: String
    /// 32 bytes, to be stored as a secret.
    public let privateKey: [UInt8]
    /// The public half, as a JWKS lists it.
    public let publicKey: PublicSigningKey
    private let key: Curve25519.Signing.PrivateKey

    /// A new key, its id at random.
    public init() {
        self.init(Curve25519.Signing.PrivateKey(), keyID: UUID().uuidString.lowercased())
    }

    /// A stored key.
    ///
    /// - Throws: when the bytes are no Ed25519 private key.
    public init(privateKey: [UInt8], keyID: String) throws {
        self.init(try Curve25519.Signing.PrivateKey(rawRepresentation: privateKey), keyID: keyID)
    }

    private init(_ key: Curve25519.Signing.PrivateKey, keyID: String) {
        self.keyID = keyID
        privateKey = Array(key.rawRepresentation)
        publicKey = PublicSigningKey(kid: keyID, x: Base64URL.encode(key.publicKey.rawRepresentation))
        self.key = key
    }

    /// The token, with the key's id in its header.
    public func sign(_ claims: TokenClaims) async throws -> String {
        let kid = JWKIdentifier(string: keyID)
        return try await JWTKeyCollection().add(eddsa: EdDSA.PrivateKey(backing: key), kid: kid)
            .sign(TokenPayload(claims), kid: kid)
    }
}

/// One key of a JWKS (RFC 7517, RFC 8037): `{"kty":"OKP","crv":"Ed25519","alg":"EdDSA","use":"sig","kid":…,"x":…}`.
public struct PublicSigningKey: Sendable, Hashable, Codable {
    public let kid: String
    /// The 32 bytes, base64url without padding.
    public let x: String
    private let kty: String
    private let crv: String
    private let alg: String?
    private let use: String?

    public init(kid: String, x: String) {
        self.kid = kid
        self.x = x
        (kty, crv, alg, use) = ("OKP", "Ed25519", "EdDSA", "sig")
    }

    /// Whether it is of the only kind that is trusted here.
    var isEd25519: Bool {
        kty == "OKP" && crv == "Ed25519" && (alg ?? "EdDSA") == "EdDSA" && (use ?? "sig") == "sig"
    }
}

/// The body of `GET /api/dispatch/v1/keys`.
public struct PublicSigningKeys: Sendable, Hashable, Codable {
    public let keys: [PublicSigningKey]

    public init(keys: [PublicSigningKey]) { self.keys = keys }
}
