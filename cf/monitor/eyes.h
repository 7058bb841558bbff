/* eyes.h - looks at the authentication servers and Diameter peers that a chassis monitors
 *
 * Sends what probe.h orders over sockets of its own and reports each monitor's state as it
 * changes. Only answers count: a RADIUS answer with the right signature, a Diameter answer
 * of success from the peer that is configured. A monitor of a whole Diameter endpoint is Up
 * while one of its peers is, and Down when all are.
 *
 * Only the Active chassis looks: eyes_look(true) begins with a try of every server,
 * eyes_look(false) closes every socket (taking leave of Diameter peers) and forgets, without
 * a report: the monitors are Initializing then.
 *
 * Ownership  eyes_close frees; the configuration is read by eyes_open only
 * Time       lab time
 * Errors     nothing blocks and nothing fails: a server that cannot be reached, for whatever
 *            reason, is a silent one; what an operator should mend is logged once
 * Threads    the loop's. report may call eyes_look, but not eyes_close
 */
#ifndef VPCLAB_EYES_H
#define VPCLAB_EYES_H

#include <czmq.h>

#include "cf/monitor/monitor.h"
#include "common/conf/conf.h"
#include "common/loop/node.h"

/* Who is said to log in. No account of that name need exist: a reject is an answer, too. */
#define EYES_PROBE_USER     "vpclab-probe"
#define EYES_PROBE_PASSWORD "vpclab-probe"

#define EYES_COUNTERS(X)                                                                           \
    X(sent)        /* requests: datagrams, capabilities, watchdogs */                              \
    X(answered)    /* by a valid answer in time */                                                 \
    X(timeouts)    /* tries without one */                                                         \
    X(unsent)      /* the kernel had no way there, or no room */                                   \
    X(connections) /* that were accepted */                                                        \
    X(closed)      /* connections refused or ended by the peer */                                  \
    X(late)        /* valid answers after their time-out */                                        \
    X(bad_length)  /* RADIUS from here, see radius.h */                                            \
    X(bad_code)                                                                                    \
    X(bad_id)                                                                                      \
    X(bad_attribute)                                                                               \
    X(bad_authenticator) /* the secret differs, or it is forged */                                 \
    X(bad_message_authenticator)                                                                   \
    X(malformed)     /* Diameter from here */                                                      \
    X(bad_result)    /* not DIAMETER_SUCCESS */                                                    \
    X(bad_origin)    /* not the peer that is configured */                                         \
    X(unexpected)    /* answers to no question of ours */                                          \
    X(peer_requests) /* the peer's own, answered */

struct eyes_counters {
#define X(name) uint64_t name;
    EYES_COUNTERS(X)
#undef X
    uint32_t last_code; /* of the last answer: RADIUS code, Diameter Result-Code */
};

/* A monitor's state, enum monitor_state. */
typedef void eyes_report_fn(void *ctx, uint8_t target, uint8_t state);

struct eyes_setup {
    const struct node *node; /* whose faults of link aaa count; NULL: none do */
    zloop_t *loop;
    const struct conf *conf;
    const char *lab_key;        /* RADIUS secret where the configuration has none */
    const uint8_t *chassis_key; /* opens those it has (conf_seal.h); NULL: none is encrypted */
    eyes_report_fn *report;
    void *ctx;
};

struct eyes;

/* Targets are the indices of conf->srp.monitors[]; those of other kinds are left alone. */
struct eyes *eyes_open(const struct eyes_setup *setup);
void eyes_close(struct eyes **eyes);

void eyes_look(struct eyes *eyes, bool look);

uint8_t eyes_state(const struct eyes *eyes, uint8_t target);

/* The sums over the peers of a target; zeros for one that is not looked at. */
struct eyes_counters eyes_counters(const struct eyes *eyes, uint8_t target);

#endif
