/* The shells of the demux and of a session manager, as demux/orders.c and sf/sessmgr.c are in
 * the processes, with common/loop/card_link.c between them and their control functions. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "sf/sess_bearer.h"

enum { ALONE_US = 3 * STATUS_US, REFRESH = 5 };

static int
manager_of(unsigned proc)
{
    return (int)proc - PROC_SM1;
}

struct sess_table *
table_of(struct world *world, int side, int manager)
{
    struct smgr *smgr = world->chassis[side].cards[PROC_SM1 + manager].smgr;

    return smgr ? smgr_table(smgr) : NULL;
}

uint8_t
gates_of(const struct world *world, int side, unsigned proc)
{
    const struct card_model *card = &world->chassis[side].cards[proc];

    return plant(world, PLANT_OPEN_GATES) && proc >= PROC_SM1 ? GATES_ALL : card->gates;
}

/* ---- status ---- */

static struct card_status
status_of(struct world *world, int side, unsigned proc)
{
    const struct card_model *card = &world->chassis[side].cards[proc];
    struct card_status status = {
        .type = proc == PROC_DEMUX ? CARD_DEMUX : CARD_SF,
        .order = card->role.order,
        .state = card->role.state,
        .srp_epoch = card->role.srp_epoch,
        .route_modifier = card->role.route_modifier,
        .cf_epoch = card->obey.epoch,
        .config = 1,
        .restart = card->role.restart,
        .gates = card->gates,
    };
    const struct smgr_ledger *ledger;
    struct smgr_status smgr;

    if (proc == PROC_DEMUX) {
        status.announced = announce_is_out(&card->announce);
        status.converged = announce_is_best(&card->announce);
        if (plant(world, PLANT_NO_WITHDRAWAL) && !card->role.announce)
            status.announced = false;
        return status;
    }
    ledger = smgr_ledger(card->smgr);
    smgr_status(card->smgr, world->now, &smgr);
    if (smgr.epoch > status.srp_epoch) /* an order of Init is none to the session manager */
        status.srp_epoch = smgr.epoch;
    status.calls.audit_failed = ledger->audit_failed;
    status.calls.superseded = ledger->superseded;
    status.calls.lost_young = ledger->lost.young;
    status.calls.lost_in_flight = ledger->lost.in_flight;
    status.calls.lost_nack_limit = ledger->lost.nack_limit;
    status.calls.lost_nack_off = ledger->lost.nack_off;
    status.calls.lost_not_ready = ledger->lost.not_ready;
    status.calls.lost_known = ledger->lost.known;
    status.calls.opened = sess_table_stats(smgr_table(card->smgr))->opened;
    status.calls.closed = sess_table_stats(smgr_table(card->smgr))->closed;
    status.ckpt.delete_rcvd = smgr_rx_stats(card->smgr)->delete_received;
    status.sessmgr = (uint8_t)(manager_of(proc) + 1);
    status.sessions = smgr.sessions;
    status.peer_ready = smgr.connected;
    status.synced = smgr.synced;
    status.flushed = card->role.flush && smgr_flushed(card->smgr);
    if (plant(world, PLANT_NO_FLUSH) ||
        (plant(world, PLANT_LOST_ACCOUNTS) && card->role.state == CHASSIS_PENDING_STANDBY &&
         !card->role.flush))
        status.flushed = true;
    status.audited = card->audited;
    return status;
}

static bool
says_the_same(const struct card_status *a, const struct card_status *b)
{
    return a->order == b->order && a->state == b->state && a->srp_epoch == b->srp_epoch &&
           a->cf_epoch == b->cf_epoch && a->gates == b->gates && a->announced == b->announced &&
           a->converged == b->converged && a->flushed == b->flushed && a->audited == b->audited &&
           a->peer_ready == b->peer_ready && a->synced == b->synced;
}

/* Report to both control functions. */
void
card_report(struct world *world, int side, unsigned proc)
{
    struct chassis *c = &world->chassis[side];

    if (!runs(world, side, proc))
        return;
    c->cards[proc].said = status_of(world, side, proc);
    for (unsigned cf = 0; cf < 2; cf++) {
        if (!c->procs[cf].up)
            continue;
        bus_send(world, side, BUS_US,
                 (struct event){.kind = EV_STATUS,
                                .side = (uint8_t)side,
                                .proc = (uint8_t)cf,
                                .b = (uint8_t)proc,
                                .x = c->procs[proc].life,
                                .life = c->procs[cf].life,
                                .len = sizeof c->cards[proc].said,
                                .load = block_of(&world->queue.pool, &c->cards[proc].said,
                                                 sizeof c->cards[proc].said)});
    }
}

