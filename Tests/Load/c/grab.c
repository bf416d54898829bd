// grab PORT PATH FILE
//
// Everybody reaches for the same offer: for each line "TOKEN" of FILE a connection of its own to the dispatcher at
// 127.0.0.1:PORT, and when all are open POST PATH on all of them, one right after the other.
//
// Prints: p99 and p50 in ms from a request to its answer, answers 200, answers 409 "taken", how many of these name the same
// winner, and all other answers. One thread and one epoll.
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

enum { MOST = 4096, LINE = 8192 };

static struct {
    int fd, used;
    double begun, took;
    char answer[LINE * 2];
} links[MOST];
static char tokens[MOST][LINE];

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

// Whether head and body have come as a whole.
static int is_whole(const char *text, int used) {
    const char *end = strstr(text, "\r\n\r\n"), *length = strcasestr(text, "\r\ncontent-length:");
    if (!end || !length || length > end) return 0;
    return used >= end + 4 - text + atol(length + 17);
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "grab PORT PATH FILE\n"), 2;
    FILE *file = fopen(argv[3], "r");
    if (!file) die(argv[3]);
    int people = 0;
    while (people < MOST && fgets(tokens[people], LINE, file)) {
        tokens[people][strcspn(tokens[people], "\n")] = 0;
        if (tokens[people][0]) people++;
    }
    fclose(file);
    int poll = epoll_create1(0), one = 1;
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_port = htons(atoi(argv[1]))};
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    for (int i = 0; i < people; i++) {
        links[i].fd = socket(AF_INET, SOCK_STREAM, 0);
        if (links[i].fd < 0 || connect(links[i].fd, (void *)&place, sizeof place)) die("connect");
        setsockopt(links[i].fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct epoll_event event = {.events = EPOLLIN, .data.u32 = i};
        if (epoll_ctl(poll, EPOLL_CTL_ADD, links[i].fd, &event)) die("epoll_ctl");
    }
    char request[LINE * 2];
    for (int i = 0; i < people; i++) {
        int length = snprintf(request, sizeof request,
            "POST %s HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\nAccept-Language: en\r\n"
            "Prefer: return=minimal\r\nContent-Length: 0\r\n\r\n",
            argv[2], tokens[i]);
        links[i].begun = now();
        if (write(links[i].fd, request, length) != length) die("write");
    }
    int open = people;
    while (open > 0) {
        struct epoll_event events[256];
        int ready = epoll_wait(poll, events, 256, 20000);
        if (ready <= 0) break;
        for (int e = 0; e < ready; e++) {
            int i = events[e].data.u32;
            ssize_t got = read(links[i].fd, links[i].answer + links[i].used, sizeof links[i].answer - 1 - links[i].used);
            if (got > 0) links[i].used += got;
            if (got <= 0 || is_whole(links[i].answer, links[i].used)) {
                links[i].took = (now() - links[i].begun) * 1000;
                close(links[i].fd);
                open--;
            }
        }
    }
    static double times[MOST];
    char winner[256] = "";
    int won = 0, lost = 0, same = 0;
    for (int i = 0; i < people; i++) {
        times[i] = links[i].took ? links[i].took : 1e9;
        int status = links[i].used > 12 ? atoi(links[i].answer + 9) : 0;
        char *detail = strstr(links[i].answer, "\"detail\":\"");
        if (status == 200) won++;
        if (status != 409 || !detail || !strstr(detail, " has taken it\"")) continue;
        lost++;
        int length = strcspn(detail, "}");
        if (!winner[0]) snprintf(winner, sizeof winner, "%.60s", detail);
        same += length > 0 && !strncmp(winner, detail, strlen(winner) < 40 ? strlen(winner) : 40);
    }
    qsort(times, people, sizeof *times, ascending);
    printf("%.1f %.1f %d %d %d %d\n", times[people * 99 / 100], times[people / 2], won, lost, same, people - won - lost);
    return 0;
}
