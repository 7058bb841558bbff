/* operator.h - the audit log: who changed what by a command, and how it ended
 *
 * Each command that changes something is an event, operator.command, of the process that carried it
 * out; vpclab itself tells what no other process does: starting and ending. Words that may be a
 * secret are masked. Who it was the kernel says (SO_PEERCRED of the connection), not the asker.
 *
 * Ownership  plain values; texts are borrowed
 * Time       none
 * Errors     none
 * Threads    any
 */
#ifndef VPCLAB_OPERATOR_H
#define VPCLAB_OPERATOR_H

#include <stdbool.h>
#include <stdint.h>

struct operator_who {
    bool known;
    uint32_t uid;
    int pid;          /* when it connected */
    char program[32]; /* its name; "" when it has ended since */
};

/* From what ZeroMQ says of the peer of an ipc connection, "...:UID:GID:PID"; NULL: nobody knows. */
struct operator_who operator_of(const char *peer);

/* This process. */
struct operator_who operator_self(void);

/* Tell it. `line` as it was typed, `role` the privilege of the session or NULL, `status` as of
 * management: 0 done, 1 failed, else not understood. */
void operator_event(const struct operator_who *who, const char *line, const char *role, int status);

#endif
