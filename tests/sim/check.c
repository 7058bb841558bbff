#include <inttypes.h>
#include <string.h>

#include "common/base/teid.h"
#include "sim.h"

#define DUAL_US      (100 * US_PER_MS) /* beside one hello interval */
#define CF_OUTAGE_US (6 * US_PER_S)
#define SETTLE_US    (200 * US_PER_MS) /* orders to cards and routes to the router travel */

static const char *const names[SIDES] = {"east", "west"};

static struct sess_table *
table_of(struct sim *sim, int side, int manager)
{
    return smgr_table(sim->chassis[side].managers[manager].smgr);
}

static bool
is_running(const struct chassis *c)
{
    return c->up && c->cf_up && !c->paused;
}

/* ---- what the checker learns ---- */

static struct known
known_of(const struct sess *sess)
{
    return (struct known){
        .live = true,
        .imsi = sess->imsi,
        .teid = sess->teid,
        .call_id = sess->call_id,
        .addr = sess->ue_addr,
    };
}

void
check_opened(struct sim *sim, int side, int manager, const struct sess *sess)
{
    sim->checker.known[side][manager][teid_slot(sess->teid)] = known_of(sess);
}

void
check_changed(struct sim *sim, int side, int manager, const struct sess *sess)
{
    sim->checker.known[side][manager][teid_slot(sess->teid)].was_acked = false;
}

void
check_closing(struct sim *sim, int side, int manager, const struct sess *sess)
{
    struct checker *checker = &sim->checker;
    unsigned *n = &checker->pending_n[side][manager];

    if (*n < PENDING)
        checker->pending[side][manager][(*n)++] =
            (struct gone){.teid = sess->teid, .birth = sess->create_seq};
    checker->known[side][manager][teid_slot(sess->teid)].live = false;
}

void
check_lost(struct sim *sim, int side, int manager)
{
    struct checker *checker = &sim->checker;
    int peer = 1 - side;
    const struct chassis *heir = &sim->chassis[peer];
    const struct manager *m = &heir->managers[manager];
    bool ready = is_running(heir) && heir->srp.state == CHASSIS_STANDBY && m->up;

    /* What the peer has acknowledged, it owes from here on, if this failure is the only one. */
    memset(checker->owed[peer][manager], 0, sizeof checker->owed[peer][manager]);
    for (unsigned slot = 1; slot <= SLOTS; slot++) {
        const struct known *k = &checker->known[side][manager][slot];

        if (k->live && k->copy == m->copy && ready && !sim->chassis[side].up)
            checker->owed[peer][manager][slot] = *k;
    }
    checker->owed_since[peer][manager] = sim->now;
    memset(checker->known[side][manager], 0, sizeof checker->known[side][manager]);
    memset(checker->owed[side][manager], 0, sizeof checker->owed[side][manager]);
    checker->pending_n[side][manager] = 0;
}

void
check_standing_by(struct sim *sim, int side, int manager)
{
    struct checker *checker = &sim->checker;

    memset(checker->known[side][manager], 0, sizeof checker->known[side][manager]);
    checker->pending_n[side][manager] = 0;
}

void
check_fault(struct sim *sim)
{
    sim->checker.fault_at = sim->now;
}

void
check_trouble(struct sim *sim, mono_t until)
{
    if (until.us > sim->checker.trouble_until.us)
        sim->checker.trouble_until = until;
}

void
check_cf_died(struct sim *sim, int side)
{
    sim->checker.cf_died_before[side] = sim->checker.cf_died_at[side];
    sim->checker.cf_died_at[side] = sim->now;
}

void
check_flow_broken(struct sim *sim, mono_t until)
{
    if (until.us > sim->checker.flow_since.us)
        sim->checker.flow_since = until;
}

/* ---- 3: both compute opposite answers from the same two hellos ---- */

void
check_hello(struct sim *sim, int to, const struct srp_hello *hello)
{
    const struct srp *srp = &sim->chassis[to].srp;
    bool we = srp_wins((uint8_t)srp->state, &srp->rank, hello->state, &hello->rank);
    bool they = srp_wins(hello->state, &hello->rank, (uint8_t)srp->state, &srp->rank);

    if (we == they)
        sim_violated(sim, 3, "both chassis compute that %s", we ? "they win" : "they lose");
}

/* ---- 4: acknowledged sessions are never lost ---- */