static void
report_change(struct world *world, int side, unsigned proc)
{
    struct card_status now = status_of(world, side, proc);

    if (!says_the_same(&now, &world->chassis[side].cards[proc].said))
        card_report(world, side, proc);
    if (proc >= PROC_SM1)
        card_audit_tell(world, side, manager_of(proc));
}

/* ---- demux ---- */

/* Tell the router what we announce, as demux/routes.c does. It answers. */
static void
announce(struct world *world, int side)
{
    const struct chassis *c = &world->chassis[side];
    struct card_model *card = &world->chassis[side].cards[PROC_DEMUX];
    bool on = card->announce.wanted;

    card->announce_at = mono_after(world->now, REFRESH * STATUS_US);
    if ((plant(world, PLANT_STUCK_ROUTE) && !on) ||
        (plant(world, PLANT_NO_WITHDRAWAL) && !on && card->role.state == CHASSIS_PENDING_STANDBY))
        return;
    announce_said(&card->announce);
    later(world, world->opt.router_us / 2,
          (struct event){.kind = EV_ROUTES,
                         .side = (uint8_t)side,
                         .proc = PROC_NONE,
                         .a = on,
                         .b = card->role.route_modifier,
                         .number = (uint32_t)card->announce.number,
                         .x = card->role.srp_epoch,
                         .life = c->procs[PROC_DEMUX].life});
}

/* The session with the router ended, began, or it says what it has of ours. */
static void
on_net(struct world *world, int side, const struct event *e)
{
    struct card_model *card = &world->chassis[side].cards[PROC_DEMUX];
    struct net_body net = {.srp_epoch = e->x, .best = e->a};

    if (e->b == NET_SAYS)
        announce_heard(&card->announce, e->number, &net);
    else
        announce_lost(&card->announce);
    if (e->b == NET_UP)
        announce(world, side);
    report_change(world, side, PROC_DEMUX);
}

static void
demux_role(struct world *world, int side, const struct role_body *old)
{
    struct card_model *card = &world->chassis[side].cards[PROC_DEMUX];
    const struct role_body *role = &card->role;
    struct routes_body routes = {.srp_epoch = role->srp_epoch, .n = 1};

    card->gates = role->gates;
    if (old->announce == role->announce && old->srp_epoch == role->srp_epoch &&
        old->route_modifier == role->route_modifier)
        return;
    if (role->announce && !old->announce)
        check_announcing(world, side);
    announce_order(&card->announce, role->announce, &routes);
    announce(world, side);
}

/* ---- session manager ---- */

/* Memory stays from run to run, and grows: how much is needed depends on the options. */
static void
room_for(struct card_model *card, size_t size)
{
    if (card->memory && card->memory_size >= size)
        return;
    free(card->memory);
    card->memory = malloc(size);
    card->memory_size = size;
    if (!card->memory)
        abort();
}

static void
start_smgr(struct world *world, int side, int manager)
{
    struct chassis *c = &world->chassis[side];
    struct card_model *card = &c->cards[PROC_SM1 + manager];
    struct smgr_setup setup = conf_setup(world, side, manager);

    room_for(card, smgr_size(&setup));
    card->smgr = smgr_init(card->memory, &setup);
    card->conf = c->conf;
    plant_smgr(world, card->smgr);
    card->copy = ++world->copies;
    card->refuses = false;
    check_stream(world, side, manager);
    check_stream_new(world, side, manager);
    check_rot_over(world, side, manager);
}

static void
disconnected(struct world *world, int side, int manager)
{
    plant_disconnected(world, world->chassis[side].cards[PROC_SM1 + manager].smgr);
    check_cut(world, side, manager);
    check_stream(world, side, manager);
}

/* Another control function is another connection to the peer. */
static void
follow_cf(struct world *world, int side, int manager)
{
    struct card_model *card = &world->chassis[side].cards[PROC_SM1 + manager];

    if (card->ckpt_cf != card->obey.slot && card->ckpt_cf != 0)
        disconnected(world, side, manager);
    card->ckpt_cf = card->obey.slot;
}

