internal import CRabbitMQ

extension Wire {
    /// Puts one method on the wire; the values live in `arena` until the call returns.
    func transmit(_ method: Method, channel: UInt16, _ arena: Arena) -> Int32 {
        func send<C: BitwiseCopyable>(_ id: UInt32, _ value: C) -> Int32 {
            var value = value
            return withUnsafeMutablePointer(to: &value) { amqp_send_method(state, channel, id, $0) }
        }
        switch method {
        case .openChannel: return send(UInt32(AMQP_CHANNEL_OPEN_METHOD), amqp_channel_open_t())
        case .closeChannel:
            var close = amqp_channel_close_t()
            close.reply_code = UInt16(AMQP_REPLY_SUCCESS)
            return send(UInt32(AMQP_CHANNEL_CLOSE_METHOD), close)
        case .closeChannelOk: return send(UInt32(AMQP_CHANNEL_CLOSE_OK_METHOD), amqp_channel_close_ok_t())
        case .closeConnection:
            var close = amqp_connection_close_t()
            close.reply_code = UInt16(AMQP_REPLY_SUCCESS)
            return send(UInt32(AMQP_CONNECTION_CLOSE_METHOD), close)
        case .closeConnectionOk: return send(UInt32(AMQP_CONNECTION_CLOSE_OK_METHOD), amqp_connection_close_ok_t())
        case .selectConfirms: return send(UInt32(AMQP_CONFIRM_SELECT_METHOD), amqp_confirm_select_t())
        case .prefetch(let count):
            var qos = amqp_basic_qos_t()
            // Zero would mean 2,000 on a quorum queue.
            qos.prefetch_count = UInt16(clamping: max(count, 1))
            return send(UInt32(AMQP_BASIC_QOS_METHOD), qos)
        case .channelPrefetch:
            var qos = amqp_basic_qos_t()
            qos.prefetch_count = .max
            qos.global = 1
            return send(UInt32(AMQP_BASIC_QOS_METHOD), qos)
        case .consume(let queue):
            var consume = amqp_basic_consume_t()
            consume.queue = arena.bytes(queue)
            return send(UInt32(AMQP_BASIC_CONSUME_METHOD), consume)
        case .cancel(let tag):
            var cancel = amqp_basic_cancel_t()
            cancel.consumer_tag = arena.bytes(tag)
            return send(UInt32(AMQP_BASIC_CANCEL_METHOD), cancel)
        case .acknowledge(let number, let multiple):
            return send(
                UInt32(AMQP_BASIC_ACK_METHOD), amqp_basic_ack_t(delivery_tag: number, multiple: multiple ? 1 : 0))
        case .reject(let number, let requeue):
            return send(
                UInt32(AMQP_BASIC_REJECT_METHOD), amqp_basic_reject_t(delivery_tag: number, requeue: requeue ? 1 : 0))
        case .declareExchange(let exchange):
            var declare = amqp_exchange_declare_t()
            declare.exchange = arena.bytes(exchange.name)
            declare.type = arena.bytes(exchange.kind)
            declare.durable = 1
            return send(UInt32(AMQP_EXCHANGE_DECLARE_METHOD), declare)
        case .declareQueue(let queue, let passive):
            var declare = amqp_queue_declare_t()
            declare.queue = arena.bytes(queue.name)
            declare.passive = passive ? 1 : 0
            declare.durable = 1
            declare.arguments = arena.table(queue.arguments)
            return send(UInt32(AMQP_QUEUE_DECLARE_METHOD), declare)
        case .bind(let binding):
            var bind = amqp_queue_bind_t()
            bind.queue = arena.bytes(binding.queue)
            bind.exchange = arena.bytes(binding.exchange)
            bind.routing_key = arena.bytes(binding.key)
            return send(UInt32(AMQP_QUEUE_BIND_METHOD), bind)
        case .deleteQueue(let queue):
            var delete = amqp_queue_delete_t()
            delete.queue = arena.bytes(queue)
            return send(UInt32(AMQP_QUEUE_DELETE_METHOD), delete)
        case .purgeQueue(let queue):
            var purge = amqp_queue_purge_t()
            purge.queue = arena.bytes(queue)
            return send(UInt32(AMQP_QUEUE_PURGE_METHOD), purge)
        }
    }
}

