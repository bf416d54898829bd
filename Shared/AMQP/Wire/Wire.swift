internal import CRabbitMQ
import Foundation

/// One open connection: frames in, frames out. Owns librabbitmq's state and frees it once.
///
/// `@unchecked Sendable` holds because it is handed over exactly once, from the thread that opened it to the connection's
/// executor, and never used by both: the opener keeps no reference.
final class Wire: @unchecked Sendable {
    static let frameSize = 131_072
    /// Type, channel, size and end mark of a frame.
    private static let frameOverhead = 8

    let state: amqp_connection_state_t
    private let arena = Arena()

    init(state: amqp_connection_state_t) { self.state = state }

    deinit { amqp_destroy_connection(state) }

    var descriptor: Int32 { amqp_get_sockfd(state) }
    var channelLimit: Int { Int(amqp_get_channel_max(state)) }
    /// As agreed with the broker, which may ask for less than we did.
    var heartbeat: Duration { .seconds(max(Int(amqp_get_heartbeat(state)), 1)) }
    /// The most bytes of a body that fit in one frame.
    private(set) lazy var chunkSize = Int(amqp_get_frame_max(state)) - Self.frameOverhead

    enum Reading {
        case nothing
        case frame(Frame, channel: UInt16)
        /// Nothing of interest to us; look again.
        case skipped
        case failed(String)
    }

    /// The next frame if one is there. Call until `nothing` before sleeping on the descriptor: frames may wait in the
    /// library's buffer while the socket is quiet.
    ///
    /// `body` runs before the frame's memory is given back.
    func read<Result>(_ body: (Reading) -> Result) -> Result {
        var frame = amqp_frame_t()
        var noWait = timeval()
        let status = amqp_simple_wait_frame_noblock(state, &frame, &noWait)
        if status == AMQP_STATUS_TIMEOUT.rawValue { return body(.nothing) }
        if status != AMQP_STATUS_OK.rawValue { return body(.failed(Wire.text(status))) }
        let channel = frame.channel
        // A no-op while frames of the channel are queued; otherwise all of it was copied.
        defer { amqp_maybe_release_buffers_on_channel(state, channel) }
        switch frame.frame_type {
        case UInt8(AMQP_FRAME_METHOD):
            return body(.frame(.method(Incoming(frame.payload.method)), channel: channel))
        case UInt8(AMQP_FRAME_HEADER):
            let header = frame.payload.properties
            guard header.class_id == UInt16(AMQP_BASIC_CLASS), let decoded = header.decoded else {
                return body(.failed("a content of an unknown class"))
            }
            let properties = decoded.assumingMemoryBound(to: amqp_basic_properties_t.self).pointee
            return body(
                .frame(.header(bodySize: header.body_size, MessageProperties(properties)), channel: channel))
        case UInt8(AMQP_FRAME_BODY):
            return body(.frame(.body(frame.payload.body_fragment.buffer), channel: channel))
        // Heartbeats that were read in the middle of a send.
        default: return body(.skipped)
        }
    }

    // MARK: Sending

    /// Whether the kernel takes more; a send would block otherwise.
    var isWritable: Bool {
        var descriptor = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&descriptor, 1, 0) > 0
    }

    /// Holds small segments back until it is lifted, so that a burst of frames leaves in full packets. Lifting it sends
    /// what is left, which also avoids the 200 ms that a body of exactly k frames would otherwise wait.
    func cork(_ isOn: Bool) {
        var value: Int32 = isOn ? 1 : 0
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
    }

    /// - Throws: ``BrokerError``; the stream may end in the middle of a frame, so the connection must be given up.
    func send(_ method: Method, channel: UInt16) throws(BrokerError) {
        defer { arena.recycle() }
        try check(transmit(method, channel: channel, arena))
    }

    /// Method and header of a publication; the body follows by ``sendBody(_:from:channel:)``.
    func sendHead(_ message: Publication, channel: UInt16) throws(BrokerError) {
        defer { arena.recycle() }
        var publish = amqp_basic_publish_t()
        publish.exchange = arena.bytes(message.exchange)
        publish.routing_key = arena.bytes(message.routingKey)
        publish.mandatory = 1
        try check(amqp_send_method(state, channel, UInt32(AMQP_BASIC_PUBLISH_METHOD), &publish))
        var properties = arena.properties(message.properties)
        var frame = amqp_frame_t()
        frame.frame_type = UInt8(AMQP_FRAME_HEADER)
        frame.channel = channel
        frame.payload.properties.class_id = UInt16(AMQP_BASIC_CLASS)
        frame.payload.properties.body_size = UInt64(message.body.count)
        try check(
            withUnsafeMutablePointer(to: &properties) { properties in
                frame.payload.properties.decoded = UnsafeMutableRawPointer(properties)
                return amqp_send_frame(state, &frame)
            })
    }

    /// One frame of the body, beginning at `offset`.
    ///
    /// - Returns: where the next one begins.
    func sendBody(_ body: [UInt8], from offset: Int, channel: UInt16) throws(BrokerError) -> Int {
        let count = min(chunkSize, body.count - offset)
        var frame = amqp_frame_t()
        frame.frame_type = UInt8(AMQP_FRAME_BODY)
        frame.channel = channel
        let status = body.withUnsafeBytes { bytes in
            let start = bytes.baseAddress.map { UnsafeMutableRawPointer(mutating: $0 + offset) }
            frame.payload.body_fragment = amqp_bytes_t(len: count, bytes: start)
            return amqp_send_frame(state, &frame)
        }
        try check(status)
        return offset + count
    }

    private func check(_ status: Int32) throws(BrokerError) {
        if status < 0 { throw BrokerError(.connectionLost, Wire.text(status)) }
    }
}

extension Arena {
    func properties(_ source: MessageProperties) -> amqp_basic_properties_t {
        var flags = Flag.deliveryMode
        func text(_ flag: UInt32, _ text: String?) -> amqp_bytes_t {
            guard let text else { return amqp_empty_bytes }
            flags |= flag
            return bytes(text)
        }
        var result = amqp_basic_properties_t()
        result.content_type = text(Flag.contentType, source.contentType)
        result.content_encoding = text(Flag.contentEncoding, source.contentEncoding)
        result.correlation_id = text(Flag.correlationID, source.correlationID)
        result.reply_to = text(Flag.replyTo, source.replyTo)
        result.message_id = text(Flag.messageID, source.messageID)
        result.type = text(Flag.type, source.type)
        result.user_id = text(Flag.userID, source.userID)
        result.app_id = text(Flag.appID, source.appID)
        result.delivery_mode = source.isPersistent ? 2 : 1
        if let timestamp = source.timestamp {
            flags |= Flag.timestamp
            result.timestamp = Seconds.since1970(timestamp)
        }
        if !source.headers.isEmpty {
            flags |= Flag.headers
            result.headers = table(source.headers)
        }
        result._flags = flags
        return result
    }
}
