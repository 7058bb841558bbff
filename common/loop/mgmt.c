#include "common/loop/mgmt.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/msg/body.h"
#include "common/msg/msg.h"

enum {
    FRAME_MOST = MSG_HEAD + MGMT_LINE + 64, /* a client sending more is cut off */
    TEXT_MOST = MSG_BODY_MOST - 1,          /* of an answer: its body has one octet of status */
    QUEUE = 100,                            /* frames waiting to or from all clients */
};

int
mgmt_status(int rc)
{
    return rc == 0 ? MGMT_OK : rc == DI_EREFUSED ? MGMT_FAILURE : MGMT_USAGE;
}

struct mgmt {
    const struct node *node;
    zloop_t *loop;
    zsock_t *sock;
    mgmt_handler_fn *handler;
    void *ctx;
    uint64_t seq;
    uint64_t refused;
};

/* ---- serving ------------------------------------------------------------------------ */

/* A command line: one line of printable text, long enough to mean something. */
static bool
line_of(const struct exec_body *exec, char line[MGMT_LINE + 1])
{
    if (exec->len == 0 || exec->len > MGMT_LINE)
        return false;
    for (size_t i = 0; i < exec->len; i++) {
        if (exec->line[i] < ' ' && exec->line[i] != '\t')
            return false;
    }
    memcpy(line, exec->line, exec->len);
    line[exec->len] = '\0';
    return true;
}

static zframe_t *
answer_frame(struct mgmt *mgmt, const char *text, int status)
{
    size_t len = text ? strlen(text) : 0;
    struct msg_head head = {
        .type = MSG_ANSWER,
        .instance = mgmt->node->instance,
        .slot = mgmt->node->slot,
        .incarnation = mgmt->node->incarnation,
        .seq = ++mgmt->seq,
    };

    if (len > TEXT_MOST) {
        text = "Failure: the answer is too long; ask for less\n";
        len = strlen(text);
        status = MGMT_FAILURE;
    }

    zframe_t *frame = zframe_new(NULL, (size_t)MSG_HEAD + 1 + len);

    if (!frame)
        log_fatal("mgmt: out of memory");

    struct wr wr = wr_over(zframe_data(frame), zframe_size(frame));

    msg_head_put(&wr, &head);
    answer_put(&wr, &(struct answer_body){
                        .status = (uint8_t)status,
                        .text = (const uint8_t *)text,
                        .len = len,
                    });
    return frame;
}

/* The body of a frame that is a command; false for anything else. */
static bool
exec_of(zframe_t *frame, struct exec_body *exec)
{
    struct rd rd = rd_over(zframe_data(frame), zframe_size(frame));
    struct msg_head head;
    const char *reason;

    return msg_head_get(&rd, &head, &reason) && head.type == MSG_EXEC &&
           head.slot == MSG_SLOT_TOOL && exec_get(&rd, exec);
}

static void
serve(struct mgmt *mgmt, zmsg_t *request)
{
    zframe_t *id = zmsg_first(request), *frame = zmsg_next(request);
    struct exec_body exec;
    char line[MGMT_LINE + 1];
    char *text = NULL;
    int status = MGMT_OK;

    if (zmsg_size(request) != 2 || !exec_of(frame, &exec) || !line_of(&exec, line)) {
        mgmt->refused++;
        return;
    }
    mgmt->handler(mgmt->ctx, line, exec.json, &text, &status);

    zmsg_t *answer = zmsg_new();
    zframe_t *to = zframe_dup(id), *body = answer_frame(mgmt, text, status);

    free(text);
    if (!answer || !to)
        log_fatal("mgmt: out of memory");
    if (zmsg_append(answer, &to) != 0 || zmsg_append(answer, &body) != 0)
        log_fatal("mgmt: out of memory");
    (void)zmsg_send(&answer, mgmt->sock); /* fails when the client has left: nobody to tell */
    zmsg_destroy(&answer);
}

static int
readable(zloop_t *loop, zsock_t *sock, void *arg)
{
    struct mgmt *mgmt = arg;
    zmsg_t *request = zmsg_recv_nowait(sock);

    (void)loop;
    if (request)
        serve(mgmt, request);
    zmsg_destroy(&request);
    return 0;
}

