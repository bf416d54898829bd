import Foundation
import NotifierDomain
import Synchronization
import Testing

@testable import NotifierService

@Suite struct `The mail channel` {
    static func relay(_ port: Int, timeout: Duration = .seconds(5)) throws -> SMTPRelay {
        try SMTPRelay(Samples.mailSettings(port: port), timeout: timeout)
    }

    @Test func `hands a mail over and keeps the connection for the next`() async throws {
        let server = ScriptedRelay(offers: ["SIZE 100000", "8BITMIME"])
        try await server.with { port in
            let relay = try Self.relay(port)
            for _ in 1...2 { #expect(await relay.send(Samples.mail()).label == "accepted") }
            #expect(server.accepted == 1)
            #expect(
                server.lines.map { $0.prefix(4) }.filter { $0 != "Date" } == [
                    "EHLO", "MAIL", "RCPT", "DATA", "MAIL", "RCPT", "DATA",
                ])
            #expect(server.lines.contains { $0.contains("FROM:<service@paidan.example> SIZE=") })
        }
    }

    @Test func `writes sender, recipient and DATA at once where that is offered`() async throws {
        // The refusal of the recipient would keep DATA back, were it waited for.
        let server = ScriptedRelay(offers: ["PIPELINING"]) { $0.hasPrefix("RCPT") ? .say("550 5.1.1 nobody") : nil }
        try await server.with { port in
            let relay = try Self.relay(port)
            #expect(await relay.send(Samples.mail()).label == "rejected_recipient")
            // An empty body ends what the server wrongly began.
            #expect(server.lines.suffix(3) == ["DATA", "", "RSET"])
            #expect(await relay.send(Samples.mail()).label == "rejected_recipient")
            #expect(server.accepted == 1)
        }
    }

    @Test(arguments: [
        ("MAIL", "451 4.3.0 later", "transient"), ("RCPT", "450 4.2.0 greylisted", "throttled"),
        ("RCPT", "550 5.1.1 nobody", "rejected_recipient"), ("DATA", "451 4.3.0 later", "transient"),
        ("MAIL", "530 5.7.0 sign in", "provider_unusable"), ("Date", "554 5.7.1 spam", "rejected_message"),
        ("Date", "452 4.3.1 full", "throttled"), ("EHLO", "554 no", "provider_unusable"),
        ("MAIL", "421 bye", "transient"),
    ])
    func `reads each answer in its place`(command: String, answer: String, label: String) async throws {
        let server = ScriptedRelay { $0.hasPrefix(command) ? .say(answer) : nil }
        try await server.with { port in
            let outcome = try await Self.relay(port).send(Samples.mail())
            #expect(outcome.label == label)
        }
    }

    @Test(arguments: [
        ("EHLO", "transient"), ("MAIL", "transient"), ("RCPT", "transient"), ("DATA", "transient"),
        ("Date", "ambiguous"),
    ])
    func `knows what a broken line leaves in doubt`(command: String, label: String) async throws {
        let server = ScriptedRelay { $0.hasPrefix(command) ? .drop : nil }
        try await server.with { port in
            let outcome = try await Self.relay(port).send(Samples.mail())
            #expect(outcome.label == label)
        }
    }

