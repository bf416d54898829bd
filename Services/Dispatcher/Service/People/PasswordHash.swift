import CryptoExtras
import Foundation
import NIOPosix
import Synchronization

/// scrypt (RFC 7914) with N = 2^15, r = 8, p = 3: about 0.2 s and 32 MB each. It runs on two threads of its own, so
/// that neither the cooperative pool nor the machine's other cores are given over to people who guess.
enum PasswordHash {
    static let saltLength = 16
    /// Hashes that may run and wait at once; who comes later is turned away.
    static let limit = 32

    /// Too many sign-ins at once; another try in a few seconds will do.
    struct Busy: Error {}

    static func hash(_ secret: String, salt: [UInt8]) async throws -> [UInt8] {
        let admitted = waiting.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard admitted else { throw Busy() }
        defer { waiting.withLock { $0 -= 1 } }
        return try await threads.runIfActive {
            let key = try KDF.Scrypt.deriveKey(
                from: Data(secret.utf8), salt: Data(salt), outputByteCount: 32, rounds: 1 << 15, blockSize: 8,
                parallelism: 3)
            return key.withUnsafeBytes { Array($0) }
        }
    }

    /// Takes the same time wherever the two differ.
    static func areEqual(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && zip(one, other).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    static func newSalt() -> [UInt8] {
        (0..<saltLength).map { _ in UInt8.random(in: .min ... .max) }
    }

    private static let waiting = Mutex(0)

    /// Lives as long as the process.
    private static let threads: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()
}
