#include "cf/notify_priv.h"
#include "common/conf/conf_build.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

/* What of a chassis' life is worth an SNMP notification: docs/staros.md "Notifications". */

enum {
    BOOT_US = 5000000,  /* of lab time: cards that start together come one by one */
    CKPT_US = 60000000, /* from one SRPCheckpointFailure to the next, at least */
};

/* Raised by the CF that leads; the other one will speak when it does, and must know by then
 * what stands. */
static void
raise_trap(struct cf *cf, const struct trap *trap)
{
    struct trap t = *trap;
    char text[TRAP_TEXT_MOST];

    if (!cf->leading)
        return;
    t.wall_us = clock_wall_us();
    t.at = clock_now();
    if (!traps_raise(&cf->traps, &t))
        return;
    (void)trap_text(&t, text, sizeof text);
    log_event("snmp.trap", NULL, trap_name(t.id), text, cf->srp.epoch);
    trap_link_send(cf->trap_link);
    if (trap_is_paired(t.id))
        cf_pair_say(cf);
}

/* ---- the chassis ---------------------------------------------------------------------------- */

struct trap
notify_srp_trap(const struct cf *cf, enum trap_id id)
{
    struct trap trap = {.id = (uint8_t)id, .srp_addr = cf->conf.srp.bind};

    (void)snprintf(trap.context, sizeof trap.context, "%s",
                   cf->conf.contexts[cf->conf.srp.context]);
    (void)snprintf(trap.software, sizeof trap.software, "%s", cf->image.release);
    return trap;
}

void
notify_srp(struct cf *cf, enum trap_id id)
{
    struct trap trap = notify_srp_trap(cf, id);

    raise_trap(cf, &trap);
}

void
notify_cli(struct cf *cf, bool begins, const char *privilege)
{
    struct trap trap = {.id = begins ? TRAP_CLI_START : TRAP_CLI_END};

    (void)snprintf(trap.endpoint, sizeof trap.endpoint, "%s", privilege);
    raise_trap(cf, &trap);
}

bool
notify_stands(const struct cf *cf, enum trap_id id)
{
    struct trap trap = notify_srp_trap(cf, id);

    return traps_stands(&cf->traps, &trap);
}

/* One side says it when it stands by, the other when it begins to take over. */
static void
notify_switchover(struct cf *cf, const struct srp_result *r)
{
    struct trap trap = notify_srp_trap(cf, TRAP_SWITCH_OCCURRED);

    if ((r->from == CHASSIS_PENDING_STANDBY && r->to == CHASSIS_STANDBY) ||
        (r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE)) {
        trap.reason = (uint8_t)r->reason;
        raise_trap(cf, &trap);
    }
}

void
notify_step(struct cf *cf, const struct srp_result *r)
{
    bool entered = r->from != r->to;

    if (entered && r->to == CHASSIS_ACTIVE &&
        r->from != CHASSIS_PENDING_STANDBY) /* which never was Standby */
        notify_srp(cf, TRAP_SRP_ACTIVE);
    /* A CF that took over may never have had the connection that is lost. */
    if (r->to == CHASSIS_ACTIVE && !cf->srp.link_up &&
        (entered || ((r->actions & SRP_DO_PEER) && !cf->srp.peer_known)))
        notify_srp(cf, TRAP_SRP_CONN_DOWN);
    if (!entered)
        return;
    notify_switchover(cf, r);
    if (r->to == CHASSIS_STANDBY)
        notify_srp(cf, TRAP_SRP_STANDBY);
}

/* What the relay could not pass on belonged to calls, if there are any; else it was only the
 * session managers' search for their peers. */
static void
notify_checkpoints(struct cf *cf)
{
    uint64_t unsent = relay_counters(cf->relay).no_link;
    bool failed = unsent > cf->ckpt_unsent && cf->srp.state == CHASSIS_ACTIVE &&
                  cards_totals(&cf->cards).sessions > 0;

    cf->ckpt_unsent = unsent;
    if (!failed || !mono_reached(clock_now(), cf->ckpt_noted))
        return;
    cf->ckpt_noted = mono_after(clock_now(), CKPT_US);
    notify_srp(cf, TRAP_CKPT_FAILURE);
}

/* ---- cards ---------------------------------------------------------------------------------- */

struct trap
notify_card_trap(const struct cf *cf, enum trap_id id, uint8_t slot)
{
    bool is_cf = cf->cards.slots[slot].type == CARD_CF;

    return (struct trap){
        .id = (uint8_t)id, .slot = slot, .card_type = is_cf ? TRAP_CFC : TRAP_SFC2P};
}

