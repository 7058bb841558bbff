/* The list of all that will disturb a run, made from its seed before anything happens. */
#include <inttypes.h>
#include <stdio.h>

#include "check.h"

const char *
disturbance_name(unsigned kind)
{
    static const char *const names[DISTURBANCE_N] = {
#define X(name, text) [DO_##name] = text,
        DISTURBANCES(X)
#undef X
    };

    return kind < DISTURBANCE_N ? names[kind] : "unknown";
}

/* How often each kind is chosen. */
static const struct {
    uint8_t kind, weight;
} weights[] = {
    {DO_KILL_CHASSIS, 16}, {DO_KILL_BOTH, 2},      {DO_KILL_ACTIVE_CF, 10}, {DO_KILL_STANDBY_CF, 3},
    {DO_KILL_CFS, 3},      {DO_KILL_SESSMGR, 8},   {DO_KILL_DEMUX, 5},      {DO_STORM, 2},
    {DO_STOP_CHASSIS, 8},  {DO_STOP_CF, 5},        {DO_STOP_CARD, 5},       {DO_STUTTER, 2},
    {DO_CUT, 12},          {DO_FLAP, 4},           {DO_SWIZZLE, 4},         {DO_DEGRADE, 6},
    {DO_RESET, 4},         {DO_HALF_OPEN, 3},      {DO_RESET_SESSION, 3},   {DO_REPLAY, 5},
    {DO_CONFIG, 2},        {DO_AAA_DOWN, 5},       {DO_AAA_FLAP, 2},        {DO_BGP_DOWN, 4},
    {DO_BFD_DOWN, 3},      {DO_ROUTER_RESTART, 2}, {DO_SWITCHOVER, 30},     {DO_SWITCH_BOTH, 3},
    {DO_SWITCH_TWICE, 3},  {DO_TERMINATE, 4},      {DO_VALIDATE, 3},        {DO_RESET_AAA, 2},
    {DO_LIE_STATE, 2},     {DO_LIE_ACKS, 2},       {DO_REFUSE, 4},          {DO_OPEN_MANY, 4},
    {DO_CLOSE_ALL, 3},     {DO_PACKETS, 2},        {DO_SPOIL, 3},           {DO_NEWER, 2},
    {DO_BUS, 4},           {DO_CARD_SWITCH, 5},    {DO_RECONFIGURE, 8},
};

static uint8_t
some_kind(struct rng *rng)
{
    static unsigned sum;
    unsigned at;

    if (sum == 0)
        for (size_t i = 0; i < sizeof weights / sizeof *weights; i++)
            sum += weights[i].weight;
    at = (unsigned)rng_below(rng, sum);
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        if (at < weights[i].weight)
            return weights[i].kind;
        at -= weights[i].weight;
    }
    return DO_KILL_CHASSIS;
}

/* Around the intervals that matter: just below, at and above H, D and 3H. */
static int64_t
near_interval(struct rng *rng, const struct options *opt)
{
    const int64_t marks[] = {opt->hello_us, opt->dead_us, 3 * opt->hello_us,
                             opt->dead_us + opt->hello_us};

    int64_t mark = marks[rng_below(rng, 4)];

    return mark + rng_between(rng, -150, 150) * US_PER_MS;
}

static int64_t
lasting(struct rng *rng, const struct options *opt, uint8_t kind)
{
    int64_t us;

    switch (kind) {
    case DO_KILL_ACTIVE_CF:
    case DO_KILL_STANDBY_CF:
    case DO_KILL_SESSMGR:
    case DO_KILL_DEMUX:
    case DO_STORM:
        return rng_between(rng, 10, 8000) * US_PER_MS;
    case DO_KILL_CFS:
        return rng_between(rng, 10, 20000) * US_PER_MS;
    case DO_BUS:
        return rng_between(rng, 500, 20000) * US_PER_MS;
    case DO_RESET_SESSION:
        return rng_between(rng, 100, 5000) * US_PER_MS;
    case DO_STOP_CHASSIS:
    case DO_STOP_CF:
    case DO_STOP_CARD:
    case DO_CUT:
        return rng_chance(rng, 400) ? near_interval(rng, opt)
                                    : rng_between(rng, 50 * US_PER_MS, opt->dead_us * 5 / 2);
    case DO_FLAP:
        us = near_interval(rng, opt);
        return rng_chance(rng, 500) ? us / 2 : us;
    case DO_AAA_DOWN:
    case DO_AAA_FLAP:
    case DO_BGP_DOWN:
    case DO_BFD_DOWN:
    case DO_ROUTER_RESTART:
    case DO_CONFIG:
    case DO_DEGRADE:
    case DO_SPOIL:
    case DO_NEWER:
    case DO_REFUSE:
        return rng_between(rng, 500, 60000) * US_PER_MS;
    default:
        return rng_between(rng, 500, 10000) * US_PER_MS;
    }
}

