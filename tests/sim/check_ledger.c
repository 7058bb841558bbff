/* S2, S6, S7, B3: every session of a run from its opening to its end. */
#include <inttypes.h>
#include <stdlib.h>

#include "check.h"
#include "common/base/teid.h"

static struct call *
call_of(struct world *world, const struct sess *sess)
{
    struct checker *k = world->checker;

    return sess->create_seq > 0 && sess->create_seq < k->call_n ? &k->calls[sess->create_seq]
                                                                : NULL;
}

static struct sess *
session_of(struct world *world, int side, const struct call *call, uint32_t id)
{
    struct sess *sess = sess_by_teid(table_of(world, side, call->manager), call->teid);

    return sess && sess->create_seq == id ? sess : NULL;
}

static void
own(struct world *world, int side, struct call *call, bool has)
{
    uint32_t *n = &world->checker->own[side][call->manager];
    uint8_t bit = (uint8_t)(1u << side);

    if (has == !!(call->on & bit))
        return;
    call->on ^= bit;
    *n += has ? 1u : UINT32_MAX;
}

/* ---- while it lives ---- */

void
ledger_opened(struct world *world, int side, int manager, struct sess *sess)
{
    struct checker *k = world->checker;
    struct call *call;

    if (k->call_n >= k->call_room) {
        k->call_room = k->call_room ? 2 * k->call_room : 1024;
        k->calls = realloc(k->calls, k->call_room * sizeof *k->calls);
        if (!k->calls)
            abort();
    }
    sess->create_seq = (uint32_t)k->call_n;
    call = &k->calls[k->call_n++];
    *call = (struct call){.manager = (uint8_t)manager, .teid = sess->teid, .since = sess->since};
    own(world, side, call, true);
    k->churn[side]++;
}

void
ledger_closed(struct world *world, int side, const struct sess *sess)
{
    struct call *call = call_of(world, sess);

    if (!call)
        return;
    own(world, side, call, false);
    world->checker->churn[side]++;
    call->closed = true;
}

void
ledger_packet(struct world *world, int side, const struct sess *sess)
{
    struct call *call = call_of(world, sess);

    (void)side;
    if (!call)
        return;
    call->packets++;
    call->due++;
    if (sess->counters.up_packets > call->packets)
        violated(world, INV_B3,
                 "%s: session %08" PRIx32 " counts %" PRIu64 " packets, %" PRIu64 " passed",
                 side_names[side], sess->teid, sess->counters.up_packets, call->packets);
}

/* ---- it may be lost ---- */

/* Does the peer take over what is lost here? Only when the whole chassis went: a session manager
 * alone that is started again replaces the copy by what it has. */
static bool
heirs(struct world *world, int side)
{
    const struct cf *heir = leader(world, 1 - side);

    return heir && heir->srp.state == CHASSIS_STANDBY && !world->chassis[side].procs[PROC_CF1].up &&
           !world->chassis[side].procs[PROC_CF2].up;
}

/* In flight for longer than a checkpoint may be: from its change on, or, on a pair of session
 * managers that was disturbed, from the end of that on (check_prompt in check_sessions.c). */
static bool
late(const struct world *world, int side, int manager, const struct known *known)
{
    const struct checker *k = world->checker;
    int64_t most = world->opt.duration_us;

    return runs(world, side, PROC_SM1 + (unsigned)manager) && /* stopped, it could not send */
           mono_between(known->changed, world->now) > most + PROMPT_US &&
           mono_between(k->stream_since[side][manager], world->now) >
               most + OPENING_US + trial_us(&world->opt);
}

/* Why the heir may not have this session; CAUSE_NONE: it must. */
static enum cause
excuse(struct world *world, int side, int manager, const struct sess *sess, enum cause cause)
{
    const struct checker *k = world->checker;
    int peer = 1 - side;
    const struct card_model *heir = &world->chassis[peer].cards[PROC_SM1 + manager];
    const struct known *known = &k->known[side][manager][teid_slot(sess->teid)];
    struct smgr_status ours;

    smgr_status(world->chassis[side].cards[PROC_SM1 + manager].smgr, world->now, &ours);
    if (lied(world, manager))
        return CAUSE_LIE;
    if (check_fails(world, peer, manager, teid_slot(sess->teid)))
        return CAUSE_REFUSED;
    if (check_rotten(world, peer, manager, sess->teid))
        return CAUSE_ROT;
    if (cause == CAUSE_DUAL && k->agreed.on && k->agreed.from == side)
        return k->agreed.clean ? CAUSE_NONE : CAUSE_FORCED;
    if (cause == CAUSE_DUAL)
        return CAUSE_DUAL;
    if (known->live && known->was_acked && known->copy == heir->copy)
        return heirs(world, side) ? CAUSE_HEIR : CAUSE_CARD;
    if (!runs(world, peer, PROC_SM1 + (unsigned)manager) || !ours.connected)
        return CAUSE_PEER;
    if (mono_between(sess->since, world->now) <= world->opt.duration_us)
        return CAUSE_YOUNG;
    return late(world, side, manager, known) ? CAUSE_NONE : CAUSE_FLIGHT;
}

