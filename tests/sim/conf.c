/* What the chassis are configured with, as far as it concerns calls, and an operator who changes it
 * under them: pools are split, moved, shrunk and busied out, names come, go and change places, the
 * checkpoint duration changes. Each chassis for itself, so that the two differ meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "sf/smgr_priv.h"

#define UPPER 0x7f0a0080u
#define M24   0xffffff00u
#define M25   0xffffff80u
#define M26   0xffffffc0u

/* Whole: they have each address of 127.10.0.0/24 but for ends of pools, in whatever order. */
static const struct {
    bool whole;
    uint8_t n;
    struct sess_pool pools[4];
} shapes[] = {
    {true, 1, {{.net = NET, .mask = M24}}},
    {true, 2, {{.net = NET, .mask = M24}, {.net = 0x7f0b0000u, .mask = M24, .busyout = true}}},
    {true, 1, {{.net = NET, .mask = M24, .busy_low = 64, .busy_high = 100}}},
    {false, 2, {{.net = UPPER, .mask = M25}, {.net = NET, .mask = M25}}}, /* 127, 128 are ends */
    {false, 1, {{.net = NET, .mask = M25}}},
    {false, 2, {{.net = UPPER, .mask = M26}, {.net = NET, .mask = M25, .busyout = true}}},
    {false, 2, {{.net = NET + 64, .mask = M26}, {.net = UPPER + 64, .mask = M26}}},
};

/* The first two are those of the chassis, which were configured with the same APNs, services and
 * contexts, not in the same order. */
static const struct {
    bool whole;
    struct names names[SMGR_MAPS];
} orders[] = {
    [EAST] = {true,
              {[SMGR_APNS] = {.of = {"internet", "ims", "intranet"}},
               [SMGR_SERVICES] = {.of = {"ggsn", "pgw"}},
               [SMGR_VPNS] = {.of = {"egress", "ims"}}}},
    [WEST] = {true,
              {[SMGR_APNS] = {.of = {"ims", "intranet", "internet"}},
               [SMGR_SERVICES] = {.of = {"pgw", "ggsn"}},
               [SMGR_VPNS] = {.of = {"", "ims", "egress"}}}},
    {true,
     {[SMGR_APNS] = {.of = {"new", "intranet", "other", "ims", "internet"}},
      [SMGR_SERVICES] = {.of = {"ggsn"}},
      [SMGR_VPNS] = {.of = {"ims", "new", "egress"}}}},
    {false,
     {[SMGR_APNS] = {.of = {"other", "internet", "intranet"}},
      [SMGR_SERVICES] = {.of = {"another", "ggsn", "pgw"}},
      [SMGR_VPNS] = {.of = {"new", "egress", "ims"}}}},
    {false,
     {[SMGR_APNS] = {.of = {"ims"}},
      [SMGR_SERVICES] = {.of = {"pgw", "ggsn"}},
      [SMGR_VPNS] = {.of = {"ims"}}}},
};

enum { SHAPES = sizeof shapes / sizeof *shapes, ORDERS = sizeof orders / sizeof *orders };

/* ---- what calls refer to ------------------------------------------------------------------- */

const char *
call_name(enum smgr_map map, uint64_t imsi)
{
    static const char *const apns[] = {"internet", "ims", "intranet"};

    switch (map) {
    case SMGR_APNS:
        return apns[imsi % 3];
    case SMGR_SERVICES:
        return "ggsn";
    default:
        return imsi % 3 == 1 ? "ims" : "egress";
    }
}

/* The number that the configuration in force gives to it, and so the session manager's. */
static uint8_t
number(const struct card_model *card, enum smgr_map map, uint64_t imsi)
{
    for (uint8_t i = 0; i < NAMES_MOST; i++) {
        if (strcmp(orders[card->conf.order].names[map].of[i], call_name(map, imsi)) == 0)
            return smgr_number(card->smgr, map, i);
    }
    return NAME_NONE;
}

bool
call_refers(const struct world *world, int side, int manager, uint64_t imsi,
            struct call_refers *refers)
{
    const struct card_model *card = &world->chassis[side].cards[PROC_SM1 + manager];

