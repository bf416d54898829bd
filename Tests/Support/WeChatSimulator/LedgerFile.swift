import Foundation
import Synchronization

/// One JSON line for each message, written before the answer goes out.
final class LedgerFile: Sendable {
    private let handle: Mutex<FileHandle>

    init(_ file: URL) throws {
        if !FileManager.default.fileExists(atPath: file.path) {
            try Data().write(to: file)
        }
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        self.handle = Mutex(handle)
    }

    func append(_ message: SimulatedAccount.Message) throws {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let line = try encoder.encode(message) + Data([0x0A])
        try handle.withLock { try $0.write(contentsOf: line) }
    }
}
