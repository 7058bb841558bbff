/* body.h - the bodies of the messages on the DI-network and towards the outside world
 *
 * Plain structs and their codecs. A get function checks the whole body before it returns
 * true; extra octets at the end are refused.
 *
 * Ownership  plain values, but the texts, which borrow the frame
 * Time       none
 * Errors     false: malformed; the struct is then unspecified
 * Threads    any
 */
#ifndef VPCLAB_BODY_H
#define VPCLAB_BODY_H

#include "common/base/wire.h"
#include "common/msg/ckpt_body.h"

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

/* What a chassis lets through, as a mask. VoLTE: sessions of APN ims, or of QCI 1 or 5.
 * docs/staros.md "Switchover options". */
enum {
    GATE_VOLTE = 1u << 0,   /* data of VoLTE sessions */
    GATE_DATA = 1u << 1,    /* data of all other sessions */
    GATE_CONTROL = 1u << 2, /* signalling of sessions there are */
    GATE_NEW = 1u << 3,     /* signalling that opens one */
    GATES_ALL = 15,
};

/* MSG_ROLE, CF to cards: what the chassis is now. The envelope's epoch is the CF epoch
 * (raised by each CF switchover); `srp_epoch` the chassis' (raised by each takeover). */
struct role_body {
    uint32_t order; /* 1, 2, ... of one CF: a card's status repeats it when it is carried out */
    uint8_t state;  /* enum chassis_state */
    uint64_t srp_epoch;
    uint8_t route_modifier;
    uint8_t restart; /* GTP restart counter, the same on both chassis */
    uint8_t gates;   /* mask of GATE_... */
    bool announce;   /* demux: the service addresses and pools */
    bool flush;      /* SF: checkpoint everything now, however young; then say `flushed` */
    bool drain;      /* SF in Pending-Active or Active: the peer's last statistics still come */
    bool audit;      /* SF: check the recovered sessions, purge the bad ones, say `audited` */
};

/* What the cards have carried out of the order given last, as a mask (cards_done). */
enum {
    DONE_COMMITTED = 1u << 0, /* all: the order as such; at least one session manager */
    DONE_FLUSHED = 1u << 1,   /* all session managers: everything is acknowledged */
    DONE_ANNOUNCED = 1u << 2, /* demux: the peer router has our routes */
    DONE_WITHDRAWN = 1u << 3, /* demux: it has none of them */
    DONE_CONVERGED = 1u << 4, /* demux: the router sends to us */
    DONE_AUDITED = 1u << 5,   /* all session managers */
    DONE_TOLD = 1u << 6,      /* those with a peer: everything is acknowledged */
};

/* MSG_CONFIG, CF to cards: the running configuration as StarOS text. */
struct config_body {
    uint32_t generation;
    const uint8_t *text;
    size_t len;
};

/* Frames that a session manager refused, by reason: before they were unpacked, then those of enum
 * ckpt_reason from the first fault on, in that order. */
#define CKPT_REFUSED(X)                                                                            \
    X(refused_unpack)                                                                              \
    X(refused_length)                                                                              \
    X(refused_malformed)                                                                           \
    X(refused_version)                                                                             \
    X(refused_sessmgr)                                                                             \
    X(refused_role)                                                                                \
    X(refused_epoch)                                                                               \
    X(refused_incarnation)                                                                         \
    X(refused_stream)                                                                              \
    X(refused_duplicate)                                                                           \
    X(refused_gap)                                                                                 \
    X(refused_record)                                                                              \
    X(refused_not_ready)

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
    X(micro_sent) /* with INVALIDATE_CRR, which delete_... count by themselves */                  \
    X(micro_rcvd)                                                                                  \
    X(micro_send_failed)                                                                           \
    X(micro_apply_failed)                                                                          \
    X(nack_macro_sent)                                                                             \
    X(nack_macro_rcvd)                                                                             \
    X(nack_macro_limited) /* calls for which max-response was reached */                           \
    X(nack_micro_sent)                                                                             \
    X(nack_micro_rcvd)                                                                             \
    X(nack_micro_limited)                                                                          \
    X(frames_sent)                                                                                 \
    X(frames_rcvd)                                                                                 \
    X(frames_refused) /* the sum of what follows */                                                \
    CKPT_REFUSED(X)                                                                                \
    X(octets_raw)                                                                                  \
    X(octets_packed)                                                                               \
    X(resync_full)                                                                                 \
    X(resync_partial)                                                                              \
    X(overflows)                                                                                   \
    X(failing)     /* now: checkpoints that could not be applied, and no full one was since */     \
    X(waiting)     /* now: calls younger than the checkpoint duration */                           \
    X(write_list)  /* now: calls with something to send */                                         \
    X(in_flight)   /* now: ... sent, and not acknowledged */                                       \
    X(resync_done) /* now, of a Standby: items that a full resync under way has brought ... */     \
    X(resync_of)   /* ... of so many */

