/* S1, S3 to S5, and R2 for checkpoints: what is acknowledged stays, what is deleted stays
 * away, nothing has two owners. */
#include <inttypes.h>
#include <string.h>

#include "check.h"
#include "common/base/teid.h"
#include "common/ckpt/ckpt_wire.h"
#include "sf/sess_bearer.h"
#include "sf/smgr_priv.h"

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

bool
lied(const struct world *world, int manager)
{
    return world->checker->lie_until.us > 0 ||
           ((world->lie_acks[EAST] | world->lie_acks[WEST]) >> manager & 1);
}

/* ---- what the checker learns ---- */

void
check_opened(struct world *world, int side, int manager, const struct sess *sess)
{
    struct known *k = &world->checker->known[side][manager][teid_slot(sess->teid)];

    *k = known_of(sess);
    k->changed = world->now;
}

void
check_changed(struct world *world, int side, int manager, const struct sess *sess)
{
    struct known *k = &world->checker->known[side][manager][teid_slot(sess->teid)];

    if (k->was_acked)
        k->changed = world->now;
    k->was_acked = false;
}

void
check_closing(struct world *world, int side, int manager, const struct sess *sess)
{
    struct checker *checker = world->checker;
    unsigned *n = &checker->pending_n[side][manager];

    say(world, side, "sessmgr %d: %08" PRIx32 " closed", manager + 1, sess->teid);
    if (*n < PENDING)
        checker->pending[side][manager][(*n)++] =
            (struct gone){.teid = sess->teid, .birth = sess->create_seq};
    checker->known[side][manager][teid_slot(sess->teid)].live = false;
}

/* The session manager dies. What the peer has acknowledged, it owes from here on, as long as
 * it has the copy that applied it: what becomes of the dead chassis meanwhile is no excuse. */
void
check_lost(struct world *world, int side, int manager)
{
    struct checker *checker = world->checker;
    int peer = 1 - side;
    const struct cf *heir = leader(world, peer);
    const struct card_model *m = &world->chassis[peer].cards[PROC_SM1 + manager];
    bool ready = heir && heir->srp.state == CHASSIS_STANDBY &&
                 runs(world, peer, PROC_SM1 + (unsigned)manager) && !lied(world, manager) &&
                 !world->chassis[side].procs[PROC_CF1].up &&
                 !world->chassis[side].procs[PROC_CF2].up;

    memset(checker->owed[peer][manager], 0, sizeof checker->owed[peer][manager]);
    for (unsigned slot = 1; slot <= SLOTS; slot++) {
        const struct known *k = &checker->known[side][manager][slot];

        if (k->live && k->copy == m->copy && ready)
            checker->owed[peer][manager][slot] = *k;
    }
    checker->owed_copy[peer][manager] = m->copy;
    checker->owed_since[peer][manager] = world->now;
    checker->bereft[peer][manager] = false;
    memset(checker->known[side][manager], 0, sizeof checker->known[side][manager]);
    memset(checker->owed[side][manager], 0, sizeof checker->owed[side][manager]);
    checker->pending_n[side][manager] = 0;
}

void
check_standing_by(struct world *world, int side, int manager, int64_t kept)
{
    struct checker *checker = world->checker;
    uint32_t records = sess_count(table_of(world, side, manager));

    if (kept >= 0 && records != kept)
        violated(world, INV_S1,
                 "%s sessmgr %d stands by with %" PRIu32 " of %" PRId64 " acknowledged sessions",
                 side_names[side], manager + 1, records, kept);

    memset(checker->known[side][manager], 0, sizeof checker->known[side][manager]);
    checker->pending_n[side][manager] = 0;
    check_stream(world, side, manager);
}

/* ---- S1 ---- */

static bool
stands(struct world *world, int side, int manager, const struct known *k)
{
    const struct sess *sess = sess_by_teid(table_of(world, side, manager), k->teid);

    return check_rotten(world, side, manager, k->teid) ||
           (sess && sess->imsi == k->imsi && sess->call_id == k->call_id &&
            sess->ue_addr == k->addr &&
            (sess->peer_user_teid >= k->tunnel ||
             check_fails(world, side, manager, teid_slot(k->teid))));
}

/* May the restarted chassis replace the copy by what it has? It serves only when it heard nobody
 * for the dead interval; the heir, which has waited longer, has stepped up before, unless its
 * own CF was lost or stopped meanwhile, or it is configured to ignore that interval. Or unless a
 * CF of its own that had just been started, and could not hear the other, led from nothing: what
 * made the chassis an heir is in no memory that anybody obeys. */
