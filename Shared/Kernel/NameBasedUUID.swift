private import Crypto
public import Foundation

extension UUID {
    /// The UUID version 5 (RFC 9562 section 5.5) of `name` within `namespace`.
    ///
    /// The same pair gives the same id on every machine and at every time: a message that is made again after a
    /// crash carries the id it had the first time, and whoever has it already can tell.
    public init(namespace: UUID, name: String) {
        var hash = Insecure.SHA1()
        withUnsafeBytes(of: namespace.uuid) { hash.update(bufferPointer: $0) }
        var name = name
        name.withUTF8 { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        var bytes = hash.finalize().withUnsafeBytes { $0.loadUnaligned(as: uuid_t.self) }
        bytes.6 = (bytes.6 & 0x0F) | 0x50
        bytes.8 = (bytes.8 & 0x3F) | 0x80
        self.init(uuid: bytes)
    }
}
