// floor SMTP-PORT SECONDS RATE TICKET-SQL
//
// The least that one ticket's mail can take on these servers: everything that must happen one after another, done by
// bare C calls with nothing else going on, RATE times a second (0: as fast as it goes). A durable commit of the ticket's
// four rows (TICKET-SQL, as for pgbench), a confirmed publish of the event to three quorum queues and its delivery from
// one of them, a commit of the planned mail, a confirmed publish of the command and its delivery, a commit of the
// attempt, one SMTP transaction on an open connection. The rows go to the suite's own tables, outbox rows to a twin.
// Prints p50 and p99 of the whole chain in ms.
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

static const char *event = "bench.floor", *command = "bench.floor.command";
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

// What pgbench runs, without its own commands.
static const char *ticket_statement(const char *path) {
    static char text[16384];
    char line[1024];
    FILE *file = fopen(path, "r");
    if (!file) die(path);
    while (fgets(line, sizeof line, file)) {
        if (line[0] == '\\' || !strncmp(line, "--", 2)) continue;
        for (char *at = line, *found; *at; at = found + 9) {
            if (!(found = strstr(at, ":customer"))) {
                strcat(text, at);
                break;
            }
            strncat(text, at, found - at);
            strcat(text, "$1");
        }
    }
    fclose(file);
    return text;
}

// The planned mail as the notifier has it once it is sent, so that nobody takes it for work left over.
static const char *plan_statement =
    "with heard as (insert into notify.inbox (consumer, message_id) values ('bench.floor', md5('m' || $1)::uuid)), "
    "known as (insert into notify.heard_ticket (ticket, number, heard_at) values (md5('t' || $1)::uuid, 'T' || $1, now())), "
    "planned as (insert into notify.delivery (id, step, cause, ticket, ticket_number, department, occasion, channel, "
    "recipient, language, subject, body, state, state_rank, created_at, expires_at, updated_at) values "
    "(md5('d' || $1)::uuid, 1, md5('m' || $1)::uuid, md5('t' || $1)::uuid, 'T' || $1, 'service', 'ticket.created', 'mail', "
    "'bench@bench.invalid', 'en', 'T' || $1, 'We have received your request. Our service department takes care of it.', "
    "'sent', 3, now(), now() + interval '1 day', now())) "
    "insert into bench.outbox (message_id, exchange, routing_key, type, source, occurred_at, aggregate_id, correlation_id, "
    "body) select md5('c' || $1)::uuid, 'paidan.commands', 'notifier.mail', 'delivery.send.v1', 'notifier', now(), null, $1, "
    "convert_to('{\"channel\":\"mail\",\"delivery\":\"01234567-89ab-cdef-0123-456789abcdef\"}', 'UTF8')";

static const char *attempt_statement =
    "insert into notify.attempt (delivery, number, state, state_rank, provider, started_at, lease_until) "
    "values (md5('d' || $1)::uuid, 1, 'sending', 1, 'smtp', now(), now() + interval '1 day')";

static void commit(const char *name, const char *argument) {
    PGresult *result = PQexecPrepared(database, name, 1, &argument, NULL, NULL, 0);
    if (PQresultStatus(result) != PGRES_COMMAND_OK) die(PQerrorMessage(database));
    PQclear(result);
}

static void prepare(const char *name, const char *text) {
    PGresult *result = PQprepare(database, name, text, 1, (Oid[]){25}); // text
    if (PQresultStatus(result) != PGRES_COMMAND_OK) die(PQerrorMessage(database));
    PQclear(result);
}

// Publishes and waits for both the confirm and the delivery, in whichever order they come.
static void pass_on(const char *exchange, const char *key) {
    static char body[1024];
    memset(body, 'x', sizeof body);
    amqp_basic_properties_t properties = {._flags = AMQP_BASIC_DELIVERY_MODE_FLAG, .delivery_mode = 2};
    if (amqp_basic_publish(broker, 1, amqp_cstring_bytes(exchange), amqp_cstring_bytes(key), 1, 0, &properties,
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
    if (count != 5) return 2;
    double rate = atof(arguments[3]);
    const char *keys[] = {"host", "port", "dbname", "user", "password", NULL};
    const char *values[] = {"127.0.0.1", getenv("BENCH_DATABASE_PORT"), "paidan", "postgres",
        getenv("BENCH_DATABASE_PASSWORD"), NULL};
    database = PQconnectdbParams(keys, values, 0);
    if (PQstatus(database) != CONNECTION_OK) die(PQerrorMessage(database));
    prepare("ticket", ticket_statement(arguments[4]));
    prepare("plan", plan_statement);
    prepare("attempt", attempt_statement);
    broker = amqp_new_connection();
    if (amqp_socket_open(amqp_tcp_socket_new(broker), "127.0.0.1", atoi(getenv("BENCH_BROKER_PORT")))) die("broker");
    if (amqp_login(broker, getenv("BENCH_BROKER_VHOST"), 0, 131072, 0, AMQP_SASL_METHOD_PLAIN,
            getenv("BENCH_BROKER_USER"), getenv("BENCH_BROKER_PASSWORD")).reply_type != AMQP_RESPONSE_NORMAL)
        die("cannot log in to the broker");
    amqp_channel_open(broker, 1);
    amqp_table_entry_t kind = {.key = amqp_cstring_bytes("x-queue-type"),
        .value = {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = amqp_cstring_bytes("quorum")}};
    const char *queues[] = {event, "bench.floor.2", "bench.floor.3", command};
    amqp_exchange_declare(
        broker, 1, amqp_cstring_bytes(event), amqp_cstring_bytes("fanout"), 0, 1, 0, 0, amqp_empty_table);
    for (int i = 0; i < 4; i++) {
        amqp_bytes_t queue = amqp_cstring_bytes(queues[i]);
        amqp_queue_declare(broker, 1, queue, 0, 1, 0, 0, (amqp_table_t){1, &kind});
        amqp_queue_purge(broker, 1, queue);
        if (i < 3) amqp_queue_bind(broker, 1, queue, amqp_cstring_bytes(event), amqp_empty_bytes, amqp_empty_table);
    }
    amqp_confirm_select(broker, 1);
    amqp_basic_qos(broker, 1, 0, 16, 0);
    amqp_basic_consume(broker, 1, amqp_cstring_bytes(event), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
    amqp_basic_consume(broker, 1, amqp_cstring_bytes(command), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
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
    char customer[16], key[32];
    for (long number = 0; now() < end && done < 1 << 20; number++) {
        double rest = rate > 0 ? begin + number / rate - now() : 0;
        if (rest > 0) nanosleep(&(struct timespec){0, (long)(rest * 1e9)}, NULL);
        snprintf(customer, sizeof customer, "%ld", number % 20000);
        snprintf(key, sizeof key, "%d-%ld", getpid(), number);
        double start = now();
        commit("ticket", customer);
        pass_on(event, "");
        commit("plan", key);
        pass_on("", command);
        commit("attempt", key);
        send_mail();
        if (start > begin + 1) times[done++] = now() - start; // the first second warms up
    }
    if (!done) die("not one was done");
    qsort(times, done, sizeof *times, ascending);
    printf("%.2f %.2f\n", times[done / 2] * 1e3, times[(long)(done * 0.99)] * 1e3);
    return 0;
}
