/* sess.h - the session table of one session manager
 *
 * Holds PDP contexts (GTPv1) and PDN connections (GTPv2), finds them by TEID (an index),
 * by subscriber and bearer (a hash), by address (an index), and hands out TEIDs, addresses
 * and call-ids. On the Active chassis sessions are opened here; on the Standby the same
 * slots are filled by checkpoints (call recovery records), so that a takeover moves nothing.
 *
 * A session is what its default bearer (GTPv1: its primary context) is. Further bearers of it
 * (secondary contexts, dedicated bearers) have slots of their own, with TEID, QoS, counters and
 * the rule that says which packets are theirs (sess_bearer.h). They share its address, are no
 * session in any count, and are closed with it.
 *
 * Ownership  all memory comes from the caller, once: sess_table_size() bytes, aligned as
 *            malloc aligns; a struct sess * is borrowed until that session is closed
 * Time       mono_t of the lab clock
 * Errors     opening fails with DI_EFULL; see there
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_SESS_H
#define VPCLAB_SESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/base/mono.h"

enum {
    SESS_QOS = 24,        /* GTPv1 QoS profile, or the 22 octets of a GTPv2 Bearer QoS */
    SESS_APN = 101,       /* dotted text and its terminator */
    SESS_POOLS = 64,      /* address pools a configuration has */
    SESS_POOLS_ALL = 128, /* ... and those of before of which calls have addresses */
    SESS_RANGES = 64,     /* ranges of addresses that are busied out */
    SESS_NONE = 0,        /* no slot: slots count from 1 */
};

enum sess_state {
    SESS_FREE,
    SESS_LIVE,     /* a session (Active) or its call recovery record (Standby) */
    SESS_DELETED,  /* its delete checkpoint is not acknowledged yet; serves nothing */
    SESS_RESERVED, /* a bearer that a client was asked to accept; no lookup finds it */
};

struct sess_counters {
    uint64_t up_packets, up_octets, down_packets, down_octets;
};

/* Octets between two reports of a session's usage to whoever rates it; until there is a charging
 * server, each is taken as granted. */
#define SESS_QUOTA (UINT64_C(1) << 20)

struct sess_rating {
    uint64_t reported; /* octets, both directions, in all reports */
    uint32_t request;  /* number of the last one; 0: the initial one */
};

/* Identity and state of one session: what a full checkpoint carries, and links. */
struct sess {
    uint64_t imsi;                           /* 8 TBCD octets as on the wire, read big-endian */
    uint64_t msisdn;                         /* likewise; 0 when not given */
    uint32_t call_id;                        /* callid, and charging ID towards the client */
    uint32_t teid;                           /* ours, control and user plane (base/teid.h) */
    uint32_t ue_addr;                        /* the subscriber's IPv4 address */
    uint32_t peer_ctrl_teid, peer_user_teid; /* ... control: of a default bearer only */
    uint32_t peer_ctrl_addr, peer_user_addr;
    uint32_t create_seq;  /* sequence number of the request that opened it ... */
    uint16_t create_port; /* ... and the port it came from: tells a retransmission */
    uint16_t charging_chars;
    uint32_t ambr_up, ambr_down; /* kbit/s, GTPv2 */
    uint8_t gtp_version;         /* 1 or 2 */
    uint8_t ebi;                 /* NSAPI (GTPv1) or EPS bearer ID (GTPv2) */
    uint8_t lbi;                 /* ebi of its default bearer; 0: it is one */
    uint8_t apn;                 /* number of its APN here, as in the configuration (names.h) ... */
    uint8_t service;             /* ... of the service that answered ... */
    uint8_t vpn;                 /* ... of the context its packets leave to */
    uint8_t selection_mode, rat;
    uint8_t qos_len;
    uint8_t qos[SESS_QOS];
    struct sess_counters counters;
    struct sess_rating rating;
    mono_t since;       /* connected at */
    mono_t active_at;   /* last packet, or connected */
    bool restoring : 1; /* its S-GW has restarted: what comes down for it is dropped (TS 23.007) */

