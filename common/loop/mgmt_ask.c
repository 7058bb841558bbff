#include "common/loop/mgmt.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <zmq.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/msg/body.h"
#include "common/msg/msg.h"

enum { SLICE_MS = 100 };

/* ZeroMQ would wait for a server to appear; a client wants to know that there is none. */
static bool
somebody_listens(const char *endpoint)
{
    static const char scheme[] = "ipc://";
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    const char *path = endpoint + strlen(scheme);
    int fd, rc;

    if (strncmp(endpoint, scheme, strlen(scheme)) != 0 || strlen(path) >= sizeof addr.sun_path)
        return true; /* not for us to tell */
    memcpy(addr.sun_path, path, strlen(path));
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return true;
    rc = connect(fd, (const struct sockaddr *)&addr, sizeof addr);

    bool nobody = rc < 0 && (errno == ENOENT || errno == ECONNREFUSED);

    (void)close(fd);
    return !nobody;
}

static void
put_line(struct wr *wr, const struct mgmt_line *line)
{
    exec_put(wr, &(struct exec_body){
                     .kind = (uint8_t)line->kind,
                     .json = line->json,
                     .sure = line->sure,
                     .session = (const uint8_t *)line->session,
                     .session_len = strlen(line->session),
                     .line = (const uint8_t *)line->text,
                     .len = strlen(line->text),
                 });
}

static zframe_t *
exec_frame(const struct mgmt_line *line, uint64_t seq)
{
    struct msg_head head = {
        .type = MSG_EXEC,
        .slot = MSG_SLOT_TOOL,
        .incarnation = (uint64_t)clock_wall_us(),
        .seq = seq,
    };
    uint8_t bytes[MSG_HEAD + MGMT_LINE + SESSION_MOST + 64];
    struct wr wr = wr_over(bytes, sizeof bytes);
    zframe_t *frame;

    msg_head_put(&wr, &head);
    put_line(&wr, line);
    frame = zframe_new(bytes, wr_len(&wr));
    if (!frame)
        log_fatal("mgmt: out of memory");
    return frame;
}

static int
answer_of(zframe_t *frame, struct mgmt_reply *reply)
{
    struct rd rd = rd_over(zframe_data(frame), zframe_size(frame));
    struct msg_head head;
    struct answer_body answer;
    const char *reason;

    if (!msg_head_get(&rd, &head, &reason) || head.type != MSG_ANSWER || !answer_get(&rd, &answer))
        return DI_EFORMAT;
    reply->text = calloc(1, answer.len + 1);
    if (!reply->text)
        log_fatal("mgmt: out of memory");
    if (answer.len)
        memcpy(reply->text, answer.text, answer.len);
    memcpy(reply->session, answer.session, answer.session_len);
    memcpy(reply->prompt, answer.prompt, answer.prompt_len);
    reply->status = answer.status;
    reply->column = answer.column;
    return 0;
}

/* Where the socket says that its connection has ended, or that there was none. */
static void *
watch_end(zsock_t *sock)
{
    static _Thread_local unsigned count;
    void *raw = zsock_resolve(sock), *pair;
    char where[64];

    /* A name is taken for a while after its socket was closed. */
    (void)snprintf(where, sizeof where, "inproc://mgmt-ask-%p-%u", raw, count++);
    if (zmq_socket_monitor(raw, where,
                           ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_CONNECT_RETRIED) ==
        -1)
        return NULL;
    pair = zmq_socket(zsys_init(), ZMQ_PAIR);
    if (pair && zmq_connect(pair, where) == 0)
        return pair;
    if (pair)
        (void)zmq_close(pair); /* it is a socket */
    return NULL;
}

struct mgmt_client {
    char endpoint[NODE_PATH];
    const volatile sig_atomic_t *stop;
    zsock_t *sock; /* NULL: not connected */
    void *end;     /* readable once the connection has ended */
    uint64_t seq;
};

struct mgmt_client *
mgmt_client_open(const char *endpoint)
{
    struct mgmt_client *client = calloc(1, sizeof *client);

    if (!client)
        log_fatal("mgmt: out of memory");
    (void)snprintf(client->endpoint, sizeof client->endpoint, "%s", endpoint);
    return client;
}

static void
disconnect(struct mgmt_client *client)
{
    if (client->end) {
        (void)zmq_socket_monitor(zsock_resolve(client->sock), NULL, 0); /* stop; cannot fail */
        (void)zmq_close(client->end);                                   /* it is a socket */
        client->end = NULL;
    }
    zsock_destroy(&client->sock);
}