extension Incoming {
    /// Copies what is needed; the method's own memory is used again after the frame.
    init(_ method: amqp_method_t) {
        func decoded<C>(_ type: C.Type, _ make: (C) -> Incoming) -> Incoming {
            guard let memory = method.decoded else { return .unexpected(method.id) }
            return make(memory.assumingMemoryBound(to: type).pointee)
        }
        self =
            switch method.id {
            case UInt32(AMQP_BASIC_DELIVER_METHOD):
                decoded(amqp_basic_deliver_t.self) {
                    .deliver(
                        number: $0.delivery_tag, isRedelivered: $0.redelivered != 0, exchange: $0.exchange.text,
                        routingKey: $0.routing_key.text)
                }
            case UInt32(AMQP_BASIC_ACK_METHOD):
                decoded(amqp_basic_ack_t.self) { .acknowledged($0.delivery_tag, multiple: $0.multiple != 0) }
            case UInt32(AMQP_BASIC_NACK_METHOD):
                decoded(amqp_basic_nack_t.self) { .refused($0.delivery_tag, multiple: $0.multiple != 0) }
            case UInt32(AMQP_BASIC_RETURN_METHOD):
                decoded(amqp_basic_return_t.self) {
                    .returned(
                        code: Int($0.reply_code), text: $0.reply_text.text, exchange: $0.exchange.text,
                        routingKey: $0.routing_key.text)
                }
            case UInt32(AMQP_QUEUE_DECLARE_OK_METHOD):
                decoded(amqp_queue_declare_ok_t.self) {
                    .queue(messages: Int($0.message_count), consumers: Int($0.consumer_count))
                }
            case UInt32(AMQP_BASIC_CONSUME_OK_METHOD):
                decoded(amqp_basic_consume_ok_t.self) { .consuming(consumerTag: $0.consumer_tag.text) }
            case UInt32(AMQP_CHANNEL_OPEN_OK_METHOD), UInt32(AMQP_CONFIRM_SELECT_OK_METHOD),
                UInt32(AMQP_BASIC_QOS_OK_METHOD), UInt32(AMQP_EXCHANGE_DECLARE_OK_METHOD),
                UInt32(AMQP_QUEUE_BIND_OK_METHOD), UInt32(AMQP_QUEUE_DELETE_OK_METHOD),
                UInt32(AMQP_QUEUE_PURGE_OK_METHOD):
                .done
            case UInt32(AMQP_BASIC_CANCEL_OK_METHOD): .cancelled
            case UInt32(AMQP_BASIC_CANCEL_METHOD): .cancelsConsumer
            case UInt32(AMQP_CHANNEL_CLOSE_OK_METHOD): .channelClosed
            case UInt32(AMQP_CONNECTION_CLOSE_OK_METHOD): .connectionClosed
            case UInt32(AMQP_CHANNEL_CLOSE_METHOD):
                decoded(amqp_channel_close_t.self) {
                    .closesChannel(code: Int($0.reply_code), text: $0.reply_text.text)
                }
            case UInt32(AMQP_CONNECTION_CLOSE_METHOD):
                decoded(amqp_connection_close_t.self) {
                    .closesConnection(code: Int($0.reply_code), text: $0.reply_text.text)
                }
            case UInt32(AMQP_CONNECTION_BLOCKED_METHOD):
                decoded(amqp_connection_blocked_t.self) { .blocked($0.reason.text) }
            case UInt32(AMQP_CONNECTION_UNBLOCKED_METHOD): .unblocked
            default: .unexpected(method.id)
            }
    }
}
