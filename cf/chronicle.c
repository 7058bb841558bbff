#include "cf/chronicle.h"

#include <string.h>

/* ---- calls ------------------------------------------------------------------------------ */

static struct chronicle_count
count_of(const struct card_calls *calls)
{
    return (struct chronicle_count){
#define X(name) .name = calls->name,
        CHRONICLE_COUNTERS(X)
#undef X
    };
}

static void
add(struct chronicle_count *sum, const struct chronicle_count *more)
{
#define X(name) sum->name += more->name;
    CHRONICLE_COUNTERS(X)
#undef X
}

/* A process counts up; should it not, that is no news. */
static uint64_t
grown(uint64_t now, uint64_t was)
{
    return now > was ? now - was : 0;
}

static struct chronicle_count
news(const struct chronicle_seen *seen, uint64_t incarnation, const struct chronicle_count *now)
{
    struct chronicle_count news = {0};

    if (seen->incarnation == 0)
        return news;
    if (seen->incarnation != incarnation)
        return *now;
#define X(name) news.name = grown(now->name, seen->at.name);
    CHRONICLE_COUNTERS(X)
#undef X
    return news;
}

static struct chronicle_row *
row_now(struct chronicle *c, int64_t wall_us)
{
    int64_t begin_us = wall_us - wall_us % (HISTORY_S * US_PER_S);
    struct chronicle_row *row =
        &c->history[(c->history_at + HISTORY_ROWS - 1) % HISTORY_ROWS]; /* the newest */

    if (c->history_n > 0 && row->wall_us == begin_us)
        return row;
    row = &c->history[c->history_at];
    *row = (struct chronicle_row){.wall_us = begin_us};
    c->history_at = (c->history_at + 1) % HISTORY_ROWS;
    c->history_n += c->history_n < HISTORY_ROWS;
    return row;
}

void
chronicle_calls(struct chronicle *c, uint16_t row, uint64_t incarnation,
                const struct card_calls *calls, int64_t wall_us)
{
    struct chronicle_seen *seen = &c->seen[row <= CARDS_ROWS ? row : 0];
    struct chronicle_count now = count_of(calls), more = news(seen, incarnation, &now);

    add(&row_now(c, wall_us)->count, &more);
    add(&c->ends, &more);
    *seen = (struct chronicle_seen){.incarnation = incarnation, .at = now};
}

const struct chronicle_row *
chronicle_row(const struct chronicle *c, uint32_t i)
{
    if (i >= c->history_n)
        return NULL;
    return &c->history[(c->history_at + HISTORY_ROWS - 1 - i) % HISTORY_ROWS];
}

void
chronicle_clear_ends(struct chronicle *c)
{
    c->ends = (struct chronicle_count){0};
}

static void
rise(struct peak *peak, uint32_t now, int64_t wall_us)
{
    if (now > peak->most)
        *peak = (struct peak){.most = now, .wall_us = wall_us};
}

void
chronicle_peaks(struct chronicle *c, uint32_t ggsn, uint32_t pgw, int64_t wall_us)
{
    rise(&c->ggsn, ggsn, wall_us);
    rise(&c->pgw, pgw, wall_us);
}

/* ---- processes -------------------------------------------------------------------------- */

static uint32_t
find(const struct chronicle *c, uint8_t slot, uint64_t incarnation)
{
    uint32_t i = 0;

    while (i < c->crash_n &&
           (c->crashes[i].slot != slot || c->crashes[i].incarnation != incarnation))
        i++;
    return i;
}

static void
take_out(struct chronicle *c, uint32_t at)
{
    memmove(&c->crashes[at], &c->crashes[at + 1], (c->crash_n - at - 1) * sizeof *c->crashes);
    c->crash_n--;
}

static bool
was_ordered(const struct chronicle *c, const struct crash *crash)
{
    return crash->slot <= CARDS_SLOTS && c->ordered[crash->slot] == crash->incarnation;
}

void
chronicle_gone(struct chronicle *c, const struct crash *crash)
{
    if (was_ordered(c, crash) || find(c, crash->slot, crash->incarnation) < c->crash_n)
        return;
    if (c->crash_n == CRASHES_KEPT)
        take_out(c, 0);
    c->crashes[c->crash_n++] = *crash;
}

void
chronicle_back(struct chronicle *c, uint8_t slot, uint64_t incarnation)
{
    uint32_t at = find(c, slot, incarnation);

    if (at < c->crash_n)
        take_out(c, at);
}

void
chronicle_ordered(struct chronicle *c, uint8_t slot, uint64_t incarnation)
{
    if (slot > CARDS_SLOTS)
        return;
    c->ordered[slot] = incarnation;
    chronicle_back(c, slot, incarnation);
}