static bool
overtaken(const struct world *world, int side, int manager)
{
    const struct checker *k = world->checker;

    return k->cf_touched[side].us >= k->owed_since[side][manager].us ||
           k->blank_at[side].us >= k->owed_since[side][manager].us || world->opt.ignore_dead;
}

/* `copy`: the one that the session manager has, or had before it took over. */
static void
check_owed(struct world *world, int side, int manager, uint64_t copy, const char *when)
{
    struct checker *checker = world->checker;

    if (copy != checker->owed_copy[side][manager]) /* lost with a card of its own */
        memset(checker->owed[side][manager], 0, sizeof checker->owed[side][manager]);
    for (unsigned slot = 1; slot <= SLOTS; slot++) {
        const struct known *k = &checker->owed[side][manager][slot];

        if (k->live && !stands(world, side, manager, k))
            violated(world, INV_S1, "%s sessmgr %d: acknowledged session %08" PRIx32 " lost %s",
                     side_names[side], manager + 1, k->teid, when);
    }
}

void
check_promoted(struct world *world, int side, int manager, uint64_t copy)
{
    struct checker *checker = world->checker;
    struct sess_table *table = table_of(world, side, manager);

    check_owed(world, side, manager, copy, "at takeover");
    for (unsigned slot = 1; slot <= SLOTS; slot++)
        world->verdict->acked += checker->owed[side][manager][slot].live;
    memset(checker->owed[side][manager], 0, sizeof checker->owed[side][manager]);
    for (unsigned slot = 1; slot <= SLOTS; slot++) {
        const struct known *k = &checker->known[1 - side][manager][slot];

        if (!k->live || k->copy != copy || (world->lie_acks[side] >> manager & 1))
            continue;
        if (stands(world, side, manager, k))
            world->verdict->acked++;
        else
            violated(world, INV_S1,
                     "%s sessmgr %d: acknowledged session %08" PRIx32 " not taken over (%s)",
                     side_names[side], manager + 1, k->teid,
                     sess_by_teid(table, k->teid) ? "differs" : "gone");
    }
    memset(checker->known[side][manager], 0, sizeof checker->known[side][manager]);
    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        const struct sess *sess = sess_at(table, slot);

        if (sess && sess->state == SESS_LIVE && !sess->lbi) {
            checker->known[side][manager][slot] = known_of(sess);
            checker->known[side][manager][slot].changed = world->now;
        }
    }
    check_stream(world, side, manager);
}

/* ---- S3 ---- */

void
check_stream(struct world *world, int side, int manager)
{
    later_of(&world->checker->stream_since[side][manager], world->now);
    later_of(&world->checker->stream_since[1 - side][manager], world->now);
}

/* Lies in hellos end, and the truth comes with the next one. A Standby that was not told of an
 * Active does not know its epoch until then, and its cards no stream of it. */
void
check_truth(struct world *world)
{
    for (int m = 0; m < MANAGERS; m++)
        for (int side = 0; side < SIDES; side++)
            later_of(&world->checker->stream_since[side][m],
                     mono_after(world->now, world->opt.hello_us));
}

bool
check_undisturbed(struct world *world, int side, int manager)
{
    struct checker *checker = world->checker;
    const struct cf *cf = leader(world, side), *peer = leader(world, 1 - side);

    if (!world->conn.session_up || world->control[EAST].cut || world->control[WEST].cut)
        later_of(&checker->stream_since[side][manager], world->now); /* it must open first */
    return cf && peer && peer->srp.state == CHASSIS_STANDBY && cf->srp.state == CHASSIS_ACTIVE &&
           cf->srp.phase == SRP_SETTLED && !lied(world, manager) &&
           !world->session[EAST][manager].cut && !world->session[WEST][manager].cut &&
           runs(world, 1 - side, PROC_SM1 + (unsigned)manager) &&
           mono_between(checker->stream_since[side][manager], world->now) >=
               OPENING_US + trial_us(&world->opt) + world->opt.duration_us;
}

static void
check_prompt(struct world *world, int side, int manager, const struct known *k)
{
    struct ckpt_tx_status tx;

    if (!check_undisturbed(world, side, manager) ||
        mono_between(k->changed, world->now) < world->opt.duration_us + PROMPT_US)
        return;
    ckpt_tx_status(smgr_sender(world->chassis[side].cards[PROC_SM1 + manager].smgr), &tx);
    violated(world, INV_S3,
             "%s sessmgr %d: session %08" PRIx32 " is not acknowledged after %" PRId64
             " ms; sender: %s, %" PRIu32 " items, %" PRIu32 " waiting, %" PRIu32
             " to write, %" PRIu32 " in flight, frame %" PRIu64 " of %" PRIu64 " acknowledged",
             side_names[side], manager + 1, k->teid,
             mono_between(k->changed, world->now) / US_PER_MS, tx.open ? "open" : "closed",
             tx.items, tx.waiting, tx.write_list, tx.in_flight, tx.frame_acked, tx.frame_sent);
}

