/* The shell of a control function, as cf/chassis.c and cf/cf_pair.c are in the process. */
#include <inttypes.h>
#include <string.h>

#include "cf/srp/srp_snapshot.h"
#include "check.h"
#include "play.h"

/* ---- who leads ---- */

bool
is_current(const struct world *world, int side, int cf)
{
    const struct chassis *c = &world->chassis[side];
    const struct cf *us = &c->cfs[cf], *other = &c->cfs[1 - cf];

    return us->leading && c->procs[cf].up &&
           !(other->leading && c->procs[1 - cf].up && other->sso.epoch > us->sso.epoch);
}

int
lead_of(const struct world *world, int side)
{
    for (int cf = 0; cf < 2; cf++) {
        if (is_current(world, side, cf))
            return cf;
    }
    return -1;
}

struct cf *
leader(struct world *world, int side)
{
    int cf = lead_of(world, side);

    return cf >= 0 && !world->chassis[side].procs[cf].paused ? &world->chassis[side].cfs[cf] : NULL;
}

/* ---- orders ---- */

void
cf_send_role(struct world *world, int side, int cf, unsigned proc)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct role_body role = c->srp.role;

    if (!world->chassis[side].procs[proc].up ||
        c->card_life[proc] != world->chassis[side].procs[proc].life)
        return; /* it has not connected to this control function yet */
    if (plant(world, PLANT_DEAF_CARDS) && role.state != CHASSIS_ACTIVE)
        return;
    if (plant(world, PLANT_ROUTES_FIRST) && role.state == CHASSIS_PENDING_ACTIVE &&
        proc == PROC_DEMUX)
        role.announce = true;
    if (plant(world, PLANT_NO_DRAIN))
        role.drain = false;
    if (plant(world, PLANT_NO_FLUSH) && c->srp.phase <= SRP_REQUEST)
        role.flush = false;
    if (plant(world, PLANT_LOST_ACCOUNTS) && c->srp.phase >= SRP_WITHDRAW &&
        c->srp.phase <= SRP_HANDED)
        role.flush = false;
    bus_send(world, side, BUS_US,
             (struct event){.kind = EV_ROLE,
                            .side = (uint8_t)side,
                            .proc = (uint8_t)proc,
                            .a = (uint8_t)(cf + 1),
                            .x = c->sso.epoch,
                            .life = world->chassis[side].procs[proc].life,
                            .len = sizeof role,
                            .load = block_of(&world->queue.pool, &role, sizeof role)});
}

void
cf_send_orders(struct world *world, int side, int cf)
{
    for (unsigned p = PROC_DEMUX; p < PROC_SM1 + world->opt.managers; p++)
        cf_send_role(world, side, cf, p);
}

/* To the other CF; with what it needs to go on, when we lead. */
void
cf_say_hello(struct world *world, int side, int cf)
{
    struct chassis *c = &world->chassis[side];
    struct cf *us = &c->cfs[cf];
    struct cf_hello hello = {
        .slot = (uint8_t)(cf + 1), .state = (uint8_t)us->sso.state, .epoch = us->sso.epoch};
    struct srp_snapshot shot;
    uint8_t bytes[CF_HELLO_MOST];
    struct wr wr = wr_over(bytes, sizeof bytes);

    if (!c->procs[1 - cf].up)
        return;
    if (us->leading) {
        shot = srp_snapshot(&us->srp);
        srp_snapshot_put(&hello, &shot);
        hello.latched = monitor_latched(&us->monitor);
        check_shot(world, side, cf);
    }
    cf_hello_put(&wr, &hello);
    bus_send(world, side, 3 * BUS_US, /* another link than the cards': they may know first */
             (struct event){.kind = EV_CF_HELLO,
                            .side = (uint8_t)side,
                            .proc = (uint8_t)(1 - cf),
                            .life = c->procs[1 - cf].life,
                            .x = c->procs[cf].life,
                            .number = (uint32_t)++us->hello_seq,
                            .len = (uint32_t)wr_len(&wr),
                            .load = block_of(&world->queue.pool, bytes, wr_len(&wr))});
}

/* ---- srp ---- */

static void
tell_result(struct world *world, int side, int cf, const struct srp_result *r)
{
    const struct srp *srp = &world->chassis[side].cfs[cf].srp;

    if (r->from != r->to)
        say(world, side, "%s -> %s (%s, epoch %" PRIu64 ", modifier %u)",
            chassis_state_name(r->from), chassis_state_name(r->to), srp_reason_name(r->reason),
            srp->epoch, srp->rank.route_modifier);
    if (r->phase_from != r->phase_to)
        say(world, side, "  phase %s -> %s", srp_phase_name(r->phase_from),
            srp_phase_name(r->phase_to));
    if (r->actions & SRP_DO_CAUSE)
        say(world, side, "  had taken over for %s",
            srp_reason_name((enum srp_reason)srp->peer.reason));
    if (r->rolled_back)
        say(world, side, "  switchover rolled back: %s",
            srp_refusal_text((enum srp_refusal)srp->refusal));
}