static bool
stands(struct sim *sim, int side, int manager, const struct known *k)
{
    const struct sess *sess = sess_by_teid(table_of(sim, side, manager), k->teid);

    return sess && sess->imsi == k->imsi && sess->call_id == k->call_id && sess->ue_addr == k->addr;
}

static void
check_owed(struct sim *sim, int side, int manager, const char *when)
{
    struct checker *checker = &sim->checker;

    /* A second failure in between may cost sessions. */
    if (checker->fault_at.us > checker->owed_since[side][manager].us)
        memset(checker->owed[side][manager], 0, sizeof checker->owed[side][manager]);
    for (unsigned slot = 1; slot <= SLOTS; slot++) {
        const struct known *k = &checker->owed[side][manager][slot];

        if (k->live && !stands(sim, side, manager, k))
            sim_violated(sim, 4, "%s sessmgr %d: acknowledged session %08" PRIx32 " lost %s",
                         names[side], manager + 1, k->teid, when);
    }
}

void
check_promoted(struct sim *sim, int side, int manager, uint64_t copy)
{
    struct checker *checker = &sim->checker;
    struct sess_table *table = table_of(sim, side, manager);

    check_owed(sim, side, manager, "at takeover");
    for (unsigned slot = 1; slot <= SLOTS; slot++)
        sim->verdict->acked += checker->owed[side][manager][slot].live;
    memset(checker->owed[side][manager], 0, sizeof checker->owed[side][manager]);
    for (unsigned slot = 1; slot <= SLOTS; slot++) {
        const struct known *k = &checker->known[1 - side][manager][slot];

        if (!k->live || k->copy != copy)
            continue;
        if (stands(sim, side, manager, k))
            sim->verdict->acked++;
        else
            sim_violated(sim, 4, "%s sessmgr %d: acknowledged session %08" PRIx32 " not taken over",
                         names[side], manager + 1, k->teid);
    }
    memset(checker->known[side][manager], 0, sizeof checker->known[side][manager]);
    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        const struct sess *sess = sess_at(table, slot);

        if (sess && sess->state == SESS_LIVE)
            checker->known[side][manager][slot] = known_of(sess);
    }
}

static void
learn_acks(struct sim *sim, int side, int manager, uint64_t copy)
{
    struct checker *checker = &sim->checker;
    const struct ckpt_tx *tx = smgr_sender(sim->chassis[side].managers[manager].smgr);
    struct ckpt_tx_status status;

    for (uint32_t slot = 1; slot <= SLOTS; slot++) {
        struct known *k = &checker->known[side][manager][slot];
        bool acked = k->live && ckpt_tx_acked(tx, slot);

        if (acked && !k->was_acked)
            k->copy = copy;
        k->was_acked = acked;
    }
    if (checker->pending_n[side][manager] == 0 ||
        copy != sim->chassis[1 - side].managers[manager].copy)
        return;
    ckpt_tx_status(tx, &status);
    if (!status.synced)
        return;
    for (unsigned i = 0; i < checker->pending_n[side][manager]; i++)
        checker->gone[manager][checker->gone_n[manager]++ % GONE] =
            checker->pending[side][manager][i];
    checker->pending_n[side][manager] = 0;
}

/* ---- 6: acknowledged deletes never return, nothing has two owners ---- */

void
check_gone(struct sim *sim, int side, int manager)
{
    struct checker *checker = &sim->checker;
    unsigned n = checker->gone_n[manager] < GONE ? checker->gone_n[manager] : GONE;

    for (unsigned i = 0; i < n; i++) {
        const struct gone *gone = &checker->gone[manager][i];
        const struct sess *sess = sess_by_teid(table_of(sim, side, manager), gone->teid);

        if (sess && sess->create_seq == gone->birth)
            sim_violated(sim, 6, "%s sessmgr %d: deleted session %08" PRIx32 " is back",
                         names[side], manager + 1, gone->teid);
    }
}

static bool
call_id_twice(struct sess_table *table)
{
    for (uint32_t a = 1; a <= sess_top(table); a++) {
        const struct sess *one = sess_at(table, a);

        for (uint32_t b = a + 1; one && b <= sess_top(table); b++) {
            const struct sess *two = sess_at(table, b);

            if (two && one->state == SESS_LIVE && two->state == SESS_LIVE &&
                one->call_id == two->call_id)
                return true;
        }
    }
    return false;
}

