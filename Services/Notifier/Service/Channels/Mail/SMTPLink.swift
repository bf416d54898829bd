import NIOCore

/// Bytes to be written, and how many answers to wait for.
struct SMTPExchange: Sendable {
    let bytes: ByteBuffer
    let replies: Int
    let answers: EventLoopPromise<[SMTPReply]>
}

/// The line broke or the server fell silent before it had answered.
enum SMTPLost: Error {
    case closed, timeout, violation(String)
}

/// Pairs what is written with the answers to it, in order. Anything the server says unasked, such as a `421` before it
/// leaves or bytes slipped in before TLS begins, ends the connection.
final class SMTPLink: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = SMTPExchange
    typealias OutboundOut = ByteBuffer

    private var reader = SMTPReplyReader()
    private var current: (exchange: SMTPExchange, answers: [SMTPReply])?
    private var lost: SMTPLost?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let exchange = unwrapOutboundIn(data)
        guard lost == nil, current == nil, context.channel.isActive else {
            exchange.answers.fail(lost ?? .closed)
            promise?.succeed()
            return
        }
        current = (exchange, [])
        if exchange.bytes.readableBytes > 0 {
            context.write(wrapOutboundOut(exchange.bytes), promise: promise)
        } else {
            promise?.succeed()
        }
        // The greeting may have come before anybody waited for it.
        settle(context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        reader.feed(&bytes)
        settle(context)
    }

    private func settle(_ context: ChannelHandlerContext) {
        do {
            while let (exchange, answers) = current, let reply = try reader.next() {
                guard answers.count + 1 == exchange.replies else {
                    current = (exchange, answers + [reply])
                    continue
                }
                current = nil
                hasSpoken = true
                guard reader.isEmpty else {
                    exchange.answers.fail(SMTPLost.violation("answers to nothing"))
                    return end(context, .violation("answers to nothing"))
                }
                exchange.answers.succeed(answers + [reply])
            }
            if current == nil, hasSpoken, !reader.isEmpty { end(context, .closed) }
        } catch {
            end(context, .violation("\(error)"))
        }
    }

    /// False until the greeting was taken.
    private var hasSpoken = false

    func channelInactive(context: ChannelHandlerContext) {
        end(context, .closed)
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { end(context, .closed) }

    private func end(_ context: ChannelHandlerContext, _ reason: SMTPLost) {
        lost = lost ?? reason
        if let (exchange, _) = current {
            current = nil
            exchange.answers.fail(reason)
        }
        context.close(promise: nil)
    }
}
