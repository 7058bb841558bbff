#include "lab/record/record_setup.h"

#include <stdio.h>
#include <string.h>

#include "cf/srp/srp_fsm.h"
#include "common/base/mono.h"
#include "common/ckpt/ckpt_wire.h"
#include "common/conf/conf_build.h"

/* What both chassis share; where they differ by mistake, the first one's counts. */
static void
shared(struct scenario *s, const struct conf_srp *c)
{
    s->hello_us = c->hello_s * US_PER_S;
    s->dead_us = c->dead_s * US_PER_S;
    s->delay_us = c->delay_s * US_PER_S;
    s->rm_threshold = c->rm_threshold;
    s->rm_delta = c->rm_delta;
    s->switchover = (c->allow_all_data ? SRP_ALLOW_ALL_DATA : 0) |
                    (c->allow_volte_data ? SRP_ALLOW_VOLTE_DATA : 0) |
                    (c->maintain_accounting ? SRP_MAINTAIN_ACCOUNTING : 0) |
                    (c->allow_early_active ? SRP_EARLY_ACTIVE : 0) |
                    (c->control_optimization ? SRP_CONTROL_OPTIMIZATION : 0);
    s->ignore_dead = c->bfd_ignore_dead;
    s->standby_announce_us = c->advertise_in_standby ? c->hold_off_s * US_PER_S : -1;
    s->retry_us = c->retry_interval_s * US_PER_S;
    s->retries = c->retries;
    s->duration_us = c->duration_non_ims_s * US_PER_S;
    s->ready_beats = c->recovery_aggressive ? CKPT_BEATS_AGGRESSIVE : CKPT_BEATS;
    s->nack_macro = c->nack[CONF_MACRO].on;
    s->nack_micro = c->nack[CONF_MICRO].on;
    s->nack_most = c->nack[CONF_MACRO].max_response;
    s->audit_daily = c->audit_daily;
    s->audit_start_min = c->audit_start_min;
    s->audit_period_min = c->audit_periodicity_min;
    s->guard_switch_us = c->aaa_after_switch.guard_s * US_PER_S;
    s->damping_switch_us = c->aaa_after_switch.damping_s * US_PER_S;
    s->guard_failure_us = c->aaa_after_failure.guard_s * US_PER_S;
    s->damping_failure_us = c->aaa_after_failure.damping_s * US_PER_S;
}

static uint8_t
deed_of(const struct conf_srp_monitor *monitor)
{
    if (monitor->kind == CONF_MONITOR_AAA)
        return DEED_AAA;
    if (monitor->kind == CONF_MONITOR_BGP && monitor->addr)
        return DEED_BGP;
    if (monitor->kind == CONF_MONITOR_BFD && !monitor->chassis_to_chassis)
        return DEED_BFD;
    return DEED_OTHER;
}

/* The chassis-to-chassis session is told by the world (bfd.chassis), and needs no name here. */
static void
watched(struct scenario *s, struct scenario_watch *watch, const struct conf_srp *c, size_t side)
{
    int64_t *const counts[] = {&s->aaa_n, &s->bgp_n, &s->bfd_n};
    int64_t n[] = {0, 0, 0};

    for (size_t i = 0; i < c->monitor_n && watch->monitor_n[side] < SCENARIO_WATCHED; i++) {
        const struct conf_srp_monitor *monitor = &c->monitors[i];
        struct scenario_monitor *to = &watch->monitors[side][watch->monitor_n[side]];

        if (monitor->kind == CONF_MONITOR_BFD && monitor->chassis_to_chassis)
            continue;
        watch->monitor_n[side]++;
        to->deed = deed_of(monitor);
        (void)snprintf(to->text, sizeof to->text, "%s", conf_monitor_text(monitor).text);
        if (to->deed != DEED_OTHER && n[to->deed - DEED_AAA] < SCENARIO_MONITORS)
            n[to->deed - DEED_AAA]++;
        s->bgp_grouped |= to->deed == DEED_BGP && monitor->group != 0;
    }
    for (size_t kind = 0; kind < 3; kind++)
        if (n[kind] > *counts[kind])
            *counts[kind] = n[kind];
}

static void
chassis(struct scenario_chassis *to, const struct topo_instance *from, const struct conf_srp *c)
{
    bool any = false;

    (void)snprintf(to->name, sizeof to->name, "%s", from->name);
    to->primary = c->mode == CONF_PRIMARY;
    to->priority = (uint8_t)c->priority;
    to->lz4 = c->compression == CONF_LZ4;
    for (uint8_t slot = 1; slot <= TOPO_SLOTS; slot++) {
        const struct topo_card *card = &from->slots[slot];

        if (card->type == CARD_CF && !any) {
            memcpy(to->mac, card->mac, sizeof to->mac);
            any = true;
        }
        if (card->type == CARD_SF && !card->spare && to->sf_n < SCENARIO_SFS)
            to->sf[to->sf_n++] = slot;
    }
}

/* As many session managers as both chassis and the simulator have. */
static int64_t
managers(const struct scenario *s)
{
    int64_t n = 3;

    for (size_t side = 0; side < SCENARIO_SIDES; side++)
        if (s->chassis[side].sf_n < n)
            n = s->chassis[side].sf_n;
    return n;
}

int
record_setup(const struct topo *topo, struct scenario *s, struct scenario_watch *watch)
{
    static struct conf confs[SCENARIO_SIDES];
    char err[4096];
    size_t first;

    memset(watch, 0, sizeof *watch);
    scenario_defaults(s);
    if (topo->instance_n != SCENARIO_SIDES) {
        (void)fprintf(stderr, "vpclab record: the topology has one instance; a scenario is of a "
                              "pair\n");
        return LAB_FAILURE;
    }
    for (size_t i = 0; i < SCENARIO_SIDES; i++) {
        if (topo_load_conf(&topo->instances[i], &confs[i], err, sizeof err) != 0) {
            (void)fprintf(stderr, "%s\n", err);
            return LAB_FAILURE;
        }
        if (!confs[i].srp.configured || !confs[i].srp.bind || !confs[i].srp.peer) {
            (void)fprintf(stderr,
                          "vpclab record: the configuration of %s has no bind address and peer in "
                          "service-redundancy-protocol; without a pair there is nothing to play\n",
                          topo->instances[i].name);
            return LAB_FAILURE;
        }
    }
    first = confs[0].srp.bind < confs[1].srp.bind ? 0 : 1;
    shared(s, &confs[first].srp);
    s->higher_wins = topo->election == TOPO_HIGHER_WINS;
    for (size_t side = 0; side < SCENARIO_SIDES; side++) {
        size_t i = side == 0 ? first : 1 - first;

        chassis(&s->chassis[side], &topo->instances[i], &confs[i].srp);
        watched(s, watch, &confs[i].srp, side);
    }
    s->managers = managers(s);
    return LAB_OK;
}
