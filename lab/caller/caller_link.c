#include "lab/caller/caller_link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "lab/lab.h"

enum {
    BATCH = 64,
    RECEIVE_ROUNDS = 4,       /* batches taken before sending gets its turn again */
    BUFFER = 8 * 1024 * 1024, /* bytes a socket may hold; the kernel may allow less */
    CONTROL = 0,
    USER = 1,
    PORTS = 2,
    MANY_CALLS = 100000, /* from here on looking at each call is for once a second */
};

#define LINE_US US_PER_S
#define FILE_US (US_PER_S / 5)

/* Datagrams of one socket on their way. */
struct batch {
    struct mmsghdr msgs[BATCH];
    struct iovec iov[BATCH];
    struct sockaddr_in addr[BATCH];
    uint8_t bytes[BATCH][CALLER_DGRAM];
    unsigned n, done;
};

struct caller_link {
    int fd[PORTS];
    int signals;
    struct batch out[PORTS], in;
    uint64_t unsent;
    int error;
    mono_t line_due, file_due;
    uint64_t unanswered_least; /* since the last line: more may be under way and not lost */
};

mono_t
caller_link_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
    return (mono_t){.us = (int64_t)now.tv_sec * US_PER_S + now.tv_nsec / 1000};
}

/* ---- opening ------------------------------------------------------------------------ */

static const char *
text_of(uint32_t addr, char out[INET_ADDRSTRLEN])
{
    const struct in_addr in = {.s_addr = htonl(addr)};

    return inet_ntop(AF_INET, &in, out, INET_ADDRSTRLEN);
}

static int
say_bind(uint32_t local, uint16_t port)
{
    char text[INET_ADDRSTRLEN];
    int error = errno;

    (void)text_of(local, text);
    if (error == EADDRINUSE)
        (void)fprintf(stderr,
                      "vpclab call: %s port %u is in use; end the other GTP client there, "
                      "or choose another address with --local\n",
                      text, port);
    else if (error == EADDRNOTAVAIL)
        (void)fprintf(stderr,
                      "vpclab call: %s is no address of this machine; choose one with "
                      "--local, such as 127.0.2.1\n",
                      text);
    else
        (void)fprintf(stderr, "vpclab call: %s port %u: %s\n", text, port, strerror(error));
    return LAB_FAILURE;
}

