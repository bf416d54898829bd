/// A value that was written as JSON before, for messages and rows most of which stays as it is.
public struct WrittenJSON: Encodable, Hashable, Sendable {
    let bytes: [UInt8]

    /// - Throws: as ``WireJSON/encode(_:)``.
    public init(_ value: some Encodable) throws { bytes = try WireJSON.encode(value) }

    /// ``WireJSON/encode(_:)`` puts the bytes where the value stands.
    ///
    /// - Throws: `EncodingError`: no other encoder can.
    public func encode(to encoder: any Encoder) throws {
        throw EncodingError.invalidValue(
            self,
            .init(codingPath: encoder.codingPath, debugDescription: "only WireJSON writes what is written already"))
    }
}
