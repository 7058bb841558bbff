#include "cf/srp/srp_fsm.h"

#include <assert.h>
#include <string.h>

/* What one event means, all questions answered. */
enum input {
    IN_NOTHING,
    IN_ALONE, /* nobody heard since the start */
    IN_PEER_ACTIVE_WINS,
    IN_PEER_PENDING_WINS, /* peer is Pending-Active */
    IN_PEER_SERVES_LOSES, /* peer is Active or Pending-Active, and we win */
    IN_PEER_IDLE_WINS,    /* peer is in any other state */
    IN_PEER_IDLE_LOSES,
    IN_DEAD, /* dead interval without a hello */
    IN_RECOVERED,
    IN_PENDING_OVER, /* a pending state lasted as long as it may */
    INPUTS,
};

_Static_assert((int)INPUTS == (int)SRP_INPUTS, "srp_fsm.h tells tests how many inputs there are");

struct cell {
    enum { FORGOTTEN, STAYS, MOVES } verdict;
    enum chassis_state to;
};

/* Columns are our own state. A pending state ends by the event it waits for, by a peer that
 * is ahead of us, or by its time limit; never by silence of the link alone. */
// clang-format off
#define STAY      { STAYS, CHASSIS_INIT }
#define TO(state) { MOVES, CHASSIS_##state }
static const struct cell table[INPUTS][CHASSIS_STATE_N] = {
    /* we are:               Init         Standby             Pend-Act     Active               Pend-Stby */
    [IN_NOTHING]           = {STAY,        STAY,               STAY,        STAY,                STAY},
    [IN_ALONE]             = {TO(ACTIVE),  STAY,               STAY,        STAY,                STAY},
    [IN_PEER_ACTIVE_WINS]  = {TO(STANDBY), STAY,               TO(STANDBY), TO(PENDING_STANDBY), TO(STANDBY)},
    [IN_PEER_PENDING_WINS] = {TO(STANDBY), STAY,               TO(STANDBY), STAY,                STAY},
    [IN_PEER_SERVES_LOSES] = {STAY,        STAY,               STAY,        STAY,                STAY},
    [IN_PEER_IDLE_WINS]    = {TO(STANDBY), STAY,               STAY,        STAY,                STAY},
    [IN_PEER_IDLE_LOSES]   = {TO(ACTIVE),  TO(PENDING_ACTIVE), STAY,        STAY,                STAY},
    [IN_DEAD]              = {STAY,        TO(PENDING_ACTIVE), STAY,        STAY,                TO(ACTIVE)},
    [IN_RECOVERED]         = {STAY,        STAY,               TO(ACTIVE),  STAY,                STAY},
    [IN_PENDING_OVER]      = {STAY,        STAY,               TO(ACTIVE),  STAY,                TO(ACTIVE)},
};
// clang-format on

/* Why such an input moves a chassis that had a role; where none stands, the reason of the
 * step before holds on. */
static const enum srp_reason reasons[INPUTS] = {
    [IN_PEER_ACTIVE_WINS] = SRP_DUAL_ACTIVE,    [IN_PEER_PENDING_WINS] = SRP_DUAL_ACTIVE,
    [IN_PEER_IDLE_LOSES] = SRP_DUAL_STANDBY,    [IN_DEAD] = SRP_DEAD_TIMER_EXPIRY,
    [IN_PENDING_OVER] = SRP_FORCE_STATE_CHANGE,
};

int
srp_cell(unsigned input, unsigned state)
{
    return input < INPUTS && state < CHASSIS_STATE_N ? (int)table[input][state].verdict : 0;
}

const char *
srp_reason_name(enum srp_reason reason)
{
    static const char *const names[SRP_REASON_N] = {
#define X(name, value, text) [name] = text,
        SRP_REASONS(X)
#undef X
    };

    return reason < SRP_REASON_N ? names[reason] : "unknown";
}

static bool
we_win(const struct srp *srp)
{
    return srp_wins((uint8_t)srp->state, &srp->rank, srp->peer.state, &srp->peer.rank);
}

/* ---- small parts ------------------------------------------------------------------------- */

/* The next epoch above all known ones. Its lowest bit says which chassis started it, so two
 * that take over at once never start the same. */
static uint64_t
next_epoch(const struct srp *srp)
{
    uint64_t above = srp->epoch > srp->peer.epoch ? srp->epoch : srp->peer.epoch;

    return (above / 2 + 1) * 2 + (srp->setup.rank.addr > srp->setup.peer_addr);
}

