internal import CRabbitMQ
import Foundation

extension Wire {
    /// Connects and signs in. Blocks for at most a few seconds besides the name's resolution, so it has a thread of its own.
    ///
    /// - Throws: ``BrokerError`` in the broker's words where it gave any; nothing is left open.
    static func open(_ host: BrokerSettings.Host, _ settings: BrokerSettings) throws(BrokerError) -> Wire {
        guard let state = amqp_new_connection() else { throw BrokerError(.connectionLost, "out of memory") }
        let wire = Wire(state: state)
        var timeout = timeval(tv_sec: 5, tv_usec: 0)
        amqp_set_handshake_timeout(state, &timeout)
        let socket = try socket(settings.tls, state)
        let status = amqp_socket_open_noblock(socket, host.host, Int32(clamping: host.port), &timeout)
        if status != AMQP_STATUS_OK.rawValue {
            throw BrokerError(.connectionLost, "\(host.host):\(host.port): \(Wire.text(status))")
        }
        try wire.login(settings)
        return wire
    }

    private static func socket(_ tls: BrokerSettings.TLS?, _ state: amqp_connection_state_t) throws(BrokerError)
        -> OpaquePointer
    {
        guard let tls else {
            guard let socket = amqp_tcp_socket_new(state) else { throw BrokerError(.connectionLost, "out of memory") }
            return socket
        }
        guard let socket = amqp_ssl_socket_new(state) else { throw BrokerError(.connectionLost, "TLS cannot start") }
        // No authority is trusted by default in 0.11.
        if amqp_ssl_socket_set_cacert(socket, tls.caFile) != AMQP_STATUS_OK.rawValue {
            throw BrokerError(.connectionLost, "the authorities' file \(tls.caFile) cannot be read")
        }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, 1)
        amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        return socket
    }

    private func login(_ settings: BrokerSettings) throws(BrokerError) {
        let arena = Arena()
        // Without the capabilities the broker says nothing of alarms and of consumers that it cancelled.
        var properties = arena.table([
            "product": .string("paidan"),
            "connection_name": .string(settings.connectionName),
            "capabilities": .table([
                "connection.blocked": .bool(true), "consumer_cancel_notify": .bool(true), "basic.nack": .bool(true),
                "publisher_confirms": .bool(true), "authentication_failure_close": .bool(true),
                "exchange_exchange_bindings": .bool(true),
            ]),
        ])
        let heartbeat = Int32(clamping: max(settings.heartbeat.components.seconds, 1))
        let reply = paidan_amqp_login_plain(
            state, settings.vhost, 0, Int32(Wire.frameSize), heartbeat, &properties, settings.user, settings.password)
        switch reply.reply_type {
        case AMQP_RESPONSE_NORMAL: return
        case AMQP_RESPONSE_SERVER_EXCEPTION:
            let method = reply.reply
            guard method.id == UInt32(AMQP_CONNECTION_CLOSE_METHOD), let close = method.decoded else { break }
            let closed = close.assumingMemoryBound(to: amqp_connection_close_t.self).pointee
            throw BrokerError(.connectionLost, "\(closed.reply_code) \(closed.reply_text.text)")
        default: throw BrokerError(.connectionLost, "sign-in: \(Wire.text(reply.library_error))")
        }
        throw BrokerError(.connectionLost, "sign-in refused")
    }

    static func text(_ status: Int32) -> String {
        amqp_error_string2(status).map { String(cString: $0) } ?? "status \(status)"
    }
}