/* Of the micro-checkpoints of one CMD-ID. Failed to be sent: lost on the way, and sent again. */
#define MICRO_COUNTERS(X)                                                                          \
    X(sent)                                                                                        \
    X(rcvd)                                                                                        \
    X(send_failed)                                                                                 \
    X(apply_failed)

enum {
    MICRO_MOST = 16,
    MACRO_KINDS = 4, /* CKPT_MACROS, in the order of their kinds */
};

struct micro_row {
    uint8_t cmd; /* not 0 */
#define X(name) uint64_t name;
    MICRO_COUNTERS(X)
#undef X
};

/* Of the macro checkpoints of one kind, likewise. */
struct macro_row {
#define X(name) uint64_t name;
    MICRO_COUNTERS(X)
#undef X
};

#define CALL_COUNTERS(X)                                                                           \
    X(opened)                                                                                      \
    X(closed)                                                                                      \
    X(recovered)                                                                                   \
    X(superseded)   /* own, dropped: the peer chassis serves now and did not have them */          \
    X(audit_failed) /* purged by the internal audit */                                             \
    X(lost_young)   /* at the last takeover: calls the peer had, and we did not (sf/smgr.h) */     \
    X(lost_in_flight)                                                                              \
    X(lost_nack_limit)                                                                             \
    X(lost_nack_off)                                                                               \
    X(lost_known) /* 1: ... from a copy that was complete: none but those */                       \
    X(lost_not_ready)                                                                              \
    X(refused)                                                                                     \
    X(replaced)    /* closed: the subscriber came anew (with their further bearers) */             \
    X(peer_errors) /* closed: Error Indication of the peer (likewise) */                           \
    X(pair_opened) /* also on the peer chassis, before it was taken over from */                   \
    X(pair_closed)                                                                                 \
    X(up_packets)                                                                                  \
    X(up_octets)                                                                                   \
    X(down_packets)                                                                                \
    X(down_octets)                                                                                 \
    X(gated_data) /* dropped: the chassis lets none through */                                     \
    X(gated_control)                                                                               \
    X(dropped)

/* What a process uses, as it finds out itself every five seconds of real time: over those, and as
 * means of the last 5 and 15 minutes, or of as many as it has lived. */
enum usage_span { USAGE_NOW, USAGE_5_MIN, USAGE_15_MIN, USAGE_SPANS };
struct card_usage {
    uint16_t thread; /* permille of a processor, of the thread that reports */
    uint16_t
        cpu[USAGE_SPANS]; /* ... of the whole process, which may have several session managers */
    uint32_t memory_kib[USAGE_SPANS]; /* resident; 0: not known yet */
    uint32_t files, files_most;       /* open; how many may be */
};