/* A session manager dies, or stands by: its sessions are its own no longer. */
void
ledger_leaving(struct world *world, int side, int manager, enum cause cause)
{
    struct checker *k = world->checker;
    struct sess_table *table = table_of(world, side, manager);

    if (k->own[side][manager] == 0)
        return;
    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        struct sess *sess = sess_at(table, slot);
        struct call *call = sess && sess->state == SESS_LIVE ? call_of(world, sess) : NULL;

        if (!call || !(call->on >> side & 1))
            continue;
        call->cause = (uint8_t)excuse(world, side, manager, sess, cause);
        call->copy = world->chassis[1 - side].cards[PROC_SM1 + manager].copy;
        own(world, side, call, false);
    }
}

static void
recovered(struct world *world, int side, struct call *call, struct sess *sess)
{
    own(world, side, call, true);
    call->lost = false;
    if (sess->since.us < call->since.us)
        violated(world, INV_S6,
                 "%s: session %08" PRIx32 " has %" PRId64 " ms less left than it had",
                 side_names[side], sess->teid, mono_between(sess->since, call->since) / US_PER_MS);
    if (sess->counters.up_packets > call->packets)
        violated(world, INV_B3,
                 "%s: session %08" PRIx32 " is recovered with %" PRIu64 " packets, %" PRIu64
                 " passed",
                 side_names[side], sess->teid, sess->counters.up_packets, call->packets);
}

/* Records became sessions: each one that nobody has is here, or lost for one cause. */
void
ledger_promoted(struct world *world, int side, int manager, uint64_t copy)
{
    struct checker *k = world->checker;

    for (uint32_t id = 1; id < k->call_n; id++) {
        struct call *call = &k->calls[id];
        struct sess *sess;

        if (call->manager != manager)
            continue;
        sess = session_of(world, side, call, id);
        if (sess) {
            world->verdict->lost -= call->lost;
            recovered(world, side, call, sess);
        } else if (!call->on && !call->closed && !call->lost) {
            if (call->cause == CAUSE_HEIR) /* ... had it, and lost it by a failure of its own */
                call->cause =
                    call->copy == copy && !k->bereft[side][manager] ? CAUSE_NONE : CAUSE_CARD;
            if (check_rotten(world, side, manager, call->teid)) /* while nobody had it */
                call->cause = CAUSE_ROT;
            call->lost = true;
            world->verdict->lost++;
            if (call->cause == CAUSE_NONE)
                violated(world, INV_S2, "%s: session %08" PRIx32 " is lost for no cause",
                         side_names[side], call->teid);
        }
    }
}

/* ---- what is here is what was opened or recovered here ---- */

/* Was it lost with its session manager, so that what was taken over was but a copy? */
static bool
died_with_card(const struct call *call)
{
    return call->on == 0 &&
           (call->cause == CAUSE_CARD || call->cause == CAUSE_HEIR || call->cause == CAUSE_PEER ||
            call->cause == CAUSE_YOUNG || call->cause == CAUSE_FLIGHT || call->cause == CAUSE_LIE ||
            call->cause == CAUSE_REFUSED || call->cause == CAUSE_ROT);
}

/* Had the loser of two Actives nothing but a copy of it, which the winner could not confirm since
 * its session manager had died? Then the stream that the loser drains, when it takes over as
 * records what it had yielded, says that it is gone. */
static bool
died_twice(struct world *world, int side, const struct call *call)
{
    struct smgr_status status;

    smgr_status(world->chassis[side].cards[PROC_SM1 + call->manager].smgr, world->now, &status);
    return call->on == 0 && call->cause == CAUSE_DUAL && status.role == SMGR_HOLD;
}

static void
look_again(struct world *world, int side, int manager, enum cause cause)
{
    struct checker *k = world->checker;

    for (uint32_t id = 1; id < k->call_n; id++) {
        struct call *call = &k->calls[id];
        bool here;

        if (call->manager != manager)
            continue;
        here = session_of(world, side, call, id) != NULL;
        if (here == (call->on >> side & 1))
            continue;
        own(world, side, call, here);
        k->churn[side]++;
        if (here) /* late, by a stream that is still drained */
            continue;
        if (cause != CAUSE_NONE) {
            call->cause = (uint8_t)cause;
            call->lost = true;
            world->verdict->lost++;
        } else if (!call->closed && (died_with_card(call) || died_twice(world, side, call) ||
                                     lied(world, manager))) {
            call->lost = true; /* a session manager started again does not confirm the copy */
            world->verdict->lost++;
        } else if (!call->closed) {
            violated(world, INV_S2, "%s sessmgr %d: session %08" PRIx32 " went without a word",
                     side_names[side], manager + 1, call->teid);
        }
    }
}

void
ledger_audited(struct world *world, int side, int manager)
{
    look_again(world, side, manager, CAUSE_AUDIT);
}

void
ledger_balance(struct world *world, int side, int manager)
{
    struct smgr_status status;

    smgr_status(world->chassis[side].cards[PROC_SM1 + manager].smgr, world->now, &status);
    if (status.role != SMGR_STANDBY && status.sessions != world->checker->own[side][manager])
        look_again(world, side, manager, CAUSE_NONE);
}

