public import Contracts
public import Kernel

/// A request as it was sent: what could be read of it, and a fault for each field whose value is of another kind, so
/// that these are named together with all others.
public struct SentRequest: Decodable, Sendable {
    /// A field of another kind is nil here.
    public let request: InboundRequest
    public let faults: [FieldFault]

    private enum Field: String, CodingKey {
        case subject, description, kind, urgency, department, customer, address, productSerial, source, key, topic
    }

    private enum SenderField: String, CodingKey {
        case id, name, contact, phone, email, weChatOpenID, language
    }

    /// - Throws: `DecodingError` when it is no object, or holds a text that is none.
    public init(from decoder: any Decoder) throws {
        var fields = Fields<Field>(values: try decoder.container(keyedBy: Field.self), path: "")
        var request = InboundRequest(
            subject: try fields.text(.subject), description: try fields.text(.description),
            kind: try fields.text(.kind),
            urgency: try fields.text(.urgency), department: try fields.text(.department),
            address: try fields.text(.address), productSerial: try fields.text(.productSerial),
            source: try fields.text(.source), key: try fields.text(.key), topic: try fields.text(.topic))
        if var sender = try fields.object(.customer, of: SenderField.self) {
            request.customer = InboundRequest.Sender(
                id: try sender.text(.id), name: try sender.text(.name), contact: try sender.text(.contact),
                phone: try sender.text(.phone), email: try sender.text(.email),
                weChatOpenID: try sender.text(.weChatOpenID), language: try sender.text(.language))
            fields.faults += sender.faults
        }
        self.request = request
        faults = fields.faults
    }

    private struct Fields<Key: CodingKey> {
        let values: KeyedDecodingContainer<Key>
        /// The pointer of the object.
        let path: String
        var faults: [FieldFault] = []

        mutating func text(_ field: Key) throws -> String? {
            do {
                return try values.decodeIfPresent(String.self, forKey: field)
            } catch DecodingError.typeMismatch {
                add(field, "It must be a text.")
                return nil
            }
        }

        mutating func object<Nested: CodingKey>(_ field: Key, of type: Nested.Type) throws -> Fields<Nested>? {
            do {
                guard values.contains(field), try !values.decodeNil(forKey: field) else { return nil }
                let nested = try values.nestedContainer(keyedBy: type, forKey: field)
                return Fields<Nested>(values: nested, path: "\(path)/\(field.stringValue)")
            } catch DecodingError.typeMismatch {
                add(field, "It must be an object.")
                return nil
            }
        }

        private mutating func add(_ field: Key, _ message: String) {
            faults.append(FieldFault(field: "\(path)/\(field.stringValue)", code: "malformed", message: message))
        }
    }
}
