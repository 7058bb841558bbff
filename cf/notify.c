#include "cf/cf.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

/* What of a chassis' life is worth an SNMP notification: docs/staros.md "Notifications". */

/* Raised by the CF that leads; the other one will speak when it does. */
void
chassis_trap(struct cf *cf, const struct trap *trap)
{
    struct trap t = *trap;

    if (!cf->leading)
        return;
    t.wall_us = clock_wall_us();
    t.at = clock_now();
    if (traps_raise(&cf->traps, &t)) {
        char text[TRAP_TEXT_MOST];

        (void)trap_text(&t, text, sizeof text);
        log_event("snmp.trap", NULL, trap_name(t.id), text, cf->srp.epoch);
        trap_link_send(cf->trap_link);
    }
}

static struct trap
srp_trap(const struct cf *cf, enum trap_id id)
{
    struct trap trap = {.id = (uint8_t)id, .srp_addr = cf->conf.srp.bind};

    (void)snprintf(trap.context, sizeof trap.context, "%s",
                   cf->conf.contexts[cf->conf.srp.context]);
    return trap;
}

void
notify_srp(struct cf *cf, enum trap_id id)
{
    struct trap trap = srp_trap(cf, id);

    chassis_trap(cf, &trap);
}

void
notify_card(struct cf *cf, enum trap_id id, uint8_t slot)
{
    struct trap trap = {.id = (uint8_t)id, .slot = slot};

    chassis_trap(cf, &trap);
}

/* One side says it when it stands by, the other when it begins to take over. */
static void
notify_switchover(struct cf *cf, const struct srp_result *r)
{
    struct trap trap = srp_trap(cf, TRAP_SWITCH_OCCURRED);

    if ((r->from == CHASSIS_PENDING_STANDBY && r->to == CHASSIS_STANDBY) ||
        (r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE)) {
        trap.reason = (uint8_t)r->reason;
        chassis_trap(cf, &trap);
    }
}

void
notify_step(struct cf *cf, const struct srp_result *r)
{
    if (r->from == r->to)
        return;
    if (r->to == CHASSIS_ACTIVE && r->from != CHASSIS_PENDING_STANDBY) /* which never was Standby */
        notify_srp(cf, TRAP_SRP_ACTIVE);
    if (r->to == CHASSIS_ACTIVE && !cf->srp.link_up)
        notify_srp(cf, TRAP_SRP_CONN_DOWN);
    notify_switchover(cf, r);
    if (r->to == CHASSIS_STANDBY)
        notify_srp(cf, TRAP_SRP_STANDBY);
}

enum { BOOT_US = 5000000 }; /* of lab time: cards that start together come one by one */

/* A card that nobody could replace, or one that got a replacement. */
void
notify_spof(struct cf *cf)
{
    if (mono_between(cf->led_at, clock_now()) < BOOT_US)
        return;
    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        const struct card *card = &cf->cards.slots[slot];

        if (card->type != CARD_SF || card->spare || !card->alive)
            continue;
        notify_card(cf, cards_spof(&cf->cards, slot) ? TRAP_SPOF : TRAP_SPOF_CLEAR, slot);
    }
}

void
chassis_cf_peer(struct cf *cf)
{
    uint8_t other = cf->node->slot == 1 ? 2 : 1;

    notify_card(cf, cf->sso.peer_alive ? TRAP_CARD_UP : TRAP_CARD_DOWN, other);
}
