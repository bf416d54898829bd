private import Dispatch
private import Foundation
private import Glibc
private import Synchronization

/// Where log lines go: a buffer in memory that a thread of its own writes out, so that a slow reader of stderr never
/// stops a request. When the buffer is full, lines are dropped and counted, and the count is written later.
final class LogSink: Sendable {
    /// The process's standard error.
    static let standardError = LogSink(descriptor: 2)

    private struct State {
        var pending: [UInt8] = []
        var dropped = 0
        var isWriting = false
    }

    /// In microseconds.
    private static let gathering: UInt32 = 50_000

    private let state = Mutex(State())
    private let wake = DispatchSemaphore(value: 0)
    private let descriptor: Int32
    private let limit: Int

    /// - Parameters:
    ///   - descriptor: written to, never closed.
    ///   - limit: bytes that may wait.
    init(descriptor: Int32, limit: Int = 4 << 20) {
        self.descriptor = descriptor
        self.limit = limit
        let thread = Thread { [self] in writeForever() }
        thread.name = "log"
        thread.start()
    }

    /// Takes one whole line, its newline included; returns at once.
    func write(_ line: [UInt8]) {
        let mustWake = state.withLock { state in
            guard state.pending.count + line.count <= limit else {
                state.dropped += 1
                return false
            }
            defer { state.pending.append(contentsOf: line) }
            return state.pending.isEmpty
        }
        if mustWake { wake.signal() }
    }

    /// Waits until everything is written, at most `seconds`; for the end of the process.
    func flush(seconds: Double = 2) {
        let end = DispatchTime.now() + seconds
        while DispatchTime.now() < end {
            let isDone = state.withLock { $0.pending.isEmpty && !$0.isWriting }
            if isDone { return }
            usleep(1000)
        }
    }

    private func writeForever() {
        while true {
            wake.wait()
            // Lines come in crowds: one write for all of them instead of one wake-up for each.
            usleep(Self.gathering)
            while let batch = take() {
                writeAll(batch)
                state.withLock { $0.isWriting = false }
            }
        }
    }

    private func take() -> [UInt8]? {
        state.withLock { state in
            guard !state.pending.isEmpty || state.dropped > 0 else { return nil }
            var batch: [UInt8] = []
            swap(&batch, &state.pending)
            if state.dropped > 0 {
                batch +=
                    "{\"level\":\"warning\",\"message\":\"Log lines were dropped\",\"lines\":\(state.dropped)}\n".utf8
                state.dropped = 0
            }
            state.isWriting = true
            return batch
        }
    }

    private func writeAll(_ batch: [UInt8]) {
        var rest = batch[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written > 0 {
                rest = rest.dropFirst(written)
            } else if errno == EAGAIN {
                usleep(1000)
            } else if errno != EINTR {
                // Nobody reads any more: there is nowhere left to say so.
                return
            }
        }
    }
}