    /* Not checkpointed. */
    uint8_t state;       /* enum sess_state */
    bool recovered : 1;  /* became ours by a takeover */
    bool shared : 1;     /* the peer chassis has, or had, a copy of it */
    bool classed : 1;    /* volte is known: the gateway's note */
    bool volte : 1;      /* its data passes the gate for VoLTE */
    bool counted_v2 : 1; /* in sess_count_v2: the table's note */
    bool unsound : 1;    /* found so by the audit that is under way */
    uint8_t news;        /* mask of enum sess_part: what traffic changed since it was told */
    uint8_t base;        /* of the peer's full checkpoint that made it; 0: none */
    uint8_t resync;      /* standby: the resync round that last confirmed it */
    uint16_t bearers;    /* of a default bearer: mask 1 << ebi of the others; not on the standby */
    uint32_t prev, next; /* slots: free list, or hash chain */
};

struct sess_pool {
    uint32_t net, mask;
    bool busyout;                 /* gives out no address ... */
    uint32_t busy_low, busy_high; /* ... none of so many lowest and highest ones */
};

/* Addresses of whatever pool that are not given out. */
struct sess_range {
    uint32_t from, to; /* both included */
};

struct sess_setup {
    uint8_t instance;  /* number of this session manager, 1..255 */
    uint8_t instances; /* how many share the pools */
    uint32_t capacity; /* most sessions, 1..TEID_SLOTS - 1 */
    uint8_t pool_n;
    uint8_t gone_n; /* behind them, pools of before: what calls have of them stays theirs */
    struct sess_pool pools[SESS_POOLS_ALL];
    uint8_t range_n;
    struct sess_range ranges[SESS_RANGES];
};

struct sess_stats {
    uint64_t opened; /* by clients */
    uint64_t closed;
    uint64_t recovered; /* taken over by becoming Active */
    uint64_t refused_full, refused_addr;
};

struct sess_table; /* sess.c, sess_bearer.c, sess_audit.c, sess_pools.c */

enum sess_change { SESS_WHOLE, SESS_PART, SESS_GONE };

/* Called by the table after a session changed, as a whole or in a part (enum sess_part), or was
 * closed, so that it is checkpointed; `ctx` is the checkpoint sender. Set by the session
 * manager. */
typedef void sess_changed_fn(void *ctx, uint32_t slot, enum sess_change change, unsigned part);

/* The audit is about to close this session, which may be wrong in any of its fields. */
typedef void sess_purged_fn(void *ctx, const struct sess *sess);

/* Called when slots or addresses ran out while deleted sessions still hold some: may
 * forget them (sess_forget) and returns how many it freed. */
typedef uint32_t sess_pressure_fn(void *ctx, mono_t now);

/* Bytes that sess_table_init wants for this setup. */
size_t sess_table_size(const struct sess_setup *setup);

/* Make an empty table in `memory`. */
struct sess_table *sess_table_init(void *memory, const struct sess_setup *setup);
void sess_table_on_change(struct sess_table *table, sess_changed_fn *fn, void *ctx);
void sess_table_on_purge(struct sess_table *table, sess_purged_fn *fn, void *ctx);
void sess_table_on_pressure(struct sess_table *table, sess_pressure_fn *fn, void *ctx);
const struct sess_setup *sess_table_setup(const struct sess_table *table);
const struct sess_stats *sess_table_stats(const struct sess_table *table);

/* Other pools and ranges, those of `wanted`, take the place of those of the table. sess_pools_next
 * fills *next with them: pools of before from which a session here has an address that none of them
 * has stay behind them, as gone. DI_EFULL: too many are. 1: nothing is different, but which pools are
 * busied out as a whole. Else 0: an index of addresses is built in `memory`, sess_pools_size() zeroed
 * bytes that the table borrows from then on instead of those of the call before. Sessions keep their
 * addresses, and what is free rests in the order it rested. */
int sess_pools_next(const struct sess_table *table, const struct sess_setup *wanted,
                    struct sess_setup *next);
size_t sess_pools_size(const struct sess_setup *next);
void sess_table_set_pools(struct sess_table *table, const struct sess_setup *next, void *memory);

/* Addresses that may still be given out of pool number `pool` of the configuration. */
uint32_t sess_pool_left(const struct sess_table *table, uint8_t pool);

/* The numbers that sessions here refer to, reserved bearers included. */
struct sess_numbers {
    bool apn[256], service[256], vpn[256];
};
void sess_numbers(const struct sess_table *table, struct sess_numbers *used);

/* Live sessions, and the bearers they have beside their default ones. */
uint32_t sess_count(const struct sess_table *table);
uint32_t sess_count_v2(
    const struct sess_table *table); /* sessions made by GTPv2; others by GTPv1 */
