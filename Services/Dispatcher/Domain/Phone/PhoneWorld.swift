import Contracts
import Foundation
public import Kernel

/// What somebody has to do with at a moment: work orders with their revisions. A telephone brings back what it was told
/// last, as an opaque text, and is told what is different: nothing is remembered for it, nothing is missed because it was
/// committed late, and it does not matter when or by which process it was told.
public struct PhoneWorld: Hashable, Sendable {
    /// Work orders of one person; what is beyond is not told.
    public static let most = 200
    /// Beside them, work orders that are free for all of his role in his department.
    public static let mostFree = 50
    private static let form: UInt8 = 1

    public private(set) var revisions: [ID<WorkOrder>: Int64]

    public init(_ revisions: [ID<WorkOrder>: Int64] = [:]) { self.revisions = revisions }

    /// What a telephone that knows this is to be told, to know `present`.
    public struct Difference: Hashable, Sendable {
        /// New, or changed.
        public let changed: [ID<WorkOrder>]
        /// They have left him, or have ended.
        public let removed: [ID<WorkOrder>]
        /// There is more.
        public let isPartial: Bool
        /// What it knows then.
        public let known: PhoneWorld
    }

    /// - Parameter limit: most that are told at once, those that have left first.
    public func difference(to present: PhoneWorld, limit: Int) -> Difference {
        let gone = revisions.keys.filter { present.revisions[$0] == nil }.sorted { $0.description < $1.description }
        let new = present.revisions.filter { revisions[$0.key] != $0.value }.keys
            .sorted { $0.description < $1.description }
        let removed = Array(gone.prefix(limit))
        let changed = Array(new.prefix(limit - removed.count))
        var known = self
        for id in removed { known.revisions[id] = nil }
        for id in changed { known.revisions[id] = present.revisions[id] }
        return Difference(
            changed: changed, removed: removed, isPartial: removed.count + changed.count < gone.count + new.count,
            known: known)
    }

    /// As a text that fits into an address: the same for the same world.
    public var cursor: String {
        var bytes = [Self.form]
        for (id, revision) in revisions.sorted(by: { $0.key.description < $1.key.description }) {
            withUnsafeBytes(of: id.value.uuid) { bytes.append(contentsOf: $0) }
            var rest = UInt64(bitPattern: revision)
            while rest > 127 {
                bytes.append(UInt8(rest & 127) | 128)
                rest >>= 7
            }
            bytes.append(UInt8(rest))
        }
        return Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    /// - Returns: nil for what is no cursor.
    public init?(cursor: String) {
        guard cursor.utf8.count <= 8000 else { return nil }
        let text = cursor.replacing("-", with: "+").replacing("_", with: "/")
        guard let data = Data(base64Encoded: text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)),
            data.first == Self.form
        else { return nil }
        var rest = Array(data.dropFirst())[...]
        var revisions: [ID<WorkOrder>: Int64] = [:]
        while !rest.isEmpty {
            guard rest.count > 16, revisions.count < Self.most * 2 else { return nil }
            let id = Array(rest.prefix(16)).withUnsafeBytes { UUID(uuid: $0.loadUnaligned(as: uuid_t.self)) }
            rest = rest.dropFirst(16)
            var (revision, shift) = (UInt64(0), UInt64(0))
            while let byte = rest.popFirst() {
                guard shift < 63 else { return nil }
                revision |= UInt64(byte & 127) << shift
                shift += 7
                if byte < 128 { break }
                if rest.isEmpty { return nil }
            }
            revisions[ID(id)] = Int64(bitPattern: revision)
        }
        self.revisions = revisions
    }
}
