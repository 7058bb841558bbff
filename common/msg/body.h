/* body.h - the bodies of the messages on the DI-network and towards the outside world
 *
 * Plain structs and their codecs. A get function checks the whole body before it returns
 * true; extra octets at the end are refused.
 *
 * Ownership  plain values, but config_body.text, which borrows the frame
 * Time       none
 * Errors     false: malformed; the struct is then unspecified
 * Threads    any
 */
#ifndef VPCLAB_BODY_H
#define VPCLAB_BODY_H

#include "common/base/wire.h"

/* MSG_LINK_HELLO: keeps a link alive in both directions and introduces the speaker. */
struct link_hello {
    uint8_t type;    /* enum card_type; 0: the world */
    uint8_t sessmgr; /* session manager instance of an SF, else 0 */
};

/* What a chassis is to its cards. Names as `show srp info` prints them. */
#define CHASSIS_STATES(X)                                                                          \
    X(CHASSIS_INIT, "Init")                                                                        \
    X(CHASSIS_STANDBY, "Standby")                                                                  \
    X(CHASSIS_PENDING_ACTIVE, "Pending-Active")                                                    \
    X(CHASSIS_ACTIVE, "Active")                                                                    \
    X(CHASSIS_PENDING_STANDBY, "Pending-Standby")

enum chassis_state {
#define X(name, text) name,
    CHASSIS_STATES(X)
#undef X
        CHASSIS_STATE_N,
};

const char *chassis_state_name(enum chassis_state state);

/* MSG_ROLE, CF to cards: what the chassis is now. The envelope's epoch is the CF epoch
 * (raised by each CF switchover); `srp_epoch` the chassis' (raised by each takeover). */
struct role_body {
    uint8_t state; /* enum chassis_state */
    uint64_t srp_epoch;
    uint8_t route_modifier;
    uint8_t restart; /* GTP restart counter, the same on both chassis */
    bool announce;   /* demux: the service addresses and pools */
};

/* MSG_CONFIG, CF to cards: the running configuration as StarOS text. */
struct config_body {
    uint32_t generation;
    const uint8_t *text;
    size_t len;
};

/* Counters a session manager reports; names and order are those of the show commands. */
#define CKPT_COUNTERS(X)                                                                           \
    X(crrs)                                                                                        \
    X(crrs_created)                                                                                \
    X(crrs_deleted)                                                                                \
    X(full_sent)                                                                                   \
    X(full_rcvd)                                                                                   \
    X(full_send_failed)                                                                            \
    X(full_apply_failed)                                                                           \
    X(delete_sent)                                                                                 \
    X(delete_rcvd)                                                                                 \
    X(micro_apply_failed)                                                                          \
    X(frames_sent)                                                                                 \
    X(frames_rcvd)                                                                                 \
    X(frames_refused)                                                                              \
    X(octets_raw)                                                                                  \
    X(octets_packed)                                                                               \
    X(resync_full)                                                                                 \
    X(resync_partial)                                                                              \
    X(overflows)

#define CALL_COUNTERS(X)                                                                           \
    X(opened)                                                                                      \
    X(closed)                                                                                      \
    X(recovered)                                                                                   \
    X(superseded)                                                                                  \
    X(refused)                                                                                     \
    X(up_packets)                                                                                  \
    X(up_octets)                                                                                   \
    X(down_packets)                                                                                \
    X(down_octets)                                                                                 \
    X(dropped)

/* MSG_CARD_STATUS: hello of a card on the card bus, at least each second and on change. */
struct card_status {
    uint8_t type;       /* enum card_type */
    uint8_t sessmgr;    /* 0: spare or no SF */
    uint8_t state;      /* enum chassis_state applied last */
    uint64_t srp_epoch; /* of that state: the acknowledgement of a MSG_ROLE */
    uint64_t cf_epoch;  /* highest CF epoch obeyed */
    uint32_t config;    /* generation of the configuration in force; 0: none */
    uint32_t sessions;
    uint8_t restart;
    bool announced;    /* demux: routes are with the peer router */
    bool peer_ready;   /* session manager: connected with its peer instance */
    bool synced;       /* ... and all acknowledged (Active), or all received (Standby) */
    bool lz4;          /* compression of that connection */
    uint16_t pid_hint; /* low bits of the process id, for humans */
#define X(name) uint64_t name;
    struct {
        CKPT_COUNTERS(X)
    } ckpt;
    struct {
        CALL_COUNTERS(X)
    } calls;
#undef X
};

/* MSG_CF_HELLO: CF to CF. Carries what the standby CF needs to go on as the chassis. */
struct cf_hello {
    uint8_t slot;
    uint8_t state;  /* enum sso_state */
    uint64_t epoch; /* CF epoch */
    uint8_t mac[6];
    uint64_t heard; /* sequence number of the last hello heard from the other CF */
    /* chassis state, when sent by the active CF */
    uint8_t chassis; /* enum chassis_state */
    uint64_t chassis_incarnation, srp_epoch;
    uint8_t route_modifier, restart;
    bool peer_known;
    uint64_t peer_incarnation, peer_cf_epoch, peer_epoch;
    uint8_t peer_state, peer_route_modifier;
};

/* MSG_ROUTES: demux to the peer router. Replaces what this chassis announced before. */
enum { ROUTES_MOST = 96 };
enum route_kind { ROUTE_SERVICE, ROUTE_POOL };
struct route_entry {
    uint32_t net, mask;
    uint8_t kind; /* enum route_kind: GTP service address, or subscriber pool */
};
struct routes_body {
    uint64_t srp_epoch;
    uint8_t prepend; /* AS-path prepend count: the route modifier */
    uint32_t as;     /* 0: not configured */
    uint8_t n;       /* 0: withdraw all */
    struct route_entry routes[ROUTES_MOST];
};

/* MSG_EXEC: one command line from a management client. */
struct exec_body {
    bool json;
    const uint8_t *line;
    size_t len;
};

/* MSG_ANSWER: exit status (0 ok, 1 Failure, 2 usage) and text. */
struct answer_body {
    uint8_t status;
    const uint8_t *text;
    size_t len;
};

void link_hello_put(struct wr *wr, const struct link_hello *body);
bool link_hello_get(struct rd *rd, struct link_hello *body);
void role_put(struct wr *wr, const struct role_body *body);
bool role_get(struct rd *rd, struct role_body *body);
void config_put(struct wr *wr, const struct config_body *body);
bool config_get(struct rd *rd, struct config_body *body);
void card_status_put(struct wr *wr, const struct card_status *body);
bool card_status_get(struct rd *rd, struct card_status *body);
void cf_hello_put(struct wr *wr, const struct cf_hello *body);
bool cf_hello_get(struct rd *rd, struct cf_hello *body);
void routes_put(struct wr *wr, const struct routes_body *body);
bool routes_get(struct rd *rd, struct routes_body *body);
void exec_put(struct wr *wr, const struct exec_body *body);
bool exec_get(struct rd *rd, struct exec_body *body);
void answer_put(struct wr *wr, const struct answer_body *body);
bool answer_get(struct rd *rd, struct answer_body *body);

#endif