static bool
is_pending(enum chassis_state state)
{
    return state == CHASSIS_PENDING_ACTIVE || state == CHASSIS_PENDING_STANDBY;
}

static mono_t
dead_at(const struct srp *srp)
{
    switch (srp->state) {
    case CHASSIS_INIT:
        return mono_after(srp->started, srp->setup.delay_us + srp->setup.dead_us);
    default:
        return srp->peer_known ? mono_after(srp->heard, srp->setup.dead_us) : MONO_NEVER;
    }
}

/* A pending state may last as long as the peer may be silent. */
static mono_t
pending_over_at(const struct srp *srp)
{
    return is_pending(srp->state) ? mono_after(srp->entered, srp->setup.dead_us) : MONO_NEVER;
}

/* Is this hello newer than all heard before? A chassis incarnation, then its CFs by epoch,
 * then the hellos of one CF by number. The epoch of one incarnation never falls. An older
 * incarnation is believed only from a dead peer that starts up: its clock was set back. */
static bool
is_fresh(const struct srp *srp, const struct srp_hello *h)
{
    const struct srp_hello *known = &srp->peer;

    if (h->incarnation < known->incarnation)
        return !srp->peer_known && srp_level(h->state, &h->rank) == 0;
    if (h->incarnation > known->incarnation)
        return true;
    if (h->epoch < known->epoch)
        return false;
    if (h->cf_epoch != known->cf_epoch)
        return h->cf_epoch > known->cf_epoch;
    return h->seq > known->seq;
}

/* ---- one event ----------------------------------------------------------------------------- */

/* Take in a hello: from here on it is what we know of the peer. */
static unsigned
hear(struct srp *srp, const struct srp_event *ev)
{
    const struct srp_hello *h = &ev->hello;
    bool changed =
        !srp->peer_known || srp->peer.state != h->state || srp->peer.incarnation != h->incarnation;
    bool reborn = srp->peer_known && srp->peer.incarnation != h->incarnation;

    if (!srp->peer_known || reborn || h->heard_seq != srp->peer.heard_seq)
        srp->echoed = ev->now;
    srp->peer = *h;
    srp->heard_any = srp->peer_known = true;
    srp->heard = ev->now;
    srp->loss_at = mono_after(ev->now, srp->setup.hello_us * 3 / 2);
    srp->counters.hellos_received++;
    return (changed ? SRP_DO_PEER : 0u) |
           (h->heard_seq == 0 || h->heard_state != srp->state ? SRP_DO_HELLO : 0u);
}

static enum input
judge_hello(const struct srp *srp)
{
    bool win = we_win(srp);

    switch (srp->peer.state) {
    case CHASSIS_ACTIVE:
        return win ? IN_PEER_SERVES_LOSES : IN_PEER_ACTIVE_WINS;
    case CHASSIS_PENDING_ACTIVE:
        return win ? IN_PEER_SERVES_LOSES : IN_PEER_PENDING_WINS;
    default:
        return win ? IN_PEER_IDLE_LOSES : IN_PEER_IDLE_WINS;
    }
}

static enum input
judge_time(struct srp *srp, mono_t now, unsigned *actions)
{
    if (mono_reached(now, dead_at(srp))) {
        if (srp->state == CHASSIS_INIT)
            return IN_ALONE;
        srp->peer_known = false; /* its next hello is believed, whatever its incarnation */
        *actions |= SRP_DO_PEER;
        return IN_DEAD;
    }
    return mono_reached(now, pending_over_at(srp)) ? IN_PENDING_OVER : IN_NOTHING;
}

/* Silence counts only while we listened. We are called at least each hello interval; when
 * more went by we were not running (stopped, starved), and the peer's hellos of that time
 * are still waiting to be read. */
static void
forgive_sleep(struct srp *srp, mono_t now)
{
    int64_t gap = mono_between(srp->last, now);

    if (gap <= srp->setup.hello_us * 3 / 2)
        return;
    srp->started = mono_after(srp->started, gap);
    srp->heard = mono_after(srp->heard, gap);
    srp->echoed = mono_after(srp->echoed, gap);
    srp->loss_at = mono_after(srp->loss_at, gap);
}

static void
count_losses(struct srp *srp, mono_t now)
{
    while (srp->peer_known && srp->link_up && mono_reached(now, srp->loss_at)) {
        srp->counters.hello_losses++;
        srp->loss_at = mono_after(srp->loss_at, srp->setup.hello_us);
    }
}

