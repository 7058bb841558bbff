#include "common/loop/udp.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/err.h"
#include "common/gtp/gtp.h"
#include "common/loop/log.h"

struct udp_socket {
    struct udp *udp;
    int fd; /* -1: free */
    uint32_t addr;
    enum dgram_side side;
    zmq_pollitem_t item;

    /* Queued for sending; iov points into the caller's bytes. */
    size_t queued;
    struct mmsghdr out[UDP_BATCH];
    struct iovec out_iov[UDP_BATCH];
    struct sockaddr_in out_addr[UDP_BATCH];
};

struct udp {
    zloop_t *loop;
    udp_receive_fn *receive;
    udp_done_fn *done;
    void *ctx;
    struct udp_counters counters;
    bool buffer_said; /* the small receive buffer was logged */
    struct udp_socket *sockets[UDP_SOCKETS];
    size_t socket_n; /* slots ever used */

    /* Receiving: one set of buffers for all sockets, since one is read at a time. */
    struct mmsghdr in[UDP_BATCH];
    struct iovec in_iov[UDP_BATCH];
    struct sockaddr_in in_addr[UDP_BATCH];
    uint8_t bytes[UDP_BATCH][DGRAM_MOST];
};

static uint16_t
port_of(enum dgram_side side)
{
    return side == DGRAM_CTRL ? GTP_PORT_CONTROL : GTP_PORT_USER;
}

const char *
udp_addr_text(uint32_t addr, char out[16])
{
    (void)snprintf(out, 16, "%u.%u.%u.%u", addr >> 24, addr >> 16 & 255, addr >> 8 & 255,
                   addr & 255);
    return out;
}

void
udp_explain(char *out, size_t room, uint32_t addr, uint16_t port, int error)
{
    char text[16];

    (void)udp_addr_text(addr, text);
    if (error == EADDRINUSE)
        (void)snprintf(out, room,
                       "UDP %s:%u is in use by another process; stop that process "
                       "(`ss -lunp 'sport = :%u'` names it) or give the service another address",
                       text, port, port);
    else if (error == EADDRNOTAVAIL)
        (void)snprintf(out, room,
                       "%s is no address of this machine; use one in 127.0.0.0/8, or add it with "
                       "`ip addr add %s/32 dev lo`",
                       text, text);
    else
        (void)snprintf(out, room, "cannot bind UDP %s:%u: %s", text, port, strerror(error));
}

/* ---- receiving ---------------------------------------------------------------------- */

static size_t
take(struct udp_socket *sock, struct dgram *dgrams, size_t n)
{
    struct udp *udp = sock->udp;
    size_t taken = 0;

    for (size_t i = 0; i < n; i++) {
        const struct mmsghdr *in = &udp->in[i];

        if (in->msg_hdr.msg_flags & MSG_TRUNC) {
            udp->counters.oversize++;
            continue;
        }
        if (in->msg_len == 0)
            continue;
        dgrams[taken++] = (struct dgram){
            .side = sock->side,
            .peer = ntohl(udp->in_addr[i].sin_addr.s_addr),
            .port = ntohs(udp->in_addr[i].sin_port),
            .local = sock->addr,
            .len = (uint16_t)in->msg_len,
            .bytes = udp->bytes[i],
        };
    }
    udp->counters.received += taken;
    return taken;
}

static int
readable(zloop_t *loop, zmq_pollitem_t *item, void *arg)
{
    struct udp_socket *sock = arg;
    struct udp *udp = sock->udp;
    struct dgram dgrams[UDP_BATCH];
    int n = UDP_BATCH;

    (void)loop;
    (void)item;
    for (int round = 0; round < UDP_ROUNDS && n == UDP_BATCH && sock->fd >= 0; round++) {
        for (size_t i = 0; i < UDP_BATCH; i++)
            udp->in[i].msg_hdr.msg_namelen = sizeof udp->in_addr[i];
        n = recvmmsg(sock->fd, udp->in, UDP_BATCH, MSG_DONTWAIT, NULL);
        if (n <= 0)
            break;

        size_t taken = take(sock, dgrams, (size_t)n);

        if (taken)
            udp->receive(udp->ctx, dgrams, taken);
    }
    udp->done(udp->ctx);
    return 0;
}

