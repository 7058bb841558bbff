/* gw_priv.h - what the parts of the gateway share: its state, answers, plausibility
 *
 * gw.c remembers answers and tells versions apart, gw_change.c takes another setup, gw_v1.c and gw_v2.c hold the control
 * procedures, gw_bearer.c those that the gateway begins, gw_release.c what it tells of purged
 * sessions, gw_peer.c restarts of S-GWs, gw_user.c
 * the user plane. For these files only.
 *
 * Ownership  everything lies in the memory given to gw_init
 * Time       as gw.h
 * Errors     as gw.h
 * Threads    one owner
 */
#ifndef VPCLAB_GW_PRIV_H
#define VPCLAB_GW_PRIV_H

#include "common/gtp/gtp.h"
#include "common/msg/body.h"
#include "sf/gw.h"
#include "sf/sess_bearer.h"

enum {
    GW_REPLY_MOST = 256,   /* longer answers are built anew from the session */
    GW_REPLY_WAYS = 4,     /* answers that share a place */
    GW_ANSWER_MOST = 1024, /* octets of the longest control answer */
    GW_RECENT_MOST = 65536,
    GW_ASK_MOST = 256, /* octets of a request of the gateway */
    GW_RELEASE_MOST = 64,
};

/* What makes two requests one: a client repeats the same bytes from the same port. The
 * digest is needed because a busy client's 16-bit sequence numbers soon come round. */
struct gw_request {
    uint64_t digest;
    uint32_t peer, seq;
    uint16_t port;
    uint8_t type, version;
};

struct gw_reply {
    struct gw_request request;
    mono_t until;
    uint32_t teid;    /* of the session it was about: opened, or named by the request */
    uint32_t call_id; /* of the session that had this TEID then; 0: none */
    uint16_t len;     /* 0: empty */
    uint8_t bytes[GW_REPLY_MOST];
};

enum gw_ask { GW_ASK_NONE, GW_ASK_CREATE, GW_ASK_UPDATE, GW_ASK_DELETE, GW_ASK_QOS };

/* A request of the gateway about a bearer; QOS: about the default one. When answered it is remembered for as long as the
 * client may repeat its command. */
struct gw_asked {
    uint8_t kind; /* enum gw_ask */
    bool done;
    uint8_t tries;
    uint8_t ebi;            /* but CREATE: of the bearer */
    uint32_t seq;           /* of the command, and so of the request (TS 29.274 7.6) */
    uint32_t teid, call_id; /* of the session: its default bearer */
    uint32_t bearer;        /* CREATE: TEID of the slot reserved */
    uint32_t peer;          /* where it goes to */
    mono_t due;             /* to be repeated, or forgotten */
    struct sess_rule rule;  /* what the bearer will have, CREATE and UPDATE */
    uint8_t qos_len;
    uint8_t qos[SESS_QOS];
    uint32_t ambr_up, ambr_down; /* QOS: what the session will have */
    uint16_t len;
    uint8_t bytes[GW_ASK_MOST];
};

/* A request that ends a session at its client, which the internal audit has purged here. */
struct gw_release {
    uint32_t peer, seq;
    mono_t due;      /* to be said, or repeated; 0: at once */
    uint8_t version; /* of GTP */
    uint8_t tries;
    uint8_t len; /* 0: empty */
    uint8_t bytes[GW_RELEASE_MOST];
};

/* The restart counter of an S-GW, as it was told last. */
struct gw_peer {
    uint32_t addr; /* 0: empty */
    uint8_t recovery;
};

struct gw {
    struct gw_setup setup;
    uint8_t gates; /* mask of GATE_... */
    uint64_t counters[GW_COUNTER_N];
    struct gw_reply *replies;
    uint32_t reply_mask; /* of sets of GW_REPLY_WAYS */
    uint32_t *recent;    /* slots by hash of the peer's user TEID and address */
    uint32_t recent_mask;
    struct gw_asked asked[GW_ASKED];
    struct gw_release releases[GW_RELEASES];
    unsigned releases_n;
    uint32_t release_seq; /* of the next one, but for what tells session managers apart */
    struct gw_peer peers[GW_PEERS];
    uint8_t peer_turn; /* the place to be used next */
};

static inline void
gw_count(struct gw *gw, enum gw_counter counter)
{
    gw->counters[counter]++;
}