struct mgmt *
mgmt_open(const struct node *node, zloop_t *loop, const char *endpoint, mgmt_handler_fn *handler,
          void *ctx)
{
    struct mgmt *mgmt = calloc(1, sizeof *mgmt);

    if (!mgmt)
        log_fatal("mgmt: out of memory");
    *mgmt = (struct mgmt){.node = node, .loop = loop, .handler = handler, .ctx = ctx};
    mgmt->sock = zsock_new(ZMQ_ROUTER);
    if (!mgmt->sock)
        log_fatal("mgmt: cannot make a socket: %s", strerror(errno));
    zsock_set_rcvhwm(mgmt->sock, QUEUE);
    zsock_set_sndhwm(mgmt->sock, QUEUE);
    zsock_set_maxmsgsize(mgmt->sock, FRAME_MOST);
    zsock_set_linger(mgmt->sock, 0);
    if (zsock_bind(mgmt->sock, "%s", endpoint) == -1) {
        log_error("mgmt: cannot serve %s: %s; is the run directory ours and writable?", endpoint,
                  strerror(errno));
        mgmt_close(&mgmt);
        return NULL;
    }
    if (zloop_reader(loop, mgmt->sock, readable, mgmt) != 0)
        log_fatal("mgmt: out of memory");
    return mgmt;
}

void
mgmt_close(struct mgmt **mgmt)
{
    if (!*mgmt)
        return;
    zloop_reader_end((*mgmt)->loop, (*mgmt)->sock);
    zsock_destroy(&(*mgmt)->sock);
    free(*mgmt);
    *mgmt = NULL;
}

uint64_t
mgmt_refused(const struct mgmt *mgmt)
{
    return mgmt->refused;
}

/* ---- asking ------------------------------------------------------------------------- */

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

static zframe_t *
exec_frame(const char *line, bool json)
{
    struct msg_head head = {
        .type = MSG_EXEC,
        .slot = MSG_SLOT_TOOL,
        .incarnation = (uint64_t)clock_wall_us(),
        .seq = 1,
    };
    zframe_t *frame = zframe_new(NULL, (size_t)MSG_HEAD + 1 + strlen(line));

    if (!frame)
        log_fatal("mgmt: out of memory");

    struct wr wr = wr_over(zframe_data(frame), zframe_size(frame));

    msg_head_put(&wr, &head);
    exec_put(&wr, &(struct exec_body){
                      .json = json,
                      .line = (const uint8_t *)line,
                      .len = strlen(line),
                  });
    return frame;
}

static int
answer_of(zframe_t *frame, char **text, int *status)
{
    struct rd rd = rd_over(zframe_data(frame), zframe_size(frame));
    struct msg_head head;
    struct answer_body answer;
    const char *reason;

    if (!msg_head_get(&rd, &head, &reason) || head.type != MSG_ANSWER || !answer_get(&rd, &answer))
        return DI_EFORMAT;
    *text = calloc(1, answer.len + 1);
    if (!*text)
        log_fatal("mgmt: out of memory");
    if (answer.len)
        memcpy(*text, answer.text, answer.len);
    *status = answer.status;
    return 0;
}

int
mgmt_ask(const char *endpoint, const char *line, bool json, int timeout_ms, char **text,
         int *status)
{
    zsock_t *sock = NULL;
    zframe_t *question = NULL, *answer = NULL;
    int rc;

    *text = NULL;
    if (strlen(line) > MGMT_LINE)
        return DI_ESPACE;
    if (!somebody_listens(endpoint))
        return DI_ENOTFOUND;
    sock = zsock_new(ZMQ_DEALER);
    if (!sock)
        return DI_ESYSTEM;
    zsock_set_linger(sock, 0);
    zsock_set_sndtimeo(sock, timeout_ms);
    zsock_set_rcvtimeo(sock, timeout_ms);
    question = exec_frame(line, json);
    rc = zsock_connect(sock, "%s", endpoint) == 0 && zframe_send(&question, sock, 0) == 0
             ? 0
             : DI_ESYSTEM;
    if (rc == 0) {
        answer = zframe_recv(sock);
        rc = answer ? answer_of(answer, text, status) : DI_EAGAIN;
    }
    zframe_destroy(&question);
    zframe_destroy(&answer);
    zsock_destroy(&sock);
    return rc;
}