/* Send what is due. */
void
pump(struct world *world, int side, int manager)
{
    struct card_model *card = &world->chassis[side].cards[PROC_SM1 + manager];
    enum ckpt_algo algo;
    size_t len;

    follow_cf(world, side, manager);
    while ((len = plant_next(world, card->smgr, &algo))) {
        check_sender(world, side, manager, algo);
        send_ckpt(world, side, manager, world->frame, len);
    }
    rearm(world, side, PROC_SM1 + (unsigned)manager);
}

/* One record less than there should be, or older ones, when that is planted. */
static void
spoil_takeover(struct world *world, int side, int manager)
{
    struct sess_table *table = table_of(world, side, manager);

    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        struct sess *sess = sess_at(table, slot);

        if (!sess || sess->state != SESS_LIVE || sess->lbi)
            continue;
        if (plant(world, PLANT_LOSSY_TAKEOVER) ||
            (plant(world, PLANT_LOSSY_CRASH) && !runs(world, 1 - side, PROC_CF1) &&
             !runs(world, 1 - side, PROC_CF2))) {
            (void)sess_drop(table, sess->teid);
            return;
        }
        if (plant(world, PLANT_SHORT_TIMERS))
            sess->since.us -= 60 * US_PER_S;
        if (plant(world, PLANT_DOUBLE_COUNT))
            sess->counters.up_packets *= 2;
    }
}

static const enum smgr_role roles[CHASSIS_STATE_N] = {
    [CHASSIS_INIT] = SMGR_STANDBY,         [CHASSIS_STANDBY] = SMGR_STANDBY,
    [CHASSIS_ACTIVE] = SMGR_ACTIVE,        [CHASSIS_PENDING_ACTIVE] = SMGR_HOLD,
    [CHASSIS_PENDING_STANDBY] = SMGR_HOLD,
};

static void
tell_role(struct world *world, int side, int manager, const struct smgr_status *before,
          bool flushed, uint64_t copy)
{
    struct card_model *card = &world->chassis[side].cards[PROC_SM1 + manager];
    struct smgr_status after;

    smgr_status(card->smgr, world->now, &after);
    if (after.epoch != before->epoch || after.role != before->role)
        check_stream(world, side, manager);
    if ((before->role == SMGR_STANDBY) == (after.role == SMGR_STANDBY))
        return;
    card->copy = ++world->copies;
    say(world, side, "sessmgr %d %s, %" PRIu32 " sessions", manager + 1,
        after.role == SMGR_STANDBY ? "stands by" : "takes over", after.sessions);
    if (after.role == SMGR_STANDBY) {
        check_standing_by(world, side, manager, flushed ? (int64_t)before->sessions : -1);
    } else {
        world->verdict->recovered += after.sessions;
        check_promoted(world, side, manager, copy);
        ledger_promoted(world, side, manager, copy);
    }
    check_rot_over(world, side, manager);
    check_gone(world, side, manager);
    check_table(world, side, manager);
}

/* The first bearer loses its session. */
static void
orphan(struct sess_table *table)
{
    for (uint32_t slot = 1; slot <= sess_top(table); slot++) {
        struct sess *sess = sess_at(table, slot);
        const struct sess *parent =
            sess && sess->state == SESS_LIVE && sess->lbi ? sess_default(table, sess) : NULL;

        if (parent) {
            (void)sess_drop(table, parent->teid);
            return;
        }
    }
}

/* Once for each time that orders begin to ask for it. */
static void
audit(struct world *world, int side, int manager, bool wanted)
{
    struct card_model *card = &world->chassis[side].cards[PROC_SM1 + manager];
    struct smgr_audit found;

    if (!wanted || card->audited) {
        card->audited = wanted;
        return;
    }
    found = smgr_audit(card->smgr, world->now);
    card->audited = true;
    if (plant(world, PLANT_ORPHANS))
        orphan(table_of(world, side, manager));
    check_bearers(world, side, manager);
    if (found.purged == 0)
        return;
    say(world, side, "sessmgr %d audit purges %" PRIu32, manager + 1, found.purged);
    ledger_audited(world, side, manager);
}