static void
add(struct schedule *schedule, struct disturbance d)
{
    if (schedule->n == SCHEDULE_MOST)
        return;
    d.number = (uint16_t)(schedule->n + 1);
    schedule->items[schedule->n++] = d;
}

/* One draw after the other: the order within an initialiser is the compiler's. */
static struct disturbance
some_disturbance(struct rng *rng, const struct options *opt, uint8_t kind, int64_t at_us)
{
    struct disturbance d = {.kind = kind, .at_us = at_us};

    d.side = (uint8_t)rng_below(rng, SIDES);
    d.proc = (uint8_t)rng_next(rng);
    d.us = lasting(rng, opt, kind);
    d.dice = rng_next(rng);
    return d;
}

/* What a step waits for is what is taken from it here; a card is found silent after three
 * seconds, so only a short dead interval runs out before. */
static void
aim(struct disturbance *d, struct rng *rng, const struct options *opt)
{
    static const struct {
        uint8_t phase, kind, card; /* card: 0 demux, else a session manager */
    } aims[] = {
        {SRP_FLUSH, DO_STOP_CARD, 1},     {SRP_WITHDRAW, DO_STOP_CARD, 0},
        {SRP_ACCOUNT, DO_STOP_CARD, 1},   {SRP_RECOVER, DO_STOP_CARD, 1},
        {SRP_ANNOUNCE, DO_STOP_CARD, 0},  {SRP_AUDIT, DO_STOP_CARD, 1},
        {SRP_RECONCILE, DO_CUT, 0},       {SRP_RECONCILE, DO_TERMINATE, 1},
        {SRP_AUDIT, DO_TERMINATE, 1},     {SRP_POST, DO_TERMINATE, 1},
        {SRP_YIELD, DO_LIE_STATE, 0},     {SRP_YIELD, DO_LIE_STATE, 1},
        {SRP_REQUEST, DO_CUT, 0},         {SRP_HANDED, DO_CUT, 0},
        {SRP_HANDED, DO_STOP_CHASSIS, 0}, {SRP_AWAIT, DO_STOP_CHASSIS, 0},
    };
    size_t i = (size_t)rng_below(rng, sizeof aims / sizeof *aims);

    if (!rng_chance(rng, 400))
        return;
    d->phase = aims[i].phase;
    d->kind = aims[i].kind;
    d->proc = aims[i].card; /* modulo the number of cards */
    d->here = true;
    d->delay_us = 0;
    d->us = opt->dead_us + rng_between(rng, 0, 2000) * US_PER_MS;
}

/* F16, F18, F19: something breaks right in a step of the switchover that comes after it. */
static void
add_trap(struct schedule *schedule, struct rng *rng, const struct options *opt, int64_t at_us)
{
    static const uint8_t kinds[] = {
        DO_KILL_CHASSIS,  DO_KILL_CHASSIS, DO_KILL_ACTIVE_CF, DO_KILL_ACTIVE_CF, DO_KILL_SESSMGR,
        DO_KILL_DEMUX,    DO_STOP_CHASSIS, DO_STOP_CF,        DO_STOP_CARD,      DO_CUT,
        DO_RESET,         DO_REPLAY,       DO_TERMINATE,      DO_SWITCHOVER,     DO_AAA_DOWN,
        DO_RESET_SESSION, DO_CLOSE_ALL,    DO_OPEN_MANY,      DO_CONFIG,
    };
    static const uint8_t rare[] = {SRP_YIELD,     SRP_WITHDRAW, SRP_ACCOUNT, SRP_HANDED,
                                   SRP_RECOVER,   SRP_AWAIT,    SRP_AWAIT,   SRP_RECONCILE,
                                   SRP_RECONCILE, SRP_AUDIT};
    bool any = rng_chance(rng, 350);
    uint8_t kind =
        any ? (uint8_t)rng_below(rng, DISTURBANCE_N) : kinds[rng_below(rng, sizeof kinds)];
    struct disturbance d = some_disturbance(rng, opt, kind, at_us);

    d.phase = (uint8_t)rng_between(rng, SRP_YIELD, SRP_POST);
    if (any)
        d.phase = rare[rng_below(rng, sizeof rare)];
    d.here = rng_chance(rng, 500);
    if (any)
        d.here = true;
    else if (rng_chance(rng, 500))
        d.delay_us = rng_between(rng, 0, 3000) * US_PER_MS;
    if (!any)
        aim(&d, rng, opt);
    add(schedule, d);
}

