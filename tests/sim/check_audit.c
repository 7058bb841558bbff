/* K6, S4: an audit between the chassis ends within its bound, finds what differs and nothing else,
 * and one with sync leaves nothing that differs. */
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "common/base/teid.h"
#include "common/ckpt/ckpt_tx_priv.h"
#include "sf/sess_bearer.h"
#include "sf/sess_wire.h"
#include "sf/smgr_priv.h"

_Static_assert(SLOTS < 64, "a set of slots is a word");

#define RUN_US   (30 * US_PER_S) /* on a stream that nothing disturbs */
#define HEARD_US (10 * US_PER_S) /* orders and reports are repeated each second */
#define LAST_US  (10 * US_PER_S) /* once nothing is broken any more */

static struct smgr *
smgr_of(const struct world *world, int side, int manager)
{
    return world->chassis[side].cards[PROC_SM1 + manager].smgr;
}

static uint64_t
bit(uint32_t slot)
{
    return UINT64_C(1) << slot;
}

/* ---- records that rot ---- */

void
check_rots(struct world *world, int side, int manager, uint32_t teid, bool extra)
{
    struct rotten *r = &world->checker->rotten[side][manager];
    uint32_t slot = teid_slot(teid);

    r->teids[slot] = teid;
    r->slots |= bit(slot);
    r->extra = extra ? r->extra | bit(slot) : r->extra & ~bit(slot);
    r->before &= ~bit(slot);
    r->n++;
}

bool
check_rotten(const struct world *world, int side, int manager, uint32_t teid)
{
    const struct rotten *r = &world->checker->rotten[side][manager];

    return r->slots & bit(teid_slot(teid)) && r->teids[teid_slot(teid)] == teid;
}

bool
check_any_rotten(const struct world *world, int side, int manager)
{
    return world->checker->rotten[side][manager].slots != 0;
}

void
check_rot_over(struct world *world, int side, int manager)
{
    struct rotten *r = &world->checker->rotten[side][manager];

    r->slots = r->extra = r->before = 0;
}

static uint64_t
failing(const struct world *world, int side, int manager)
{
    uint64_t slots = 0;

    for (uint32_t slot = 1; slot <= SLOTS; slot++)
        slots |= check_fails(world, side, manager, slot) ? bit(slot) : 0;
    return slots;
}

/* The stream tells anew what had rotted: good again is what could be applied. */
void
check_rot_told(struct world *world, int side, int manager, const struct ckpt_data *data)
{
    struct rotten *r = &world->checker->rotten[side][manager];
    struct rd rd = rd_over(data->records, data->len);
    struct ckpt_record record;
    uint64_t good = 0;

    while (r->slots && ckpt_next_record(&rd, &record)) {
        if (record.kind == CKPT_RESYNC_BEGIN)
            r->before = r->slots;
        else if (record.kind == CKPT_RESYNC_END)
            good |= r->before;
        else if ((record.kind == CKPT_FULL || ckpt_is_delete(record.kind)) && record.slot <= SLOTS)
            good |= bit(record.slot);
    }
    if (good)
        r->slots &= ~good | failing(world, side, manager);
}

/* ---- what differs, as a god sees it ---- */

static uint64_t
digest_of(struct sess_table *table, struct sess *sess)
{
    return sess_digest(sess, sess_rule(table, sess));
}

static bool
alike(struct sess_table *a, struct sess *ours, struct sess_table *b, struct sess *theirs)
{
    return ours && theirs && ours->state == SESS_LIVE && theirs->state == SESS_LIVE &&
           digest_of(a, ours) == digest_of(b, theirs);
}