static bool
mark(uint64_t *bits, uint32_t bit)
{
    bool was = bits[bit / 64] >> bit % 64 & 1;

    bits[bit / 64] |= UINT64_C(1) << bit % 64;
    return was;
}

void
check_table(struct sim *sim, int side, int manager)
{
    struct sess_table *table = table_of(sim, side, manager);
    uint64_t addrs[4] = {0}, calls[16] = {0}; /* the pool is a /24; calls is a filter */
    bool suspect = false;

    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        const struct sess *sess = sess_at(table, slot);

        if (!sess || sess->state != SESS_LIVE)
            continue;
        if (mark(addrs, sess->ue_addr & 0xff))
            sim_violated(sim, 6, "%s sessmgr %d: address %08" PRIx32 " has two owners", names[side],
                         manager + 1, sess->ue_addr);
        if (sess_by_teid(table, sess->teid) != sess || sess_by_addr(table, sess->ue_addr) != sess ||
            sess_by_imsi(table, sess->imsi, sess->ebi) != sess)
            sim_violated(sim, 6, "%s sessmgr %d: session %08" PRIx32 " is not found by its keys",
                         names[side], manager + 1, sess->teid);
        suspect |= mark(calls, sess->call_id & 1023);
    }
    if (suspect && call_id_twice(table))
        sim_violated(sim, 6, "%s sessmgr %d: a call-id has two owners", names[side], manager + 1);
}

void
check_received(struct sim *sim, int side, int manager, uint64_t copy)
{
    struct smgr_status status;

    smgr_status(sim->chassis[side].managers[manager].smgr, sim->now, &status);
    if (status.tx.started) {
        learn_acks(sim, side, manager, copy);
        return;
    }
    check_owed(sim, side, manager, "while standing by");
    check_gone(sim, side, manager);
    check_table(sim, side, manager);
}

/* ---- 1, 2, 8, 9: after every step ---- */

/* Remember since when `bad` holds; true once it held longer than `us`. */
static bool
lasts(bool bad, bool *was, mono_t *since, mono_t now, int64_t us)
{
    if (bad && !*was)
        *since = now;
    *was = bad;
    return bad && mono_between(*since, now) > us;
}

static void
check_dual_active(struct sim *sim)
{
    struct checker *checker = &sim->checker;
    const struct chassis *a = &sim->chassis[0], *b = &sim->chassis[1];
    bool both = is_running(a) && is_running(b) && a->srp.state == CHASSIS_ACTIVE &&
                b->srp.state == CHASSIS_ACTIVE;
    int64_t hello_us = a->setup.hello_us;

    if (both && !checker->are_both_active)
        checker->both_active = sim->now;
    checker->are_both_active = both;
    if (!both)
        return;

    mono_t since = checker->both_active.us > checker->flow_since.us ? checker->both_active
                                                                    : checker->flow_since;

    if (mono_between(since, sim->now) > hello_us + DUAL_US)
        sim_violated(sim, 1, "both chassis Active for %" PRId64 " ms with hellos flowing",
                     mono_between(since, sim->now) / US_PER_MS);
}

static void
check_serving(struct sim *sim, int side)
{
    struct checker *checker = &sim->checker;
    const struct chassis *c = &sim->chassis[side];
    bool bad = false;

    for (int m = 0; m < MANAGERS; m++)
        bad |= is_running(c) && c->srp.state == CHASSIS_STANDBY && c->managers[m].up &&
               smgr_serves(c->managers[m].smgr);
    if (lasts(bad, &checker->is_serves_bad[side], &checker->serves_bad[side], sim->now, SETTLE_US))
        sim_violated(sim, 2, "%s is Standby and its cards serve", names[side]);
}

/* 8: a pending state lasts no longer than the dead interval. */
static void
check_pending(struct sim *sim, int side)
{
    struct checker *checker = &sim->checker;
    const struct chassis *c = &sim->chassis[side];
    bool pending = is_running(c) && (c->srp.state == CHASSIS_PENDING_ACTIVE ||
                                     c->srp.state == CHASSIS_PENDING_STANDBY);

    if (lasts(pending, &checker->is_pending[side], &checker->pending_since[side], sim->now,
              c->setup.dead_us + SETTLE_US))
        sim_violated(sim, 8, "%s is %s for too long", names[side],
                     chassis_state_name(c->srp.state));
}