static void
notify_card(struct cf *cf, enum trap_id id, uint8_t slot)
{
    struct trap trap = notify_card_trap(cf, id, slot);

    raise_trap(cf, &trap);
}

void
notify_card_reboot(struct cf *cf, uint8_t slot)
{
    notify_card(cf, TRAP_CARD_REBOOT, slot);
}

static bool
can_be_spof(const struct cf *cf, uint8_t slot)
{
    const struct card *card = &cf->cards.slots[slot];

    if (card->type == CARD_CF) /* the other one is not while it stands by */
        return slot == cf->node->slot || !chassis_spof(cf, slot);
    return card->type != CARD_EMPTY && !card->spare && cards_there(&cf->cards, slot);
}

/* A card that nobody could replace, or one that got a replacement. */
static void
notify_spof(struct cf *cf)
{
    if (mono_between(cf->led_at, clock_now()) < BOOT_US)
        return;
    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        if (can_be_spof(cf, slot))
            notify_card(cf, chassis_spof(cf, slot) ? TRAP_SPOF : TRAP_SPOF_CLEAR, slot);
    }
}

/* It is up, and in its role at once: an SF is active by configuration, or the spare. */
void
notify_card_up(struct cf *cf, uint8_t slot)
{
    notify_card(cf, TRAP_CARD_UP, slot);
    notify_card(cf, cf->cards.slots[slot].spare ? TRAP_CARD_STANDBY : TRAP_CARD_ACTIVE, slot);
}

void
notify_card_down(struct cf *cf, uint8_t slot)
{
    notify_card(cf, TRAP_CARD_DOWN, slot);
    notify_spof(cf);
}

static uint8_t
other_cf(const struct cf *cf)
{
    return cf->node->slot == 1 ? 2 : 1;
}

/* Kept by a CF that follows, too: what it knows already is no news when it leads. */
void
chassis_cf_peer(struct cf *cf)
{
    struct cf_noted was = cf->other_cf;
    struct cf_noted now = {.alive = cf->sso.peer_alive};

    if (now.alive) {
        now.incarnation = cf->sso.peer.incarnation;
        now.standby = cf->sso.peer.state == SSO_STANDBY;
    }
    cf->other_cf = now;
    if (was.alive && now.incarnation != was.incarnation) {
        notify_card(cf, TRAP_CARD_DOWN, other_cf(cf));
        was = (struct cf_noted){0};
    }
    if (now.alive && !was.alive)
        notify_card(cf, TRAP_CARD_UP, other_cf(cf));
    if (now.standby && !was.standby)
        notify_card(cf, TRAP_CARD_STANDBY, other_cf(cf));
}

/* ---- a switchover between the CFs --------------------------------------------------------------- */

static void
notify_cf_switch(struct cf *cf, enum trap_id id)
{
    struct trap trap = {.id = (uint8_t)id, .slot = other_cf(cf), .to_slot = cf->node->slot};

    raise_trap(cf, &trap);
}

static bool
all_obey(const struct cf *cf)
{
    for (uint16_t row = 1; row <= cards_rows(&cf->cards); row++) {
        const struct card *card = &cf->cards.slots[row];

        if (card->alive && card->status.cf_epoch != cf->sso.epoch)
            return false;
    }
    return true;
}

void
notify_obeyed(struct cf *cf)
{
    if (!cf->leading || !cf->switching || !all_obey(cf))
        return;
    cf->switching = false;
    notify_cf_switch(cf, TRAP_CF_SWITCH_DONE);
}

/* ---- monitors ------------------------------------------------------------------------------------ */

/* All that `monitor diameter` names are one to it. */
static uint32_t
diameter_addr(const struct cf *cf, const struct conf_srp_monitor *monitor)
{
    const struct conf_diameter *endpoint = conf_find_diameter(
        &cf->conf, conf_find_context(&cf->conf, monitor->context), monitor->endpoint);
    const struct conf_diameter_peer *peer = NULL;

    if (!endpoint)
        return 0;
    if (monitor->peer[0])
        peer = conf_find_peer(endpoint, monitor->peer);
    else if (endpoint->peer_n == 1)
        peer = &endpoint->peers[0];
    return peer ? peer->addr : 0;
}