/* Slots whose record is acknowledged and not what it should be, or should not be there. */
static uint64_t
differing(struct world *world, int side, int manager)
{
    struct sess_table *a = table_of(world, side, manager), *b = table_of(world, 1 - side, manager);
    const struct ckpt_tx *tx = smgr_sender(smgr_of(world, side, manager));
    uint64_t slots = 0;

    for (uint32_t slot = 1; slot <= SLOTS; slot++) {
        struct sess *ours = sess_at(a, slot), *theirs = sess_at(b, slot);
        bool told = ours && ours->state == SESS_LIVE && ckpt_tx_acked(tx, slot);

        if (told ? !alike(a, ours, b, theirs) : !ours && theirs && theirs->state == SESS_LIVE)
            slots |= bit(slot);
    }
    return slots;
}

static unsigned
count(uint64_t slots)
{
    return (unsigned)__builtin_popcountll(slots);
}

static uint64_t
refused(const struct ckpt_rx_stats *stats)
{
    uint64_t sum = stats->refused;

    for (unsigned cmd = 0; cmd < CKPT_CMDS; cmd++)
        sum += stats->part_refused[cmd];
    return sum;
}

/* ---- a run of one session manager ---- */

static bool
has_peer(const struct world *world, int side, int manager)
{
    return world->chassis[1 - side].procs[PROC_SM1 + manager].up;
}

/* It has begun to compare. */
void
check_compare(struct world *world, int side, int manager, const struct audit_order *order)
{
    struct audited *run = &world->checker->audited[side][manager];
    const struct ckpt_audit_result *result = smgr_compared(smgr_of(world, side, manager));
    const struct rotten *rot = &world->checker->rotten[1 - side][manager];

    *run = (struct audited){.run = order->run, .sync = order->sync, .began = world->now};
    run->judged = result->run != order->run || !has_peer(world, side, manager);
    if (run->judged)
        return;

    const struct smgr *peer = smgr_of(world, 1 - side, manager);

    run->copy = world->chassis[1 - side].cards[PROC_SM1 + manager].copy;
    run->refused = refused(smgr_rx_stats(peer));
    run->rots = rot->n;
    run->differ = differing(world, side, manager);
    run->healthy = run->differ == 0 && rot->slots == 0 && ckpt_nacks_open(smgr_nacks(peer)) == 0;
}

/* Did nothing but checkpoints that could be applied change the copy since it began? */
static bool
is_clean(const struct world *world, int side, int manager, const struct audited *run)
{
    return has_peer(world, side, manager) && !lied(world, manager) &&
           world->chassis[1 - side].cards[PROC_SM1 + manager].copy == run->copy &&
           world->checker->rotten[1 - side][manager].n == run->rots &&
           refused(smgr_rx_stats(smgr_of(world, 1 - side, manager))) == run->refused;
}

static void
judge(struct world *world, int side, int manager, const struct audited *run,
      const struct ckpt_audit_counts *counts)
{
    const struct rotten *rot = &world->checker->rotten[1 - side][manager];
    uint64_t left = differing(world, side, manager), known = run->differ & left;
    uint32_t found = counts->missing + counts->stale + counts->extra;

    if (run->healthy && found > 0)
        violated(world, INV_K6,
                 "%s sessmgr %d: an audit of healthy peers finds %" PRIu32 " missing, %" PRIu32
                 " stale, %" PRIu32 " extra",
                 side_names[side], manager + 1, counts->missing, counts->stale, counts->extra);
    if (run->sync && rot->slots & rot->extra & left)
        violated(world, INV_S4, "%s sessmgr %d: a deleted call that came back outlives an audit",
                 side_names[side], manager + 1);
    if (run->sync && left)
        violated(world, INV_K6, "%s sessmgr %d: an audit with sync leaves %u that differ",
                 side_names[side], manager + 1, count(left));
    if (!run->sync && found < count(known))
        violated(world, INV_K6, "%s sessmgr %d: an audit finds %" PRIu32 " of %u that differ",
                 side_names[side], manager + 1, found, count(known));
    if (run->sync)
        check_rot_over(world, 1 - side, manager);
    world->verdict->compared++;
    world->verdict->differed += found > 0;
}