static void
perform(struct world *world, int side, int cf, const struct srp_result *r)
{
    struct cf *c = &world->chassis[side].cfs[cf];

    note(world, (uint64_t)side << 60 | (uint64_t)cf << 59 | (uint64_t)r->to << 40 |
                    (uint64_t)r->phase_to << 32 | r->actions);
    tell_result(world, side, cf, r);
    if (r->from != r->to) {
        play_state(world, side, r, c->srp.epoch);
        world->verdict->takeovers += r->to == CHASSIS_PENDING_ACTIVE;
        world->verdict->planned += r->to == CHASSIS_PENDING_ACTIVE && c->srp.planned;
    }
    if ((r->actions & (SRP_DO_ROLE | SRP_DO_PEER | SRP_DO_SHARE)) || r->phase_from != r->phase_to)
        cf_say_hello(world, side, cf); /* first: what the cards know, the other CF must know */
    if (r->actions & SRP_DO_ROLE)
        cf_send_orders(world, side, cf);
    if (r->actions & SRP_DO_HELLO)
        send_hello(world, side, cf);
    cf_losses(world, side, cf, r);
    if (r->actions & SRP_DO_CAUSE)
        cf_monitor(world, side, cf,
                   (struct monitor_event){.type = MONITOR_EV_CAUSE, .reason = c->srp.peer.reason});
    if (r->from != r->to)
        cf_monitor(world, side, cf,
                   (struct monitor_event){.type = MONITOR_EV_ROLE,
                                          .chassis = (uint8_t)r->to,
                                          .reason = (uint8_t)c->srp.reason});
    if (is_current(world, side, cf) && (r->phase_from != r->phase_to || r->from != r->to))
        trigger(world, side, r->phase_to);
    if (r->actions & SRP_DO_ROLE)
        cf_tell_cards(world, side, cf);
    if (r->from != r->to || (r->actions & SRP_DO_PEER))
        cf_audit_look(world, side, cf);
}

struct srp_result
cf_step(struct world *world, int side, int cf, struct srp_event ev)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct srp before;
    struct srp_result r;

    ev.now = world->now;
    plant_before_srp(world, side, cf, &ev);
    before = c->srp;
    if (ev.type == SRP_EV_SWITCHOVER && plant(world, PLANT_BLIND_CHECK))
        c->srp.cards.ready = 0, c->srp.cards.sessmgrs = 2;
    r = srp_step(&c->srp, &ev);
    plant_after_srp(world, side, cf, &r);
    check_srp(world, side, cf, &before, &ev, &r);
    if (ev.type == SRP_EV_HELLO && !r.stale)
        losses_heard(&c->losses, &c->cards);
    perform(world, side, cf, &r);
    return r;
}

static unsigned
done_of(const struct world *world, struct cf *c)
{
    struct card *first = &c->cards.slots[PROC_SM1 + CARD_SLOT];
    bool alive = first->alive;
    unsigned done;

    if (plant(world, PLANT_PARTIAL_COMMIT) && c->srp.state == CHASSIS_PENDING_ACTIVE)
        first->alive = false;
    done = cards_done(&c->cards, c->sso.epoch, c->srp.role.order, c->srp.forced);
    first->alive = alive;
    return done;
}

/* What the cards are and have done, if that is news to the core. */
void
cf_tell_cards(struct world *world, int side, int cf)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct cards_totals totals = cards_totals(&c->cards);
    struct srp_event ev = {.type = SRP_EV_CARDS};
    const struct srp_cards *was = &c->srp.cards;

    ev.cards = (struct srp_cards){
        .order = c->srp.role.order,
        .done = done_of(world, c),
        .serviceable = cards_serviceable(&c->cards),
        .sessmgrs = (uint8_t)totals.sessmgrs,
        .ready = (uint8_t)totals.ready,
        .synced = totals.synced == totals.sessmgrs,
        .sessions = totals.sessions,
    };
    if (was->order != ev.cards.order || was->done != ev.cards.done ||
        was->serviceable != ev.cards.serviceable || was->sessmgrs != ev.cards.sessmgrs ||
        was->ready != ev.cards.ready || was->synced != ev.cards.synced ||
        was->sessions != ev.cards.sessions)
        (void)cf_step(world, side, cf, ev);
    cf_losses_yield(world, side, cf);
    cf_audit_look(world, side, cf);
}