static enum input
judge(struct srp *srp, const struct srp_event *ev, struct srp_result *r)
{
    switch (ev->type) {
    case SRP_EV_HELLO:
        if (!is_fresh(srp, &ev->hello)) {
            srp->counters.hellos_stale++;
            r->stale = true;
            return IN_NOTHING;
        }
        r->actions |= hear(srp, ev);
        return judge_hello(srp);
    case SRP_EV_LINK:
        if (srp->link_up && !ev->up)
            srp->counters.connection_losses++;
        if (!srp->link_up && ev->up) {
            srp->loss_at = mono_after(ev->now, srp->setup.hello_us * 3 / 2);
            r->actions |= SRP_DO_HELLO;
        }
        srp->link_up = ev->up;
        return IN_NOTHING;
    case SRP_EV_RECOVERED:
        return srp->recovering && ev->epoch == srp->epoch ? IN_RECOVERED : IN_NOTHING;
    case SRP_EV_FLOOR:
        if (ev->epoch > srp->epoch) {
            srp->epoch = ev->epoch;
            if (srp->state == CHASSIS_ACTIVE || is_pending(srp->state)) {
                srp->epoch = next_epoch(srp);
                r->actions |= SRP_DO_ROLE | (srp->recovering ? SRP_DO_RECOVER : 0u);
            }
        }
        return IN_NOTHING;
    case SRP_EV_TICK:
        count_losses(srp, ev->now);
        return judge_time(srp, ev->now, &r->actions);
    }
    return IN_NOTHING;
}

/* The one door through which a state is left and entered. */
static void
enter(struct srp *srp, enum chassis_state to, enum input in, mono_t now, struct srp_result *r)
{
    enum srp_reason reason = srp->state == CHASSIS_INIT ? SRP_NOT_DEFINED
                             : reasons[in]              ? reasons[in]
                                                        : srp->reason;
    bool takes_over = to == CHASSIS_PENDING_ACTIVE ||
                      (to == CHASSIS_ACTIVE && srp->state != CHASSIS_PENDING_ACTIVE);

    r->actions |= SRP_DO_ROLE | SRP_DO_HELLO;
    if (takes_over)
        srp->epoch = next_epoch(srp);
    if (srp->state == CHASSIS_INIT && to == CHASSIS_ACTIVE) {
        srp->restart = srp->setup.restart;
        if (srp->peer_known)
            srp->rank.route_modifier = SRP_RM_BASE;
    }
    srp->recovering = to == CHASSIS_PENDING_ACTIVE;
    if (srp->recovering)
        r->actions |= SRP_DO_RECOVER;
    srp->counters.switchovers[reason] += takes_over || to == CHASSIS_PENDING_STANDBY;
    srp->state = to;
    srp->entered = now;
    srp->reason = reason;
}

/* Route modifier, epoch and restart counter as the pair shares them. */
static void
settle(struct srp *srp, struct srp_result *r)
{
    const struct srp_hello *peer = &srp->peer;
    uint8_t rm = srp->rank.route_modifier;
    unsigned next = (unsigned)peer->rank.route_modifier + srp->setup.rm_delta;

    if (srp->state == CHASSIS_STANDBY && peer->state == CHASSIS_ACTIVE) {
        rm = (uint8_t)(next > srp->setup.rm_threshold ? (unsigned)SRP_RM_BASE + srp->setup.rm_delta
                                                      : next);
        srp->restart = peer->restart;
        if (peer->epoch > srp->epoch) {
            srp->epoch = peer->epoch;
            r->actions |= SRP_DO_ROLE;
        }
    }
    if (srp->state == CHASSIS_ACTIVE && peer->state == CHASSIS_STANDBY &&
        rm + srp->setup.rm_delta > srp->setup.rm_threshold)
        rm = SRP_RM_BASE;
    if (srp->state == CHASSIS_ACTIVE && peer->epoch > srp->epoch) {
        srp->epoch = next_epoch(srp); /* we stay, so the newest epoch must be ours */
        r->actions |= SRP_DO_ROLE | SRP_DO_HELLO;
    }
    if (rm != srp->rank.route_modifier) {
        srp->rank.route_modifier = rm;
        r->actions |= SRP_DO_ROLE | SRP_DO_HELLO;
    }
}