/* A message came in: is it over? */
void
check_compared(struct world *world, int side, int manager)
{
    struct audited *run = &world->checker->audited[side][manager];
    const struct ckpt_audit_result *result = smgr_compared(smgr_of(world, side, manager));

    if (run->run == 0 || run->judged || result->run != run->run || result->state == CKPT_AUDIT_RUNS)
        return;
    run->judged = true;
    if (result->state == CKPT_AUDIT_COMPLETE && is_clean(world, side, manager, run))
        judge(world, side, manager, run, &result->counts);
}

/* Only a Standby has records to compare. */
void
check_audit_said(struct world *world, int side, int manager, const uint8_t *bytes)
{
    if (bytes[1] == CKPT_AUDIT && smgr_of(world, side, manager)->role != SMGR_STANDBY)
        violated(world, INV_K6, "%s sessmgr %d has an audit count sessions of its own",
                 side_names[side], manager + 1);
}

/* ---- time ---- */

/* On a stream that nothing disturbs a copy becomes complete, and an audit ends. */
void
check_converges(struct world *world, int side, int manager)
{
    const struct smgr *smgr = smgr_of(world, side, manager);
    const struct audited *run = &world->checker->audited[side][manager];
    const struct ckpt_audit_result *result = smgr_compared(smgr);
    struct ckpt_rx_status rx;

    if (smgr->role != SMGR_ACTIVE || !check_undisturbed(world, side, manager))
        return;
    ckpt_rx_status(&smgr_of(world, 1 - side, manager)->rx, world->now, &rx);
    if (!rx.synced && ckpt_nacks_open(smgr_nacks(smgr_of(world, 1 - side, manager))) == 0)
        violated(world, INV_K6, "%s sessmgr %d: the copy at the peer is not complete",
                 side_names[side], manager + 1);
    if (result->state == CKPT_AUDIT_RUNS && mono_between(run->began, world->now) > RUN_US)
        violated(world, INV_K6, "%s sessmgr %d: an audit does not end", side_names[side],
                 manager + 1);
}

/* ---- of the chassis ---- */

/* A control function that waits for a session manager hears of it, as long as what lies between them
 * is whole: orders and reports that were lost are repeated. */
void
check_audit_heard(struct world *world, int side, int manager)
{
    const struct checker *k = world->checker;
    const struct cf *c = leader(world, side);
    const struct ckpt_audit_result *result = smgr_compared(smgr_of(world, side, manager));
    mono_t since = (mono_t){.us = world->chassis[side].bus.mended_us};

    if (!c || audit_state(&c->audit) != AUDIT_RUNS || bus_is_bad(world, side) ||
        !audit_waits_for(&c->audit, (uint8_t)(manager + 1)) ||
        (result->run == c->audit.order.run && result->state == CKPT_AUDIT_RUNS))
        return;
    later_of(&since, c->audit.began);
    later_of(&since, k->cf_touched[side]);
    later_of(&since, k->stream_since[side][manager]);
    if (mono_between(since, world->now) > HEARD_US)
        violated(world, INV_K6, "%s: an audit waits for sessmgr %d, which makes none",
                 side_names[side], manager + 1);
}

/* It is complete when each session manager has ended, and sums up what they found. */
void
check_audit_complete(struct world *world, int side, int cf, const struct audit_entry *entry)
{
    const struct cf *c = &world->chassis[side].cfs[cf];
    struct audit_counts sum = {0};

    for (unsigned m = 0; m < world->opt.managers; m++) {
        const struct process *p = &world->chassis[side].procs[PROC_SM1 + m];
        const struct ckpt_audit_result *r;

        if (!p->up || c->card_life[PROC_SM1 + m] != p->life)
            return;
        r = smgr_compared(smgr_of(world, side, (int)m));
        if (r->run != c->audit.order.run)
            return; /* this control function slept, and another one has ordered since */
        if (r->state != CKPT_AUDIT_COMPLETE)
            violated(world, INV_K6, "%s: an audit is complete, and sessmgr %u has not ended its",
                     side_names[side], m + 1);
        sum.calls += r->counts.items;
        sum.missing += r->counts.missing;
        sum.stale += r->counts.stale;
        sum.extra += r->counts.extra;
        sum.synced += r->counts.synced;
    }
    if (memcmp(&sum, &entry->counts, sizeof sum) != 0)
        violated(world, INV_K6, "%s: an audit sums up %" PRIu32 " calls, and they are %" PRIu32,
                 side_names[side], entry->counts.calls, sum.calls);
    world->verdict->audits++;
}

