import Crypto
import Foundation
import SwiftASN1
import X509

/// A key and a certificate for 127.0.0.1, signed by itself, good for an hour; both as PEM.
struct TestCertificate {
    let certificate: String
    let key: String

    init() throws {
        let privateKey = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("127.0.0.1") }
        let now = Date()
        let made = try Certificate(
            version: .v3, serialNumber: Certificate.SerialNumber(), publicKey: .init(privateKey.publicKey),
            notValidBefore: now - 3600, notValidAfter: now + 3600, issuer: name, subject: name,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: nil))
                SubjectAlternativeNames([.ipAddress(ASN1OctetString(contentBytes: [127, 0, 0, 1]))])
            },
            issuerPrivateKey: .init(privateKey))
        certificate = try made.serializeAsPEM().pemString
        key = privateKey.pemRepresentation
    }
}
