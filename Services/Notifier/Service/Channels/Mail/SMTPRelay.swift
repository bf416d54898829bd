import Logging
import NIOCore
import NIOPosix
import NIOSSL
import NotifierDomain
import ServiceLifecycle
import Synchronization

/// The mail channel: messages to a relay over connections that are kept and used again.
///
/// There are at most as many connections as mails are sent at once. One that has rested for ten seconds is asked with NOOP
/// before it is used, after thirty it is given up; a transaction that failed is followed by RSET.
final class SMTPRelay: Channel, Service {
    let provider = "smtp"

    private struct Resting {
        let connection: SMTPConnection
        let since: NIODeadline
        let mails: Int
    }

    /// How one transaction went, and whether the connection can be used again.
    private enum Step {
        case ended(Outcome, keeps: Bool)
        /// Nothing was handed over: the relay had closed a connection that rested.
        case stale
    }

    private static let mailsPerConnection = 1000

    private let settings: NotifierSettings.Mail
    private let timeout: TimeAmount
    private let tls: NIOSSLContext?
    private let group: any EventLoopGroup
    private let resting = Mutex<[Resting]>([])

    /// - Throws: NIOSSL's error when the file of authorities cannot be read.
    init(_ settings: NotifierSettings.Mail, timeout: Duration) throws {
        self.settings = settings
        self.timeout = .nanoseconds(Int64(timeout / .nanoseconds(1)))
        group = MultiThreadedEventLoopGroup.singleton
        if settings.tls == .none {
            tls = nil
        } else {
            var configuration = TLSConfiguration.makeClientConfiguration()
            if let file = settings.caFile { configuration.trustRoots = .file(file) }
            tls = try NIOSSLContext(configuration: configuration)
        }
    }

    /// Gives up connections that nobody needs; says goodbye to all at the end.
    func run() async throws {
        let ticks = AsyncStream<Void> {
            // A cancelled pause ends the stream.
            try? await Task.sleep(for: .seconds(5))
            return Task.isCancelled ? nil : ()
        }
        for await _ in ticks.cancelOnGracefulShutdown() { leave(restingSince: .now() - .seconds(30)) }
        leave(restingSince: .distantFuture)
    }

    private func leave(restingSince limit: NIODeadline) {
        let old = resting.withLock { resting in
            let old = resting.filter { $0.since < limit }
            resting.removeAll { $0.since < limit }
            return old
        }
        for resting in old { resting.connection.close() }
    }

    func send(_ outgoing: Outgoing) async -> Outcome {
        let deadline = NIODeadline.now() + timeout
        let message = MailMessage(outgoing, settings: settings)
        while let rested = await takeRested(until: deadline) {
            guard case .ended(let outcome, let keeps) = await send(message, over: rested.connection, until: deadline)
            else {
                rested.connection.close()
                continue
            }
            putBack(rested.connection, mails: rested.mails + 1, keeps: keeps)
            return outcome
        }
        do {
            let connection = try await SMTPConnection.open(settings, tls: tls, on: group, until: deadline)
            guard case .ended(let outcome, let keeps) = await send(message, over: connection, until: deadline) else {
                connection.close()
                return .transient("the relay closed the connection before it took the mail")
            }
            putBack(connection, mails: 1, keeps: keeps)
            return outcome
        } catch let refused as SMTPConnection.Refused {
            return refused.reply.outcome(at: refused.stage)
        } catch let unfit as SMTPConnection.Unfit {
            return .providerUnusable(unfit.reason)
        } catch {
            return .transient("the relay could not be reached")
        }
    }

    private func takeRested(until deadline: NIODeadline) async -> Resting? {
        while let rested = resting.withLock({ $0.popLast() }) {
            guard rested.connection.isOpen else { continue }
            if rested.since > .now() - .seconds(10) { return rested }
            // Any failure means the same here: the relay has given the connection up.
            let answers = try? await rested.connection.exchange("NOOP\r\n", until: deadline)
            if answers?.first?.isPositive == true { return rested }
            rested.connection.close()
        }
        return nil
    }

    private func putBack(_ connection: SMTPConnection, mails: Int, keeps: Bool) {
        guard keeps, connection.isOpen, mails < Self.mailsPerConnection else { return connection.close() }
        resting.withLock { $0.append(Resting(connection: connection, since: .now(), mails: mails)) }
    }

    private func send(
        _ message: MailMessage, over connection: SMTPConnection, until deadline: NIODeadline
    ) async -> Step {
        if let size = connection.offers.size, message.bytes.count > size {
            return .ended(
                .rejectedMessage("the mail has \(message.bytes.count) bytes, the relay takes \(size)"), keeps: true)
        }
        if message.needsUTF8, !connection.offers.utf8 {
            return .ended(.rejectedRecipient("the address is not ASCII and the relay speaks no SMTPUTF8"), keeps: true)
        }
        do {
            if let refused = try await announce(message, over: connection, until: deadline) { return refused }
        } catch {
            return .stale
        }
        do {
            let reply = try await connection.exchange(message.dotStuffed, until: deadline)
            return .ended(reply.outcome(at: .data), keeps: reply.code != 421)
        } catch {
            // From the first byte of the body on, nobody knows what the relay has.
            return .ended(.ambiguous("the line to the relay broke before it answered the mail"), keeps: false)
        }
    }

    /// MAIL, RCPT and DATA: in one write where the relay offers that. Nil when it waits for the body.
    private func announce(
        _ message: MailMessage, over connection: SMTPConnection, until deadline: NIODeadline
    ) async throws -> Step? {
        let parameters =
            (connection.offers.size == nil ? "" : " SIZE=\(message.bytes.count)")
            + (message.needsUTF8 ? " BODY=8BITMIME SMTPUTF8" : "")
        let commands: [(text: String, stage: MailStage)] = [
            ("MAIL FROM:<\(message.sender)>\(parameters)\r\n", .sender),
            ("RCPT TO:<\(message.recipient)>\r\n", .recipient),
            ("DATA\r\n", .data),
        ]
        var replies: [SMTPReply] = []
        if connection.offers.pipelining {
            replies = try await connection.exchange(
                commands.map(\.text).joined(), replies: commands.count, until: deadline)
        } else {
            for command in commands where replies.allSatisfy({ $0.isPositive }) {
                replies += try await connection.exchange(command.text, until: deadline)
            }
        }
        let failed = zip(replies, commands).first { reply, command in
            command.stage == .data ? reply.code != 354 : !reply.isPositive
        }
        guard let (reply, command) = failed else { return nil }
        // Refused, but asked for the body all the same: an empty one ends it.
        if replies.last?.code == 354, replies.count == commands.count {
            _ = try await connection.exchange(".\r\n", until: deadline)
        }
        guard reply.code != 421 else { return .ended(reply.outcome(at: command.stage), keeps: false) }
        // The refusal stands, whatever becomes of the connection.
        let reset = try? await connection.exchange("RSET\r\n", until: deadline)
        return .ended(reply.outcome(at: command.stage), keeps: reset?.first?.isPositive == true)
    }
}