/* ---- at the end ---- */

static void
compare_all(struct world *world, int side)
{
    for (int m = 0; m < (int)world->opt.managers; m++) {
        struct sess_table *a = table_of(world, side, m), *b = table_of(world, 1 - side, m);

        for (uint32_t slot = 1; slot <= SLOTS; slot++) {
            struct sess *ours = sess_at(a, slot), *theirs = sess_at(b, slot);

            if ((ours || theirs) && !alike(a, ours, b, theirs))
                violated(world, INV_K6, "sessmgr %d: slot %" PRIu32 " differs after all audits",
                         m + 1, slot);
        }
    }
}

static bool
any_unsound(struct world *world, int side)
{
    for (int m = 0; m < (int)world->opt.managers; m++) {
        if (check_fails_for_good(world, side, m) || check_any_rotten(world, side, m))
            return true;
    }
    return false;
}

static int
final_side(struct world *world)
{
    const struct cf *east = leader(world, EAST);

    return east && east->srp.state == CHASSIS_ACTIVE ? EAST : WEST;
}

static void
judge_last(struct world *world, const struct audit_entry *last)
{
    const struct audit_counts *c = &last->counts;

    if (last->state != AUDIT_COMPLETE)
        violated(world, INV_K6, "the audit at the end fails: %s", audit_cause_text(last->cause));
    if (c->missing + c->stale + c->extra > 0 && !world->checker->finale.unsound)
        violated(world, INV_K6,
                 "an audit at the end finds %" PRIu32 " missing, %" PRIu32 " stale, %" PRIu32
                 " extra",
                 c->missing, c->stale, c->extra);
}

/* First one with sync, which may have work left from what could not be applied, or has rotted; then
 * one that must find nothing. False: none can be made. That the peer stands by is known from its
 * next hello, and of a session manager from its next report. */
static bool
begin_last(struct world *world, int side, int cf)
{
    struct finale *finale = &world->checker->finale;
    enum audit_refusal refusal;

    finale->unsound = any_unsound(world, 1 - side);
    refusal = cf_audit_begin(world, side, cf, finale->left == 2 ? AUDIT_MANUAL : AUDIT_DAILY);
    rearm(world, side, (unsigned)cf);
    if (refusal == AUDIT_NOT_SYNCED && finale->unsound)
        return false; /* something could not be applied before the pair was synchronised */
    if (refusal != AUDIT_MAY && mono_reached(world->now, finale->until))
        violated(world, INV_K6, "at the end no audit can be made (%d)", (int)refusal);
    if (refusal != AUDIT_MAY)
        return true;
    finale->ordered = true;
    finale->until = mono_after(world->now, LAST_US);
    return true;
}

bool
check_finale(struct world *world)
{
    struct finale *finale = &world->checker->finale;
    int side = final_side(world), cf = lead_of(world, side);
    const struct audit *audit;

    if (!finale->begun) {
        *finale = (struct finale){.begun = true, .left = 2};
        finale->until = mono_after(world->now, LAST_US + world->opt.hello_us);
        check_end(world);
    }
    if (world->verdict->broken)
        return false;
    audit = &world->chassis[side].cfs[cf].audit;
    if (audit_state(audit) == AUDIT_RUNS) {
        if (mono_reached(world->now, finale->until))
            violated(world, INV_K6, "the audit at the end takes too long");
        return true;
    }
    if (finale->ordered) {
        judge_last(world, &audit->last);
        finale->ordered = false;
        finale->left--;
    }
    if (finale->left > 0)
        return begin_last(world, side, cf);
    compare_all(world, side);
    return false;
}