/* ---- sending ------------------------------------------------------------------------ */

static void
flush_socket(struct udp_socket *sock)
{
    struct udp_counters *counters = &sock->udp->counters;
    size_t at = 0;

    while (at < sock->queued) {
        int n = sendmmsg(sock->fd, &sock->out[at], (unsigned)(sock->queued - at), MSG_DONTWAIT);

        if (n > 0) {
            counters->sent += (uint64_t)n;
            at += (size_t)n;
        } else if (errno != EINTR) {
            counters->unsent++; /* this one does not go; the next may go elsewhere */
            at++;
        }
    }
    sock->queued = 0;
}

static struct udp_socket *
find(const struct udp *udp, uint32_t addr, enum dgram_side side)
{
    for (size_t i = 0; i < udp->socket_n; i++) {
        struct udp_socket *sock = udp->sockets[i];

        if (sock->fd >= 0 && sock->addr == addr && sock->side == side)
            return sock;
    }
    return NULL;
}

void
udp_send(struct udp *udp, const struct dgram *d)
{
    struct udp_socket *sock = find(udp, d->local, d->side);

    if (!sock) {
        udp->counters.unbound++;
        return;
    }

    size_t i = sock->queued++;

    /* iovec knows no const; sendmmsg only reads. */
    sock->out_iov[i] = (struct iovec){.iov_base = (void *)(uintptr_t)d->bytes, .iov_len = d->len};
    sock->out_addr[i] = (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(d->port),
        .sin_addr.s_addr = htonl(d->peer),
    };
    if (sock->queued == UDP_BATCH)
        flush_socket(sock);
}

void
udp_flush(struct udp *udp)
{
    for (size_t i = 0; i < udp->socket_n; i++) {
        if (udp->sockets[i]->queued)
            flush_socket(udp->sockets[i]);
    }
}

/* ---- binding ------------------------------------------------------------------------ */

/* As root the wanted size is granted beyond net.core.rmem_max; otherwise up to that. */
static void
set_buffer(struct udp *udp, int fd, int force, int option, const char *sysctl)
{
    int wanted = UDP_BUFFER_WANTED, got = 0;
    socklen_t len = sizeof got;

    if (setsockopt(fd, SOL_SOCKET, force, &wanted, sizeof wanted) != 0)
        (void)setsockopt(fd, SOL_SOCKET, option, &wanted, sizeof wanted); /* judged by `got` */
    if (getsockopt(fd, SOL_SOCKET, option, &got, &len) != 0 || got >= UDP_BUFFER_ENOUGH ||
        udp->buffer_said || option == SO_SNDBUF)
        return;
    udp->buffer_said = true;
    log_warn("udp: receive buffer is only %d bytes, a burst of requests may be lost; "
             "`sysctl -w %s=%d` allows more",
             got, sysctl, UDP_BUFFER_WANTED);
}

static int
bind_fd(struct udp *udp, uint32_t addr, uint16_t port)
{
    struct sockaddr_in sin = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(addr),
    };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -1;
    if (bind(fd, (const struct sockaddr *)&sin, sizeof sin) != 0) {
        int saved = errno;

        (void)close(fd);
        errno = saved;
        return -1;
    }
    set_buffer(udp, fd, SO_RCVBUFFORCE, SO_RCVBUF, "net.core.rmem_max");
    set_buffer(udp, fd, SO_SNDBUFFORCE, SO_SNDBUF, "net.core.wmem_max");
    return fd;
}