uint32_t sess_bearers(const struct sess_table *table);

/* The call-id given out or heard of last, without the session manager's number; 0: none. */
uint32_t sess_last_call_id(const struct sess_table *table);

/* Standby: the peer has given out call-ids up to this one. The next promotion goes on behind it, and
 * behind those it may have given out since. Below 2^24. */
void sess_call_ids_told(struct sess_table *table, uint32_t last);

/* Lookups of live sessions; NULL if there is none. */
struct sess *sess_by_teid(struct sess_table *table, uint32_t teid);
struct sess *sess_by_imsi(struct sess_table *table, uint64_t imsi, uint8_t ebi);
struct sess *sess_by_addr(struct sess_table *table, uint32_t ue_addr);

/* The session in a slot in any state but FREE and RESERVED, else NULL. */
struct sess *sess_at(struct sess_table *table, uint32_t slot);
uint32_t sess_slot(const struct sess_table *table, const struct sess *sess);

/* Highest slot number ever used since init or clear: bounds walks over the table. */
uint32_t sess_top(const struct sess_table *table);

/* Open a session for a subscriber: takes a slot, TEID, call-id and an address of `pool`
 * (index into setup.pools). imsi and ebi must not be in the table. The caller fills the
 * rest and then calls sess_changed. DI_EFULL: no slot; DI_ENOTFOUND: no address left. */
int sess_open(struct sess_table *table, uint64_t imsi, uint8_t ebi, uint8_t pool, mono_t now,
              struct sess **sess);

/* The session's checkpointed state changed; or a part of it, enum sess_part. */
void sess_changed(struct sess_table *table, struct sess *sess);
void sess_changed_part(struct sess_table *table, struct sess *sess, unsigned part);

/* Packets were counted on it: they are told in their time (smgr.h), or in a flush; but at once
 * when a quota was used up. */
void sess_counted(struct sess_table *table, struct sess *sess, mono_t now);

/* Without a packet for so many seconds. */
uint32_t sess_idle_s(const struct sess *sess, mono_t now);

/* How often sess_counted was called. */
uint64_t sess_counts(const struct sess_table *table);

/* Was sess_counted called since sess_clear_counted? */
bool sess_any_counted(const struct sess_table *table);
void sess_clear_counted(struct sess_table *table);

/* Close, after the bearers it has: its key is free at once; its address and TEID are free for
 * others only when the delete need not be checkpointed, or was acknowledged (sess_forget). */
void sess_close(struct sess_table *table, struct sess *sess);

/* The delete of this slot needs no further checkpoint: SESS_DELETED becomes SESS_FREE. */
void sess_forget(struct sess_table *table, uint32_t slot);

/* Standby: store `record` (with its teid, ue_addr, call_id) in the slot its TEID names,
 * replacing what stands there. Fails with DI_EFORMAT when the TEID is not of this
 * instance, the slot is beyond capacity, or the address is not of our share; with
 * DI_EEXISTS when another live session holds address or subscriber; then nothing changed. The
 * rule of a bearer is stored behind (sess_rule). */
int sess_put(struct sess_table *table, const struct sess *record);

/* Standby: a record with this key will be put soon. Changes nothing: it brings into the cache what
 * sess_put will look at, which in a large table is most of its time. */
void sess_expect(struct sess_table *table, uint64_t imsi, uint8_t ebi);

/* Standby: remove the record with this TEID, if the slot still holds it. */
bool sess_drop(struct sess_table *table, uint32_t teid);

/* Forget everything; counters stay. */
void sess_clear(struct sess_table *table);

/* Becoming Active in that SRP epoch: every record becomes a session marked recovered, and finds its
 * bearers; TEIDs and call-ids of before, heard of or not, are not given out soon. Returns how many
 * sessions there are. */
uint32_t sess_promote(struct sess_table *table, uint64_t epoch);

/* Check every live session: its TEID names its slot and this instance, its address is of our
 * share and held by it, its keys lead to it, its call-id is of this instance and its alone; of a
 * bearer, instead of the address: its default bearer is there, sound, and has that address.
 * Those that fail are closed, whatever they hold. Linear in the slots ever used. */
struct sess_audit {
    uint32_t checked, purged; /* sessions */
    uint32_t bearers_purged;
};
struct sess_audit sess_audit(struct sess_table *table);

#endif
