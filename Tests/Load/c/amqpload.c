// amqpload publish|consume PORT QUEUE COUNT WINDOW
//
// What Shared/AMQP is measured against: librabbitmq with as little around it as can be. Publishes COUNT persistent
// messages of 1 KiB with the properties of our events, at most WINDOW without a confirm; or takes COUNT with a prefetch
// of WINDOW and acknowledges every 64, or earlier when nothing waits. User and password are in BENCH_BROKER_USER and
// BENCH_BROKER_PASSWORD, the vhost in BENCH_BROKER_VHOST. Prints messages a second.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    fprintf(stderr, "amqpload: %s\n", what);
    exit(1);
}

static void publish(amqp_connection_state_t broker, const char *queue, long count, long window) {
    static char body[1024];
    static const char *names[] = {"cloudEvents:source", "cloudEvents:subject", "traceparent", "aggregateversion"};
    amqp_table_entry_t headers[4];
    amqp_basic_properties_t properties = {0};
    memset(body, 'x', sizeof body);
    for (int i = 0; i < 4; i++) {
        headers[i].key = amqp_cstring_bytes(names[i]);
        headers[i].value.kind = AMQP_FIELD_KIND_UTF8;
        headers[i].value.value.bytes = amqp_cstring_bytes("0123456789abcdef0123456789abcdef");
    }
    properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG |
        AMQP_BASIC_TYPE_FLAG | AMQP_BASIC_HEADERS_FLAG;
    properties.delivery_mode = 2;
    properties.message_id = amqp_cstring_bytes("01234567-89ab-cdef-0123-456789abcdef");
    properties.content_type = amqp_cstring_bytes("application/json");
    properties.type = amqp_cstring_bytes("ticket.created.v1");
    properties.headers.num_entries = 4;
    properties.headers.entries = headers;
    amqp_confirm_select(broker, 1);
    amqp_bytes_t content = {sizeof body, body};
    long sent = 0, confirmed = 0;
    // Confirms of a quorum queue come in bundles and out of order; each tag is counted once.
    char *done = calloc(count + 1, 1);
    long lowest = 0;
    while (confirmed < count) {
        while (sent < count && sent - confirmed < window) {
            if (amqp_basic_publish(broker, 1, amqp_empty_bytes, amqp_cstring_bytes(queue), 1, 0, &properties, content))
                die("publish");
            sent++;
        }
        amqp_frame_t frame;
        struct timeval at_once = {0, 0};
        int status = amqp_simple_wait_frame(broker, &frame);
        while (status == AMQP_STATUS_OK) {
            if (frame.frame_type != AMQP_FRAME_METHOD || frame.payload.method.id != AMQP_BASIC_ACK_METHOD)
                die("an answer that is no confirm");
            amqp_basic_ack_t *ack = frame.payload.method.decoded;
            long tag = (long)ack->delivery_tag;
            for (long t = ack->multiple ? lowest + 1 : tag; t <= tag; t++)
                if (!done[t]) done[t] = 1, confirmed++;
            while (lowest < count && done[lowest + 1]) lowest++;
            amqp_maybe_release_buffers_on_channel(broker, 1);
            status = amqp_simple_wait_frame_noblock(broker, &frame, &at_once);
        }
        if (status != AMQP_STATUS_TIMEOUT) die("waiting for confirms");
    }
}

static void consume(amqp_connection_state_t broker, const char *queue, long count, int window) {
    static char body[1 << 16];
    long taken = 0;
    uint64_t tag = 0;
    int pending = 0;
    size_t left = 0, at = 0;
    struct timeval at_once = {0, 0};
    amqp_frame_t frame;
    amqp_basic_qos(broker, 1, 0, window, 0);
    amqp_basic_consume(broker, 1, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    while (taken < count) {
        int status = amqp_simple_wait_frame_noblock(broker, &frame, &at_once);
        if (status == AMQP_STATUS_TIMEOUT) {
            if (pending) amqp_basic_ack(broker, 1, tag, 1);
            pending = 0;
            status = amqp_simple_wait_frame(broker, &frame);
        }
        if (status != AMQP_STATUS_OK) die("waiting for deliveries");
        if (frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_DELIVER_METHOD) {
            tag = ((amqp_basic_deliver_t *)frame.payload.method.decoded)->delivery_tag;
        } else if (frame.frame_type == AMQP_FRAME_HEADER) {
            left = frame.payload.properties.body_size;
            at = 0;
            if (left > sizeof body) die("a body larger than expected");
        } else if (frame.frame_type == AMQP_FRAME_BODY) {
            memcpy(body + at, frame.payload.body_fragment.bytes, frame.payload.body_fragment.len);
            at += frame.payload.body_fragment.len;
            left -= frame.payload.body_fragment.len;
            if (!left) {
                taken++;
                if (++pending == 64) amqp_basic_ack(broker, 1, tag, 1), pending = 0;
            }
        }
        amqp_maybe_release_buffers_on_channel(broker, 1);
    }
    if (pending) amqp_basic_ack(broker, 1, tag, 1);
}

int main(int count, char **arguments) {
    if (count != 6) return 2;
    amqp_connection_state_t broker = amqp_new_connection();
    if (amqp_socket_open(amqp_tcp_socket_new(broker), "127.0.0.1", atoi(arguments[2]))) die("cannot connect");
    amqp_rpc_reply_t reply = amqp_login(broker, getenv("BENCH_BROKER_VHOST"), 0, 131072, 0, AMQP_SASL_METHOD_PLAIN,
        getenv("BENCH_BROKER_USER"), getenv("BENCH_BROKER_PASSWORD"));
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) die("cannot log in");
    amqp_channel_open(broker, 1);
    long number = atol(arguments[4]);
    double begin = now();
    if (!strcmp(arguments[1], "publish")) publish(broker, arguments[3], number, atol(arguments[5]));
    else consume(broker, arguments[3], number, atoi(arguments[5]));
    printf("%.1f\n", number / (now() - begin));
    amqp_channel_close(broker, 1, AMQP_REPLY_SUCCESS);
    amqp_connection_close(broker, AMQP_REPLY_SUCCESS);
    return 0;
}
