import Contracts
import Foundation
import Kernel
import NotifierDomain
import Testing

@testable import NotifierService

/// Kannel's boxes and its simulated SMS centre, private to one test.
private struct RealKannel {
    static let isInstalled = ["/usr/sbin/bearerbox", "/usr/sbin/smsbox", "/usr/lib/kannel/test/fakesmsc"]
        .allSatisfy(FileManager.default.isExecutableFile(atPath:))

    static func configuration(_ ports: [Int], in folder: URL) -> String {
        """
        group = core
        admin-port = \(ports[0])
        admin-interface = "127.0.0.1"
        admin-password = test
        smsbox-port = \(ports[1])
        smsbox-interface = "127.0.0.1"
        box-allow-ip = "127.0.0.1"
        log-level = 1
        dlr-storage = internal
        store-type = spool
        store-location = "\(folder.appending(path: "store").path)"

        group = smsc
        smsc = fake
        smsc-id = FAKE
        host = 127.0.0.1
        port = \(ports[2])
        connect-allow-ip = 127.0.0.1

        group = smsbox
        bearerbox-host = 127.0.0.1
        bearerbox-port = \(ports[1])
        sendsms-port = \(ports[3])
        sendsms-interface = "127.0.0.1"
        sendsms-chars = "0123456789 +-"
        global-sender = 10690000
        log-level = 1

        group = sendsms-user
        username = paidan
        password = secret
        max-messages = 10
        concatenation = true

        """
    }
}

@Suite struct `The SMS channel` {
    static func settings(port: Int, password: String = "secret") -> NotifierSettings.SMS {
        NotifierSettings.SMS(
            kannelURL: "http://127.0.0.1:\(port)/cgi-bin/sendsms", user: "paidan", password: password,
            receiptURL: "http://127.0.0.1:1/receipts", receiptSecret: "word", sender: nil, workers: 4)
    }

    static func send(_ outgoing: Outgoing, _ settings: NotifierSettings.SMS) async throws -> Outcome {
        let client = ProviderClient(connections: 4)
        let outcome = await Kannel(client: client, settings: settings, timeout: .seconds(5)).send(outgoing)
        try await client.close()
        return outcome
    }

    @Test(.enabled(if: RealKannel.isInstalled))
    func `brings Chinese through a real Kannel as UTF-16BE`() async throws {
        try await Program.withFolder { folder in
            var ports: [Int] = []
            for _ in 1...4 { ports.append(try await Program.freePort()) }
            try FileManager.default.createDirectory(
                at: folder.appending(path: "store"), withIntermediateDirectories: true)
            let file = folder.appending(path: "kannel.conf")
            try RealKannel.configuration(ports, in: folder).write(to: file, atomically: true, encoding: .utf8)
            let bearerbox = try Program("/usr/sbin/bearerbox", [file.path], in: folder, output: "bearerbox.log")
            defer { bearerbox.stop() }
            try await Program.waitForPort(ports[1])
            let smsbox = try Program("/usr/sbin/smsbox", [file.path], in: folder, output: "smsbox.log")
            defer { smsbox.stop() }
            try await Program.waitForPort(ports[3])
            let centre = try Program(
                "/usr/lib/kannel/test/fakesmsc", ["-H", "127.0.0.1", "-r", "\(ports[2])", "-m", "0", "0 0 text none"],
                in: folder,
                output: "centre.log")
            defer { centre.stop() }
            let sms = Samples.outgoing(.sms, to: "13800138000", body: "【派单服务】已受理")
            let outcome = try await Self.send(sms, Self.settings(port: ports[3]))
            #expect(outcome.label == "accepted")
            // 【派单服务】已受理 in UTF-16BE, as the centre writes bytes: percent-encoded unless they are letters or digits.
            let wanted = Array("【派单服务】已受理".utf16).flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
            try await eventually("the message arrives") {
                let log = try String(contentsOf: centre.output, encoding: .isoLatin1)
                return log.contains("+8613800138000 ucs-2") && Self.decoded(log).firstRange(of: wanted) != nil
            }
            let wrong = try await Self.send(sms, Self.settings(port: ports[3], password: "wrong"))
            #expect(wrong.label == "provider_unusable")
        }
    }

    /// Percent escapes and plus signs undone.
    static func decoded(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Array(text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) })[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
            }
        }
        return bytes
    }

    @Test func `is transient when Kannel does not listen`() async throws {
        let port = try await Program.freePort()
        let sms = Samples.outgoing(.sms, to: "13800138000", body: "x")
        let outcome = try await Self.send(sms, Self.settings(port: port))
        #expect(outcome.label == "transient")
    }

    @Test func `is in doubt when Kannel takes the call and says nothing`() async throws {
        let server = ScriptedRelay(greeting: "", script: { _ in .drop })
        try await server.with { port in
            let sms = Samples.outgoing(.sms, to: "13800138000", body: "x")
            let outcome = try await Self.send(sms, Self.settings(port: port))
            #expect(outcome.label == "ambiguous")
        }
    }

    @Test func `reads back the attempt that a receipt names`() {
        let sms = Samples.outgoing(.sms, to: "13800138000", body: "x", attempt: 3)
        let read = TakeReceipt.attempt(sms.reference)
        #expect(read?.delivery == Samples.delivery && read?.attempt == 3)
        for wrong in [
            "", "x.1", "\(Samples.delivery)", "\(Samples.delivery).0", "\(Samples.delivery).1.2",
            "\(Samples.delivery).x",
        ] {
            #expect(TakeReceipt.attempt(wrong) == nil)
        }
    }
}
