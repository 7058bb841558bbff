/* cli_link.h - a console session with an instance, whichever of its CFs is active
 *
 * The CF keeps nothing of a session; here it is: what the last answer said of it, and the prompt.
 * When the CF no longer answers, or has become the standby one, the session goes on with the one
 * that is active now, which is said on stderr.
 *
 * A line that may have been carried out is never sent a second time.
 *
 * Ownership  borrows the lab; cli_link_close ends the connection
 * Time       ten seconds for an answer, five more for a CF to become active while one runs; one for
 *            the end of the session to be heard
 * Errors     link->why: one sentence beginning "Failure: ", terminated by a line break
 * Threads    main
 */
#ifndef VPCLAB_CLI_LINK_H
#define VPCLAB_CLI_LINK_H

#include "common/loop/mgmt.h"
#include "lab/lab.h"

struct cli_link {
    const struct lab *lab;
    int instance; /* -1: the world */
    uint8_t cf;   /* slot; 0: none was found yet */
    bool fixed;   /* this CF and no other */
    bool noted;   /* the CF notes when it begins and ends: it is no script's */
    bool begun;   /* the CF has said what it is about */
    const volatile sig_atomic_t *stop;
    struct mgmt_client *client;
    char who[NODE_NAME]; /* "east/cf1", "the world" */
    char session[SESSION_MOST + 1], prompt[SESSION_MOST + 1];
    char why[256];
};

/* A session with an instance (-1: the world) through the CF in that slot, 0: the active one, which
 * begins as `session` says; "" is that of a script. Nothing is asked yet. */
void cli_link_open(struct cli_link *link, const struct lab *lab, int instance, uint8_t cf,
                   const char *session);

/* Tells the CF that the session is over, if that does not know. */
void cli_link_close(struct cli_link *link);

/* Give up waiting once *stop is set; NULL: never. */
void cli_link_stop(struct cli_link *link, const volatile sig_atomic_t *stop);

struct cli_question {
    const char *text;
    enum exec_kind kind;
    bool json, sure;
};

/* Ask, and take over what the answer says of the session. True and *reply, whose text the caller
 * frees; false and link->why. */
bool cli_link_ask(struct cli_link *link, const struct cli_question *question,
                  struct mgmt_reply *reply);

/* The instance of that name, or "world"; -1 for the latter, less after having said why. */
int cli_link_instance(const struct lab *lab, const char *name);

#endif