    @Test(arguments: [("EHLO", "transient"), ("Date", "ambiguous")])
    func `waits no longer than its timeout`(command: String, label: String) async throws {
        let server = ScriptedRelay { $0.hasPrefix(command) ? .silence : nil }
        try await server.with { port in
            let start = ContinuousClock.now
            let outcome = try await Self.relay(port, timeout: .seconds(2)).send(Samples.mail())
            #expect(outcome.label == label)
            #expect(ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test func `has an answer even when its time was over before it began`() async throws {
        let server = ScriptedRelay()
        try await server.with { port in
            for timeout in [Duration.zero, .microseconds(300), .milliseconds(1), .milliseconds(2)] {
                for _ in 1...20 {
                    let outcome = try await Self.relay(port, timeout: timeout).send(Samples.mail())
                    #expect(["transient", "ambiguous", "accepted"].contains(outcome.label))
                }
            }
        }
    }

    @Test func `is transient when nobody listens`() async throws {
        let port = try await Program.freePort()
        let outcome = try await Self.relay(port).send(Samples.mail())
        #expect(outcome.label == "transient")
    }

    @Test func `dials again when a resting connection turns out to be closed`() async throws {
        let mails = Mutex(0)
        let server = ScriptedRelay { line in
            guard line.hasPrefix("MAIL") else { return nil }
            return mails.withLock { count in
                count += 1
                return count == 2 ? .drop : nil
            }
        }
        try await server.with { port in
            let relay = try Self.relay(port)
            for _ in 1...2 { #expect(await relay.send(Samples.mail()).label == "accepted") }
        }
        #expect(server.accepted == 2)
    }

    @Test(arguments: ["hello", "250-", "99 x", "220 " + String(repeating: "x", count: 5000), "2200\r\n"])
    func `does not believe what is no SMTP`(greeting: String) async throws {
        let server = ScriptedRelay(greeting: greeting)
        try await server.with { port in
            let outcome = try await Self.relay(port, timeout: .milliseconds(500)).send(Samples.mail())
            #expect(outcome.label == "transient")
        }
    }

    @Test func `goes no further without the TLS it was told to use`() async throws {
        let server = ScriptedRelay()
        try await server.with { port in
            let relay = try SMTPRelay(Samples.mailSettings(port: port, tls: .starttls), timeout: .seconds(5))
            #expect(await relay.send(Samples.mail()).label == "provider_unusable")
            #expect(!server.lines.contains { $0.hasPrefix("MAIL") })
        }
    }

    @Test func `does not take answers that were slipped in before TLS`() async throws {
        let server = ScriptedRelay(offers: ["STARTTLS"]) { $0 == "STARTTLS" ? .say("220 go on\r\n250 injected") : nil }
        try await server.with { port in
            let relay = try SMTPRelay(Samples.mailSettings(port: port, tls: .starttls), timeout: .seconds(5))
            #expect(await relay.send(Samples.mail()).label == "transient")
        }
    }

    @Test func `sends no password in the clear`() async throws {
        let server = ScriptedRelay(offers: ["AUTH PLAIN LOGIN"])
        try await server.with { port in
            var settings = Samples.mailSettings(port: port)
            (settings.user, settings.password) = ("paidan", "secret")
            let outcome = try await SMTPRelay(settings, timeout: .seconds(5)).send(Samples.mail())
            #expect(outcome.label == "provider_unusable")
            #expect(!server.lines.contains { $0.hasPrefix("AUTH") })
        }
    }

    @Test func `refuses a mail that the relay would find too big`() async throws {
        let server = ScriptedRelay(offers: ["SIZE 1000"])
        try await server.with { port in
            let mail = Samples.mail(String(repeating: "长", count: 2000))
            let outcome = try await Self.relay(port).send(mail)
            #expect(outcome.label == "rejected_message")
        }
    }

    @Test(arguments: [true, false])
    func `reaches a real server, by STARTTLS too, and arrives whole`(isSecured: Bool) async throws {
        try await Program.withFolder { folder in
            let port = try await Program.freePort()
            var settings = Samples.mailSettings(port: port, tls: isSecured ? .starttls : .none)
            var arguments = ["-m", "aiosmtpd", "-n", "-l", "127.0.0.1:\(port)", "-c", "aiosmtpd.handlers.Mailbox"]
            if isSecured {
                let (key, certificate) = (
                    folder.appending(path: "key.pem").path, folder.appending(path: "cert.pem").path
                )
                let (status, _) = try Program.run(
                    "/usr/bin/openssl",
                    [
                        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                        "2",
                        "-keyout", key, "-out", certificate, "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1",
                    ])
                #expect(status == 0)
                settings.caFile = certificate
                arguments += ["--tlscert", certificate, "--tlskey", key]
            }
            let mailbox = folder.appending(path: "mail")
            let server = try Program("/usr/bin/python3", arguments + [mailbox.path], in: folder, output: "smtp.log")
            defer { server.stop() }
            try await Program.waitForPort(port)
            let relay = try SMTPRelay(settings, timeout: .seconds(5))
            for _ in 1...2 { #expect(await relay.send(Samples.mail(".\n您好\n")).label == "accepted") }
            let files = try FileManager.default.contentsOfDirectory(
                at: mailbox.appending(path: "new"), includingPropertiesForKeys: nil)
            #expect(files.count == 2)
            let stored = try String(contentsOf: try #require(files.first), encoding: .utf8)
            #expect(stored.contains("Message-ID: <\(Samples.delivery)@paidan.example>"))
            #expect(stored.contains(TransferEncoding(".\n您好\n").body.replacing("\r\n", with: "\n")))
        }
    }
}
