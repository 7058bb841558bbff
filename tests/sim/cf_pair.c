/* A control function leads or follows, and what it hears, as cf/cf_pair.c and the second half of
 * cf/chassis.c. */
#include <inttypes.h>
#include <string.h>

#include "cf/srp/srp_snapshot.h"
#include "cf/srp/srp_wire.h"
#include "check.h"

/* ---- leading ---- */

static void
rise_above(struct world *world, int side, int cf, const struct card_status *status)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    uint64_t floor = cards_floor(status, c->sso.epoch, (uint8_t)c->srp.state, c->srp.epoch);

    if (floor > c->srp.epoch)
        (void)cf_step(world, side, cf,
                      (struct srp_event){.type = SRP_EV_FLOOR,
                                         .epoch = floor,
                                         .route_modifier = cards_modifier(status)});
}

static void
rise_above_cards(struct world *world, int side, int cf)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    const struct card_status *status =
        cards_above(&c->cards, c->sso.epoch, (uint8_t)c->srp.state, c->srp.epoch);

    if (status)
        rise_above(world, side, cf, status);
}

/* Is it of the peer's life of now? One kept while the control functions were cut apart may not. */
static bool
knows_peer(const struct world *world, int side, const struct srp_snapshot *shot)
{
    int lead = lead_of(world, 1 - side);

    return lead >= 0 &&
           world->chassis[1 - side].cfs[lead].srp.incarnation == shot->peer_incarnation;
}

static void
lead(struct world *world, int side, int cf)
{
    struct chassis *chassis = &world->chassis[side];
    struct cf *c = &chassis->cfs[cf];
    struct srp_setup setup = chassis->setup;
    bool adopts = c->shot_known && !plant(world, PLANT_FORGETFUL);

    setup.incarnation = chassis->procs[cf].life;
    setup.cf_epoch = c->sso.epoch;
    setup.restart = (uint8_t)chassis->procs[cf].life;
    setup.rank.mac[5] = (uint8_t)(setup.rank.mac[5] + cf);
    setup.checksum = chassis->configured_apart ? 2 : 1;
    coverage_srp(&c->srp);
    if (plant(world, PLANT_MODEST_CF) && adopts && c->shot.state == CHASSIS_ACTIVE)
        c->shot.state = CHASSIS_STANDBY;
    if (adopts)
        srp_adopt(&c->srp, &setup, &c->shot, world->now);
    else
        srp_init(&c->srp, &setup, world->now);
    if (plant(world, PLANT_AMNESIA) && adopts) {
        c->srp.peer.cf_epoch = c->srp.peer.epoch = c->srp.peer.seq = 0;
        replay(world, &world->rng); /* at the very moment at which it shows */
    }
    c->leading = true;
    c->lead_no = ++world->leads;
    say(world, side, "CF %d leads: %s %s, epoch %" PRIu64, cf + 1, chassis_state_name(c->srp.state),
        adopts ? "taken over" : "started", c->srp.epoch);
    cf_monitor_init(world, c);
    check_new_lead(world, side, cf, adopts,
                   adopts && c->shot_living && knows_peer(world, side, &c->shot));
    check_new_modifier(world, side, cf, adopts);
    if (adopts) {
        check_adopted(world, side, cf);
        cf_monitor_card(world, side, cf, true); /* the CF that died */
        cf_monitor(world, side, cf,
                   (struct monitor_event){.type = MONITOR_EV_ROLE,
                                          .chassis = (uint8_t)c->srp.state,
                                          .reason = (uint8_t)c->srp.reason});
        monitor_latch(&c->monitor, c->shot_latched);
    }
    connections_down(world, -1);
    rise_above_cards(world, side, cf);
    cf_send_orders(world, side, cf);
    (void)cf_step(world, side, cf, (struct srp_event){.type = SRP_EV_TICK});
    cf_tell_cards(world, side, cf);
    eyes(world, side);
}

