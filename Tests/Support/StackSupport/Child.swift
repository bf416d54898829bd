public import Foundation
import Glibc

/// A program that runs as our own child, so that we learn how it ends.
///
/// Not Foundation's `Process`: that one lets a child inherit the blocked signals of the thread that starts it, so a stack
/// would never hear that it shall end, and an open socket, by which a stack that goes on running counts as the command
/// that started it.
public struct Child: Sendable {
    public let pid: Int32
    private let ended: Task<Int32, Never>

    /// Its exit status; of one that a signal ended, the signal's number.
    public var status: Int32 { get async { await ended.value } }

    /// Starts `command` with standard output and error together at the end of `output`, nothing to read, no signal
    /// blocked and none of our other descriptors: not everybody who opens one marks it to close, and a service that
    /// holds our sockets looks as if it leaked.
    ///
    /// - Parameter seconds: after so many it is killed and ends with 137; nil for a program that may run for ever.
    /// - Throws: ``Unmet`` when it cannot be started.
    public init(
        _ command: String, _ arguments: [String], environment: [String: String], output: FileHandle, seconds: Int? = nil
    ) throws {
        let limit = seconds.map { ["/usr/bin/timeout", "--signal=KILL", "\($0)"] } ?? []
        pid = try Self.spawn(limit + [command] + arguments, environment, output: output.fileDescriptor)
        let (ends, end) = AsyncStream.makeStream(of: Int32.self)
        Thread.detachNewThread { [pid] in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) < 0, errno == EINTR {}
            end.yield(status & 0x7F == 0 ? (status >> 8) & 0xFF : status & 0x7F)
            end.finish()
        }
        ended = Task {
            for await status in ends { return status }
            return -1
        }
    }

    private static func spawn(_ words: [String], _ environment: [String: String], output: Int32) throws -> Int32 {
        for name in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
            // One that was closed meanwhile needs no mark.
            if let descriptor = Int32(name), descriptor > 2 { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let arguments = words.map { strdup($0) } + [nil]
        let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }
        var pid: Int32 = 0
        let code = posix_spawn(&pid, words[0], &actions, &attributes, arguments, variables)
        guard code == 0 else { throw Unmet("\(words[0]) cannot be started: \(String(cString: strerror(code)))") }
        return pid
    }
}