/* ---- acknowledgements, as they come ---- */

static void
learn_acks(struct world *world, int side, int manager, uint64_t copy)
{
    struct checker *checker = world->checker;
    const struct ckpt_tx *tx = smgr_sender(world->chassis[side].cards[PROC_SM1 + manager].smgr);
    struct ckpt_tx_status status;
    bool heir = copy == world->chassis[1 - side].cards[PROC_SM1 + manager].copy;

    for (uint32_t slot = 1; slot <= SLOTS; slot++) {
        struct known *k = &checker->known[side][manager][slot];
        bool fails = heir && check_fails(world, 1 - side, manager, slot);
        bool unapplied = heir && check_unapplied(world, 1 - side, manager, slot);
        bool acked = k->live && !unapplied && ckpt_tx_acked(tx, slot);

        if (acked && !k->was_acked) {
            const struct sess *sess = sess_by_teid(table_of(world, side, manager), k->teid);

            k->copy = copy;
            k->tunnel = sess ? sess->peer_user_teid : 0;
        }
        if (!acked && k->was_acked) /* unchanged: a full resync has begun, which tells it again */
            k->changed = world->now;
        if (fails) /* its time begins with a checkpoint that could be applied */
            k->changed = world->now;
        k->was_acked = acked;
        if (k->live && !acked && heir && !fails)
            check_prompt(world, side, manager, k);
    }
    if (checker->pending_n[side][manager] == 0 || !heir)
        return;
    ckpt_tx_status(tx, &status);
    if (!status.synced)
        return;
    for (unsigned i = 0; i < checker->pending_n[side][manager] && !lied(world, manager); i++)
        say(world, side, "sessmgr %d: delete of %08" PRIx32 " acknowledged", manager + 1,
            checker->pending[side][manager][i].teid),
            checker->gone[manager][checker->gone_n[manager]++ % GONE] =
                checker->pending[side][manager][i];
    checker->pending_n[side][manager] = 0;
}

/* ---- S4, S5 ---- */

static void
forget(struct gone *list, unsigned n, uint32_t teid, uint32_t birth)
{
    for (unsigned i = 0; i < n; i++) {
        if (list[i].teid == teid && list[i].birth == birth)
            list[i] = (struct gone){.teid = 0};
    }
}

void
check_back(struct world *world, int manager, uint32_t teid, uint32_t birth)
{
    struct checker *k = world->checker;

    forget(k->gone[manager], GONE, teid, birth);
    for (int side = 0; side < SIDES; side++)
        forget(k->pending[side][manager], k->pending_n[side][manager], teid, birth);
}

void
check_gone(struct world *world, int side, int manager)
{
    struct checker *checker = world->checker;
    unsigned n = checker->gone_n[manager] < GONE ? checker->gone_n[manager] : GONE;

    for (unsigned i = 0; i < n; i++) {
        const struct gone *gone = &checker->gone[manager][i];
        const struct sess *sess = sess_by_teid(table_of(world, side, manager), gone->teid);

        if (sess && sess->create_seq == gone->birth)
            violated(world, INV_S4, "%s sessmgr %d: deleted session %08" PRIx32 " is back",
                     side_names[side], manager + 1, gone->teid);
    }
}

static const struct sess *
call_id_twice(struct sess_table *table, const struct sess **other)
{
    for (uint32_t a = 1; a <= sess_top(table); a++) {
        const struct sess *one = sess_at(table, a);

        for (uint32_t b = a + 1; one && b <= sess_top(table); b++) {
            const struct sess *two = sess_at(table, b);

            if (two && one->state == SESS_LIVE && two->state == SESS_LIVE &&
                one->call_id == two->call_id) {
                *other = two;
                return one;
            }
        }
    }
    return NULL;
}

static bool
mark(uint64_t *bits, uint32_t bit)
{
    bool was = bits[bit / 64] >> bit % 64 & 1;

    bits[bit / 64] |= UINT64_C(1) << bit % 64;
    return was;
}

