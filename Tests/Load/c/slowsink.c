// slowsink PORT MILLISECONDS
//
// A provider that is slow but never busy: answers every HTTP request on 127.0.0.1:PORT with "0: Accepted for delivery",
// as Kannel does, MILLISECONDS after it came, however many wait. GET /count is answered at once with how many were
// answered that way.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LINKS = 1024, ROOM = 1 << 16, QUEUE = 1 << 16 };

struct link {
    int used, generation;
    char buffer[ROOM];
};

static struct link *links[LINKS]; // by descriptor
static struct { double at; int fd, generation; } queue[QUEUE]; // in the order of their times, since all wait equally
static long first, last, answered;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void answer(int fd, const char *status, const char *body) {
    char text[256];
    int length = snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n%s",
        status, strlen(body), body);
    if (send(fd, text, length, MSG_NOSIGNAL) < 0) {} // the reader of this descriptor finds out that it is gone
}

// Takes the requests that are whole out of the buffer.
static void take(int fd, double delay) {
    struct link *link = links[fd];
    for (;;) {
        link->buffer[link->used] = 0;
        char *end = strstr(link->buffer, "\r\n\r\n");
        if (!end) return;
        *end = 0;
        char *header = strcasestr(link->buffer, "\r\ncontent-length:");
        *end = '\r';
        int size = end + 4 - link->buffer + (header ? atoi(header + 17) : 0);
        if (link->used < size) return;
        if (!strncmp(link->buffer, "GET /count ", 11)) {
            char count[32];
            snprintf(count, sizeof count, "%ld", answered);
            answer(fd, "200 OK", count);
        } else if (last - first < QUEUE) {
            queue[last % QUEUE].at = now() + delay;
            queue[last % QUEUE].fd = fd;
            queue[last++ % QUEUE].generation = link->generation;
        }
        memmove(link->buffer, link->buffer + size, link->used -= size);
    }
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    double delay = atof(arguments[2]) / 1000;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(atoi(arguments[1])), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int one = 1, server = socket(AF_INET, SOCK_STREAM, 0), poll = epoll_create1(0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(server, (struct sockaddr *)&address, sizeof address) || listen(server, 256)) die("slowsink: listen");
    epoll_ctl(poll, EPOLL_CTL_ADD, server, &(struct epoll_event){.events = EPOLLIN, .data.fd = server});
    for (;;) {
        double time = now();
        for (; first < last && queue[first % QUEUE].at <= time; first++) {
            int fd = queue[first % QUEUE].fd;
            if (!links[fd] || links[fd]->generation != queue[first % QUEUE].generation) continue;
            answer(fd, "202 Accepted", "0: Accepted for delivery");
            answered++;
        }
        int pause = first < last ? (int)((queue[first % QUEUE].at - time) * 1000) + 1 : -1;
        struct epoll_event events[64];
        int ready = epoll_wait(poll, events, 64, pause);
        for (int e = 0; e < ready; e++) {
            int fd = events[e].data.fd;
            if (fd == server) {
                static int generation;
                if ((fd = accept(server, 0, 0)) < 0) continue;
                if (fd >= LINKS || !(links[fd] = calloc(1, sizeof(struct link)))) {
                    close(fd);
                    continue;
                }
                links[fd]->generation = ++generation;
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                epoll_ctl(poll, EPOLL_CTL_ADD, fd, &(struct epoll_event){.events = EPOLLIN, .data.fd = fd});
                continue;
            }
            struct link *link = links[fd];
            ssize_t got = recv(fd, link->buffer + link->used, ROOM - 1 - link->used, 0);
            if (got <= 0) {
                close(fd);
                free(link);
                links[fd] = 0;
                continue;
            }
            link->used += got;
            take(fd, delay);
        }
    }
}
