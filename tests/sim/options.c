#include <inttypes.h>
#include <stdio.h>

#include "check.h"
#include "sf/sess_part.h"

static int64_t
pick(struct rng *rng, const int64_t *values, size_t n)
{
    return values[rng_below(rng, n)];
}

#define PICK(rng, ...)                                                                             \
    pick(rng, (const int64_t[]){__VA_ARGS__}, sizeof((int64_t[]){__VA_ARGS__}) / sizeof(int64_t))

static void
timing(struct options *o, struct rng *rng)
{
    o->hello_us = PICK(rng, 1, 1, 2, 5, 10) * US_PER_S;
    o->dead_us = o->hello_us * PICK(rng, 3, 3, 4, 6);
    if (o->dead_us > 30 * US_PER_S)
        o->dead_us = 30 * US_PER_S;
    o->delay_us = rng_chance(rng, 200) ? rng_between(rng, 1, 20) * US_PER_S : 0;
    o->retry_us = PICK(rng, 5, 10, 20) * US_PER_S;
    o->retries = (uint8_t)PICK(rng, 0, 1, 3);
    o->stagger_us = rng_chance(rng, 300) ? 0 : rng_between(rng, 1, 30000) * US_PER_MS; /* F14 */
    o->west_first = rng_chance(rng, 500);
    o->pace_us = rng_between(rng, 10, 120) * US_PER_S;
    o->router_us = PICK(rng, 2, 2, 20, 200, 1000) * US_PER_MS;
    o->probe_us = PICK(rng, 100, 500, 2000) * US_PER_MS;
}

static void
ranks(struct options *o, struct rng *rng, enum plant plant)
{
    bool same_mode = rng_chance(rng, 200), same_priority = rng_chance(rng, 300);
    bool same_mac = rng_chance(rng, 100);

    o->mode[EAST] = SRP_PRIMARY;
    o->mode[WEST] = same_mode ? SRP_PRIMARY : SRP_BACKUP;
    o->priority[EAST] = 10;
    o->priority[WEST] = same_priority ? 10 : 20;
    o->mac[EAST] = 5;
    o->mac[WEST] = same_mac ? 5 : (uint8_t)PICK(rng, 3, 9);
    o->higher_wins = rng_chance(rng, 200);
    o->rm_delta = (uint8_t)PICK(rng, 1, 1, 1, 2, 4, 8);
    o->rm_threshold = (uint8_t)PICK(rng, 16, 16, 6, 32);
    if (o->rm_threshold < 2 + o->rm_delta)
        o->rm_threshold = 16;
    if (plant == PLANT_TWIN) {
        o->mode[WEST] = o->mode[EAST];
        o->priority[WEST] = o->priority[EAST];
        o->mac[WEST] = o->mac[EAST];
    }
}

static void
switching(struct options *o, struct rng *rng)
{
    o->switchover = rng_chance(rng, 500) ? 0 : (uint8_t)rng_below(rng, SRP_OPTIONS + 1);
    o->ignore_dead = rng_chance(rng, 150);
    o->standby_announce_us = rng_chance(rng, 150) ? rng_between(rng, 1, 30) * US_PER_S : -1;
}

static struct monitor_guard
some_guard(struct rng *rng)
{
    struct monitor_guard guard = {.guard_us = rng_between(rng, 5, 60) * US_PER_S};

    guard.damping_us = rng_between(rng, 1, 20) * US_PER_S;
    return guard;
}

static void
monitoring(struct options *o, struct rng *rng)
{
    if (rng_chance(rng, 600))
        o->aaa_n = (uint8_t)rng_between(rng, 1, 3);
    if (rng_chance(rng, 500))
        o->bgp_n = (uint8_t)rng_between(rng, 1, 4);
    if (rng_chance(rng, 300))
        o->bfd_n = (uint8_t)rng_between(rng, 1, 2);
    o->bgp_grouped = rng_chance(rng, 500);
    if (rng_chance(rng, 500))
        o->guard_switch = some_guard(rng);
    if (rng_chance(rng, 300))
        o->guard_failure = some_guard(rng);
}

static void
traffic(struct options *o, struct rng *rng)
{
    o->managers = (unsigned)PICK(rng, 2, 2, 3);
    o->room = (size_t)rng_between(rng, CKPT_LEAST, ROOM_MOST);
    o->credit = (uint16_t)rng_between(rng, 1, 8);
    o->ready_beats = rng_chance(rng, 200) ? CKPT_BEATS : CKPT_BEATS_AGGRESSIVE;
    o->nack[CKPT_MACRO] = rng_chance(rng, 700);
    o->nack[CKPT_MICRO] = rng_chance(rng, 700);
    o->nack_most = (uint16_t)PICK(rng, 3, 3, 1, 0, 10);
    o->nack_disabled = rng_chance(rng, 300) ? sess_part_cmds[SESS_GGSN_UPDATE] : 0;
    o->nack_window_us = rng_between(rng, 10, 60) * US_PER_S;
    o->duration_us = rng_chance(rng, 300) ? rng_between(rng, 1, 10) * US_PER_S : 0;
    o->subscribers = (unsigned)PICK(rng, 0, 1, 10, 20, 30, 30, 40, 50, 90); /* F30: 90 do not fit */
    o->volte = (unsigned)PICK(rng, 0, 300, 1000);
    o->client_us = rng_between(rng, 200, 1500) * US_PER_MS;
}

