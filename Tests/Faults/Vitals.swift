import Foundation
import StackSupport

/// What a service takes from the machine, as the kernel counts it.
struct Vitals: Sendable {
    let pid: Int32
    let threads: Int
    /// But for connections of its clients and to providers, which are kept for a minute.
    let descriptors: Int
    /// Processor time since its start.
    let seconds: Double

    init(_ stack: Stack, _ service: String) throws {
        pid = try stack.pid(service)
        let stat = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // Behind the name, which may hold spaces: user and system time are the 14th and 15th field, threads the 20th.
        let fields = stat.split(separator: ")").last.map { $0.split(separator: " ") } ?? []
        guard fields.count > 17, let user = Double(fields[11]), let system = Double(fields[12]),
            let threads = Int(fields[17])
        else { throw Unmet("no figures of \(service)") }
        seconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        self.threads = threads
        descriptors = try Self.descriptors(
            pid, without: [service, "smtp", "sendsms", "wechat"].map { try stack.port($0) })
    }

    private static func descriptors(_ pid: Int32, without ports: [Int]) throws -> Int {
        // proc(5): address:port of both ends in hexadecimal digits, and the socket's inode as the tenth field.
        // Not String(contentsOfFile:), which takes the first 4 KiB of a file whose size reads as zero.
        let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/\(pid)/net/tcp"))
        let text = String(decoding: try file.readToEnd() ?? Data(), as: UTF8.self)
        let table = text.split(separator: "\n").map { $0.split(separator: " ") }
        let others = table.filter { fields in
            fields.count > 9
                && fields[1...2].contains { end in
                    end.split(separator: ":").last.flatMap { Int($0, radix: 16) }.map(ports.contains) ?? false
                }
        }.map { "socket:[\($0[9])]" }
        return try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count { name in
            // One that was closed meanwhile is none.
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\(name)")
            else { return false }
            return !others.contains(target)
        }
    }

    var shown: String { "\(threads) threads and \(descriptors) descriptors" }

    /// Of the services that run.
    static func all(_ stack: Stack) -> [String: Vitals] {
        var all: [String: Vitals] = [:]
        // One that is dead just now has none.
        for service in services { all[service] = try? Vitals(stack, service) }
        return all
    }
}

/// How the services answered over HTTP.
struct Answers: Sendable {
    var taken = 0
    /// 503 with `Retry-After`.
    var refused = 0
    var slowest = 0.0
    /// What no client should be told.
    var unfit: [String] = []

    mutating func note(_ answer: Person.Answer, after seconds: Double) {
        slowest = max(slowest, seconds)
        switch answer.status {
        case 200, 201: taken += 1
        case 503 where (answer.headers["retry-after"].flatMap { Int($0) } ?? 0) > 0: refused += 1
        case 500...: unfit.append("\(answer.status) \(answer.text.prefix(200))")
        default: break
        }
    }
}