/* ---- what the chassis' own ledger says of it ---- */

/* Does the control function know each of its session managers as it is? Not if it was stopped: one
 * may have been started again since, and what they said waits to be read until each reports anew. */
static bool
knows_all(const struct world *world, int side, const struct cf *cf)
{
    if (mono_between(world->checker->cf_touched[side], world->now) < STATUS_US)
        return false;
    for (unsigned m = 0; m < world->opt.managers; m++) {
        const struct card *card = &cf->cards.slots[PROC_SM1 + m + CARD_SLOT];

        if (!runs(world, side, PROC_SM1 + m) || !card->alive ||
            card->incarnation != world->chassis[side].procs[PROC_SM1 + m].life)
            return false;
    }
    return true;
}

/* A chassis begins to count what its change of roles costs. */
void
ledger_begun(struct world *world, int side)
{
    world->checker->churn_then[side] = world->checker->churn[side];
}

/* One cause for each call; none lost where the truth has none lost, and as many recovered as
 * are here, but for those that clients open or close meanwhile. What the peer had is known from its
 * last hello only, so for a peer that died the number of calls may be a hello old. */
void
ledger_counted(struct world *world, int side, const struct cf *cf, const struct loss *loss)
{
    const struct checker *k = world->checker;
    uint32_t sum = 0, own = 0, differ;

    for (unsigned i = 0; i < LOSS_CAUSE_N; i++)
        sum += loss->by_cause[i];
    if (sum != loss->lost || loss->before != loss->recovered + loss->lost)
        violated(world, INV_S2,
                 "%s counts %" PRIu32 " calls, %" PRIu32 " recovered, %" PRIu32 " lost, %" PRIu32
                 " of them with a cause",
                 side_names[side], loss->before, loss->recovered, loss->lost, sum);
    if ((loss->by_cause[LOSS_FORCED] && !cf->srp.forced) ||
        (loss->by_cause[LOSS_YOUNG] && world->opt.duration_us == 0))
        violated(world, INV_S2, "%s counts calls lost for a cause there was not", side_names[side]);
    if (cf->srp.state != CHASSIS_ACTIVE)
        return; /* what the loser of two Actives dropped */
    for (unsigned m = 0; m < world->opt.managers; m++)
        own += k->own[side][m];
    differ = loss->recovered > own ? loss->recovered - own : own - loss->recovered;
    if (knows_all(world, side, cf) && cf->srp.reason != SRP_FORCE_STATE_CHANGE &&
        differ > k->churn[side] - k->churn_then[side])
        violated(world, INV_S2, "%s counts %" PRIu32 " calls recovered, and has %" PRIu32,
                 side_names[side], loss->recovered, own);
    if (cf->srp.planned && k->agreed.clean && loss->lost > 0)
        violated(world, INV_S2,
                 "%s counts %" PRIu32 " calls lost (of %" PRIu32 ") by a switchover that lost none",
                 side_names[side], loss->lost, loss->before);
}

/* ---- S7 ---- */

void
ledger_promise(struct world *world, int from)
{
    struct checker *k = world->checker;

    for (uint32_t id = 1; id < k->call_n; id++) {
        struct call *call = &k->calls[id];
        const struct sess *sess = call->on >> from & 1 ? session_of(world, from, call, id) : NULL;

        call->promised = sess != NULL;
        call->due = sess ? sess->counters.up_packets : 0;
    }
}

void
ledger_kept(struct world *world, int to)
{
    struct checker *k = world->checker;
    uint32_t n = 0;

    for (uint32_t id = 1; id < k->call_n; id++) {
        struct call *call = &k->calls[id];
        struct sess *sess;

        if (!call->promised || call->closed)
            continue;
        n++;
        sess = session_of(world, to, call, id);
        if (!sess)
            violated(world, INV_S7, "session %08" PRIx32 " is missing after the switchover",
                     call->teid);
        else if (sess->counters.up_packets != call->due)
            violated(world, INV_S7,
                     "session %08" PRIx32 " counts %" PRIu64 " of %" PRIu64
                     " packets after the switchover",
                     call->teid, sess->counters.up_packets, call->due);
    }
    say(world, to, "  all %" PRIu32 " sessions arrived", n);
}

/* At the end: opened = closed + living + lost. */
void
ledger_close(struct world *world)
{
    struct checker *k = world->checker;

    for (uint32_t id = 1; id < k->call_n; id++) {
        struct call *call = &k->calls[id];

        for (int side = 0; side < SIDES; side++)
            if (call->on >> side & 1 && !session_of(world, side, call, id))
                violated(world, INV_S2, "%s: session %08" PRIx32 " is not there at the end",
                         side_names[side], call->teid);
        if (!call->on && !call->closed && !call->lost) {
            call->lost = true;
            world->verdict->lost++;
            if (call->cause == CAUSE_NONE)
                violated(world, INV_S2, "session %08" PRIx32 " is lost for no cause", call->teid);
        }
        k->ended[call->cause] += call->lost;
    }
}
