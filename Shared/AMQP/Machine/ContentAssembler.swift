/// One frame of one channel. The bytes of a body are only valid while the frame is handled.
enum Frame {
    case method(Incoming)
    case header(bodySize: UInt64, MessageProperties)
    case body(UnsafeRawBufferPointer)
}

/// A frame that does not fit in front of or behind the last one of its channel; the connection cannot be trusted.
struct ProtocolFault: Error, Equatable {
    let text: String
}

/// Puts method, header and bodies together again, for each channel by itself: frames of different channels come in any
/// order, frames of one channel in theirs.
///
/// librabbitmq's own assembly throws away frames of other channels while it waits for one, so it is not used.
struct ContentAssembler {
    struct Assembled: Equatable {
        let method: Incoming
        let properties: MessageProperties?
        let body: [UInt8]
    }

    private struct Partial {
        let method: Incoming
        var properties: MessageProperties?
        var remaining: UInt64 = 0
        var body: [UInt8] = []
        var keepsBody: Bool
    }

    /// No more is reserved on the word of a header alone.
    private static let reserveLimit: UInt64 = 16 << 20
    private var partials: [UInt16: Partial] = [:]

    /// - Returns: a complete method, or nil when more frames must come.
    /// - Throws: ``ProtocolFault``; the assembler must not be used again.
    mutating func take(_ frame: Frame, channel: UInt16) throws(ProtocolFault) -> Assembled? {
        switch frame {
        case .method(let method):
            // A channel may be closed by the broker in the middle of a content.
            if case .closesChannel = method { partials[channel] = nil }
            if partials[channel] != nil { throw ProtocolFault(text: "a method in the middle of a content") }
            guard method.hasContent else { return Assembled(method: method, properties: nil, body: []) }
            var keepsBody = true
            if case .returned = method { keepsBody = false }
            partials[channel] = Partial(method: method, keepsBody: keepsBody)
            return nil
        case .header(let size, let properties):
            guard var partial = partials[channel], partial.properties == nil else {
                throw ProtocolFault(text: "a content header without its method")
            }
            partial.properties = properties
            partial.remaining = size
            if size == 0 { return finish(partial, channel: channel) }
            partials[channel] = partial
            return nil
        case .body(let bytes):
            guard var partial = partials.removeValue(forKey: channel), partial.properties != nil,
                UInt64(bytes.count) <= partial.remaining
            else { throw ProtocolFault(text: "a content body that belongs to nothing") }
            if partial.keepsBody {
                if partial.body.isEmpty, UInt64(bytes.count) == partial.remaining {
                    partial.body = [UInt8](bytes)
                } else {
                    if partial.body.isEmpty {
                        partial.body.reserveCapacity(Int(min(partial.remaining, Self.reserveLimit)))
                    }
                    partial.body.append(contentsOf: bytes)
                }
            }
            partial.remaining -= UInt64(bytes.count)
            if partial.remaining == 0 { return finish(partial, channel: channel) }
            partials[channel] = partial
            return nil
        }
    }

    private mutating func finish(_ partial: Partial, channel: UInt16) -> Assembled {
        partials[channel] = nil
        return Assembled(method: partial.method, properties: partial.properties, body: partial.body)
    }
}