struct srp_result
srp_step(struct srp *srp, const struct srp_event *ev)
{
    struct srp_result r = {.from = srp->state, .to = srp->state};

    assert(ev->now.us >= srp->last.us);
    forgive_sleep(srp, ev->now);
    srp->last = ev->now;

    enum input in = judge(srp, ev, &r);
    const struct cell *cell = &table[in][srp->state];

    assert(cell->verdict != FORGOTTEN);
    if (cell->verdict == MOVES)
        enter(srp, cell->to, in, ev->now, &r);
    if (ev->type == SRP_EV_HELLO && !r.stale)
        settle(srp, &r);
    if (mono_reached(ev->now, srp->hello_at))
        r.actions |= SRP_DO_HELLO;
    if (r.actions & SRP_DO_HELLO)
        srp->hello_at = mono_after(ev->now, srp->setup.hello_us);
    r.to = srp->state;
    r.reason = srp->reason;
    return r;
}

mono_t
srp_deadline(const struct srp *srp)
{
    mono_t due = mono_earlier(srp->hello_at, pending_over_at(srp));

    if (srp->state == CHASSIS_INIT || srp->peer_known)
        due = mono_earlier(due, dead_at(srp));
    return due;
}

struct srp_hello
srp_next_hello(struct srp *srp)
{
    struct srp_hello h = {
        .incarnation = srp->incarnation,
        .cf_epoch = srp->setup.cf_epoch,
        .seq = ++srp->seq,
        .epoch = srp->epoch,
        .state = (uint8_t)srp->state,
        .rank = srp->rank,
        .heard_seq = srp->peer_known ? srp->peer.seq : 0,
        .heard_state = srp->peer_known ? srp->peer.state : 0,
        .hello_ms = (uint32_t)(srp->setup.hello_us / US_PER_MS),
        .dead_ms = (uint32_t)(srp->setup.dead_us / US_PER_MS),
        .checksum = srp->setup.checksum,
        .restart = srp->restart,
        .sessmgrs = srp->sessmgrs,
        .sessmgrs_ready = srp->sessmgrs_ready,
        .version = VPCLAB_VERSION,
    };

    srp->counters.hellos_sent++;
    return h;
}

bool
srp_peer_hears_us(const struct srp *srp, mono_t now)
{
    return srp->peer_known && mono_between(srp->echoed, now) <= srp->setup.dead_us;
}

/* ---- beginnings ------------------------------------------------------------------------- */

void
srp_init(struct srp *srp, const struct srp_setup *setup, mono_t now)
{
    memset(srp, 0, sizeof *srp);
    srp->setup = *setup;
    srp->rank = setup->rank;
    srp->rank.route_modifier =
        setup->rank.mode == SRP_PRIMARY ? SRP_RM_START_PRIMARY : SRP_RM_START_BACKUP;
    srp->incarnation = setup->incarnation;
    srp->restart = setup->restart;
    srp->state = CHASSIS_INIT;
    srp->started = srp->entered = srp->last = srp->hello_at = now;
}

struct srp_snapshot
srp_snapshot(const struct srp *srp)
{
    return (struct srp_snapshot){
        .state = (uint8_t)srp->state,
        .incarnation = srp->incarnation,
        .epoch = srp->epoch,
        .route_modifier = srp->rank.route_modifier,
        .restart = srp->restart,
        .peer_known = srp->peer_known,
        .peer_incarnation = srp->peer.incarnation,
        .peer_cf_epoch = srp->peer.cf_epoch,
        .peer_epoch = srp->peer.epoch,
        .peer_state = srp->peer.state,
        .peer_route_modifier = srp->peer.rank.route_modifier,
    };
}

void
srp_adopt(struct srp *srp, const struct srp_setup *setup, const struct srp_snapshot *snapshot,
          mono_t now)
{
    srp_init(srp, setup, now);
    srp->incarnation = snapshot->incarnation;
    srp->state = (enum chassis_state)snapshot->state;
    srp->epoch = snapshot->epoch;
    srp->rank.route_modifier = snapshot->route_modifier;
    srp->restart = snapshot->restart;
    srp->recovering = srp->state == CHASSIS_PENDING_ACTIVE;
    srp->peer_known = snapshot->peer_known;
    srp->peer.incarnation = snapshot->peer_incarnation;
    srp->peer.cf_epoch = snapshot->peer_cf_epoch;
    srp->peer.epoch = snapshot->peer_epoch;
    srp->peer.state = snapshot->peer_state;
    srp->peer.rank.route_modifier = snapshot->peer_route_modifier;
    srp->heard = srp->echoed = now;
    srp->loss_at = mono_after(now, setup->hello_us * 3 / 2);
}
