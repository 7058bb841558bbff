#include <string.h>

#include "common/base/rng.h"
#include "common/base/teid.h"
#include "sf/sess_priv.h"

/* Judged by the indices as they are. */
static bool
is_sound(struct sess_table *table, uint32_t slot)
{
    const struct sess *sess = &table->slots[slot];
    uint8_t instance = table->setup.instance;
    bool has_addr = sess->lbi || addrs_holder(table->addrs, sess->ue_addr) == slot;

    return teid_slot(sess->teid) == slot && teid_instance(sess->teid) == instance &&
           sess->call_id >> CALL_ID_BITS == instance && has_addr &&
           sess_by_imsi(table, sess->imsi, sess->ebi) == sess;
}

static void
clear_buckets(struct sess_table *table)
{
    memset(table->buckets, 0, ((size_t)table->bucket_mask + 1) * sizeof(uint32_t));
}

/* Of several with one call-id the first stays. Borrows the subscriber hash, which is to be
 * built anew afterwards: the table has no memory for a second one. */
static void
find_shared_call_ids(struct sess_table *table)
{
    clear_buckets(table);
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        struct sess *sess = &table->slots[slot];
        uint32_t *head = &table->buckets[mix64(sess->call_id) & table->bucket_mask];

        if (sess->state != SESS_LIVE || sess->unsound)
            continue;
        for (uint32_t other = *head; other; other = table->slots[other].next)
            sess->unsound |= table->slots[other].call_id == sess->call_id;
        if (sess->unsound)
            continue;
        sess->next = *head;
        *head = slot;
    }
}

static void
rebuild_hash(struct sess_table *table)
{
    clear_buckets(table);
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        if (table->slots[slot].state == SESS_LIVE && !table->slots[slot].unsound)
            sess_hash_insert(table, slot);
    }
}

/* Bearers without the session they are of, or that will not have it any more. */
static void
find_orphans(struct sess_table *table)
{
    for (uint32_t slot = 1; slot <= table->top && table->bearers > 0; slot++) {
        struct sess *sess = &table->slots[slot];
        const struct sess *parent;

        if (sess->state != SESS_LIVE || !sess->lbi)
            continue;
        parent = sess_default(table, sess);
        sess->unsound |= !parent || parent->ue_addr != sess->ue_addr;
    }
}

/* After a session whose address was not its own: who knows what it held before. */
static void
rebuild_addresses(struct sess_table *table)
{
    addrs_clear(table->addrs);
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        struct sess *sess = &table->slots[slot];

        if (sess->state != SESS_FREE && sess->state != SESS_RESERVED && !sess->lbi &&
            !addrs_claim(table->addrs, sess->ue_addr, slot))
            sess->ue_addr = 0;
    }
}

/* What sess_close does, but for the indices. */
static void
close_unsound(struct sess_table *table, struct sess_audit *audit)
{
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        struct sess *sess = &table->slots[slot];

        if (sess->state != SESS_LIVE || !sess->unsound)
            continue;
        if (table->on_purge)
            table->on_purge(table->purge_ctx, sess);
        sess->state = SESS_DELETED;
        sess_count_live(table, sess, -1);
        table->deleted++;
        table->stats.closed += !sess->lbi;
        audit->purged += !sess->lbi;
        audit->bearers_purged += sess->lbi != 0;
        if (!sess->lbi && addrs_holder(table->addrs, sess->ue_addr) != slot)
            sess->ue_addr = 0;
    }
}

static void
tell_closed(struct sess_table *table)
{
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        struct sess *sess = &table->slots[slot];

        if (sess->state != SESS_DELETED || !sess->unsound)
            continue;
        sess->unsound = false;
        if (table->on_change)
            table->on_change(table->change_ctx, slot, SESS_GONE, 0);
        else
            sess_forget(table, slot);
    }
}

struct sess_audit
sess_audit(struct sess_table *table)
{
    struct sess_audit audit = {.checked = table->live};

    for (uint32_t slot = 1; slot <= table->top; slot++)
        table->slots[slot].unsound =
            table->slots[slot].state == SESS_LIVE && !is_sound(table, slot);
    find_shared_call_ids(table);
    rebuild_hash(table);
    find_orphans(table);
    close_unsound(table, &audit);
    if (audit.purged + audit.bearers_purged > 0) {
        rebuild_hash(table);
        rebuild_addresses(table);
        sess_find_bearers(table);
        tell_closed(table);
    }
    return audit;
}