static void
follow(struct world *world, int side, int cf)
{
    struct cf *c = &world->chassis[side].cfs[cf];

    if (!c->leading)
        return;
    c->leading = false;
    c->shot_known = true;
    c->shot_living = check_knows_living(world, side, cf);
    c->shot = srp_snapshot(&c->srp);
    c->shot_latched = monitor_latched(&c->monitor);
    losses_forget(&c->losses);
    cf_audit_follow(world, side, cf);
    coverage_srp(&c->srp);
    say(world, side, "CF %d follows", cf + 1);
    if (world->conn.cf[side] == cf)
        connections_down(world, -1);
}

static void
sso(struct world *world, int side, int cf, struct sso_event ev)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct sso_result r;

    ev.now = world->now;
    coverage_now->sso[ev.type] |= 1u << c->sso.state;
    r = sso_step(&c->sso, &ev);
    note(world, (uint64_t)side << 60 | (uint64_t)cf << 59 | (uint64_t)r.to << 8 | r.actions);
    if (r.from != r.to)
        say(world, side, "CF %d %s -> %s, CF epoch %" PRIu64, cf + 1, sso_state_name(r.from),
            sso_state_name(r.to), c->sso.epoch);
    if (r.actions & SSO_DO_STANDBY)
        follow(world, side, cf);
    if (r.actions & SSO_DO_ACTIVE)
        lead(world, side, cf);
    if ((r.actions & SSO_DO_EPOCH) && c->leading) {
        cf_send_orders(world, side, cf);
        (void)cf_step(world, side, cf,
                      (struct srp_event){.type = SRP_EV_CF_EPOCH, .epoch = c->sso.epoch});
    }
    if (r.actions & SSO_DO_HELLO)
        cf_say_hello(world, side, cf);
    if (r.yields) {
        c->yielded = true;
    } else if (c->yielded && c->sso.state != SSO_BOOTING) {
        c->yielded = false;
        if (c->sso.state == SSO_STANDBY)
            kill_process(world, side, (unsigned)cf, 300 * US_PER_MS);
    }
}

void
cf_start(struct world *world, int side, int cf)
{
    struct chassis *chassis = &world->chassis[side];
    struct cf *c = &chassis->cfs[cf];

    coverage_srp(&c->srp);
    memset(c, 0, sizeof *c);
    cards_init(&c->cards);
    cards_set(&c->cards, PROC_DEMUX + CARD_SLOT, CARD_DEMUX, false, 0);
    for (unsigned m = 0; m < world->opt.managers; m++)
        cards_set(&c->cards, (uint8_t)(PROC_SM1 + m + CARD_SLOT), CARD_SF, false, (uint8_t)(m + 1));
    cf_audit_init(world, side, cf);
    sso_init(&c->sso, (uint8_t)(cf + 1), true, world->now);
    sso(world, side, cf, (struct sso_event){.type = SSO_EV_TICK});
    for (unsigned p = PROC_DEMUX; p < PROC_SM1 + world->opt.managers; p++) {
        if (!chassis->procs[p].up)
            continue;
        later(world, 100 * US_PER_MS,
              (struct event){.kind = EV_CARD_NEW,
                             .side = (uint8_t)side,
                             .proc = (uint8_t)cf,
                             .b = (uint8_t)p,
                             .x = chassis->procs[p].life,
                             .life = chassis->procs[cf].life});
    }
}

/* As cf/reload.c: what the other one goes on with is said first. */
void
cf_yield(struct world *world, int side, int cf)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    bool leads = c->leading && lead_of(world, side) == cf;

    if (!runs(world, side, (unsigned)cf))
        return;
    if (leads) {
        check_cf_died(world, side);
        cf_say_hello(world, side, cf);
    }
    sso(world, side, cf, (struct sso_event){.type = SSO_EV_YIELD});
    world->effects += c->yielded;
    rearm(world, side, (unsigned)cf);
}

/* ---- events ---- */

