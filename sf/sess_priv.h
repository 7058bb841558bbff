/* sess_priv.h - the session table's inside, for sess.c, sess_bearer.c and sess_audit.c only
 *
 * Ownership  everything lies in the memory given to sess_table_init
 * Time       as sess.h
 * Errors     as sess.h
 * Threads    one owner
 */
#ifndef VPCLAB_SESS_PRIV_H
#define VPCLAB_SESS_PRIV_H

#include "sf/addrs.h"
#include "sf/sess_bearer.h"

enum {
    CALL_ID_BITS = 24,
    CALL_IDS = 1 << CALL_ID_BITS,
    CALL_WINDOW = 4096,      /* call-ids looked ahead at a time, once they have wrapped */
    CALL_PROMOTE_GAP = 4096, /* ids a lost Active may have given out since it told: a range */
    CALL_TURNS = 16,    /* takeovers that begin in ranges of their own behind what was heard ... */
    CALL_RANGES = 1024, /* ... and where nothing was */
    TEID_PROMOTE_GAP = 3, /* generations of a slot from one epoch to the next */
    FIRST_EPOCH = 2,      /* of the first Active of all, or the one after it */
    SESS_EXPECTED = 16,   /* calls until what was asked for has arrived */
};

struct calls {
    uint32_t last; /* highest id given out or seen, serial arithmetic; 0: none */
    bool told;     /* the peer's last one is known */
    bool wrapped;  /* ids below `last` may be in use again: look before giving out */
    bool window_valid;
    uint32_t window; /* used[] covers window * CALL_WINDOW .. + CALL_WINDOW - 1 */
    uint64_t used[CALL_WINDOW / 64];
};

struct sess_table {
    struct sess_setup setup;
    struct sess_stats stats;
    sess_changed_fn *on_change;
    void *change_ctx;
    sess_purged_fn *on_purge;
    void *purge_ctx;
    sess_pressure_fn *on_pressure;
    void *pressure_ctx;
    struct calls calls;
    uint32_t live, bearers, deleted;
    uint32_t v2;  /* of the live ones */
    bool counted; /* sess_any_counted */
    uint64_t counts;
    uint32_t top;       /* slots above are untouched since init or clear ... */
    uint32_t touched;   /* ... and above this one since init */
    uint8_t generation; /* of slots that were never touched, as it were */
    uint32_t free_head, free_tail;
    uint32_t bucket_mask;
    uint32_t *buckets;
    const uint32_t *expected[SESS_EXPECTED]; /* buckets sess_expect was called for last, a ring */
    unsigned expected_at;
    struct sess *slots;      /* [1..capacity] */
    struct sess_rule *rules; /* likewise */
    struct addrs *addrs;
};

/* Put a live session into the subscriber hash. */
void sess_hash_insert(struct sess_table *table, uint32_t slot);

/* It begins, or ceases, to be live: sessions and bearers are counted apart. */
static inline void
sess_count_live(struct sess_table *table, const struct sess *sess, int by)
{
    uint32_t *count = sess->lbi ? &table->bearers : &table->live;

    *count = (uint32_t)((int64_t)*count + by);
    table->v2 -= by < 0 && sess->counted_v2;
}

/* Take the slot that was free for longest, for a new TEID and call-id; NULL: there is none. */
struct sess *sess_take(struct sess_table *table, mono_t now);

/* Back into the free list. */
void sess_give_back(struct sess_table *table, uint32_t slot);

/* May slots be had by forgetting those whose delete is not acknowledged? */
void sess_press(struct sess_table *table, mono_t now);

/* Each default bearer learns which others it has. */
void sess_find_bearers(struct sess_table *table);

#endif
