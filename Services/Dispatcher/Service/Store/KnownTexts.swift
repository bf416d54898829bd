import Foundation
import Synchronization

/// What stored texts mean that were written or read last, so that a text is not parsed again by whoever wrote it: parsing
/// costs more than anything else that a command does. Only equal bytes give a known value, so it is never out of date.
final class KnownTexts<Value: Sendable>: Sendable {
    private struct Known {
        let text: [UInt8]
        let value: Value
    }

    /// Two generations: what was not used while `limit` others were goes.
    private struct Generations {
        var young: [UUID: Known] = [:]
        var old: [UUID: Known] = [:]
    }

    private let generations = Mutex(Generations())
    private let limit: Int

    /// - Parameter limit: at most twice as many are kept.
    init(limit: Int = 2_000) { self.limit = limit }

    /// - Parameter owner: what the text belongs to; the last text of each is known.
    func value(of owner: UUID, as text: [UInt8], _ parse: ([UInt8]) throws -> Value) rethrows -> Value {
        let (young, old) = generations.withLock { ($0.young[owner], $0.old[owner]) }
        if let young, young.text == text { return young.value }
        if young == nil, let old, old.text == text {
            keep(old.value, of: owner, as: text)
            return old.value
        }
        let value = try parse(text)
        keep(value, of: owner, as: text)
        return value
    }

    func keep(_ value: Value, of owner: UUID, as text: [UInt8]) {
        generations.withLock { generations in
            if generations.young.count >= limit {
                generations.old = generations.young
                generations.young = [:]
            }
            generations.young[owner] = Known(text: text, value: value)
        }
    }
}