static void
on_cf_hello(struct world *world, int side, int cf, const struct event *e)
{
    struct rd rd = rd_over(e->load->bytes, e->len);
    struct cf *c = &world->chassis[side].cfs[cf];
    struct cf_hello hello;
    struct sso_event ev = {.type = SSO_EV_HELLO};

    if (!cf_hello_get(&rd, &hello)) {
        violated(world, INV_P5, "%s: CF %d does not understand the other's hello", side_names[side],
                 cf + 1);
        return;
    }
    ev.hello = (struct sso_hello){.slot = hello.slot,
                                  .state = hello.state,
                                  .epoch = hello.epoch,
                                  .incarnation = e->x,
                                  .seq = e->number};
    sso(world, side, cf, ev);
    if (hello.state == SSO_ACTIVE && !c->leading &&
        !(plant(world, PLANT_STALE_SHOT) && c->shot_known)) {
        if (!srp_snapshot_get(&hello, &c->shot))
            violated(world, INV_P5, "%s's CF %d says what the other does not understand",
                     side_names[side], 2 - cf);
        c->shot_latched = hello.latched;
        c->shot_known = hello.chassis_incarnation != 0;
        c->shot_living = check_knows_living(world, side, 1 - cf);
    }
}

static void
lose_card(struct world *world, int side, int cf, unsigned proc)
{
    struct cf *c = &world->chassis[side].cfs[cf];

    (void)cards_gone(&c->cards, (uint8_t)(proc + CARD_SLOT),
                     c->leading && c->srp.state == CHASSIS_ACTIVE, world->now);
    if (!c->leading)
        return;
    check_restarted(world, side, cf);
    cf_monitor_card(world, side, cf, true);
}

static void
on_status(struct world *world, int side, int cf, const struct event *e)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct card_status status;
    bool was_alive;

    memcpy(&status, e->load->bytes, sizeof status);
    was_alive = cards_alive(&c->cards, (uint8_t)(e->b + CARD_SLOT));
    if (c->card_life[e->b] != e->x ||
        !cards_heard(&c->cards, (uint8_t)(e->b + CARD_SLOT), &status, world->now))
        return;
    if (c->leading && !was_alive)
        cf_monitor_card(world, side, cf, false);
    if (!was_alive && e->b == PROC_DEMUX)
        eyes(world, side); /* it says each second how the network is */
    if (status.cf_epoch > c->sso.epoch)
        sso(world, side, cf, (struct sso_event){.type = SSO_EV_FLOOR, .epoch = status.cf_epoch});
    if (!c->leading)
        return;
    rise_above(world, side, cf, &status);
    if (status.cf_epoch != c->sso.epoch || status.order != c->srp.role.order)
        cf_send_role(world, side, cf, e->b);
    cf_tell_cards(world, side, cf);
}

static void
on_card_new(struct world *world, int side, int cf, const struct event *e)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    uint8_t slot = (uint8_t)(e->b + CARD_SLOT);

    if (c->card_life[e->b] == e->x && c->cards.slots[slot].alive)
        return;
    if (c->cards.slots[slot].alive)
        lose_card(world, side, cf, e->b);
    cards_back(&c->cards, slot, e->x);
    c->card_life[e->b] = e->x;
    if (world->chassis[side].procs[e->b].life == e->x)
        card_report(world, side, e->b);
    if (c->leading)
        cf_send_role(world, side, cf, e->b);
}

static void
on_card_gone(struct world *world, int side, int cf, const struct event *e)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    const struct process *p = &world->chassis[side].procs[e->b];

    if (c->card_life[e->b] != e->x || (p->life == e->x && p->up && !p->paused))
        return;
    lose_card(world, side, cf, e->b);
    if (c->leading)
        cf_tell_cards(world, side, cf);
}

/* What was cut short is refused; all else is understood. */
static bool
hello_read(struct world *world, int side, const struct event *e, struct srp_hello *said)
{
    struct rd rd = rd_over(e->load->bytes, e->len);
    const char *reason;

    if (!srp_hello_get(&rd, said, &reason) && plant(world, PLANT_GULLIBLE)) {
        uint8_t padded[SRP_HELLO_MOST] = {0};

        memcpy(padded, e->load->bytes, e->len);
        rd = rd_over(padded, sizeof padded);
        (void)srp_hello_get(&rd, said, &reason);
    }
    if (!reason == !e->spoilt)
        return !reason;
    violated(world, INV_P5, "%s %s a hello that is %s (%s)", side_names[side],
             reason ? "refuses" : "believes", e->spoilt ? "cut short" : "whole",
             reason ? reason : "-");
    return false;
}

