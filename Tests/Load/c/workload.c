// workload PORT CONNECTIONS SECONDS FILE
//
// Takes work orders of the shipped process s3-repair through their flow on the dispatcher at 127.0.0.1:PORT, each from the
// desk to the closed ticket, as many at once as there are connections; the answers say only where it stands. FILE: a line
// "desk TOKEN", "engineer TOKEN", "finance TOKEN", "staff ID" (the engineer's) each, then an id of a work order a line. Ends
// when the time is over or none is left.
//
// Prints: commands a second, p50 and p99 of a command in ms, answers other than 200, work orders ended. One thread and one
// epoll, like pgbench -j 1.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { MAXIMUM = 1024, STEPS = 9 };

static char desk[4096], engineer[4096], finance[4096], staff[64];

// What each step is asked with; %s in a body is the engineer's id.
static const struct {
    const char *token, *path, *body;
} flow[STEPS] = {
    {desk, "actions/to-pool", "{}"},
    {engineer, "actions/accept", "{}"},
    {engineer, "actions/open-sheet", "{\"candidate\":{\"staff\":\"%s\"}}"},
    {engineer, "visits/1/actions/appoint", "{\"fields\":{\"appointment\":\"2099-01-01T09:00:00+08:00\"}}"},
    {engineer, "visits/1/actions/arrive", "{}"},
    {engineer, "visits/1/actions/finish",
        "{\"fields\":{\"handling\":\"Changed the capacitor\",\"result\":\"task-done\",\"signature\":\"s-1\"}}"},
    {engineer, "actions/collected", "{\"fields\":{\"paid\":20000,\"pay_by\":\"wechat\"}}"},
    {finance, "actions/confirm-payment", "{}"},
    {desk, "actions/passed", "{\"fields\":{\"rating\":\"good\"}}"},
};

struct link {
    int fd, used, step;
    long order;
    double begun;
    char buffer[1 << 18];
};

static struct link *links;
static char (*orders)[64];
static long known, taken, ended, failed, completed, capacity = 1 << 22;
static double *latencies;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

// 0 when there is no further work order.
static int ask(struct link *link) {
    if (link->step == STEPS) {
        if (taken == known) return 0;
        link->order = taken++;
        link->step = 0;
    }
    char body[512], request[8192];
    int length = snprintf(body, sizeof body, flow[link->step].body, staff);
    int total = snprintf(request, sizeof request,
        "POST /api/dispatch/v1/work-orders/%s/%s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
        "Prefer: return=minimal\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
        orders[link->order], flow[link->step].path, flow[link->step].token, length, body);
    link->used = 0;
    link->begun = now();
    if (send(link->fd, request, total, MSG_NOSIGNAL) != total) die("send"); // less than any socket buffer
    return 1;
}

// 1 when the answer in the buffer is whole.
static int answered(struct link *link) {
    char *end, *header;
    link->buffer[link->used] = 0;
    if (!(end = strstr(link->buffer, "\r\n\r\n"))) return 0;
    if (!(header = strcasestr(link->buffer, "content-length:"))) die("an answer without content-length");
    return link->used >= end + 4 - link->buffer + atoi(header + 15);
}

static void read_file(const char *name) {
    char word[16], line[4200];
    FILE *file = fopen(name, "r");
    if (!file) die(name);
    orders = malloc((1 << 20) * sizeof *orders);
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        char *space = strchr(line, ' ');
        if (!space) {
            if (known < 1 << 20) snprintf(orders[known++], sizeof orders[0], "%.63s", line);
            continue;
        }
        snprintf(word, sizeof word, "%.*s", (int)(space - line), line);
        if (!strcmp(word, "desk")) snprintf(desk, sizeof desk, "%s", space + 1);
        if (!strcmp(word, "engineer")) snprintf(engineer, sizeof engineer, "%s", space + 1);
        if (!strcmp(word, "finance")) snprintf(finance, sizeof finance, "%s", space + 1);
        if (!strcmp(word, "staff")) snprintf(staff, sizeof staff, "%s", space + 1);
    }
    fclose(file);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    int port = atoi(arguments[1]), connections = atoi(arguments[2]), waiting = 0;
    if (connections < 1 || connections > MAXIMUM) return 2;
    read_file(arguments[4]);
    links = calloc(connections, sizeof *links);
    latencies = malloc(capacity * sizeof *latencies);
    int poll = epoll_create1(0);
    double begin = now(), end = begin + atof(arguments[3]), last = begin;
    for (int i = 0; i < connections; i++) {
        struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
        int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof address)) die("connect");
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        links[i].fd = fd;
        links[i].step = STEPS;
        epoll_ctl(poll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.u32 = i});
        waiting += ask(&links[i]);
    }
    while (waiting) {
        struct epoll_event events[256];
        int ready = epoll_wait(poll, events, 256, 10000);
        if (ready == 0) {
            fprintf(stderr, "workload: %d answers did not come within 10 s\n", waiting);
            return 1;
        }
        for (int e = 0; e < ready; e++) {
            struct link *link = &links[events[e].data.u32];
            ssize_t got = recv(link->fd, link->buffer + link->used, sizeof link->buffer - 1 - link->used, 0);
            if (got <= 0) {
                fprintf(stderr, "workload: the service closed a connection\n");
                return 1;
            }
            link->used += got;
            if (!answered(link)) continue;
            last = now();
            waiting--;
            if (strncmp(link->buffer + 9, "200", 3)) {
                if (!failed++) fprintf(stderr, "workload: %s: %.600s\n", flow[link->step].path, link->buffer);
                link->step = STEPS;
            } else {
                if (completed < capacity) latencies[completed++] = last - link->begun;
                if (++link->step == STEPS) ended++;
            }
            if (last < end) waiting += ask(link);
        }
    }
    if (!completed) return 1;
    qsort(latencies, completed, sizeof *latencies, ascending);
    printf("%.1f %.3f %.3f %ld %ld\n", completed / (last - begin), latencies[completed / 2] * 1e3,
        latencies[(long)(completed * 0.99)] * 1e3, failed, ended);
    return 0;
}
