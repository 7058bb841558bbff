/* ckpt_body.h - the bodies of the messages about checkpoints on the card bus: which are not
 * complained about, which shall fail, and what is known of one call
 *
 * Plain structs and their codecs, as in body.h: a get function checks the whole body before it
 * returns true; extra octets at the end are refused.
 *
 * Ownership  plain values
 * Time       ages in seconds
 * Errors     false: malformed; the struct is then unspecified
 * Threads    any
 */
#ifndef VPCLAB_CKPT_BODY_H
#define VPCLAB_CKPT_BODY_H

#include "common/base/wire.h"

/* A set of CMD-IDs, 1 to 255: a bit each. */
struct cmd_set {
    uint64_t bits[4];
};

static inline bool
cmd_set_has(const struct cmd_set *set, uint8_t cmd)
{
    return set->bits[cmd / 64] >> cmd % 64 & 1;
}

static inline void
cmd_set_put(struct cmd_set *set, uint8_t cmd, bool in)
{
    uint64_t bit = UINT64_C(1) << cmd % 64;

    set->bits[cmd / 64] = in ? set->bits[cmd / 64] | bit : set->bits[cmd / 64] & ~bit;
}

static inline bool
cmd_set_same(const struct cmd_set *a, const struct cmd_set *b)
{
    return memcmp(a->bits, b->bits, sizeof a->bits) == 0;
}

/* MSG_NACKS, CF to session managers: the CMD-IDs of `srp disable nack micro-chkpt-cmd`. A status
 * repeats the set in force; one that differs is told again. */
struct nacks_body {
    struct cmd_set disabled;
};

/* MSG_CKPT_FAULT, CF to session managers: applying fails on purpose (struct ckpt_fault). */
struct fault_body {
    uint8_t cmd; /* 0: full checkpoints */
    uint32_t skip, times;
};

/* MSG_CALL_ASK, CF to session managers; each answers. Calls by their slot are all of the session
 * manager, without further bearers, from the slot `key` on; pools are those of the configuration. */
enum call_key { CALL_BY_ID, CALL_BY_IMSI, CALL_BY_SLOT, CALL_POOLS, CALL_KEYS };
struct call_ask {
    uint32_t id; /* not 0; repeated in the answer */
    uint8_t by;  /* enum call_key */
    uint64_t key;
};

/* What the session is here. */
enum call_state { CALL_ORIGINAL, CALL_RECOVERED, CALL_RECORD, CALL_STATES };

/* How it is with one checkpoint of a call. The first four are the sender's, which knows what is
 * acknowledged; the others the receiver's. */
#define CALL_CKPTS_X(X)                                                                            \
    X(CALL_CKPT_WAITING, "waiting") /* younger than the checkpoint duration */                     \
    X(CALL_CKPT_DUE, "not sent")    /* it changed, or was lost on the way */                       \
    X(CALL_CKPT_SENT, "sent")       /* and not acknowledged yet */                                 \
    X(CALL_CKPT_ACKED, "acknowledged")                                                             \
    X(CALL_CKPT_APPLIED, "applied")                                                                \
    X(CALL_CKPT_FAILING, "failing") /* could not be applied, and no full one was since */

enum call_ckpt {
#define X(name, text) name,
    CALL_CKPTS_X(X)
#undef X
        CALL_CKPTS
};

const char *call_ckpt_name(enum call_ckpt state);

enum { CALL_MICRO_MOST = 16, CALLS_MOST = 16, CALL_POOLS_MOST = 64 };

/* Checkpoints of one scale: sent and acknowledged, or, of a record, received and applied; and how
 * long ago last. */
struct call_tries {
    uint32_t attempts, success;
    uint32_t attempt_ms, success_ms; /* 0 while there was none */
};

struct call_info {
    uint32_t call_id;
    uint64_t imsi, msisdn; /* as struct sess has them */
    uint32_t teid, peer_ctrl_teid, peer_user_teid;
    uint32_t peer_ctrl_addr, peer_user_addr, ue_addr;
    uint8_t gtp_version, ebi;
    uint8_t apn;          /* numbers of the configuration's APN, ... */
    uint8_t service, vpn; /* ... service and context */
    uint8_t state;        /* enum call_state */
    uint32_t age_s, idle_s;
    uint64_t up_packets, up_octets, down_packets, down_octets;
    uint32_t rating_request;
    uint64_t rating_reported;
    uint8_t base;      /* number of its last full checkpoint; 0: there was none */
    uint8_t full;      /* enum call_ckpt */
    uint16_t nacks[2]; /* told in the window that is open: macro, micro */
    struct call_tries tries[2];
    uint8_t micro_n;
    struct call_micro {
        uint8_t cmd, state; /* enum call_ckpt */
    } micro[CALL_MICRO_MOST];
};

/* Addresses of a pool that a session manager has given out, and that it may give out. */
struct call_pool {
    uint32_t used, left;
};

/* MSG_CALL_ANSWER, session manager to CF: the calls it has; more than CALLS_MOST are left out. Of
 * pools asked for, their figures in the order of the configuration. */
struct call_answer {
    uint32_t id;
    uint8_t n, pool_n;
    uint32_t next; /* by slot: go on there; 0: that was all */
    struct call_info calls[CALLS_MOST];
    struct call_pool pools[CALL_POOLS_MOST];
};
enum {
    CALL_INFO_MOST = 160 + 2 * CALL_MICRO_MOST,
    CALL_ANSWER_MOST = 10 + CALLS_MOST * CALL_INFO_MOST + CALL_POOLS_MOST * 8
};

void cmd_set_write(struct wr *wr, const struct cmd_set *set);
void cmd_set_read(struct rd *rd, struct cmd_set *set); /* 0 is no CMD-ID: bad */

void nacks_put(struct wr *wr, const struct nacks_body *body);
bool nacks_get(struct rd *rd, struct nacks_body *body);
void fault_put(struct wr *wr, const struct fault_body *body);
bool fault_get(struct rd *rd, struct fault_body *body);
void call_ask_put(struct wr *wr, const struct call_ask *body);
bool call_ask_get(struct rd *rd, struct call_ask *body);
void call_answer_put(struct wr *wr, const struct call_answer *body);
bool call_answer_get(struct rd *rd, struct call_answer *body);

#endif
