// mailtimes DIRECTORY LOG
//
// Writes to LOG a line "NAME SECONDS" (time of day) for each file that is closed after writing in DIRECTORY, such as the
// mails of smtp-sink -d. The files' own times will not do: they are those of the kernel's last tick, up to 4 ms too early.
// Ends with SIGTERM.
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <time.h>
#include <unistd.h>

static void stop(int number) { (void)number; }

int main(int count, char **arguments) {
    if (count != 3) return 2;
    FILE *log = fopen(arguments[2], "w");
    int watch = inotify_init1(IN_CLOEXEC);
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    if (!log || inotify_add_watch(watch, arguments[1], IN_CLOSE_WRITE) < 0) {
        perror(arguments[1]);
        return 1;
    }
    static char buffer[1 << 16] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t got;
    while ((got = read(watch, buffer, sizeof buffer)) > 0) {
        struct timespec t;
        clock_gettime(CLOCK_REALTIME, &t);
        for (char *at = buffer; at < buffer + got;) {
            struct inotify_event *event = (struct inotify_event *)at;
            if (event->mask & IN_Q_OVERFLOW) fprintf(stderr, "mailtimes: events were lost\n");
            else fprintf(log, "%s %.6f\n", event->name, t.tv_sec + t.tv_nsec / 1e9);
            at += sizeof *event + event->len;
        }
    }
    fclose(log);
    return 0;
}