/* With dice of its own. The wall clock is somewhere in a day. */
static void
auditing(struct options *o, uint64_t seed)
{
    struct rng rng = {.state = mix64(seed ^ UINT64_C(0xa0d17))};
    int64_t minute = rng_between(&rng, 0, 24 * 60 - 1);

    o->audit_daily = rng_chance(&rng, 300);
    o->wall_us = minute * 60 * US_PER_S + rng_between(&rng, 0, 59) * US_PER_S;
    o->audit_start_min = (uint32_t)((minute + rng_between(&rng, 0, 12)) % (24 * 60));
    o->audit_period_min = (uint32_t)PICK(&rng, 60, 60, 5, 3, 2, 1);
    o->lz4[EAST] = rng_chance(&rng, 600);
    o->lz4[WEST] = rng_chance(&rng, 600);
}

void
options_make(struct options *o, uint64_t seed, enum plant plant)
{
    struct rng rng = {.state = mix64(seed ^ UINT64_C(0x0b71015))};

    *o = (struct options){0};
    timing(o, &rng);
    ranks(o, &rng, plant);
    switching(o, &rng);
    monitoring(o, &rng);
    traffic(o, &rng);
    auditing(o, seed);
    if (plant != PLANT_NONE && o->subscribers < 10)
        o->subscribers = 30;
}

/* A new connection is tried for so long before data flows. */
int64_t
trial_us(const struct options *o)
{
    return (o->ready_beats - 1) * CKPT_BEAT_US;
}

/* Promised: this long after the last fault was mended the pair is one Active, one Standby,
 * all connected and alike (R8). A CF is found dead and replaced, both chassis decide, the
 * loser's pending state and the other's end, a planned switchover and its retries run out, a
 * client needs 25 s to be quiet and a stream its opening. */
int64_t
convergence_us(const struct options *o)
{
    return 60 * US_PER_S + o->delay_us + 6 * o->dead_us + 3 * trial_us(o);
}

static const char *
ms(int64_t us, char text[24])
{
    (void)snprintf(text, 24, us < 0 ? "never" : "%" PRId64 " ms", us / US_PER_MS);
    return text;
}

void
options_print(const struct options *o, uint64_t seed)
{
    char a[24], b[24], c[24], d[24];

    printf("seed %" PRIu64 ": hello %s, dead %s, delay %s, retry %s x %u\n", seed,
           ms(o->hello_us, a), ms(o->dead_us, b), ms(o->delay_us, c), ms(o->retry_us, d),
           o->retries);
    printf("  modes %u/%u, priorities %u/%u, MACs %u/%u, %s priority wins, modifier delta %u, "
           "threshold %u\n",
           o->mode[0], o->mode[1], o->priority[0], o->priority[1], o->mac[0], o->mac[1],
           o->higher_wins ? "higher" : "lower", o->rm_delta, o->rm_threshold);
    printf("  switchover options %#x%s, standby announces %s, %s first, stagger %s, "
           "pace %s\n",
           o->switchover, o->ignore_dead ? ", ignore-dead" : "", ms(o->standby_announce_us, a),
           side_names[o->west_first], ms(o->stagger_us, b), ms(o->pace_us, c));
    printf("  monitors: %u AAA, %u BGP%s, %u BFD, guard %s damping %s, after failure %s / %s\n",
           o->aaa_n, o->bgp_n, o->bgp_grouped ? " grouped" : "", o->bfd_n,
           ms(o->guard_switch.guard_us, a), ms(o->guard_switch.damping_us, b),
           ms(o->guard_failure.guard_us, c), ms(o->guard_failure.damping_us, d));
    printf("  NACK %s %s, %u in %s, disabled for %u\n", o->nack[CKPT_MACRO] ? "macro" : "-",
           o->nack[CKPT_MICRO] ? "micro" : "-", o->nack_most, ms(o->nack_window_us, a),
           o->nack_disabled);
    printf("  audits every %" PRIu32 " min%s; LZ4 %s/%s\n", o->audit_period_min,
           o->audit_daily ? ", and daily" : "", o->lz4[0] ? "yes" : "no", o->lz4[1] ? "yes" : "no");
    printf("  %u sessmgrs, checkpoint duration %s, ready after %u, credit %u, frames of %zu, "
           "%u subscribers, volte %u permille, client %s, router %s, probe %s\n",
           o->managers, ms(o->duration_us, a), o->ready_beats, o->credit, o->room, o->subscribers,
           o->volte, ms(o->client_us, b), ms(o->router_us, c), ms(o->probe_us, d));
}

void
sim_print_options(const struct sim_options *options)
{
    struct options o;

    options_make(&o, options->seed, options->plant);
    options_print(&o, options->seed);
}
