import Contracts
import Crypto
import Foundation
import ServiceKit

/// What the dispatcher is told at start, besides what every service is told.
struct DispatcherSettings: Sendable {
    static let signingKey = Setting<String>.string(
        "identity.signing_key", default: nil,
        """
        Ed25519 private keys that sign access tokens, 32 bytes in base64 each, comma-separated: the first signs, all are \
        published and taken.
        """,
        isSecret: true)
    static let secureCookie = Setting<Bool>.bool(
        "identity.cookie_secure", default: false, "The sign-in cookies travel over TLS only.")
    static let tokenLife = Setting<Duration>.duration(
        "identity.token_life", default: "15m", in: .seconds(60)...(.seconds(43_200)),
        "How long an access token is good; it cannot be taken back before.")
    static let sessionIdle = Setting<Duration>.duration(
        "identity.session_idle", default: "7d", in: .seconds(3600)...(.seconds(90 * 86_400)),
        "A session that is not renewed for so long is over.")
    static let sessionLife = Setting<Duration>.duration(
        "identity.session_life", default: "30d", in: .seconds(3600)...(.seconds(365 * 86_400)),
        "A session is over after this, however often it was renewed.")
    static let trustedProxies = Setting<[String]>.list(
        "http.trusted_proxies", default: "loopback", of: nil,
        "Proxies whose X-Forwarded-For is believed: addresses, or loopback, private for all of a kind.")
    static let publicURL = Setting<String?>.optionalURL(
        "identity.public_url", "Where browsers reach the suite; needed for a provider of identities.")
    static let issuer = Setting<String?>.optionalURL(
        "identity.oidc_issuer", "A provider of identities (OpenID Connect) that people may sign in by.")
    static let clientID = Setting<String>.string(
        "identity.oidc_client_id", default: "", "The suite's client id there.")
    static let clientSecret = Setting<String?>.optional(
        "identity.oidc_client_secret", "Its secret there; none for a public client.", isSecret: true)
    static let claim = Setting<String>.string(
        "identity.oidc_claim", default: "email",
        """
        The claim that holds the e-mail address by which somebody is known at his first sign-in; `email` counts only when \
        the provider says that it is verified.
        """)
    static let kinds = Setting.list(
        "tickets.kinds", default: TicketKind.allCases.map(\.rawValue).joined(separator: ","), of: nil,
        "The kinds of ticket that intake is told to take: a process that serves another one is warned of.")
    static let all: [any AnySetting] = [
        signingKey, secureCookie, tokenLife, sessionIdle, sessionLife, trustedProxies, publicURL, issuer, clientID,
        clientSecret, claim, kinds,
    ]

    let signer: TokenSigner
    /// Of all keys, the signing one first.
    let publicKeys: [PublicSigningKey]
    let secret: ServerSecret
    let isCookieSecure: Bool
    let times: SignIn.Times
    let address: ClientAddress
    /// Nil: people sign in by password only.
    let openID: OpenIDProvider?

    /// Of ticket, that intake takes.
    let kinds: [String]

    /// A provider without what it takes.
    struct HalfProvider: Error, CustomStringConvertible {
        let description = "identity.oidc_issuer needs identity.oidc_client_id and identity.public_url, too."
    }

    /// A signing key is no 32 bytes in base64.
    struct BadSigningKey: Error, CustomStringConvertible {
        let description =
            "identity.signing_key: 32 bytes in base64 are wanted, such as `openssl rand -base64 32` makes."
    }

    init(_ reader: SettingsReader) throws {
        let keys = try reader.read(Self.signingKey).split(separator: ",", omittingEmptySubsequences: false).map {
            text -> [UInt8] in
            guard let bytes = Data(base64Encoded: text.trimmingCharacters(in: .whitespacesAndNewlines)),
                bytes.count == 32
            else { throw BadSigningKey() }
            return Array(bytes)
        }
        let signers = try keys.map { bytes in
            let publicKey = try Curve25519.Signing.PrivateKey(rawRepresentation: bytes).publicKey
            let name = SHA256.hash(data: publicKey.rawRepresentation).prefix(8).map { String(format: "%02x", $0) }
            return try TokenSigner(privateKey: bytes, keyID: name.joined())
        }
        guard let first = signers.first else { throw BadSigningKey() }
        signer = first
        publicKeys = signers.map(\.publicKey)
        secret = ServerSecret(keys: keys)
        isCookieSecure = try reader.read(Self.secureCookie)
        times = SignIn.Times(
            token: try reader.read(Self.tokenLife), idle: try reader.read(Self.sessionIdle),
            life: try reader.read(Self.sessionLife))
        address = ClientAddress(trusted: Set(try reader.read(Self.trustedProxies)))
        openID = try Self.provider(reader, secret)
        kinds = try reader.read(Self.kinds)
    }

    private static func provider(_ reader: SettingsReader, _ secret: ServerSecret) throws -> OpenIDProvider? {
        guard let issuer = try reader.read(issuer) else { return nil }
        let clientID = try reader.read(clientID)
        guard let publicURL = try reader.read(publicURL), !clientID.isEmpty else { throw HalfProvider() }
        let front = publicURL.hasSuffix("/") ? String(publicURL.dropLast()) : publicURL
        return OpenIDProvider(
            OpenIDProvider.Settings(
                issuer: issuer, clientID: clientID, clientSecret: try reader.read(clientSecret),
                claim: try reader.read(claim), redirectURI: front + "\(SignInCookies.refreshPath)/oidc/callback"),
            secret: secret)
    }
}