/* F30: in the second of the switchover. */
static void
add_burst(struct schedule *schedule, struct rng *rng, int64_t at_us)
{
    struct disturbance d = {.kind = rng_chance(rng, 500) ? DO_CLOSE_ALL : DO_OPEN_MANY};

    d.at_us = at_us + rng_between(rng, -500, 500) * US_PER_MS;
    add(schedule, d);
}

/* Audits have dice of their own, so that they move nothing else. Rotten records are in every second
 * run: of what a pair with such can do, less is promised. */
static void
add_audits(struct schedule *schedule, const struct options *opt, uint64_t seed, int64_t until_us)
{
    struct rng rng = {.state = mix64(seed ^ UINT64_C(0xa0d17ed))};
    bool rots = rng_chance(&rng, 500);
    int64_t at = START_US + rng_between(&rng, 1, 120) * US_PER_S;
    size_t n = schedule->n;

    for (size_t i = 0; i < n; i++) /* so that it is still under way */
        if (schedule->items[i].kind == DO_SWITCHOVER && rng_chance(&rng, 200))
            add(schedule,
                some_disturbance(&rng, opt, DO_AUDIT,
                                 schedule->items[i].at_us - rng_between(&rng, 0, 8) * US_PER_MS));
    for (; at < until_us; at += rng_between(&rng, 1, 120) * US_PER_S) {
        uint8_t kind = rots && rng_chance(&rng, 300) ? DO_ROT : DO_AUDIT;
        struct disturbance d = some_disturbance(&rng, opt, kind, at);

        d.us = 0;
        if (rng_chance(&rng, 200))
            d.phase = (uint8_t)rng_between(&rng, SRP_YIELD, SRP_POST);
        add(schedule, d);
    }
}

void
schedule_make(struct schedule *schedule, const struct options *opt, uint64_t seed, int64_t until_us)
{
    struct rng rng = {.state = mix64(seed ^ UINT64_C(0x5c3ed01e))};
    int64_t at = START_US + rng_between(&rng, 1, 60000) * US_PER_MS;

    schedule->n = 0;
    while (at < until_us) {
        uint8_t kind = some_kind(&rng);
        int64_t next = rng_between(&rng, US_PER_MS, opt->pace_us);

        if ((kind == DO_SWITCHOVER || kind == DO_KILL_CHASSIS || kind == DO_CUT) &&
            rng_chance(&rng, 400))
            add_trap(schedule, &rng, opt, at);
        if (kind == DO_SWITCHOVER && rng_chance(&rng, 500))
            add(schedule, (struct disturbance){.kind = DO_PACKETS, .at_us = at - US_PER_MS});
        if (kind == DO_SWITCHOVER && rng_chance(&rng, 150))
            add_burst(schedule, &rng, at);
        add(schedule, some_disturbance(&rng, opt, kind, at));
        if (kind == DO_KILL_ACTIVE_CF && rng_chance(&rng, 300)) /* F29: to its successor */
            add(schedule, some_disturbance(&rng, opt, DO_REPLAY,
                                           at + rng_between(&rng, 1500, 4500) * US_PER_MS));
        if (rng_chance(&rng, 200)) /* failures come in pairs */
            next /= 20;
        at += next;
    }
    add_audits(schedule, opt, seed, until_us);
}

void
sim_print_disturbance(const struct disturbance *d)
{
    printf("  #%-3u %10.3f s  %s %s", d->number, (double)(d->at_us - START_US) / 1e6,
           side_names[d->side], disturbance_name(d->kind));
    if (d->phase != SRP_SETTLED)
        printf("%s, %" PRId64 " ms after phase %s", d->here ? " (there)" : "",
               d->delay_us / US_PER_MS, srp_phase_name(d->phase));
    if (d->us)
        printf(", %" PRId64 " ms", d->us / US_PER_MS);
    putchar('\n');
}
