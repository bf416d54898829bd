import NIOCore
import NIOPosix
import Synchronization

/// A mail server that says what a test tells it to, and drops the line where it is told to.
final class ScriptedRelay: Sendable {
    enum Act: Sendable {
        case say(String)
        case drop
        case silence
    }

    /// What came in: one entry for each command line; a body is one entry.
    private let log = Mutex<[String]>([])
    private let connections = Mutex(0)
    private let script: @Sendable (String) -> Act?
    private let greeting: String
    fileprivate let offers: [String]

    /// - Parameter script: the act for a command line, or for a body as a whole; nil for what a friendly server would do.
    init(
        greeting: String = "220 relay", offers: [String] = [],
        script: @escaping @Sendable (String) -> Act? = { _ in nil }
    ) {
        self.greeting = greeting
        self.offers = offers
        self.script = script
    }

    var lines: [String] { log.withLock { $0 } }
    var accepted: Int { connections.withLock { $0 } }

    func with<Result: Sendable>(_ body: (Int) async throws -> Result) async throws -> Result {
        let server = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Dialogue(relay: self))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let outcome: Swift.Result<Result, any Error>
        do { outcome = .success(try await body(server.localAddress?.port ?? 0)) } catch { outcome = .failure(error) }
        try await server.close()
        return try outcome.get()
    }

    fileprivate func greet() -> String {
        connections.withLock { $0 += 1 }
        return greeting
    }

    fileprivate func act(on line: String) -> Act {
        log.withLock { $0.append(line) }
        if let act = script(line) { return act }
        if line.hasPrefix("EHLO") {
            let words = ["relay"] + offers
            return .say(
                words.enumerated().map { "250\($0 == words.count - 1 ? " " : "-")\($1)" }.joined(separator: "\r\n"))
        }
        if line == "DATA" { return .say("354 go on") }
        if line == "STARTTLS" { return .say("220 go on") }
        return .say("250 2.0.0 fine")
    }
}

private final class Dialogue: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let relay: ScriptedRelay
    private var pending = ""
    private var isBody = false

    init(relay: ScriptedRelay) { self.relay = relay }

    func channelActive(context: ChannelHandlerContext) { say(relay.greet(), context) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        pending += String(buffer: unwrapInboundIn(data))
        while let (line, rest) = next() {
            pending = rest
            switch relay.act(on: line) {
            case .say(let text):
                isBody = !isBody && text.hasPrefix("354")
                say(text, context)
            case .drop: return context.close(promise: nil)
            case .silence: isBody = false
            }
        }
    }

    /// A command line, or a body up to its dot.
    private func next() -> (String, String)? {
        if isBody {
            if pending.utf8.starts(with: ".\r\n".utf8) {
                return ("", String(decoding: pending.utf8.dropFirst(3), as: UTF8.self))
            }
            return pending.firstRange(of: "\r\n.\r\n").map {
                (String(pending[..<$0.lowerBound]) + "\r\n", String(pending[$0.upperBound...]))
            }
        }
        return pending.firstRange(of: "\r\n").map {
            (String(pending[..<$0.lowerBound]), String(pending[$0.upperBound...]))
        }
    }

    private func say(_ text: String, _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text + "\r\n")), promise: nil)
    }
}