/* Does this gate let it through? If not, that is counted as `counter`. */
static inline bool
gw_passes(struct gw *gw, uint8_t gate, enum gw_counter counter)
{
    bool open = (gw->gates & gate) != 0;

    if (!open)
        gw_count(gw, counter);
    return open;
}

/* A packet of this session, likewise. */
bool gw_passes_data(struct gw *gw, struct sess *sess);

/* APN or QoS are new: note what class that makes the session. One taken over has no such note
 * until its first packet. */
void gw_classify(const struct gw *gw, struct sess *sess);

/* Append an answer to the sender of `in`. */
void gw_answer(const struct dgram *in, const uint8_t *bytes, size_t len, struct wr *out);

struct gw_request gw_request(const struct dgram *in, uint8_t version, uint8_t type, uint32_t seq);

/* Answer a repeated request as the first time; false if it is not one. A request about a
 * session that is gone since, or about a TEID that is another session's now, is no repetition:
 * a client that starts anew may count from the same numbers again. */
bool gw_reply_again(const struct gw *gw, mono_t now, const struct gw_request *request,
                    const struct dgram *in, struct wr *out);

/* Answer a request and remember the answer, with the TEID of the session it was about, or 0;
 * len 0 says that it could not be encoded. */
void gw_reply(struct gw *gw, mono_t now, const struct gw_request *request, const struct dgram *in,
              uint32_t teid, const uint8_t *bytes, size_t len, struct wr *out);

/* Index of the APN with this name, with or without its operator identifier
 * (".mncNNN.mccNNN.gprs", TS 23.003 9.1.2); DI_ENOTFOUND. */
int gw_apn_find(const struct gw *gw, const char *name);

/* The DNS servers of the session's APN. */
const uint32_t *gw_dns(const struct gw *gw, const struct sess *sess);

/* Open a session of that APN, whose pool must be served here; as sess_open. A session that
 * the subscriber has on this bearer is closed first (TS 29.060 7.3.1, TS 29.274 7.2.1). */
int gw_open(struct gw *gw, mono_t now, uint64_t imsi, uint8_t ebi, uint8_t apn, struct sess **sess);

/* The live session of that GTP version with this control TEID of ours, or NULL: its default
 * bearer, whose control tunnel serves all its bearers. */
struct sess *gw_sess(const struct gw *gw, uint8_t version, uint32_t teid);

/* The bearer of a session with this EBI, which may be the default one, or NULL. */
struct sess *gw_bearer(const struct gw *gw, struct sess *sess, uint8_t ebi);

/* Is the APN's pool served by this table? */
static inline bool
gw_has_pool(const struct gw *gw, int apn)
{
    return gw->setup.apns[apn].pool < sess_table_setup(gw->setup.table)->pool_n;
}

/* May a tunnel lead to this address? Not to nowhere, to many, or to ourselves. */
bool gw_peer_plausible(const struct gw *gw, uint32_t addr);

/* One control datagram, its version already known. */
void gw_v1(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out);
void gw_v2(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out);

/* An S-GW told its restart counter. Is it another one than before, the tunnels of its sessions are
 * gone there: they are in restoration (TS 23.007 27) until it moves them to where it has them
 * now. A chassis that took over knows no counter until it hears one. */
void gw_peer_heard(struct gw *gw, uint32_t addr, uint8_t recovery);

/* The session's S-GW has its tunnels again. */
void gw_restored(struct gw *gw, struct sess *sess);

/* Forget all own requests: nobody hears of those that were not answered. */
void gw_ask_no_more(struct gw *gw);

/* The session is being purged: its client is to be told (sess_purged_fn). The most that can wait
 * are GW_RELEASES; the others go in silence, and are counted. */
void gw_release(void *gw, const struct sess *sess);

/* A response: true, and that is over, if it is about such a session. */
bool gw_released(struct gw *gw, const struct dgram *in, uint8_t version, uint32_t seq);
mono_t gw_release_deadline(const struct gw *gw);
int gw_release_tick(struct gw *gw, mono_t now, struct wr *out); /* as gw_tick */
void gw_release_none(struct gw *gw, unsigned version);          /* forget all; 0: of any */

/* One user plane datagram. */
void gw_user(struct gw *gw, mono_t now, const struct dgram *in, struct wr *out);

#endif