/* MSG_CARD_STATUS: hello of a card on the card bus, at least each second and on change. */
enum { CARD_STATUS_MOST = 1760 }; /* room that any takes */
struct card_status {
    uint8_t type;           /* enum card_type */
    uint8_t sessmgr;        /* 0: spare or no SF */
    uint32_t order;         /* number of the MSG_ROLE carried out last, of the CF of cf_epoch */
    uint8_t state;          /* enum chassis_state applied last */
    uint64_t srp_epoch;     /* of that state */
    uint8_t route_modifier; /* ... and order */
    uint64_t cf_epoch;      /* highest CF epoch obeyed */
    uint32_t config;        /* generation of the configuration in force; 0: none */
    uint32_t sessions;
    uint32_t sessions_v2; /* ... made by GTPv2; at most `sessions` */
    uint8_t restart;
    uint8_t gates;     /* mask of GATE_... in force */
    bool announced;    /* demux: the peer router has our routes */
    bool converged;    /* demux: and sends to us */
    bool flushed;      /* SF: ordered to flush, and all is acknowledged by the peer */
    bool audited;      /* SF: ordered to audit, and it is done */
    bool peer_ready;   /* session manager: connected with its peer instance */
    bool synced;       /* ... and all acknowledged (Active), or all received (Standby) */
    bool lz4;          /* compression of that connection */
    uint16_t pid_hint; /* low bits of the process id, for humans */
    struct card_usage usage;
    struct cmd_set nacks_disabled; /* SF: as MSG_NACKS told it */
    uint8_t micro_n;
    struct micro_row micro[MICRO_MOST]; /* by CMD-ID, ascending */
    struct macro_row macros[MACRO_KINDS];
#define X(name) uint64_t name;
    struct card_ckpt {
        CKPT_COUNTERS(X)
    } ckpt;
    struct card_calls {
        CALL_COUNTERS(X)
    } calls;
#undef X
};

/* Audits between the chassis; names as `show srp info` prints them. */
#define AUDIT_TYPES(X)                                                                             \
    X(AUDIT_NONE, "None")                                                                          \
    X(AUDIT_PERIODICITY, "Periodicity")                                                            \
    X(AUDIT_DAILY, "Daily-Start-time")                                                             \
    X(AUDIT_MANUAL, "Manual-with-sync")

enum audit_type {
#define X(name, text) name,
    AUDIT_TYPES(X)
#undef X
        AUDIT_TYPE_N,
};

const char *audit_type_name(enum audit_type type);

/* MSG_AUDIT, CF to session managers: compare the sessions with the peer's records, as run number
 * `run`; said again until the end of it is reported, and then changes nothing. */
struct audit_order {
    uint32_t run; /* not 0 */
    uint8_t type; /* enum audit_type, not AUDIT_NONE; repeated in reports */
    bool sync;    /* make good what differs */
};

/* MSG_AUDIT_REPORT, the answer to each MSG_AUDIT, and said once more to both CFs at the end. */
enum audit_progress { AUDIT_AT_WORK, AUDIT_DONE, AUDIT_STOPPED, AUDIT_PROGRESS_N };
struct audit_report {
    uint32_t run;
    uint8_t type;
    uint8_t state; /* enum audit_progress */
    struct audit_counts {
        uint32_t calls; /* items compared: sessions, and their bearers */
        uint32_t missing, stale, extra, synced;
    } counts;
};

/* MSG_RELOAD, CF to cards and to the other CF: end, and start anew with nothing, or as a card that
 * is halted. */
enum { RELOAD_SLOTS = 48 };
struct reload_body {
    uint8_t slot; /* of the card that is meant; 0: every card */
    bool halt;    /* and then wait for the next such order; not every card */
};

enum { CF_HELLO_MOST = 256 }; /* room that any takes */

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
    uint64_t peer_incarnation, peer_cf_epoch, peer_epoch, peer_seq;
    uint8_t peer_state, peer_route_modifier;
    /* a switchover under way: struct srp_snapshot, cf/srp/srp_fsm.h */
    uint8_t phase, reason;
    bool fresh, planned, forced;
    uint32_t switch_id, answer_id;
    uint8_t answer, answer_sessmgrs;
    uint32_t timeout_ms, post_s;
    bool standby_announced;
    uint8_t want, want_left;
    bool want_forced;
    uint32_t latched; /* monitors that must not switch again: a mask of reasons */
    /* notifications whose alarm stands: struct alarms, cf/cf.h */
    uint32_t alarms, target_alarms;
    uint64_t spof_alarms;
    struct cmd_set nacks_disabled; /* srp disable nack micro-chkpt-cmd */
    uint32_t config;               /* generation of the configuration it goes by */
};

/* MSG_ROUTES: demux to the peer router. Replaces what this chassis announced before. The
 * envelope's epoch numbers the announcements; MSG_NET repeats that of the last one taken in. */
enum { ROUTES_MOST = 96, NEIGHBORS_MOST = 32, NEIGHBOR_CONTEXT = 80 };
enum route_kind { ROUTE_SERVICE, ROUTE_POOL };
struct route_entry {
    uint32_t net, mask;
    uint8_t kind; /* enum route_kind: GTP service address, or subscriber pool */
};
/* A router as a context of a chassis knows it: in another context one of the same address is
 * another one. */
