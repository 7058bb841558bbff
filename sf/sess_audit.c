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

    return teid_slot(sess->teid) == slot && teid_instance(sess->teid) == instance &&
           sess->call_id >> CALL_ID_BITS == instance &&
           addrs_holder(table->addrs, sess->ue_addr) == slot &&
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
        if (table->slots[slot].state == SESS_LIVE)
            sess_hash_insert(table, slot);
    }
}

/* After a session whose address was not its own: who knows what it held before. */
static void
rebuild_addresses(struct sess_table *table)
{
    addrs_clear(table->addrs);
    for (uint32_t slot = 1; slot <= table->top; slot++) {
        struct sess *sess = &table->slots[slot];

        if (sess->state != SESS_FREE && !addrs_claim(table->addrs, sess->ue_addr, slot))
            sess->ue_addr = 0;
    }
}

/* What sess_close does, but for the indices. */
static uint32_t
close_unsound(struct sess_table *table)
{
    uint32_t n = 0;

    for (uint32_t slot = 1; slot <= table->top; slot++) {
        struct sess *sess = &table->slots[slot];

        if (sess->state != SESS_LIVE || !sess->unsound)
            continue;
        sess->state = SESS_DELETED;
        table->live--;
        table->deleted++;
        table->stats.closed++;
        n++;
        if (addrs_holder(table->addrs, sess->ue_addr) != slot)
            sess->ue_addr = 0;
    }
    return n;
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
    audit.purged = close_unsound(table);
    rebuild_hash(table);
    if (audit.purged > 0) {
        rebuild_addresses(table);
        tell_closed(table);
    }
    return audit;
}
