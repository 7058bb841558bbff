#include "common/loop/mgmt.h"

#include <assert.h>
#include <errno.h>

#include "common/base/err.h"
#include "common/loop/log.h"
#include "common/msg/body.h"
#include "common/msg/msg.h"

enum {
    BESIDE = 2 * SESSION_MOST + 64,             /* the text of a body */
    FRAME_MOST = MSG_HEAD + MGMT_LINE + BESIDE, /* a client sending more is cut off */
    TEXT_MOST = MSG_BODY_MOST - BESIDE,
    QUEUE = 100, /* frames waiting to or from all clients */
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
    uint32_t served; /* lines; the number of the one being carried out */
    struct {
        uint32_t ticket; /* 0: free */
        zframe_t *id;    /* who waits */
    } waiting[MGMT_WAITING];
};

/* One line of printable text, at most `most` octets. */
static bool
line_of(const uint8_t *bytes, size_t len, size_t most, char *line)
{
    if (len > most)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] < ' ' && bytes[i] != '\t')
            return false;
    }
    if (len)
        memcpy(line, bytes, len);
    line[len] = '\0';
    return true;
}

static zframe_t *
answer_frame(struct mgmt *mgmt, const struct mgmt_reply *reply)
{
    const char *text = reply->text;
    int status = reply->status;
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

    zframe_t *frame = zframe_new(NULL, (size_t)MSG_HEAD + BESIDE + len);

    if (!frame)
        log_fatal("mgmt: out of memory");

    struct wr wr = wr_over(zframe_data(frame), zframe_size(frame));
    zframe_t *whole;

    msg_head_put(&wr, &head);
    answer_put(&wr, &(struct answer_body){
                        .status = (uint8_t)status,
                        .column = (uint16_t)reply->column,
                        .session = (const uint8_t *)reply->session,
                        .session_len = strlen(reply->session),
                        .prompt = (const uint8_t *)reply->prompt,
                        .prompt_len = strlen(reply->prompt),
                        .text = (const uint8_t *)text,
                        .len = len,
                    });
    whole = zframe_new(zframe_data(frame), wr_len(&wr));
    zframe_destroy(&frame);
    if (!whole)
        log_fatal("mgmt: out of memory");
    return whole;
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

/* To the client whose frame `id` is. */
static void
send_answer(struct mgmt *mgmt, zframe_t *id, const struct mgmt_reply *reply)
{
    zmsg_t *answer = zmsg_new();
    zframe_t *to = zframe_dup(id), *body = answer_frame(mgmt, reply);

    if (!answer || !to)
        log_fatal("mgmt: out of memory");
    if (zmsg_append(answer, &to) != 0 || zmsg_append(answer, &body) != 0)
        log_fatal("mgmt: out of memory");
    (void)zmsg_send(&answer, mgmt->sock); /* fails when the client has left: nobody to tell */
    zmsg_destroy(&answer);
}

/* Index into waiting[] of that ticket, or of a free place; MGMT_WAITING if there is none. */
static size_t
place_of(const struct mgmt *mgmt, uint32_t ticket)
{
    size_t i = 0;

    while (i < MGMT_WAITING && mgmt->waiting[i].ticket != ticket)
        i++;
    return i;
}

uint32_t
mgmt_ticket(const struct mgmt *mgmt)
{
    return place_of(mgmt, 0) < MGMT_WAITING ? mgmt->served : 0;
}

static void
wait_with(struct mgmt *mgmt, zframe_t *id)
{
    size_t place = place_of(mgmt, 0);

    assert(place < MGMT_WAITING); /* its handler has a ticket */
    mgmt->waiting[place].ticket = mgmt->served;
    mgmt->waiting[place].id = zframe_dup(id);
    if (!mgmt->waiting[place].id)
        log_fatal("mgmt: out of memory");
}

void
mgmt_answer(struct mgmt *mgmt, uint32_t ticket, const struct mgmt_reply *reply)
{
    size_t place = place_of(mgmt, ticket);

    assert(ticket != 0 && place < MGMT_WAITING);
    send_answer(mgmt, mgmt->waiting[place].id, reply);
    mgmt->waiting[place].ticket = 0;
    zframe_destroy(&mgmt->waiting[place].id);
}

static void
serve(struct mgmt *mgmt, zmsg_t *request)
{
    zframe_t *id = zmsg_first(request), *frame = zmsg_next(request);
    struct exec_body exec;
    char text[MGMT_LINE + 1], session[SESSION_MOST + 1];
    struct mgmt_line line = {.text = text, .session = session};
    struct mgmt_reply reply = {.status = MGMT_OK};

    if (zmsg_size(request) != 2 || !exec_of(frame, &exec) ||
        !line_of(exec.line, exec.len, MGMT_LINE, text) ||
        !line_of(exec.session, exec.session_len, SESSION_MOST, session)) {
        mgmt->refused++;
        return;
    }
    line.kind = (enum exec_kind)exec.kind;
    line.json = exec.json;
    line.sure = exec.sure;
    line.who = operator_of(zframe_meta(frame, "Peer-Address"));
    mgmt->served += mgmt->served == UINT32_MAX ? 2 : 1; /* never 0 */
    mgmt->handler(mgmt->ctx, &line, &reply);
    if (reply.status == MGMT_LATER)
        wait_with(mgmt, id);
    else
        send_answer(mgmt, id, &reply);
    free(reply.text);
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
    rundir_owner_only(zsock_resolve(mgmt->sock));
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
    for (size_t i = 0; i < MGMT_WAITING; i++)
        zframe_destroy(&(*mgmt)->waiting[i].id);
    free(*mgmt);
    *mgmt = NULL;
}

uint64_t
mgmt_refused(const struct mgmt *mgmt)
{
    return mgmt->refused;
}