struct neighbor {
    char context[NEIGHBOR_CONTEXT];
    uint32_t addr;
};
enum { NEIGHBOR_ROOM = NEIGHBOR_CONTEXT + 4 }; /* octets, at most */
struct routes_body {
    uint64_t srp_epoch;
    uint8_t prepend; /* AS-path prepend count: the route modifier */
    uint32_t as;     /* 0: not configured */
    uint8_t n;       /* 0: withdraw all */
    struct route_entry routes[ROUTES_MOST];
    uint8_t neighbor_n; /* this chassis has BGP and BFD sessions with */
    struct neighbor neighbors[NEIGHBORS_MOST];
};

/* MSG_NET, the routing domain to a demux, and the demux on to its CFs: the state of the
 * sessions with each neighbor, and what the router does with our routes. Said at each change
 * and as the answer to each MSG_ROUTES. */
struct net_neighbor {
    struct neighbor of;
    bool bgp_up, bfd_up;
};
struct net_body {
    uint64_t srp_epoch;  /* of the routes the router has from us; 0: it has none */
    bool best;           /* it sends to us: ours is the best path to all we announce */
    bool peer_bfd_up;    /* the other chassis answers through the network */
    uint32_t offered;    /* routes of the other chassis the router offers us ... */
    uint32_t offered_as; /* ... with this AS in their path: filtered when it is our own */
    uint8_t n;
    struct net_neighbor neighbors[NEIGHBORS_MOST];
};

/* MSG_SRP_CONFIG, chassis to chassis: what both must share, for srp validate-configuration.
 * Text as conf_shared() writes it; a question is answered by the same message. */
struct srp_config_body {
    bool question; /* the receiver is to answer with its own */
    uint32_t checksum;
    const uint8_t *text;
    size_t len;
};

/* MSG_EXEC: one command line from a management client, with what the answer to its last one said
 * of the session. */
enum exec_kind {
    EXEC_RUN,
    EXEC_HELP,     /* what may stand at the end of the line, for people */
    EXEC_COMPLETE, /* ... for a line editor: a word a line */
    EXEC_KINDS,
};
enum { SESSION_MOST = 512 }; /* octets of a session */
struct exec_body {
    uint8_t kind; /* enum exec_kind */
    bool json;
    bool sure; /* no question whether it is */
    const uint8_t *session;
    size_t session_len; /* 0: a new session */
    const uint8_t *line;
    size_t len;
};

/* MSG_ANSWER: exit status (0 ok, 1 Failure, 2 usage) and text; what the session is then. */
struct answer_body {
    uint8_t status;
    uint16_t column; /* of the word that was not understood, from 1; 0: none */
    const uint8_t *session;
    size_t session_len; /* 0: as it was */
    const uint8_t *prompt;
    size_t prompt_len;
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
void audit_order_put(struct wr *wr, const struct audit_order *body);
bool audit_order_get(struct rd *rd, struct audit_order *body);
void audit_report_put(struct wr *wr, const struct audit_report *body);
bool audit_report_get(struct rd *rd, struct audit_report *body);
void reload_put(struct wr *wr, const struct reload_body *body);
bool reload_get(struct rd *rd, struct reload_body *body);
void cf_hello_put(struct wr *wr, const struct cf_hello *body);
bool cf_hello_get(struct rd *rd, struct cf_hello *body);
bool neighbor_same(const struct neighbor *a, const struct neighbor *b);

void routes_put(struct wr *wr, const struct routes_body *body);
bool routes_get(struct rd *rd, struct routes_body *body);
void net_put(struct wr *wr, const struct net_body *body);
bool net_get(struct rd *rd, struct net_body *body);
void srp_config_put(struct wr *wr, const struct srp_config_body *body);
bool srp_config_get(struct rd *rd, struct srp_config_body *body);
void exec_put(struct wr *wr, const struct exec_body *body);
bool exec_get(struct rd *rd, struct exec_body *body);
void answer_put(struct wr *wr, const struct answer_body *body);
bool answer_get(struct rd *rd, struct answer_body *body);

#endif
