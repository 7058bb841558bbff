/* mgmt.h - management: one command line in, an exit status and text (or JSON) out
 *
 * A process serves a ROUTER on ipc in the run directory (mode 0700, so only its owner
 * gets in); a client asks one line with mgmt_ask and waits. Lines travel as MSG_EXEC,
 * answers as MSG_ANSWER. The server keeps nothing of its clients: what a console session is about
 * (mode, context, privilege) comes with each answer and goes back with the next line, so that a
 * client may vanish at any time, and another CF may answer the next line.
 *
 * Ownership  mgmt_close frees; node and loop are borrowed until then; the text a handler
 *            returns is freed by the server, the text mgmt_ask returns by its caller
 * Time       mgmt_ask waits in real milliseconds
 * Errors     mgmt_open: NULL after logging why. Malformed frames are dropped and counted
 * Threads    the loop's; mgmt_ask any; a client is one thread's
 */
#ifndef VPCLAB_MGMT_H
#define VPCLAB_MGMT_H

#include <signal.h>

#include "common/loop/node.h"
#include "common/loop/operator.h"
#include "common/msg/body.h"

enum {
    MGMT_LINE = 4096, /* longest command line */
    MGMT_OK = 0,      /* exit statuses, as a shell sees them */
    MGMT_FAILURE = 1,
    MGMT_USAGE = 2,
    MGMT_CONFIRM = 3, /* it asks "are you sure": say it again with -noconfirm */
    MGMT_LATER = 4,   /* never sent: mgmt_answer() will be called for it */
    MGMT_WAITING = 8, /* lines that may wait for that at a time */
};

/* How a CF that stands by begins its refusal, behind "Failure: ": the line changed nothing, and
 * another CF may be the one to ask. */
#define MGMT_STANDBY "this is the standby CF"

/* The exit status of a command that ended with a negative enum di_err, or 0: what was not
 * understood is the asker's mistake, what was refused is an answer. */
int mgmt_status(int rc);

struct mgmt;
struct mgmt_client;

struct mgmt_line {
    const char *text; /* without a line break, terminated */
    enum exec_kind kind;
    bool json;
    bool sure;               /* no question whether it is */
    const char *session;     /* of the answer before; "": a new one */
    struct operator_who who; /* for the handler: who asks */
};

struct mgmt_reply {
    char *text; /* malloc'd; NULL: nothing to say */
    int status;
    unsigned column;                /* of the word that was not understood, from 1; 0: none */
    char session[SESSION_MOST + 1]; /* "": as it was */
    char prompt[SESSION_MOST + 1];
};

/* Carry out one line. *reply is zero when called. */
typedef void mgmt_handler_fn(void *ctx, const struct mgmt_line *line, struct mgmt_reply *reply);

struct mgmt *mgmt_open(const struct node *node, zloop_t *loop, const char *endpoint,
                       mgmt_handler_fn *handler, void *ctx);
void mgmt_close(struct mgmt **mgmt);

/* For a handler: the number under which the line it carries out can be answered later, if it ends
 * with MGMT_LATER. 0: too many wait already. */
uint32_t mgmt_ticket(const struct mgmt *mgmt);

/* Answer it; text as of a handler, but borrowed. Once for each ticket. */
void mgmt_answer(struct mgmt *mgmt, uint32_t ticket, const struct mgmt_reply *reply);

/* Frames that were no command line. */
uint64_t mgmt_refused(const struct mgmt *mgmt);

/* A client that asks many lines over one connection, one after the other. It connects with the
 * first line, and anew after every line that was not answered, so that a late answer is never
 * taken for that of the next line. Never NULL. */
struct mgmt_client *mgmt_client_open(const char *endpoint);
void mgmt_client_close(struct mgmt_client **client);

/* Give up waiting once *stop is set, by a signal handler for instance; NULL: never. Borrowed. */
void mgmt_client_stop(struct mgmt_client *client, const volatile sig_atomic_t *stop);

/* Ask one line and wait for the answer. 0 and *reply, its text never NULL; else that is
 * NULL: DI_ENOTFOUND when nobody serves the endpoint, or nobody has since the line before was
 * answered: it was not sent; DI_EAGAIN when no answer came in time, DI_EGONE when the process
 * ended before it answered (it may have carried the line out), DI_ESPACE when the line is too
 * long, DI_EFORMAT when the answer was no answer, DI_ESYSTEM with errno set: EINTR when told to
 * stop. */
int mgmt_client_ask(struct mgmt_client *client, const struct mgmt_line *line, int timeout_ms,
                    struct mgmt_reply *reply);

/* The same with a connection of its own. */
int mgmt_ask_line(const char *endpoint, const struct mgmt_line *line, int timeout_ms,
                  struct mgmt_reply *reply);

/* The same for a line that stands alone. */
int mgmt_ask(const char *endpoint, const char *line, bool json, int timeout_ms, char **text,
             int *status);

#endif