    *refers = (struct call_refers){.apn = number(card, SMGR_APNS, imsi),
                                   .service = number(card, SMGR_SERVICES, imsi),
                                   .vpn = number(card, SMGR_VPNS, imsi)};
    return refers->apn != NAME_NONE && refers->service != NAME_NONE && refers->vpn != NAME_NONE;
}

/* ---- a session manager's setup --------------------------------------------------------------- */

struct smgr_setup
conf_setup(const struct world *world, int side, int manager)
{
    const struct conf_model *conf = &world->chassis[side].conf;
    const struct options *o = &world->opt;
    struct smgr_setup setup = {
        .sess = {.instance = (uint8_t)(manager + 1),
                 .instances = (uint8_t)o->managers,
                 .capacity = SLOTS,
                 .pool_n = shapes[conf->shape].n},
        .names = orders[conf->order].names,
        .incarnation = world->chassis[side].procs[PROC_SM1 + manager].life,
        .lz4 = o->lz4[side],
        .duration_us = {conf->duration_us, conf->duration_us},
        .credit = o->credit,
        .ready_beats = o->ready_beats,
        .nack = {.on = {o->nack[CKPT_MACRO], o->nack[CKPT_MICRO]},
                 .max_response = {o->nack_most, o->nack_most},
                 .window_us = o->nack_window_us},
    };

    memcpy(setup.sess.pools, shapes[conf->shape].pools, sizeof shapes[conf->shape].pools);
    if (o->nack_disabled)
        setup.nack.disabled[o->nack_disabled / 64] |= UINT64_C(1) << o->nack_disabled % 64;
    plant_nack(world, &setup.nack);
    if (plant(world, PLANT_EAGER))
        setup.ready_beats = CKPT_BEATS_AGGRESSIVE;
    if (plant(world, PLANT_SHARED_ADDRESS))
        setup.sess.instance = setup.sess.instances = 1;
    return setup;
}

/* As sf/sf_conf.c does. */
void
conf_apply(struct world *world, int side, int manager)
{
    struct card_model *card = &world->chassis[side].cards[PROC_SM1 + manager];
    struct smgr_setup setup = conf_setup(world, side, manager);
    struct sess_table *table = table_of(world, side, manager);
    void *memory = NULL;
    size_t size;

    if (card->conf.number == world->chassis[side].conf.number)
        return;
    if (smgr_change_size(card->smgr, &setup, &size) != 0)
        abort(); /* there are not so many pools */
    if (size > 0 && !(memory = calloc(1, size)))
        abort();
    (void)smgr_change(card->smgr, world->now, &setup, memory);
    plant_change(world, card->smgr, memory != NULL);
    if (memory) {
        free(card->index_memory);
        card->index_memory = memory;
    }
    card->conf = world->chassis[side].conf;
    say(world, side, "sessmgr %d has %u pools, %u of before, and names as in %u", manager + 1,
        sess_table_setup(table)->pool_n, sess_table_setup(table)->gone_n, card->conf.order);
    check_stream(world, side, manager);
    check_table(world, side, manager);
    pump(world, side, manager);
}

/* ---- the operator ---------------------------------------------------------------------------- */

bool
conf_is_whole(const struct world *world, int side)
{
    const struct conf_model *conf = &world->chassis[side].conf;

    return shapes[conf->shape].whole && orders[conf->order].whole;
}

static void
tell_cards(struct world *world, int side)
{
    world->chassis[side].conf.number++;
    for (unsigned m = 0; m < world->opt.managers; m++) {
        if (runs(world, side, PROC_SM1 + m))
            conf_apply(world, side, (int)m);
    }
}

/* As at the start: whole, and on both chassis the same in another order. */
void
conf_reset(struct world *world, int side)
{
    struct conf_model *conf = &world->chassis[side].conf;

    conf->shape = 0;
    conf->order = (uint8_t)side;
    conf->duration_us = world->opt.duration_us;
    tell_cards(world, side);
}

void
conf_disturb(struct world *world, int side, struct rng *dice)
{
    struct conf_model *conf = &world->chassis[side].conf;

    world->effects++;
    if (rng_chance(dice, 600))
        conf->shape = (uint8_t)rng_below(dice, SHAPES);
    if (rng_chance(dice, 600))
        conf->order = (uint8_t)rng_below(dice, ORDERS);
    conf->duration_us = world->opt.duration_us / (int64_t)(1 + rng_below(dice, 3));
    tell_cards(world, side);
}