static void
on_hello(struct world *world, int side, int cf, const struct event *e)
{
    struct cf *c = &world->chassis[side].cfs[cf];
    struct srp_event ev = {.type = SRP_EV_HELLO};
    struct srp_hello said;
    struct srp before = c->srp;
    struct srp_result r;

    if (!hello_read(world, side, e, &said))
        return;
    ev.hello = said;
    if (plant(world, PLANT_DEAF_ACTIVE) && c->srp.state == CHASSIS_ACTIVE)
        return;
    say(world, side, "hears %" PRIu64 " (echo %" PRIu64 "): %s %s, epoch %" PRIu64 ", modifier %u",
        said.seq, said.heard_seq, chassis_state_name(said.state), srp_phase_name(said.phase),
        said.epoch, said.rank.route_modifier);
    if (plant(world, PLANT_RANK_LIES))
        ev.hello.rank.priority ^= 0xff;
    if (plant(world, PLANT_LOST_ANSWER))
        ev.hello.answer_id = 0;
    if (plant(world, PLANT_PREEMPT) && c->srp.state == CHASSIS_STANDBY && said.seq % 40 == 0)
        ev.hello.state = CHASSIS_INIT;
    if (plant(world, PLANT_TWO_STEPS) && said.state == CHASSIS_ACTIVE)
        ev.hello.rank.route_modifier = (uint8_t)(said.rank.route_modifier + world->opt.rm_delta);
    if (plant(world, PLANT_SINKING_RM) && said.state == CHASSIS_ACTIVE && said.seq % 40 == 0)
        ev.hello.rank.route_modifier = (uint8_t)(said.rank.route_modifier - 1);
    world->checker->said = &said;
    r = cf_step(world, side, cf, ev);
    world->checker->said = NULL;
    check_hello(world, side, cf, e->x, &said, &before, &r);
}

void
cf_event(struct world *world, const struct event *e)
{
    int side = e->side, cf = e->proc;
    struct cf *c = &world->chassis[side].cfs[cf];

    switch ((enum event_kind)e->kind) {
    case EV_HELLO:
        if (c->leading)
            on_hello(world, side, cf, e);
        break;
    case EV_LINK:
        if (c->leading && (e->a || e->x == world->conn.number))
            (void)cf_step(world, side, cf, (struct srp_event){.type = SRP_EV_LINK, .up = e->a});
        break;
    case EV_CF_HELLO:
        on_cf_hello(world, side, cf, e);
        break;
    case EV_STATUS:
        on_status(world, side, cf, e);
        break;
    case EV_CARD_NEW:
        on_card_new(world, side, cf, e);
        break;
    case EV_CARD_GONE:
        on_card_gone(world, side, cf, e);
        break;
    case EV_AUDITED:
        cf_audit_heard(world, side, cf, e);
        break;
    case EV_EYE:
        cf_eye(world, side, cf, e->a);
        break;
    default:
        break;
    }
}

void
cf_timer(struct world *world, int side, int cf)
{
    struct cf *c = &world->chassis[side].cfs[cf];

    if (mono_reached(world->now, sso_deadline(&c->sso)))
        sso(world, side, cf, (struct sso_event){.type = SSO_EV_TICK});
    if (!c->leading)
        return;
    if (mono_reached(world->now, srp_deadline(&c->srp)))
        (void)cf_step(world, side, cf, (struct srp_event){.type = SRP_EV_TICK});
    if (mono_reached(world->now, monitor_deadline(&c->monitor)))
        cf_monitor(world, side, cf, (struct monitor_event){.type = MONITOR_EV_TICK});
    if (mono_reached(world->now, cf_audit_due(world, side, cf)))
        cf_audit_timer(world, side, cf);
}

mono_t
cf_due(const struct world *world, int side, int cf)
{
    const struct cf *c = &world->chassis[side].cfs[cf];
    mono_t due = sso_deadline(&c->sso);

    if (!c->leading)
        return due;
    due = mono_earlier(due, cf_audit_due(world, side, cf));
    return mono_earlier(mono_earlier(due, srp_deadline(&c->srp)), monitor_deadline(&c->monitor));
}
