import AsyncHTTPClient
import Foundation
import Logging
import Messaging
import NIOCore
import NIOHTTP1
import Postgres
import ServiceLifecycle
import Testing

@testable import ServiceKit

/// A service with no tables whose parts are given by the test.
private protocol Probe: SuiteService {}

extension Probe {
    static var name: String { "intake" }
    static var schema: String { "probe" }
    static var settings: [any AnySetting] { [] }
    static var migrations: [Migration] { [] }
}

/// Fails as soon as it runs, schema or not.
private enum Failing: Probe {
    struct Broken: Error {}
    struct Part: Service {
        func run() async throws { throw Broken() }
    }
    static func parts(_ kit: Kit) async throws -> [any Service] {
        kit.schemaGate.open()
        return [Part()]
    }
}

/// Stops itself by SIGTERM as soon as its admin port answers.
private enum Quitting: Probe {
    static func parts(_ kit: Kit) async throws -> [any Service] {
        let started = ContinuousClock.now
        let port = try kit.settings.read(CommonSettings(service: name, schema: schema).adminPort)
        // Owned by the process, which it ends.
        Task.detached {
            while true {
                let answer = try? await HTTPClient.shared.get(url: "http://127.0.0.1:\(port)/readyz?verbose").get()
                if let answer {
                    let text = answer.body.map { String(buffer: $0) } ?? ""
                    let isLate = ContinuousClock.now - started > .seconds(3)
                    if !isLate, answer.status.code == 503, text.contains("[-] database"), text.contains("[-] broker") {
                        kill(getpid(), SIGTERM)
                    } else {
                        _exit(70)
                    }
                    return
                }
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
        return [kit.httpServer(kit.router())]
    }
}

/// Has a part that does not stop.
private enum Stubborn: Probe {
    struct Part: Service {
        func run() async throws {
            kill(getpid(), SIGTERM)
            while true {
                // Neither stop nor cancellation ends it.
                await Task.detached { try? await Task.sleep(for: .seconds(1)) }.value
            }
        }
    }
    static func parts(_ kit: Kit) async throws -> [any Service] {
        kit.schemaGate.open()
        return [Part()]
    }
}

/// Ports that nobody listens on: neither database nor broker is there.
private func run(_ suite: (some SuiteService).Type, _ arguments: [String]) async -> Never {
    let away = [
        "--database.hosts", "127.0.0.1:1", "--broker.hosts", "127.0.0.1:1", "--identity.jwks_url", "http://127.0.0.1:1",
    ]
    let status = await run(suite, away: away, arguments)
    LogSink.standardError.flush()
    exit(status)
}

private func run<Suite: SuiteService>(_ suite: Suite.Type, away: [String], _ arguments: [String]) async -> Int32 {
    await ServiceProcess<Suite>(arguments: away + arguments).run()
}

@Suite struct `A service process` {
    @Test func `does not start with wrong settings, and says all of them`() async throws {
        let result = await #expect(processExitsWith: .exitCode(2), observing: [\.standardErrorContent]) {
            setenv("PAIDAN_OUTBOX_MAX_AGE", "soon", 1)
            await run(Quitting.self, ["--http.port", "x"])
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("intake: --http.port (http.port) is 'x'; it must be a whole number from 0 to 65535.\n"))
        #expect(text.contains("intake: PAIDAN_OUTBOX_MAX_AGE (outbox.max_age) is 'soon'; it must be"))
    }

    @Test func `shows its settings without secrets`() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            setenv("PAIDAN_BROKER_PASSWORD", "hunter2", 1)
            await run(Quitting.self, ["--print-config"])
        }
        let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
        #expect(text.contains("broker.password = (secret)    # PAIDAN_BROKER_PASSWORD\n"))
        #expect(!text.contains("hunter2"))
    }

    @Test func `starts without database and broker, is not ready, and ends with 0 on SIGTERM`() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardErrorContent]) {
            setenv("PAIDAN_HTP_PORT", "1", 1)
            let port = String(try FreePort().number)
            await run(Quitting.self, ["--http.port", "0", "--admin.port", port, "--stop.deadline", "10s"])
        }
        let lines = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self).split(separator: "\n")
        let logged = lines.compactMap { try? JSONDecoder().decode([String: String].self, from: Data($0.utf8)) }
        #expect(logged.contains { $0["error"]?.contains("PAIDAN_HTP_PORT") == true && $0["level"] == "warning" })
        #expect(logged.contains { $0["message"] == "Waiting for the schema" })
        #expect(logged.last?["message"] == "Stopped")
    }

    @Test func `ends with 1 when a part fails, and logs which`() async throws {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            await run(Failing.self, ["--http.port", "0", "--admin.port", "0"])
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("A part of the service has failed"))
        #expect(text.contains("Broken"))
    }

    @Test func `ends with 1 when it cannot stop in time`() async throws {
        let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
            await run(Stubborn.self, ["--http.port", "0", "--admin.port", "0", "--stop.deadline", "1s"])
        }
        let text = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(text.contains("Did not stop in time"))
    }
}
