// floor SMTP-PORT SECONDS
//
// The least that one ticket's mail can take on these servers: everything that must happen one after another, done by
// bare C calls with nothing else going on. A durable commit (the ticket), a confirmed publish to a quorum queue and its
// delivery (the event), a commit (the plan of the mail), a confirmed publish and its delivery (the command), a commit
// (the attempt), one SMTP transaction on an open connection. Prints p50 and p99 of the whole chain in ms.
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *queue = "bench.floor";
static PGconn *database;
static amqp_connection_state_t broker;
static int mail;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    fprintf(stderr, "floor: %s\n", what);
    exit(1);
}

static void commit(void) {
    PGresult *result = PQexecPrepared(database, "row", 0, NULL, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) die(PQerrorMessage(database));
    PQclear(result);
}

// Publishes and waits for both the confirm and the delivery, in whichever order they come.
static void pass_on(void) {
    static char body[1024];
    memset(body, 'x', sizeof body);
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG, .delivery_mode = 2};
    if (amqp_basic_publish(broker, 1, amqp_empty_bytes, amqp_cstring_bytes(queue), 1, 0, &properties,
            (amqp_bytes_t){sizeof body, body}))
        die("publish");
    int confirmed = 0;
    uint64_t tag = 0;
    size_t left = 0;
    while (!confirmed || !tag || left) {
        amqp_frame_t frame;
        if (amqp_simple_wait_frame(broker, &frame)) die("waiting for the broker");
        if (frame.frame_type == AMQP_FRAME_HEADER) left = frame.payload.properties.body_size;
        else if (frame.frame_type == AMQP_FRAME_BODY) left -= frame.payload.body_fragment.len;
        else if (frame.payload.method.id == AMQP_BASIC_ACK_METHOD) confirmed = 1;
        else if (frame.payload.method.id == AMQP_BASIC_DELIVER_METHOD) {
            tag = ((amqp_basic_deliver_t *)frame.payload.method.decoded)->delivery_tag;
            left = 1; // until its header says more
        }
        amqp_maybe_release_buffers_on_channel(broker, 1);
    }
    amqp_basic_ack(broker, 1, tag, 0);
}

static void say(const char *line, char wanted) {
    char answer[4096];
    ssize_t used = 0;
    if (line && send(mail, line, strlen(line), 0) < 0) die("SMTP");
    do {
        ssize_t got = recv(mail, answer + used, sizeof answer - used - 1, 0);
        if (got <= 0) die("SMTP: closed");
        used += got;
        answer[used] = 0;
    } while (answer[used - 1] != '\n');
    if (answer[0] != wanted) die(answer);
}

static void send_mail(void) {
    say("MAIL FROM:<service@paidan.example>\r\n", '2');
    say("RCPT TO:<bench@bench.invalid>\r\n", '2');
    say("DATA\r\n", '3');
    say("From: service@paidan.example\r\nTo: bench@bench.invalid\r\nSubject: T1000001\r\n\r\nWe have received your "
        "request.\r\n.\r\n", '2');
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    const char *keys[] = {"host", "port", "dbname", "user", "password", NULL};
    const char *values[] = {"127.0.0.1", getenv("BENCH_DATABASE_PORT"), "bench", "postgres",
        getenv("BENCH_DATABASE_PASSWORD"), NULL};
    database = PQconnectdbParams(keys, values, 0);
    PQclear(PQprepare(database, "row",
        "insert into load (id, customer, body) values (gen_random_uuid(), 1, repeat('x', 500))", 0, NULL));
    broker = amqp_new_connection();
    if (amqp_socket_open(amqp_tcp_socket_new(broker), "127.0.0.1", atoi(getenv("BENCH_BROKER_PORT")))) die("broker");
    if (amqp_login(broker, getenv("BENCH_BROKER_VHOST"), 0, 131072, 0, AMQP_SASL_METHOD_PLAIN,
            getenv("BENCH_BROKER_USER"), getenv("BENCH_BROKER_PASSWORD")).reply_type != AMQP_RESPONSE_NORMAL)
        die("cannot log in to the broker");
    amqp_channel_open(broker, 1);
    amqp_table_entry_t kind = {.key = amqp_cstring_bytes("x-queue-type"),
        .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("quorum")}};
    amqp_queue_declare(broker, 1, amqp_cstring_bytes(queue), 0, 1, 0, 0, (amqp_table_t){1, &kind});
    amqp_queue_purge(broker, 1, amqp_cstring_bytes(queue));
    amqp_confirm_select(broker, 1);
    amqp_basic_qos(broker, 1, 0, 16, 0);
    amqp_basic_consume(broker, 1, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1;
    mail = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(mail, (struct sockaddr *)&address, sizeof address)) die("SMTP: no connection");
    setsockopt(mail, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    say(NULL, '2');
    say("HELO paidan.example\r\n", '2');

    static double times[1 << 20];
    long done = 0;
    double begin = now(), end = begin + 1 + atof(arguments[2]);
    while (now() < end && done < 1 << 20) {
        double start = now();
        commit();
        pass_on();
        commit();
        pass_on();
        commit();
        send_mail();
        if (start > begin + 1) times[done++] = now() - start; // the first second warms up
    }
    if (!done) die("not one was done");
    qsort(times, done, sizeof *times, ascending);
    printf("%.2f %.2f\n", times[done / 2] * 1e3, times[(long)(done * 0.99)] * 1e3);
    return 0;
}
