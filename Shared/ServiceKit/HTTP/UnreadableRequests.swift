import HTTPTypes
import Kernel
import NIOCore
import NIOHTTP1

/// Gives a problem document to what is no HTTP or has too many or too large headers: no middleware sees such a request, and
/// Hummingbird answers an empty 400 to all of it. RFC 6585, section 5: 431 for headers.
final class UnreadableRequests: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    private var fault: HTTPParserError?

    /// Right behind the parser. On the channel's event loop.
    static func addHandler(to pipeline: ChannelPipeline.SynchronousOperations) throws {
        let parser = try pipeline.handler(type: ByteToMessageHandler<HTTPRequestDecoder>.self)
        try pipeline.addHandler(UnreadableRequests(), position: .after(parser))
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? HTTPParserError { fault = error }
        context.fireErrorCaught(error)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let fault, case .head(var head) = unwrapOutboundIn(data), head.status == .badRequest,
            head.headers.first(name: "content-length") == "0"
        else { return context.write(data, promise: promise) }
        let problem = Self.problem(fault)
        let document = problem.document(about: nil, in: .english)
        head.status = HTTPResponseStatus(statusCode: problem.status.code)
        head.headers.replaceOrAdd(name: "content-length", value: "\(document.count)")
        head.headers.replaceOrAdd(name: "content-type", value: "application/problem+json")
        head.headers.replaceOrAdd(name: "content-language", value: Language.english.rawValue)
        head.headers.replaceOrAdd(name: "x-content-type-options", value: "nosniff")
        head.headers.replaceOrAdd(name: "cache-control", value: "no-store")
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: document)))), promise: promise)
    }

    private static func problem(_ fault: HTTPParserError) -> Problem {
        guard fault == .headerOverflow else { return .malformed("This is no HTTP/1.1.") }
        return Problem(
            .requestHeaderFieldsTooLarge, type: "headers-too-large", title: "The headers are too large",
            detail: "All headers of a request together have at most 80 KiB and 1,000 names.")
    }
}