struct trap
notify_monitor_trap(const struct cf *cf, uint8_t target, bool up)
{
    static const struct {
        enum trap_id up, down;
    } ids[MONITOR_KIND_N] = {
        [MONITOR_BGP] = {TRAP_BGP_UP, TRAP_BGP_DOWN},
        [MONITOR_DIAMETER] = {TRAP_DIAMETER_UP, TRAP_DIAMETER_DOWN},
        [MONITOR_BFD] = {TRAP_BFD_UP, TRAP_BFD_DOWN},
    };
    const struct conf_srp_monitor *monitor = monitors_target(cf->monitors, target);
    struct trap trap = {.id = (uint8_t)(up ? ids[monitor->kind].up : ids[monitor->kind].down),
                        .peer = monitor->addr,
                        .self = monitor->chassis_to_chassis ? cf->conf.srp.bind : 0};

    if (monitor->kind == CONF_MONITOR_DIAMETER)
        trap.peer = diameter_addr(cf, monitor);
    (void)snprintf(trap.context, sizeof trap.context, "%s", monitor->context);
    (void)snprintf(trap.endpoint, sizeof trap.endpoint, "%s", monitor->endpoint);
    (void)snprintf(trap.name, sizeof trap.name, "%s", monitor->peer);
    return trap;
}

bool
notify_is_single(const struct cf *cf, uint8_t target)
{
    unsigned kind = monitors_target(cf->monitors, target)->kind;

    return kind != CONF_MONITOR_AAA && kind != CONF_MONITOR_HSRP;
}

/* Single AAA servers are not notified, but any that answers ends the alarm of all. */
void
notify_monitor(struct cf *cf, uint8_t target, bool up)
{
    struct trap trap;

    if (notify_is_single(cf, target)) {
        trap = notify_monitor_trap(cf, target, up);
        raise_trap(cf, &trap);
    } else if (up && monitors_target(cf->monitors, target)->kind == CONF_MONITOR_AAA) {
        notify_aaa(cf, target, true);
    }
}

void
notify_aaa(struct cf *cf, uint8_t target, bool back)
{
    struct trap trap = notify_srp_trap(cf, back ? TRAP_AAA_REACHABLE : TRAP_AAA_UNREACHABLE);

    trap.port = monitors_target(cf->monitors, target)->port;
    raise_trap(cf, &trap);
}

/* ---- a CF that begins to lead --------------------------------------------------------------------- */

/* The network may have changed after the last word of the CF before, and nobody said so. */
static void
catch_up(struct cf *cf)
{
    for (uint8_t i = 0; i < monitors_core(cf->monitors)->setup.target_n; i++) {
        const struct monitor_target *target = &monitors_core(cf->monitors)->setup.targets[i];
        bool stands = notify_target_stands(cf, i);

        if (target->kind != MONITOR_BGP && target->kind != MONITOR_BFD)
            continue;
        if (target->state == MONITOR_UP && stands)
            notify_monitor(cf, i, true);
        if (target->state == MONITOR_DOWN && !stands &&
            mono_reached(target->changed, cf->snapshot_at))
            notify_monitor(cf, i, false);
    }
}

/* All that is there when the system starts, and what comes later when it comes. */
static void
notify_start(struct cf *cf)
{
    notify_srp(cf, TRAP_SYSTEM_STARTUP);
    notify_card_up(cf, cf->node->slot);
    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        if (cards_there(&cf->cards, slot))
            notify_card_up(cf, slot);
    }
    cf->other_cf = (struct cf_noted){0};
    chassis_cf_peer(cf);
    for (uint8_t i = 0; i < monitors_core(cf->monitors)->setup.target_n; i++) {
        if (monitors_core(cf->monitors)->setup.targets[i].state == MONITOR_UP)
            notify_monitor(cf, i, true);
    }
}

void
notify_lead(struct cf *cf)
{
    cf->ckpt_unsent = relay_counters(cf->relay).no_link;
    cf->switching = cf->snapshot_known;
    if (!cf->switching) {
        notify_start(cf);
        return;
    }
    notify_cf_switch(cf, TRAP_CF_SWITCH_START);
    notify_card(cf, TRAP_CARD_ACTIVE, cf->node->slot);
    catch_up(cf);
}

/* Another CF leads before all cards obeyed this one. */
void
notify_follow(struct cf *cf)
{
    if (cf->switching)
        notify_cf_switch(cf, TRAP_CF_SWITCH_FAILED);
    cf->switching = false;
}

void
notify_tick(struct cf *cf)
{
    notify_spof(cf); /* the cards may have become fewer in silence */
    notify_checkpoints(cf);
}