void
check_step(struct sim *sim)
{
    struct checker *checker = &sim->checker;
    int best = sim_best(sim);

    check_dual_active(sim);
    for (int side = 0; side < SIDES; side++) {
        check_serving(sim, side);
        check_pending(sim, side);
    }

    const struct chassis *other = &sim->chassis[best == 0];
    bool bad = best >= 0 && is_running(&sim->chassis[best]) && is_running(other) &&
               sim->chassis[best].srp.state == CHASSIS_STANDBY &&
               other->srp.state == CHASSIS_ACTIVE && sim->routes[best == 0].announced;

    if (lasts(bad, &checker->is_best_bad, &checker->best_bad, sim->now, SETTLE_US))
        sim_violated(sim, 9, "the router prefers %s, a Standby", names[best]);
}

/* ---- 10: a CF switchover is no chassis switchover ---- */

void
check_moved(struct sim *sim, int side, enum chassis_state to)
{
    const struct checker *checker = &sim->checker;
    const struct chassis *peer = &sim->chassis[1 - side];
    int64_t dead_us = peer->setup.dead_us;
    mono_t died = checker->cf_died_at[1 - side];

    /* An outage is up to 4 s, reconnecting up to 1 s, and the last hello an interval old. */
    if (to != CHASSIS_PENDING_ACTIVE || died.us == 0 || !is_running(peer) ||
        peer->setup.hello_us + CF_OUTAGE_US >= dead_us)
        return;
    if (mono_between(died, sim->now) < 2 * dead_us &&
        mono_between(checker->cf_died_before[1 - side], died) > 2 * dead_us &&
        mono_between(checker->cf_died_at[side], died) > 2 * dead_us &&
        mono_between(checker->trouble_until, died) > 2 * dead_us)
        sim_violated(sim, 10, "%s takes over, though only a CF died", names[side]);
}

/* ---- 11: convergence ---- */

static void
compare(struct sim *sim, int active, int manager)
{
    struct sess_table *a = table_of(sim, active, manager);
    struct sess_table *b = table_of(sim, 1 - active, manager);

    if (sess_count(a) != sess_count(b))
        sim_violated(sim, 11, "sessmgr %d: %" PRIu32 " sessions on the Active, %" PRIu32 " records",
                     manager + 1, sess_count(a), sess_count(b));
    for (uint32_t slot = 1; slot <= sess_top(a); slot++) {
        const struct sess *sess = sess_at(a, slot);
        const struct sess *record = sess ? sess_by_teid(b, sess->teid) : NULL;

        if (!sess || sess->state != SESS_LIVE)
            continue;
        if (!record || record->imsi != sess->imsi || record->ue_addr != sess->ue_addr ||
            record->call_id != sess->call_id ||
            memcmp(&record->counters, &sess->counters, sizeof sess->counters) != 0)
            sim_violated(sim, 11, "sessmgr %d: session %08" PRIx32 " differs on the Standby",
                         manager + 1, sess->teid);
    }
}

void
check_end(struct sim *sim)
{
    const struct srp *east = &sim->chassis[0].srp, *west = &sim->chassis[1].srp;
    int active = east->state == CHASSIS_ACTIVE ? 0 : 1;

    if (sim->chassis[active].srp.state != CHASSIS_ACTIVE ||
        sim->chassis[1 - active].srp.state != CHASSIS_STANDBY) {
        sim_violated(sim, 11, "at the end east is %s and west is %s",
                     chassis_state_name(east->state), chassis_state_name(west->state));
        return;
    }
    for (int m = 0; m < MANAGERS; m++) {
        struct smgr_status a, b;

        smgr_status(sim->chassis[active].managers[m].smgr, sim->now, &a);
        smgr_status(sim->chassis[1 - active].managers[m].smgr, sim->now, &b);
        if (a.role != SMGR_ACTIVE || b.role != SMGR_STANDBY || !a.synced || !b.synced)
            sim_violated(sim, 11, "sessmgr %d: %s %s, %s %s", m + 1, smgr_role_name(a.role),
                         a.synced ? "synced" : "not synced", smgr_role_name(b.role),
                         b.synced ? "synced" : "not synced");
        compare(sim, active, m);
    }
}
