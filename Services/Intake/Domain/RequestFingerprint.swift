public import Contracts
public import Foundation
internal import Kernel

extension InboundRequest {
    /// The same for two requests that ask for the same, whatever their spaces and order of fields; a UUID version 5
    /// over every field with its length. Tells a repeated request from another one under the same idempotency key.
    public var fingerprint: UUID {
        var text = ""
        for field in [
            subject, description, kind, urgency, department, address, productSerial, customer?.id, customer?.name,
            customer?.contact, customer?.phone, customer?.email, customer?.weChatOpenID, customer?.language,
        ] {
            guard let field else {
                text += "-;"
                continue
            }
            text += "\(field.utf8.count):"
            text += field
            text += ";"
        }
        // Named and only where they are: a request without them is the same as before there were such fields.
        for (name, field) in [("source", source), ("key", key), ("topic", topic)] {
            if let field { text += "\(name)=\(field.utf8.count):\(field);" }
        }
        return UUID(namespace: Self.namespace, name: text)
    }

    private static let namespace = UUID(
        uuid: (
            0x5B, 0x1C, 0x0E, 0x63, 0x7A, 0x2F, 0x4D, 0x90, 0x9A, 0x11, 0x3E, 0x8D, 0x42, 0x6C, 0xF0, 0x07
        ))
}