/* Of another session manager of this chassis, that serves as well. */
static void
check_others(struct world *world, int side, int manager, const struct sess *sess)
{
    for (int m = 0; m < (int)world->opt.managers; m++) {
        struct sess_table *table = m == manager ? NULL : table_of(world, side, m);
        const struct sess *by_addr = table ? sess_by_addr(table, sess->ue_addr) : NULL;

        if (!table)
            continue;
        if ((by_addr && by_addr->state == SESS_LIVE) || sess_by_teid(table, sess->teid))
            violated(world, INV_S5,
                     "%s: sessmgr %d and sessmgr %d both have address %08" PRIx32
                     " or TEID %08" PRIx32,
                     side_names[side], manager + 1, m + 1, sess->ue_addr, sess->teid);
    }
}

/* K7 */
static void
check_refers(struct world *world, int side, int manager, const struct sess *sess)
{
    const struct smgr *smgr = world->chassis[side].cards[PROC_SM1 + manager].smgr;
    const uint8_t numbers[SMGR_MAPS] = {sess->apn, sess->service, sess->vpn};

    for (unsigned map = 0; map < SMGR_MAPS; map++) {
        const char *is = numbers[map] < NAMES_MOST ? smgr->names[map].of[numbers[map]] : "";

        if (strcmp(is, call_name((enum smgr_map)map, sess->imsi)) != 0)
            violated(world, INV_K7,
                     "%s sessmgr %d: session %08" PRIx32 " has number %u in map %u, which is "
                     "\"%s\", and not that of \"%s\"",
                     side_names[side], manager + 1, sess->teid, numbers[map], map, is,
                     call_name((enum smgr_map)map, sess->imsi));
    }
}

void
check_table(struct world *world, int side, int manager)
{
    struct sess_table *table = table_of(world, side, manager);
    const struct sess *one, *two;
    uint64_t addrs[4] = {0}, calls[16] = {0}; /* the pool is a /24; calls is a filter */
    bool suspect = false;

    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        const struct sess *sess = sess_at(table, slot);

        if (!sess || sess->state != SESS_LIVE)
            continue;
        check_refers(world, side, manager, sess);
        if (!sess->lbi && mark(addrs, sess->ue_addr & 0xff))
            violated(world, INV_S5, "%s sessmgr %d: address %08" PRIx32 " has two owners",
                     side_names[side], manager + 1, sess->ue_addr);
        if (sess_by_teid(table, sess->teid) != sess ||
            (!sess->lbi && sess_by_addr(table, sess->ue_addr) != sess) ||
            sess_by_imsi(table, sess->imsi, sess->ebi) != sess)
            violated(world, INV_S5, "%s sessmgr %d: session %08" PRIx32 " is not found by its keys",
                     side_names[side], manager + 1, sess->teid);
        if (rng_chance(&world->checker->dice, 100)) /* each of them, sooner or later */
            check_others(world, side, manager, sess);
        suspect |= mark(calls, sess->call_id & 1023);
    }
    if (suspect && (one = call_id_twice(table, &two)))
        violated(world, INV_S5,
                 "%s sessmgr %d: call-id %08" PRIx32 " has two owners, %08" PRIx32
                 " and %08" PRIx32,
                 side_names[side], manager + 1, one->call_id, one->teid, two->teid);
}

/* After an audit, and whenever clients act: bearers have the session they are of. */
void
check_bearers(struct world *world, int side, int manager)
{
    struct sess_table *table = table_of(world, side, manager);

    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        struct sess *sess = sess_at(table, slot);
        const struct sess *parent;

        if (!sess || sess->state != SESS_LIVE || !sess->lbi)
            continue;
        parent = sess_default(table, sess);
        if (!parent || parent->ue_addr != sess->ue_addr || !(parent->bearers >> sess->ebi & 1))
            violated(world, INV_S5, "%s sessmgr %d: bearer %08" PRIx32 " is of no session",
                     side_names[side], manager + 1, sess->teid);
    }
}

/* ---- messages ---- */

/* What the leaving chassis closed with its last words. */
static void
forget_closed(struct world *world, int side, int manager)
{
    for (unsigned slot = 1; slot <= SLOTS; slot++) {
        struct known *k = &world->checker->known[side][manager][slot];

        if (k->live && !sess_by_teid(table_of(world, side, manager), k->teid))
            k->live = false;
    }
}

