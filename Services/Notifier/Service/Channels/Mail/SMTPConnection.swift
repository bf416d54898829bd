import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import NotifierDomain

/// One connection to a relay, greeted, secured and signed in.
struct SMTPConnection: Sendable {
    /// The relay answered, and the answer ends the dialogue.
    struct Refused: Error {
        let reply: SMTPReply
        let stage: MailStage
    }

    /// What the relay lacks for our settings.
    struct Unfit: Error {
        let reason: String
    }

    /// What the relay offers (the answer to EHLO).
    struct Offers: Sendable, Hashable {
        var pipelining = false
        var startTLS = false
        var utf8 = false
        var size: Int?
        var auth: Set<String> = []

        init(_ reply: SMTPReply) {
            for line in reply.lines.dropFirst() {
                let words = line.uppercased().split(separator: " ").map(String.init)
                switch words.first {
                case "PIPELINING": pipelining = true
                case "STARTTLS": startTLS = true
                case "SMTPUTF8": utf8 = true
                case "SIZE": size = words.dropFirst().first.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
                case "AUTH": auth = Set(words.dropFirst())
                default: break
                }
            }
        }
    }

    private let channel: any NIOCore.Channel
    let offers: Offers

    var isOpen: Bool { channel.isActive }

    func close() { channel.close(promise: nil) }

    /// Dials, takes the greeting, says EHLO, secures the line, signs in. Nothing stays open when it throws.
    static func open(
        _ settings: NotifierSettings.Mail, tls: NIOSSLContext?, on group: any EventLoopGroup,
        until deadline: NIODeadline
    ) async throws -> SMTPConnection {
        let dialled: any NIOCore.Channel
        do {
            dialled = try await ClientBootstrap(group: group)
                .channelOption(.socketOption(.tcp_nodelay), value: 1)
                .connectTimeout(max(deadline - .now(), .milliseconds(1)))
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if settings.tls == .tls, let tls {
                            try channel.pipeline.syncOperations.addHandler(secured(by: tls, host: settings.host))
                        }
                        try channel.pipeline.syncOperations.addHandler(SMTPLink())
                    }
                }
                .connect(host: settings.host, port: settings.port).get()
        } catch {
            throw SMTPLost.closed
        }
        do {
            let greeting = try await dialled.exchange("", until: deadline)
            guard greeting.code == 220 else { throw Refused(reply: greeting, stage: .connect) }
            var offers = try await hello(dialled, settings, until: deadline)
            if settings.tls == .starttls {
                guard offers.startTLS, let tls else { throw Unfit(reason: "the relay offers no STARTTLS") }
                let ready = try await dialled.exchange("STARTTLS\r\n", until: deadline)
                guard ready.code == 220 else { throw Refused(reply: ready, stage: .connect) }
                let channel = dialled
                try await channel.eventLoop.submit {
                    try channel.pipeline.syncOperations.addHandler(
                        secured(by: tls, host: settings.host), position: .first)
                }.get()
                // What was offered in the clear may have been written by anybody (RFC 3207 section 4.2).
                offers = try await hello(dialled, settings, until: deadline)
            }
            try await signIn(dialled, settings, offers: offers, until: deadline)
            return SMTPConnection(channel: dialled, offers: offers)
        } catch {
            dialled.close(promise: nil)
            throw error
        }
    }

    private static func secured(by tls: NIOSSLContext, host: String) throws -> NIOSSLClientHandler {
        // An address cannot be named in SNI.
        let isAddress = host.allSatisfy { $0.isNumber || $0 == "." } || host.contains(":")
        return try NIOSSLClientHandler(context: tls, serverHostname: isAddress ? nil : host)
    }

    private static func hello(
        _ channel: any NIOCore.Channel, _ settings: NotifierSettings.Mail, until deadline: NIODeadline
    ) async throws -> Offers {
        let reply = try await channel.exchange("EHLO \(settings.domain)\r\n", until: deadline)
        guard reply.isPositive else { throw Refused(reply: reply, stage: .connect) }
        return Offers(reply)
    }

    private static func signIn(
        _ channel: any NIOCore.Channel, _ settings: NotifierSettings.Mail, offers: Offers, until deadline: NIODeadline
    ) async throws {
        guard let user = settings.user else { return }
        guard settings.tls != .none else {
            throw Unfit(reason: "mail.user is set, but mail.tls is none: no password in the clear")
        }
        let password = settings.password ?? ""
        func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }
        var reply: SMTPReply
        if offers.auth.contains("PLAIN") {
            reply = try await channel.exchange("AUTH PLAIN \(base64("\0\(user)\0\(password)"))\r\n", until: deadline)
        } else if offers.auth.contains("LOGIN") {
            reply = try await channel.exchange("AUTH LOGIN\r\n", until: deadline)
            for word in [user, password] where reply.code == 334 {
                reply = try await channel.exchange(base64(word) + "\r\n", until: deadline)
            }
        } else {
            throw Unfit(reason: "the relay offers neither AUTH PLAIN nor LOGIN")
        }
        guard reply.code == 235 else { throw Refused(reply: reply, stage: .auth) }
    }

    func exchange(_ text: String, replies: Int = 1, until deadline: NIODeadline) async throws -> [SMTPReply] {
        try await channel.exchange(ByteBuffer(string: text), replies: replies, until: deadline)
    }

    func exchange(_ bytes: [UInt8], until deadline: NIODeadline) async throws -> SMTPReply {
        try await channel.exchange(ByteBuffer(bytes: bytes), replies: 1, until: deadline)[0]
    }
}

extension NIOCore.Channel {
    fileprivate func exchange(_ text: String, until deadline: NIODeadline) async throws -> SMTPReply {
        try await exchange(ByteBuffer(string: text), replies: 1, until: deadline)[0]
    }

    /// Writes and waits for `replies` answers. After the deadline the connection is closed.
    fileprivate func exchange(_ bytes: ByteBuffer, replies: Int, until deadline: NIODeadline) async throws
        -> [SMTPReply]
    {
        let answers = eventLoop.makePromise(of: [SMTPReply].self)
        let channel = self
        let alarm = eventLoop.scheduleTask(deadline: deadline) { channel.close(promise: nil) }
        // A connection that is closed has no ``SMTPLink`` any more: then only the failed write says so.
        let written = eventLoop.makePromise(of: Void.self)
        written.futureResult.whenFailure { _ in answers.fail(SMTPLost.closed) }
        writeAndFlush(SMTPExchange(bytes: bytes, replies: replies, answers: answers), promise: written)
        defer { alarm.cancel() }
        return try await answers.futureResult.get()
    }
}