static int
open_port(uint32_t local, uint16_t port, int *fd)
{
    const struct sockaddr_in addr = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(local)};
    const int size = BUFFER;

    *fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (*fd < 0)
        return say_bind(local, port);
    /* the forced size needs rights we seldom have: then the largest allowed is taken */
    if (setsockopt(*fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        (void)setsockopt(*fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    (void)setsockopt(*fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    return bind(*fd, (const struct sockaddr *)&addr, sizeof addr) == 0 ? LAB_OK
                                                                       : say_bind(local, port);
}

static void
prepare(struct batch *batch)
{
    for (unsigned i = 0; i < BATCH; i++) {
        batch->iov[i] = (struct iovec){.iov_base = batch->bytes[i], .iov_len = CALLER_DGRAM};
        batch->msgs[i].msg_hdr = (struct msghdr){.msg_name = &batch->addr[i],
                                                 .msg_namelen = sizeof batch->addr[i],
                                                 .msg_iov = &batch->iov[i],
                                                 .msg_iovlen = 1};
    }
}

int
caller_link_open(struct caller_link **made, uint32_t local)
{
    struct caller_link *link = calloc(1, sizeof *link);
    sigset_t set;
    int status;

    *made = link;
    if (!link) {
        (void)fprintf(stderr, "vpclab call: out of memory\n");
        return LAB_FAILURE;
    }
    link->fd[CONTROL] = link->fd[USER] = -1;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    /* a shell without job control starts its background jobs with SIGINT ignored */
    (void)signal(SIGINT, SIG_DFL);
    (void)sigprocmask(SIG_BLOCK, &set, NULL);
    link->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    prepare(&link->in);
    prepare(&link->out[CONTROL]);
    prepare(&link->out[USER]);
    status = open_port(local, GTP_PORT_CONTROL, &link->fd[CONTROL]);
    if (status == LAB_OK)
        status = open_port(local, GTP_PORT_USER, &link->fd[USER]);
    if (status != LAB_OK)
        caller_link_close(made);
    return status;
}

void
caller_link_close(struct caller_link **made)
{
    struct caller_link *link = *made;

    if (!link)
        return;
    for (int i = 0; i < PORTS; i++) {
        if (link->fd[i] >= 0)
            (void)close(link->fd[i]); /* datagrams: nothing is buffered here */
    }
    if (link->signals >= 0)
        (void)close(link->signals);
    free(link);
    *made = NULL;
}

uint64_t
caller_link_unsent(const struct caller_link *link, int *error)
{
    *error = link->error;
    return link->unsent;
}

/* ---- moving datagrams --------------------------------------------------------------- */

static void
put(struct caller_link *link, const struct caller_dgram *dgram)
{
    struct batch *batch = &link->out[dgram->user ? USER : CONTROL];
    unsigned i = batch->n++;

    memcpy(batch->bytes[i], dgram->bytes, dgram->len);
    batch->iov[i].iov_len = dgram->len;
    batch->addr[i] = (struct sockaddr_in){.sin_family = AF_INET,
                                          .sin_port = htons(dgram->port),
                                          .sin_addr.s_addr = htonl(dgram->addr)};
}

/* Send what is waiting. A full socket keeps the rest for later; what can never be sent
 * (no route, no right) is dropped and counted. */
static void
flush(struct caller_link *link, int port)
{
    struct batch *batch = &link->out[port];

    while (batch->done < batch->n) {
        int n = sendmmsg(link->fd[port], batch->msgs + batch->done, batch->n - batch->done, 0);

        if (n > 0) {
            batch->done += (unsigned)n;
        } else if (errno == EAGAIN || errno == ENOBUFS) {
            return;
        } else if (errno != EINTR) {
            link->error = errno;
            link->unsent++;
            batch->done++;
        }
    }
    batch->n = batch->done = 0;
}

/* Fill and send one batch; did the caller have anything to send? */
static bool
send_some(struct caller_link *link, struct caller *caller, mono_t now)
{
    static struct caller_dgram dgram;
    bool any = false;

    /* answers given while receiving need room, too: a batch is never begun when half full */
    while (link->out[CONTROL].n < BATCH && link->out[USER].n < BATCH &&
           caller_next(caller, now, &dgram)) {
        any = true;
        if (dgram.len)
            put(link, &dgram);
    }
    flush(link, CONTROL);
    flush(link, USER);
    return any;
}

/* How many came. */
static int
receive_batch(struct caller_link *link, struct caller *caller, int port)
{
    static struct caller_dgram answer;
    struct batch *in = &link->in;
    int n = recvmmsg(link->fd[port], in->msgs, BATCH, MSG_DONTWAIT, NULL);
    mono_t now = caller_link_now();

    for (int i = 0; i < n; i++) {
        bool whole = !(in->msgs[i].msg_hdr.msg_flags & MSG_TRUNC);

        if (link->out[port].n == BATCH)
            flush(link, port);
        if (whole &&
            caller_hear(caller, now, port == USER, ntohl(in->addr[i].sin_addr.s_addr),
                        ntohs(in->addr[i].sin_port), in->bytes[i], in->msgs[i].msg_len, &answer) &&
            link->out[port].n < BATCH)
            put(link, &answer);
        in->msgs[i].msg_hdr.msg_namelen = sizeof in->addr[i];
    }
    return n;
}

/* Did anything come? */
static bool
receive_some(struct caller_link *link, struct caller *caller)
{
    bool any = false;

    for (int port = 0; port < PORTS; port++) {
        int n = BATCH;

        for (int round = 0; round < RECEIVE_ROUNDS && n == BATCH; round++) {
            n = receive_batch(link, caller, port);
            any |= n > 0;
        }
    }
    return any;
}

/* Until something comes, may be sent again, or is due. */
static void
wait_until(struct caller_link *link, mono_t due)
{
    struct pollfd items[] = {
        {.fd = link->fd[CONTROL], .events = POLLIN},
        {.fd = link->fd[USER], .events = POLLIN},
        {.fd = link->signals, .events = POLLIN},
    };
    int64_t left = mono_between(caller_link_now(), due);
    struct timespec span = {0};

    if (left > 0)
        span = (struct timespec){.tv_sec = left / US_PER_S, .tv_nsec = left % US_PER_S * 1000};
    for (int port = 0; port < PORTS; port++) {
        if (link->out[port].n)
            items[port].events |= POLLOUT;
    }
    (void)ppoll(items, 3, &span, NULL); /* whatever woke us, all is looked at */
}

/* ---- telling ------------------------------------------------------------------------ */

/* A call answers if it did so lately: within a second, or two rounds of slower traffic. */
static uint32_t
answering(const struct caller *caller, mono_t now)
{
    int64_t within = US_PER_S;

    if (caller->plan.pps && caller->opened > caller->plan.pps / 2)
        within = 2 * US_PER_S * caller->opened / caller->plan.pps;
    return caller_answering(caller, now, within);
}

static void
tell_line(struct caller_link *link, const struct caller *caller, mono_t now)
{
    const struct caller_counts *counts = &caller->counts;

    (void)fprintf(stderr, "%5.0f s  %-9s  open %u  answering %u  lost %llu",
                  (double)mono_between(caller->first, now) / (double)US_PER_S,
                  caller_phase_name(caller->phase), counts->state[CALL_OPEN],
                  answering(caller, now), (unsigned long long)link->unanswered_least);
    if (counts->state[CALL_REFUSED] || counts->state[CALL_TIMED_OUT])
        (void)fprintf(stderr, "  refused %u  timed out %u", counts->state[CALL_REFUSED],
                      counts->state[CALL_TIMED_OUT]);
    if (counts->forgotten)
        (void)fprintf(stderr, "  forgotten by the gateway %u", counts->forgotten);
    if (mono_between(caller->heard, now) > 2 * US_PER_S) {
        char text[INET_ADDRSTRLEN];

        (void)fprintf(stderr, "  no GTP-C answer from %s for %.0f s",
                      text_of(caller->plan.to, text),
                      (double)mono_between(caller->heard, now) / (double)US_PER_S);
    }
    (void)fprintf(stderr, "\n");
    link->unanswered_least = counts->sent - counts->answered;
}

/* The file is always whole: written beside itself and moved into place. */
static void
tell_file(const struct caller *caller, mono_t now, const char *path)
{
    const struct caller_counts *counts = &caller->counts;
    char fresh[NODE_PATH * 2];
    FILE *f;

    if (snprintf(fresh, sizeof fresh, "%s.new", path) >= (int)sizeof fresh)
        return;
    f = fopen(fresh, "we");
    if (!f)
        return; /* said at the start, when the path was tried */
    (void)fprintf(
        f,
        "{\"phase\":\"%s\",\"calls\":%u,\"opened\":%u,\"refused\":%u,\"timed_out\":%u,"
        "\"dedicated\":%u,\"answering\":%u,\"sent\":%llu,\"answered\":%llu,\"verified\":%u}\n",
        caller_phase_name(caller->phase), caller->plan.calls, caller->opened,
        counts->state[CALL_REFUSED], counts->state[CALL_TIMED_OUT], counts->dedicated,
        answering(caller, now), (unsigned long long)counts->sent,
        (unsigned long long)counts->answered, counts->verified);
    if (fclose(f) == 0)
        (void)rename(fresh, path); /* the next one will tell */
}

static void
tell(struct caller_link *link, const struct caller *caller, mono_t now, const char *path)
{
    uint64_t unanswered = caller->counts.sent - caller->counts.answered;

    if (unanswered < link->unanswered_least)
        link->unanswered_least = unanswered;
    if (mono_reached(now, link->line_due)) {
        tell_line(link, caller, now);
        link->line_due = mono_after(now, LINE_US);
    }
    if (path && mono_reached(now, link->file_due)) {
        tell_file(caller, now, path);
        link->file_due = mono_after(now, caller->plan.calls > MANY_CALLS ? LINE_US : FILE_US);
    }
}

static void
take_signals(struct caller_link *link, struct caller *caller)
{
    struct signalfd_siginfo info;

    while (read(link->signals, &info, sizeof info) == sizeof info)
        caller_stop(caller);
}

void
caller_link_run(struct caller_link *link, struct caller *caller, const char *progress)
{
    mono_t now = caller_link_now();

    link->line_due = mono_after(now, LINE_US);
    link->file_due = progress ? now : MONO_NEVER;
    while (caller->phase != CALLER_DONE) {
        bool busy = send_some(link, caller, now);

        /* what came may have made something else due */
        busy = receive_some(link, caller) || busy;
        now = caller_link_now();
        if (!busy || link->out[CONTROL].n || link->out[USER].n) {
            mono_t due =
                mono_earlier(mono_earlier(link->line_due, link->file_due), caller_due(caller));

            wait_until(link, caller->phase == CALLER_DONE ? now : due);
            now = caller_link_now();
        }
        take_signals(link, caller);
        tell(link, caller, now, progress);
    }
    if (progress)
        tell_file(caller, now, progress);
}
