private import Contracts
internal import Kernel
private import Synchronization

/// Notes the keys of a JSON document that nothing reads it by: slips of the keyboard, which would otherwise change the
/// meaning of a request in silence. What a type reads is what its coding keys say, so that no list is kept beside them.
final class KeyWatch: Sendable {
    /// Faults that are told at most.
    private static let most = 20
    /// Characters of a key that are repeated.
    private static let longest = 100

    /// The keys of each object, by its pointer, that none of its readers has: several may look at one object.
    private let unread = Mutex<[String: Set<String>]>([:])

    func look(at path: [any CodingKey], unread keys: Set<String>) {
        let place = FieldFault.pointer(of: path)
        unread.withLock { unread in
            unread[place] = unread[place]?.intersection(keys) ?? keys
        }
    }

    /// Ordered by place.
    var faults: [FieldFault] {
        let found = unread.withLock { $0 }.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }
        return found.lazy.flatMap { place, keys in
            keys.sorted().map { place + "/" + FieldFault.pointer(String($0.prefix(Self.longest))) }
        }.prefix(Self.most).map {
            FieldFault(field: $0, code: "unknownField", message: "There is no such field.")
        }
    }
}

extension FieldFault {
    /// RFC 6901: `/customer/phones/0`.
    static func pointer(of path: [any CodingKey]) -> String {
        path.map { "/" + ($0.intValue.map(String.init) ?? pointer($0.stringValue)) }.joined()
    }
}
