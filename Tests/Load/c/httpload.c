// httpload PORT CONNECTIONS SECONDS RATE SERIES CUSTOMERS [LOG|- [phone]]
//
// Opens tickets on 127.0.0.1:PORT over keep-alive connections: as fast as answers come (RATE 0), or RATE a second at
// fixed times, the latency counted from the time a request was due. Every request has an idempotency key of its own and
// a customer bench-N@bench.invalid; N goes round CUSTOMERS, or counts on for ever when that is 0. LOG gets a line
// "N SECONDS" (time of day the request was due) for each ticket. With `phone` the customer is one with a telephone
// instead of a mail address.
//
// Prints: tickets a second, p50 and p99 in ms, answers other than 201. One thread and one epoll, like pgbench -j 1.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAXIMUM = 4096, WARM = 1 };

struct link {
    int fd, used, busy;
    double due;
    char buffer[8192];
};

static struct link links[MAXIMUM];
static double *latencies;
static long made, failed, capacity;
static const char *series;
static long next_customer, customers;
static int by_phone;
static FILE *log_file;
static double started;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static double time_of_day(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void ask(struct link *link, double due) {
    static long key;
    long number = next_customer++;
    if (customers) number %= customers;
    char body[1024], request[2048], way[64];
    snprintf(way, sizeof way, by_phone ? "\"phone\":\"+86139%08ld\"" : "\"email\":\"bench-%ld@bench.invalid\"", number);
    int length = snprintf(body, sizeof body,
        "{\"subject\":\"The heat pump in the cellar stops after a minute\",\"description\":\"Since this morning it starts, "
        "hums, and stops again with code E%ld. We have turned it off and on twice and looked at the filter; the pressure "
        "shown is 1.2 bar. Please call before you come, the gate is locked.\",\"kind\":\"repair\",\"urgency\":\"high\","
        "\"address\":\"No. 18, Nanjing Road, Shanghai\",\"customer\":{\"name\":\"Customer %ld\","
        "%s,\"language\":\"en\"}}", key % 100, number, way);
    int total = snprintf(request, sizeof request,
        "POST /api/intake/v1/tickets HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Idempotency-Key: bench-%s-%ld\r\nContent-Length: %d\r\n\r\n%s", series, key++, length, body);
    link->due = due;
    link->busy = 1;
    link->used = 0;
    if (log_file) fprintf(log_file, "%ld %.6f\n", number, time_of_day() - (now() - due));
    if (send(link->fd, request, total, MSG_NOSIGNAL) != total) die("send"); // less than any socket buffer
}

// 1 when the answer in the buffer is whole.
static int answered(struct link *link) {
    char *end, *header;
    link->buffer[link->used] = 0;
    if (!(end = strstr(link->buffer, "\r\n\r\n"))) return 0;
    if (!(header = strcasestr(link->buffer, "content-length:"))) die("an answer without content-length");
    return link->used >= end + 4 - link->buffer + atoi(header + 15);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    if (count < 7) return 2;
    int port = atoi(arguments[1]), connections = atoi(arguments[2]), waiting = 0, first_idle = 0;
    double seconds = atof(arguments[3]), rate = atof(arguments[4]);
    series = arguments[5];
    customers = atol(arguments[6]);
    if (count > 7 && strcmp(arguments[7], "-") && !(log_file = fopen(arguments[7], "w"))) die(arguments[7]);
    by_phone = count > 8 && !strcmp(arguments[8], "phone");
    if (connections < 1 || connections > MAXIMUM) return 2;
    capacity = 1 << 22;
    latencies = malloc(capacity * sizeof *latencies);
    int poll = epoll_create1(0);
    for (int i = 0; i < connections; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address)) die("connect");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        links[i].fd = fd;
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.u32 = i});
    }
    // The first second warms up and is not counted.
    double begin = now(), counted = begin + WARM, end = counted + seconds, last = counted;
    long sent = 0, completed = 0;
    started = begin;
    if (rate == 0)
        for (int i = 0; i < connections; i++, waiting++) ask(&links[i], now());
    while (now() < end || waiting) {
        double pause = 1;
        if (rate > 0 && now() < end) {
            double due = begin + sent / rate;
            while (due <= now() && due < end) {
                int i = 0;
                for (i = 0; i < connections && links[(first_idle + i) % connections].busy; i++) {}
                if (i == connections) break; // all are busy: the request waits, and its latency grows
                first_idle = (first_idle + i) % connections;
                ask(&links[first_idle], due);
                waiting++;
                due = begin + ++sent / rate;
            }
            pause = due > now() ? due - now() : waiting == connections ? 1 : 0;
        }
        // In nanoseconds: epoll_wait's milliseconds would send each request up to one of them too late.
        struct timespec wait = {.tv_sec = (time_t)pause, .tv_nsec = (long)((pause - (time_t)pause) * 1e9)};
        struct epoll_event events[256];
        int ready = epoll_pwait2(poll, events, 256, &wait, NULL);
        if (ready == 0 && now() > end + 10) {
            fprintf(stderr, "httpload: %d answers did not come within 10 s\n", waiting);
            return 1;
        }
        for (int e = 0; e < ready; e++) {
            struct link *link = &links[events[e].data.u32];
            ssize_t got = recv(link->fd, link->buffer + link->used, sizeof link->buffer - 1 - link->used, 0);
            if (got <= 0) {
                fprintf(stderr, "httpload: the service closed a connection\n");
                return 1;
            }
            link->used += got;
            if (!answered(link)) continue;
            double time = now();
            link->busy = 0;
            waiting--;
            if (strncmp(link->buffer + 9, "201", 3)) {
                if (!failed++) fprintf(stderr, "httpload: %.400s\n", link->buffer);
            } else {
                made++;
                if (link->due >= counted && time <= end + (rate > 0 ? 10 : 0) && completed < capacity) {
                    latencies[completed++] = time - link->due;
                    last = time;
                }
            }
            if (rate == 0 && time < end) {
                ask(link, time);
                waiting++;
            }
        }
    }
    if (!completed) return 1;
    qsort(latencies, completed, sizeof *latencies, ascending);
    printf("%.1f %.3f %.3f %ld\n", completed / (last - counted), latencies[completed / 2] * 1e3,
        latencies[(long)(completed * 0.99)] * 1e3, failed);
    if (log_file) fclose(log_file);
    return 0;
}