void
check_received(struct world *world, int side, int manager, uint64_t copy)
{
    struct checker *checker = world->checker;
    struct smgr *smgr = world->chassis[side].cards[PROC_SM1 + manager].smgr;
    uint64_t frames = smgr_rx_stats(smgr)->frames;
    struct ckpt_tx_status tx;

    ckpt_tx_status(smgr_sender(smgr), &tx);
    if (tx.started)
        learn_acks(world, side, manager, copy);
    if (frames == checker->frames[side][manager])
        return;
    checker->frames[side][manager] = frames;
    if (tx.started) { /* last words of the leaving chassis */
        forget_closed(world, side, manager);
        ledger_balance(world, side, manager);
        check_table(world, side, manager);
        return;
    }
    if (overtaken(world, side, manager))
        memset(checker->owed[side][manager], 0, sizeof checker->owed[side][manager]);
    check_owed(world, side, manager, world->chassis[side].cards[PROC_SM1 + manager].copy,
               "while standing by");
    check_records(world, side, manager);
    check_gone(world, side, manager);
    check_table(world, side, manager);
}

/* The oldest epoch whose frames may be applied: while standing by, that of the order; one that took
 * over drains the stream it followed before. And never below one whose frames were applied. */
static uint64_t
epoch_of(struct world *world, int side, int manager)
{
    const struct card_model *card = &world->chassis[side].cards[PROC_SM1 + manager];
    struct smgr_status status;

    smgr_status(card->smgr, world->now, &status);
    return status.role == SMGR_STANDBY ? status.epoch : 0;
}

/* Another connection is tried anew. */
void
check_cut(struct world *world, int side, int manager)
{
    world->checker->trials[side][manager].beats = 0;
}

/* K4: as many heartbeats of one sender and epoch came on this connection as make the standby
 * ready. */
static void
check_ready(struct world *world, int side, int manager, const struct ckpt_msg *msg,
            enum ckpt_reason reason)
{
    struct trial *trial = &world->checker->trials[side][manager];

    if (reason != CKPT_OK || (msg->type != CKPT_HEARTBEAT && msg->type != CKPT_DATA))
        return;
    if (trial->sender != msg->ids.sender || trial->epoch != msg->ids.epoch)
        *trial = (struct trial){.sender = msg->ids.sender, .epoch = msg->ids.epoch};
    trial->beats += msg->type == CKPT_HEARTBEAT;
    if (msg->type == CKPT_DATA && trial->beats < world->opt.ready_beats)
        violated(world, INV_K4, "%s sessmgr %d applies a checkpoint after %u heartbeats of %u",
                 side_names[side], manager + 1, trial->beats, world->opt.ready_beats);
}

/* R2: nothing of a sender, or of an epoch, older than one that was followed is applied. */
void
check_frame(struct world *world, int side, int manager, const uint8_t *bytes, size_t len,
            enum ckpt_reason reason)
{
    static const char *const types[] = {
        [CKPT_OPEN] = "OPEN",   [CKPT_OPEN_ACK] = "OPEN_ACK",   [CKPT_DATA] = "DATA",
        [CKPT_ACK] = "ACK",     [CKPT_HEARTBEAT] = "HEARTBEAT", [CKPT_NACK] = "NACK",
        [CKPT_AUDIT] = "AUDIT",
    };
    uint64_t *newest = &world->checker->senders[side][manager];
    struct ckpt_msg msg;

    if (ckpt_decode(&msg, bytes, len) != CKPT_OK)
        return;
    coverage_now->ckpt[msg.type][reason]++;
    check_ready(world, side, manager, &msg, reason);
    if (reason == CKPT_OK)
        check_nacked(world, side, manager, &msg);
    if (msg.type == CKPT_DATA && reason == CKPT_OK) {
        check_rot_told(world, side, manager, &msg.data);
        if (msg.ids.sender < *newest)
            violated(world, INV_R2, "%s sessmgr %d applies what a dead one sent", side_names[side],
                     manager + 1);
        if (msg.ids.epoch < epoch_of(world, side, manager))
            violated(world, INV_R2, "%s sessmgr %d applies what was sent in epoch %" PRIu64,
                     side_names[side], manager + 1, msg.ids.epoch);
        world->checker->bereft[side][manager] |= msg.ids.sender > *newest;
        *newest = msg.ids.sender;
        check_in_order(world, side, manager, &msg);
    }
    if (reason == CKPT_OK ? msg.type == CKPT_OPEN || msg.type == CKPT_OPEN_ACK
                          : msg.type != CKPT_OPEN && reason != CKPT_DUPLICATE)
        say(world, side, "sessmgr %d hears %s of stream %" PRIu32 ", epoch %" PRIu64 ": %s",
            manager + 1, types[msg.type], msg.ids.stream, msg.ids.epoch, ckpt_reason_name(reason));
}
