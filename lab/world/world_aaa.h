/* world_aaa.h - authentication servers and Diameter peers of the embedded outside world
 *
 * One responder for each entry of the topology's `aaa`: RADIUS on UDP, Diameter on TCP. Each
 * answers what comes, whoever asks, until the operator says otherwise (`aaa ADDRESS:PORT
 * silent`): so a monitor can be seen to fail and to recover. A RADIUS responder accepts every
 * user; its secret is the lab's own key. What a fault wants lies over the operator's word and leaves
 * it as it was.
 *
 *   world_aaa.c       binding, RADIUS, answers that wait
 *   world_aaa_peer.c  Diameter connections
 *   world_aaa_show.c  `show aaa`, `aaa ...`
 *
 * Ownership  world_aaa_close frees; the node is borrowed until then
 * Time       lab time
 * Errors     what cannot be bound is said once, with the fix, and tried again each second;
 *            what is no request is dropped and counted
 * Threads    the loop's
 */
#ifndef VPCLAB_WORLD_AAA_H
#define VPCLAB_WORLD_AAA_H

#include <jansson.h>
#include <netinet/in.h>

#include "cf/monitor/diameter.h"
#include "common/cli/cli.h"
#include "common/fault/fault.h"
#include "common/loop/keys.h"
#include "common/loop/node.h"
#include "common/loop/timer.h"

#define AAA_MODES(X)                                                                               \
    X(AAA_ANSWER, "answer")                                                                        \
    X(AAA_SILENT, "silent")               /* hears everything, says nothing */                     \
    X(AAA_DELAY, "delay")                 /* answers later */                                      \
    X(AAA_REJECT, "reject")               /* RADIUS: nobody may log in */                          \
    X(AAA_BAD_SIGNATURE, "bad-signature") /* RADIUS: as a server with another secret */            \
    X(AAA_REFUSE, "refuse")               /* Diameter: knows no peer */                            \
    X(AAA_FALSE_ORIGIN, "false-origin")   /* Diameter: as another server */

enum aaa_mode {
#define X(name, text) name,
    AAA_MODES(X)
#undef X
        AAA_MODE_N,
};

#define AAA_COUNTERS(X)                                                                            \
    X(requests)                                                                                    \
    X(answers)                                                                                     \
    X(malformed)   /* what is no request, or has a wrong signature */                              \
    X(dropped)     /* requests that got no answer: silent, or too many wait */                     \
    X(connections) /* Diameter: accepted */

enum {
    AAA_DELAY_MOST = 60000, /* lab milliseconds */
    AAA_CONNS = 16,         /* of one responder; a further one ends the one silent longest */
    AAA_LATER = 64,         /* answers of one responder that wait */
};

struct aaa_responder;

struct aaa_conn {
    struct aaa_responder *responder;
    int fd;
    zmq_pollitem_t item;
    uint64_t number; /* of this responder's connections: numbers do not return, as fds do */
    mono_t heard;
    uint32_t addr; /* our end */
    struct diameter_stream stream;
};

struct aaa_later {
    mono_t due;
    struct sockaddr_in to; /* RADIUS */
    uint64_t conn;         /* Diameter: number */
    size_t len;
    uint8_t bytes[DIAMETER_ROOM];
};

struct aaa_responder {
    struct world_aaa *aaa;
    const struct topo_aaa *topo;
    uint8_t mode; /* enum aaa_mode; the operator's word */
    uint32_t delay_ms;
    uint32_t lease; /* of a fault that lies over it; 0: none */
    uint8_t leased; /* enum aaa_mode, then */
    int fd;         /* -1: not bound */
    zmq_pollitem_t item;
    bool complained; /* could not be bound, and that was said */
    struct aaa_conn *conns[AAA_CONNS];
    struct aaa_later later[AAA_LATER];
    size_t later_n;
    struct {
#define X(name) uint64_t name;
        AAA_COUNTERS(X)
#undef X
    } counters;
};

struct world_aaa {
    struct node *node;
    char secret[KEYS_TEXT];
    struct timer retry, later;
    struct aaa_responder responders[TOPO_AAA];
    size_t n;
};

/* NULL after logging why. */
struct world_aaa *world_aaa_open(struct node *node);
void world_aaa_close(struct world_aaa **aaa);

void aaa_set_mode(struct aaa_responder *responder, enum aaa_mode mode, uint32_t delay_ms);
/* How it is now: a fault's word before the operator's. */
uint8_t aaa_mode_of(const struct aaa_responder *responder);

/* These faults are in force; the operator's word counts again where none is. */
void world_aaa_faults(struct world_aaa *aaa, const struct fault *in_force, size_t n);

bool aaa_can(const struct aaa_responder *responder, enum aaa_mode mode);
const char *aaa_mode_name(uint8_t mode);

/* Send an answer now, or when the responder's delay is over: `answer` without its `due`. */
void aaa_reply(struct aaa_responder *responder, struct aaa_later *answer);

/* world_aaa_peer.c */
zloop_fn aaa_on_connection;
void aaa_conn_send(struct aaa_responder *responder, const struct aaa_later *answer);
void aaa_close_conns(struct aaa_responder *responder);

/* world_aaa_show.c; the context of a command is a struct world_exec */
struct world;
void world_print_aaa(const struct world *world, FILE *out);
json_t *world_json_aaa(const struct world *world);
int world_set_aaa(void *ctx, const struct cli_args *args);

#endif