static void
smgr_ordered(struct world *world, int side, int manager)
{
    struct card_model *card = &world->chassis[side].cards[PROC_SM1 + manager];
    const struct role_body *role = &card->role;
    struct smgr_order order = {.role = roles[role->state],
                               .epoch = role->srp_epoch,
                               .flush = role->flush,
                               .drain = role->drain};
    struct smgr_status before, after;
    uint64_t copy = card->copy;
    bool has_part, flushed;

    if (role->state != CHASSIS_INIT) {
        smgr_status(card->smgr, world->now, &before);
        if (order.role == SMGR_STANDBY && before.role != SMGR_STANDBY)
            ledger_leaving(world, side, manager, CAUSE_DUAL);
        if (order.role != SMGR_STANDBY && before.role == SMGR_STANDBY)
            spoil_takeover(world, side, manager);
        flushed = smgr_flushed(card->smgr);
        (void)smgr_obey(card->smgr, world->now, &order);
        plant_role(world, card->smgr, before.role);
        tell_role(world, side, manager, &before, flushed, copy);
    }
    smgr_status(card->smgr, world->now, &after);
    has_part = order.role != SMGR_STANDBY && after.role != SMGR_STANDBY;
    card->gates = has_part ? role->gates : 0;
    audit(world, side, manager, has_part && role->audit);
    ledger_balance(world, side, manager);
    pump(world, side, manager);
}

static void
on_ckpt(struct world *world, int side, int manager, const struct event *e)
{
    struct card_model *card = &world->chassis[side].cards[PROC_SM1 + manager];
    enum ckpt_reason reason;

    reason = plant_receive(world, card->smgr, e->load->bytes, e->len);
    note(world,
         (uint64_t)e->len << 32 | (uint64_t)reason << 16 | (uint64_t)side << 8 | (uint64_t)manager);
    if (e->spoilt && (reason == CKPT_OK || reason == CKPT_DUPLICATE))
        violated(world, INV_P5, "%s sessmgr %d believes a checkpoint message that is cut short",
                 side_names[side], manager + 1);
    check_frame(world, side, manager, e->load->bytes, e->len, reason);
    check_received(world, side, manager, e->x);
    check_compared(world, side, manager);
    pump(world, side, manager);
    report_change(world, side, PROC_SM1 + (unsigned)manager);
}

static void
on_closed(struct world *world, int side, int manager, const struct event *e)
{
    if (e->x != 0 && e->x != world->conn.number)
        return; /* its relay has a connection again before it saw the end of that one */
    disconnected(world, side, manager);
    pump(world, side, manager);
    report_change(world, side, PROC_SM1 + (unsigned)manager);
}

/* ---- orders ---- */

static void
ordered(struct world *world, int side, unsigned proc, const struct role_body *old)
{
    if (proc == PROC_DEMUX)
        demux_role(world, side, old);
    else
        smgr_ordered(world, side, manager_of(proc));
}

/* Is it of the control function to be followed? Another one counts anew. */
static bool
obeys(struct card_model *card, const struct event *e)
{
    uint64_t epoch = card->obey.epoch;
    struct msg_head head = {.epoch = e->x, .slot = e->a};

    if (!obey_order(&card->obey, &head))
        return false;
    if (card->obey.epoch != epoch)
        card->role.order = 0;
    return true;
}

static void
on_role(struct world *world, int side, unsigned proc, const struct event *e)
{
    struct card_model *card = &world->chassis[side].cards[proc];
    struct role_body old = card->role;

    if (!obeys(card, e))
        return;
    memcpy(&card->role, e->load->bytes, sizeof card->role);
    card->role_known = true;
    say(world, side,
        "  slot %u: order %" PRIu32 " of CF %u, %s of epoch %" PRIu64 ", gates %u%s%s%s%s",
        proc + 1, card->role.order, card->obey.slot,
        chassis_state_name((enum chassis_state)card->role.state), card->role.srp_epoch,
        card->role.gates, card->role.announce ? ", announce" : "",
        card->role.flush ? ", flush" : "", card->role.drain ? ", drain" : "",
        card->role.audit ? ", audit" : "");
    ordered(world, side, proc, &old);
    card_report(world, side, proc);
    if (proc >= PROC_SM1)
        card_audit_tell(world, side, manager_of(proc));
}

