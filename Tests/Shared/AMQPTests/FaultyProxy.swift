import Foundation
import Synchronization

/// A small TCP proxy between a client and the broker that can stop forwarding while it keeps every socket open.
final class FaultyProxy: Sendable {
    private struct State {
        var isBlackHole = false
        var isClosed = false
        var sockets: [Int32] = []
    }

    let port: Int
    private let listener: Int32
    private let target: (host: String, port: Int)
    private let state = Mutex(State())

    /// - Throws: when no socket can be had.
    init(to host: String, port: Int) throws {
        target = (host, port)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.address("127.0.0.1", 0)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard listener >= 0, bound == 0, listen(listener, 16) == 0 else { throw POSIXError(.EADDRNOTAVAIL) }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        self.listener = listener
        self.port = Int(UInt16(bigEndian: address.sin_port))
        Thread { self.accept() }.start()
    }

    /// Takes bytes and forwards none, in both directions, for connections old and new.
    func blackHole(_ isOn: Bool) { state.withLock { $0.isBlackHole = isOn } }

    /// Ends all connections and takes no more.
    func stop() {
        state.withLock {
            $0.isClosed = true
            for socket in $0.sockets + [listener] { shutdown(socket, Int32(SHUT_RDWR)) }
        }
    }

    private var isClosed: Bool { state.withLock { $0.isClosed } }

    private func accept() {
        while !isClosed {
            let client = Glibc.accept(listener, nil, nil)
            guard client >= 0 else { break }
            let server = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = Self.address(target.host, target.port)
            _ = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(server, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            state.withLock { $0.sockets += [client, server] }
            Thread { self.pump(from: client, to: server) }.start()
            Thread { self.pump(from: server, to: client) }.start()
        }
        close(listener)
    }

    private func pump(from source: Int32, to sink: Int32) {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            // A black hole does not read either, so that the other side's sends get stuck in the end.
            while state.withLock({ $0.isBlackHole && !$0.isClosed }) { usleep(20_000) }
            let count = recv(source, &buffer, buffer.count, 0)
            guard count > 0 else { break }
            while state.withLock({ $0.isBlackHole && !$0.isClosed }) { usleep(20_000) }
            var sent = 0
            while sent < count {
                let written = buffer.withUnsafeBytes {
                    send(sink, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL))
                }
                guard written > 0 else { break }
                sent += written
            }
            if sent < count { break }
        }
        // Not closed here: the other direction still uses both, and a test ends soon.
        shutdown(source, Int32(SHUT_RDWR))
        shutdown(sink, Int32(SHUT_RDWR))
    }

    private static func address(_ host: String, _ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr(host)
        return address
    }
}
