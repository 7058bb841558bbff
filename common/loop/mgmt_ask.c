#include "common/loop/mgmt.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <zmq.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/msg/body.h"
#include "common/msg/msg.h"

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
exec_frame(const struct mgmt_line *line)
{
    struct msg_head head = {
        .type = MSG_EXEC,
        .slot = MSG_SLOT_TOOL,
        .incarnation = (uint64_t)clock_wall_us(),
        .seq = 1,
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

/* Wait for the answer until the time is up or the server has gone; an answer that came
 * before its end counts. */
static int
await(zsock_t *sock, void *end, int timeout_ms, zframe_t **answer)
{
    zmq_pollitem_t items[] = {
        {.socket = zsock_resolve(sock), .events = ZMQ_POLLIN},
        {.socket = end, .events = ZMQ_POLLIN},
    };
    int ready = zmq_poll(items, 2, timeout_ms);

    if (ready > 0) {
        zsock_set_rcvtimeo(sock, 0);
        *answer = zframe_recv(sock);
    }
    if (*answer)
        return 0;
    return ready > 0 ? DI_EGONE : ready == 0 ? DI_EAGAIN : DI_ESYSTEM;
}

int
mgmt_ask_line(const char *endpoint, const struct mgmt_line *line, int timeout_ms,
              struct mgmt_reply *reply)
{
    zsock_t *sock = NULL;
    zframe_t *question = NULL, *answer = NULL;
    void *end = NULL;
    int rc = DI_ESYSTEM;

    *reply = (struct mgmt_reply){0};
    if (strlen(line->text) > MGMT_LINE || strlen(line->session) > SESSION_MOST)
        return DI_ESPACE;
    if (!somebody_listens(endpoint))
        return DI_ENOTFOUND;
    sock = zsock_new(ZMQ_DEALER);
    if (!sock)
        return DI_ESYSTEM;
    zsock_set_linger(sock, 0);
    zsock_set_sndtimeo(sock, timeout_ms);
    zsock_set_reconnect_ivl(sock, -1); /* a successor has not heard the question */
    end = watch_end(sock);
    question = exec_frame(line);
    if (end && zsock_connect(sock, "%s", endpoint) == 0 && zframe_send(&question, sock, 0) == 0)
        rc = await(sock, end, timeout_ms, &answer);
    if (rc == 0)
        rc = answer_of(answer, reply);
    zframe_destroy(&question);
    zframe_destroy(&answer);
    if (end) {
        (void)zmq_socket_monitor(zsock_resolve(sock), NULL, 0); /* stop; cannot fail */
        (void)zmq_close(end);                                   /* it is a socket */
    }
    zsock_destroy(&sock);
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