void
mgmt_client_close(struct mgmt_client **client)
{
    if (!*client)
        return;
    disconnect(*client);
    free(*client);
    *client = NULL;
}

void
mgmt_client_stop(struct mgmt_client *client, const volatile sig_atomic_t *stop)
{
    client->stop = stop;
}

static int
connect_now(struct mgmt_client *client)
{
    if (!somebody_listens(client->endpoint))
        return DI_ENOTFOUND;
    client->sock = zsock_new(ZMQ_DEALER);
    if (!client->sock)
        return DI_ESYSTEM;
    zsock_set_linger(client->sock, 0);
    zsock_set_reconnect_ivl(client->sock, -1); /* a successor has not heard the question */
    client->end = watch_end(client->sock);
    return client->end && zsock_connect(client->sock, "%s", client->endpoint) == 0 ? 0 : DI_ESYSTEM;
}

static bool
is_stopped(const struct mgmt_client *client)
{
    return client->stop && *client->stop;
}

/* Wait until an answer or the end of the connection is there: their number, or 0. */
static int
poll_once(const struct mgmt_client *client, int timeout_ms)
{
    zmq_pollitem_t items[] = {
        {.socket = zsock_resolve(client->sock), .events = ZMQ_POLLIN},
        {.socket = client->end, .events = ZMQ_POLLIN},
    };
    int ready = zmq_poll(items, 2, timeout_ms);

    return ready < 0 && errno == EINTR ? 0 : ready;
}

/* Wait for the answer until the time is up or the server has gone; an answer that came before its
 * end counts. In slices: a signal may come just before we sleep. */
static int
await(const struct mgmt_client *client, int timeout_ms, zframe_t **answer)
{
    int64_t end = zclock_mono() + timeout_ms, left = timeout_ms;
    int ready = 0;

    while (ready == 0 && left >= 0) {
        if (is_stopped(client)) {
            errno = EINTR;
            return DI_ESYSTEM;
        }
        ready = poll_once(client, (int)(left < SLICE_MS ? left : SLICE_MS));
        left = left > 0 ? end - zclock_mono() : -1;
    }
    if (ready < 0)
        return DI_ESYSTEM;
    if (ready == 0)
        return DI_EAGAIN;
    zsock_set_rcvtimeo(client->sock, 0);
    *answer = zframe_recv(client->sock);
    return *answer ? 0 : DI_EGONE;
}

/* Where nothing may be waiting when a line is asked: what is there is the end. */
static int
connected(struct mgmt_client *client)
{
    if (client->sock && poll_once(client, 0) != 0) {
        disconnect(client);
        return DI_ENOTFOUND;
    }
    return client->sock ? 0 : connect_now(client);
}

static int
exchange(struct mgmt_client *client, const struct mgmt_line *line, int timeout_ms,
         struct mgmt_reply *reply)
{
    zframe_t *question, *answer = NULL;
    int rc = connected(client);

    if (rc != 0)
        return rc;
    question = exec_frame(line, ++client->seq);
    zsock_set_sndtimeo(client->sock, timeout_ms);
    rc = zframe_send(&question, client->sock, 0) == 0 ? await(client, timeout_ms, &answer)
                                                      : DI_ESYSTEM;
    if (rc == 0)
        rc = answer_of(answer, reply);
    zframe_destroy(&question);
    zframe_destroy(&answer);
    return rc;
}

int
mgmt_client_ask(struct mgmt_client *client, const struct mgmt_line *line, int timeout_ms,
                struct mgmt_reply *reply)
{
    int rc, why;

    *reply = (struct mgmt_reply){0};
    if (strlen(line->text) > MGMT_LINE || strlen(line->session) > SESSION_MOST)
        return DI_ESPACE;
    rc = exchange(client, line, timeout_ms, reply);
    why = errno;
    if (rc != 0)
        disconnect(client); /* its answer may still come */
    errno = why;
    return rc;
}

int
mgmt_ask_line(const char *endpoint, const struct mgmt_line *line, int timeout_ms,
              struct mgmt_reply *reply)
{
    struct mgmt_client *client = mgmt_client_open(endpoint);
    int rc = mgmt_client_ask(client, line, timeout_ms, reply);

    mgmt_client_close(&client);
    return rc;
}

int
mgmt_ask(const char *endpoint, const char *line, bool json, int timeout_ms, char **text,
         int *status)
{
    struct mgmt_reply reply;
    int rc = mgmt_ask_line(endpoint, &(struct mgmt_line){.text = line, .json = json, .session = ""},
                           timeout_ms, &reply);

    *text = reply.text;
    if (rc == 0)
        *status = reply.status;
    return rc;
}