/* No control function can be reached: serve nothing. */
static void
stand_alone(struct world *world, int side, unsigned proc)
{
    struct card_model *card = &world->chassis[side].cards[proc];
    struct role_body old = card->role;

    bool serves = old.state == CHASSIS_ACTIVE || old.state == CHASSIS_PENDING_ACTIVE;

    if ((!serves && !old.announce && old.gates == 0) || plant(world, PLANT_NEVER_ALONE))
        return;
    if (serves)
        card->role.state = CHASSIS_PENDING_STANDBY;
    card->role.order = 0; /* the one given is no longer carried out */
    card->role.announce = false;
    card->role.gates = 0;
    say(world, side, "card %u is alone", proc + 1);
    ordered(world, side, proc, &old);
}

static void
audit_ordered(struct world *world, int side, int manager, const struct event *e)
{
    on_audit(world, side, manager, e);
    card_report(world, side, PROC_SM1 + (unsigned)manager);
    pump(world, side, manager);
}

void
card_event(struct world *world, const struct event *e)
{
    if (e->kind == EV_ROLE)
        on_role(world, e->side, e->proc, e);
    else if (e->kind == EV_AUDIT && obeys(&world->chassis[e->side].cards[e->proc], e))
        audit_ordered(world, e->side, manager_of(e->proc), e);
    else if (e->kind == EV_NET)
        on_net(world, e->side, e);
    else if (e->kind == EV_CKPT)
        on_ckpt(world, e->side, manager_of(e->proc), e);
    else if (e->kind == EV_CLOSED)
        on_closed(world, e->side, manager_of(e->proc), e);
}

/* ---- time ---- */

static void
tick(struct world *world, int side, unsigned proc)
{
    struct card_model *card = &world->chassis[side].cards[proc];
    struct card_status now;

    card->tick_at = mono_after(world->now, STATUS_US);
    if (runs(world, side, PROC_CF1) || runs(world, side, PROC_CF2))
        card->led = world->now;
    else if (mono_between(card->led, world->now) > ALONE_US)
        stand_alone(world, side, proc);
    /* Each second in the processes; a status that says nothing new changes nothing. */
    now = status_of(world, side, proc);
    if (!says_the_same(&now, &card->said) || now.sessions != card->said.sessions ||
        world->now.us / STATUS_US % REFRESH == 0 || bus_is_bad(world, side))
        card_report(world, side, proc);
    if (proc >= PROC_SM1) {
        card_audit_tell(world, side, manager_of(proc));
        check_converges(world, side, manager_of(proc));
        check_audit_heard(world, side, manager_of(proc));
    }
}

void
card_timer(struct world *world, int side, unsigned proc)
{
    struct card_model *card = &world->chassis[side].cards[proc];

    if (mono_reached(world->now, card->tick_at))
        tick(world, side, proc);
    if (proc >= PROC_SM1) {
        pump(world, side, manager_of(proc));
    } else if (mono_reached(world->now, card->announce_at)) {
        if (card->role_known)
            announce(world, side); /* a router that took us for dead has forgotten them */
        card->announce_at = mono_after(world->now, REFRESH * STATUS_US);
    }
}

mono_t
card_due(const struct world *world, int side, unsigned proc)
{
    const struct card_model *card = &world->chassis[side].cards[proc];

    return mono_earlier(card->tick_at,
                        proc >= PROC_SM1 ? smgr_deadline(card->smgr) : card->announce_at);
}

void
card_start(struct world *world, int side, unsigned proc)
{
    struct chassis *c = &world->chassis[side];
    struct card_model *card = &c->cards[proc];
    void *memory = card->memory;
    size_t memory_size = card->memory_size;

    free(card->index_memory);
    *card = (struct card_model){
        .memory = memory, .memory_size = memory_size, .led = world->now, .tick_at = world->now};
    card->announce_at = mono_after(world->now, STATUS_US);
    if (proc >= PROC_SM1)
        start_smgr(world, side, manager_of(proc));
    for (unsigned cf = 0; cf < 2; cf++) {
        if (!c->procs[cf].up)
            continue;
        later(world, 50 * US_PER_MS,
              (struct event){.kind = EV_CARD_NEW,
                             .side = (uint8_t)side,
                             .proc = (uint8_t)cf,
                             .b = (uint8_t)proc,
                             .x = c->procs[proc].life,
                             .life = c->procs[cf].life});
    }
}
