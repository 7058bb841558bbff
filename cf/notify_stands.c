#include "cf/notify_priv.h"

/* Which alarms stand: for the CF that leads next, and under another configuration. */

_Static_assert(MONITOR_TARGETS <= 32, "alarms.targets has a bit for each");

static const enum trap_id chassis_alarms[] = {
    TRAP_SRP_CONN_DOWN,
    TRAP_CONFIG_OUT,
    TRAP_AAA_UNREACHABLE,
};

enum { CHASSIS_ALARMS = sizeof chassis_alarms / sizeof *chassis_alarms };

bool
notify_target_stands(const struct cf *cf, uint8_t target)
{
    struct trap trap;

    if (!notify_is_single(cf, target))
        return false;
    trap = notify_monitor_trap(cf, target, false);
    return traps_stands(&cf->traps, &trap);
}

struct alarms
notify_alarms(const struct cf *cf)
{
    struct alarms alarms = {0};

    for (unsigned i = 0; i < CHASSIS_ALARMS; i++)
        alarms.kinds |= notify_stands(cf, chassis_alarms[i]) ? 1u << i : 0;
    for (uint8_t i = 0; i < monitors_core(cf->monitors)->setup.target_n; i++)
        alarms.targets |= notify_target_stands(cf, i) ? 1u << i : 0;
    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        struct trap trap = notify_card_trap(cf, TRAP_SPOF, slot);

        alarms.spof |= traps_stands(&cf->traps, &trap) ? UINT64_C(1) << slot : 0;
    }
    return alarms;
}

static void
adopt_cards(struct cf *cf, uint64_t spof)
{
    for (uint8_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        const struct card *card = &cf->cards.slots[slot];
        struct trap alarm = notify_card_trap(cf, TRAP_SPOF, slot),
                    down = notify_card_trap(cf, TRAP_CARD_DOWN, slot);

        if (spof >> slot & 1)
            traps_stand(&cf->traps, &alarm);
        if (!cards_there(&cf->cards, slot) && card->deaths > 0)
            traps_stand(&cf->traps, &down);
    }
}

void
notify_adopt(struct cf *cf)
{
    traps_forget(&cf->traps);
    if (!cf->snapshot_known)
        return;
    for (unsigned i = 0; i < CHASSIS_ALARMS; i++) {
        struct trap trap = notify_srp_trap(cf, chassis_alarms[i]);

        if (cf->alarms.kinds >> i & 1)
            traps_stand(&cf->traps, &trap);
    }
    for (uint8_t i = 0; i < monitors_core(cf->monitors)->setup.target_n; i++) {
        if (notify_is_single(cf, i) && cf->alarms.targets >> i & 1) {
            struct trap trap = notify_monitor_trap(cf, i, false);

            traps_stand(&cf->traps, &trap);
        }
    }
    adopt_cards(cf, cf->alarms.spof);
}

/* ---- under another configuration ------------------------------------------------------------ */

static bool
has_kind(const struct cf *cf, unsigned kind)
{
    for (uint8_t i = 0; i < monitors_core(cf->monitors)->setup.target_n; i++) {
        if (monitors_target(cf->monitors, i)->kind == kind)
            return true;
    }
    return false;
}

/* Of the whole chassis, whose SRP may be in another context now: there it stands, as long as there
 * is what it is about. */
static void
move_alarm(struct cf *cf, const struct trap *alarm)
{
    struct trap moved = notify_srp_trap(cf, (enum trap_id)alarm->id);
    bool about = alarm->id == TRAP_AAA_UNREACHABLE ? has_kind(cf, CONF_MONITOR_AAA)
                                                   : cf->conf.srp.bind && cf->conf.srp.peer;

    moved.wall_us = alarm->wall_us;
    moved.at = alarm->at;
    moved.port = alarm->port;
    traps_drop(&cf->traps, alarm);
    if (about)
        traps_stand(&cf->traps, &moved);
    else if (alarm->id == TRAP_CONFIG_OUT)
        validate_reset(cf->validate); /* the next peer that differs is news */
}

static bool
is_of_chassis(uint8_t id)
{
    for (unsigned i = 0; i < CHASSIS_ALARMS; i++) {
        if (chassis_alarms[i] == id)
            return true;
    }
    return false;
}

/* Targets that are watched still keep their alarms; whatever else stands of targets does not. */
static void
keep_watched(struct cf *cf, const struct trap *alarm)
{
    for (uint8_t i = 0; i < monitors_core(cf->monitors)->setup.target_n; i++) {
        struct trap trap;

        if (!notify_is_single(cf, i))
            continue;
        trap = notify_monitor_trap(cf, i, false);
        if (trap_same(&trap, alarm))
            return;
    }
    traps_drop(&cf->traps, alarm);
}

/* From the last one back: one that is dropped gives its place to the last, which has been judged. */
void
notify_retarget(struct cf *cf)
{
    for (uint32_t i = cf->traps.standing_n; i > 0; i--) {
        struct trap alarm = cf->traps.standing[i - 1];

        if (is_of_chassis(alarm.id))
            move_alarm(cf, &alarm);
        else if (alarm.id == TRAP_BGP_DOWN || alarm.id == TRAP_BFD_DOWN ||
                 alarm.id == TRAP_DIAMETER_DOWN)
            keep_watched(cf, &alarm);
    }
}