static struct udp_socket *
free_socket(struct udp *udp)
{
    for (size_t i = 0; i < udp->socket_n; i++) {
        if (udp->sockets[i]->fd < 0)
            return udp->sockets[i];
    }
    if (udp->socket_n == UDP_SOCKETS)
        return NULL;

    struct udp_socket *sock = calloc(1, sizeof *sock);

    if (!sock)
        log_fatal("udp: out of memory");
    sock->udp = udp;
    sock->fd = -1;
    for (size_t i = 0; i < UDP_BATCH; i++)
        sock->out[i].msg_hdr = (struct msghdr){
            .msg_name = &sock->out_addr[i],
            .msg_namelen = sizeof sock->out_addr[i],
            .msg_iov = &sock->out_iov[i],
            .msg_iovlen = 1,
        };
    udp->sockets[udp->socket_n++] = sock;
    return sock;
}

static void
close_socket(struct udp_socket *sock)
{
    if (sock->fd < 0)
        return;
    zloop_poller_end(sock->udp->loop, &sock->item);
    (void)close(sock->fd);
    sock->fd = -1;
    sock->queued = 0;
}

static int
bind_side(struct udp *udp, uint32_t addr, enum dgram_side side)
{
    struct udp_socket *sock = free_socket(udp);

    if (!sock) {
        errno = ENOBUFS;
        return DI_EFULL;
    }
    sock->fd = bind_fd(udp, addr, port_of(side));
    if (sock->fd < 0)
        return DI_ESYSTEM;
    sock->addr = addr;
    sock->side = side;
    sock->item = (zmq_pollitem_t){.fd = sock->fd, .events = ZMQ_POLLIN};
    if (zloop_poller(udp->loop, &sock->item, readable, sock) != 0)
        log_fatal("udp: out of memory");
    return 0;
}

int
udp_bind(struct udp *udp, uint32_t addr, uint16_t *port)
{
    static const enum dgram_side sides[] = {DGRAM_CTRL, DGRAM_USER};

    for (size_t i = 0; i < 2; i++) {
        int rc = find(udp, addr, sides[i]) ? 0 : bind_side(udp, addr, sides[i]);
        int saved = errno;

        *port = port_of(sides[i]);
        if (rc != 0) {
            udp_unbind(udp, addr); /* both or none: half a service would mislead clients */
            errno = saved;
            return rc;
        }
    }
    return 0;
}

bool
udp_bound(const struct udp *udp, uint32_t addr)
{
    return find(udp, addr, DGRAM_CTRL) && find(udp, addr, DGRAM_USER);
}

void
udp_unbind(struct udp *udp, uint32_t addr)
{
    for (size_t i = 0; i < udp->socket_n; i++) {
        if (udp->sockets[i]->addr == addr)
            close_socket(udp->sockets[i]);
    }
}

void
udp_unbind_all(struct udp *udp)
{
    for (size_t i = 0; i < udp->socket_n; i++)
        close_socket(udp->sockets[i]);
}

struct udp *
udp_open(zloop_t *loop, udp_receive_fn *receive, udp_done_fn *done, void *ctx)
{
    struct udp *udp = calloc(1, sizeof *udp);

    if (!udp)
        log_fatal("udp: out of memory");
    udp->loop = loop;
    udp->receive = receive;
    udp->done = done;
    udp->ctx = ctx;
    for (size_t i = 0; i < UDP_BATCH; i++) {
        udp->in_iov[i] = (struct iovec){.iov_base = udp->bytes[i], .iov_len = DGRAM_MOST};
        udp->in[i].msg_hdr = (struct msghdr){
            .msg_name = &udp->in_addr[i],
            .msg_iov = &udp->in_iov[i],
            .msg_iovlen = 1,
        };
    }
    return udp;
}

void
udp_close(struct udp **udp)
{
    if (!*udp)
        return;
    udp_unbind_all(*udp);
    for (size_t i = 0; i < (*udp)->socket_n; i++)
        free((*udp)->sockets[i]);
    free(*udp);
    *udp = NULL;
}

const struct udp_counters *
udp_counters(const struct udp *udp)
{
    return &udp->counters;
}
