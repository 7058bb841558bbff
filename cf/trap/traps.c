#include "cf/trap/traps.h"

#include <assert.h>
#include <string.h>

#include "cf/srp/srp_fsm.h"
#include "common/base/wire.h"

enum {
    TOKEN = 1000, /* what one notification costs */
    TOKENS_MOST = TRAPS_BURST * TOKEN,
    TOKEN_US = (int)US_PER_S / (TRAPS_RATE * TOKEN), /* time that brings a thousandth */
    /* What tells one alarm from another of its kind; the server or peer that ended an alarm of
     * the whole chassis need not be the one that began it. */
    TRAP_KEYS = TRAP_VAR_CONTEXT | TRAP_VAR_BGP | TRAP_VAR_BFD | TRAP_VAR_DIAMETER | TRAP_VAR_SLOT,
};

_Static_assert(TOKEN_US >= 1, "TRAPS_RATE is too high for whole microseconds");

static const struct kind {
    unsigned number;
    const char *name;
    unsigned vars, clears;
    bool gated;
} kinds[TRAP_N] = {
#define X(name, number, text, vars, clears, gated) [name] = {number, text, vars, clears, gated},
    TRAPS(X)
#undef X
};

unsigned
trap_number(uint8_t id)
{
    assert(id < TRAP_N);
    return kinds[id].number;
}

const char *
trap_name(uint8_t id)
{
    assert(id < TRAP_N);
    return kinds[id].name;
}

unsigned
trap_vars(uint8_t id)
{
    assert(id < TRAP_N);
    return kinds[id].vars;
}

void
traps_init(struct traps *traps, bool has_target)
{
    memset(traps, 0, sizeof *traps);
    traps->has_target = has_target;
    traps->tokens = TOKENS_MOST;
}

/* ---- what stands ------------------------------------------------------------------------- */

/* The kind that `id` clears, or TRAP_N. */
static uint8_t
cleared_by(uint8_t id)
{
    uint8_t other = 0;

    if (kinds[id].clears == 0)
        return TRAP_N;
    while (other < TRAP_N && kinds[other].number != kinds[id].clears)
        other++;
    return other;
}

static bool
has_clear(uint8_t id)
{
    for (uint8_t other = 0; other < TRAP_N; other++)
        if (kinds[other].clears == kinds[id].number)
            return true;
    return false;
}

static bool
same_object(unsigned vars, const struct trap *a, const struct trap *b)
{
    if (vars & TRAP_VAR_CONTEXT && strcmp(a->context, b->context) != 0)
        return false;
    if (vars & (TRAP_VAR_BGP | TRAP_VAR_BFD) && a->peer != b->peer)
        return false;
    if (vars & TRAP_VAR_SLOT && a->slot != b->slot)
        return false;
    return !(vars & TRAP_VAR_DIAMETER) ||
           (a->peer == b->peer && strcmp(a->context, b->context) == 0 &&
            strcmp(a->endpoint, b->endpoint) == 0 && strcmp(a->name, b->name) == 0);
}

bool
trap_same(const struct trap *a, const struct trap *b)
{
    assert(a->id < TRAP_N);
    return a->id == b->id && same_object(kinds[a->id].vars & TRAP_KEYS, a, b);
}

/* Where an alarm of that kind stands for what `trap` speaks of; standing_n: nowhere. */
static uint32_t
find_standing(const struct traps *traps, uint8_t id, const struct trap *trap)
{
    unsigned keys = kinds[id].vars & TRAP_KEYS;
    uint32_t i = 0;

    while (i < traps->standing_n &&
           (traps->standing[i].id != id || !same_object(keys, &traps->standing[i], trap)))
        i++;
    return i;
}

static bool
clear_standing(struct traps *traps, uint8_t id, const struct trap *trap)
{
    uint32_t i = find_standing(traps, id, trap);

    if (i == traps->standing_n)
        return false;
    traps->standing[i] = traps->standing[--traps->standing_n];
    return true;
}

/* An alarm whose standing cannot be remembered would never be cleared, so it is not raised. */
static bool
set_standing(struct traps *traps, const struct trap *trap)
{
    if (find_standing(traps, trap->id, trap) < traps->standing_n)
        return false;
    if (traps->standing_n == TRAPS_STANDING) {
        traps->counts[trap->id].discarded++;
        return false;
    }
    traps->standing[traps->standing_n++] = *trap;
    return true;
}

bool
trap_is_paired(uint8_t id)
{
    assert(id < TRAP_N);
    return kinds[id].clears != 0 || has_clear(id);
}

/* As it is kept: texts end. */
static struct trap
ended(const struct trap *given)
{
    struct trap trap = *given;

    assert(trap.id < TRAP_N);
    trap.context[TRAPS_TEXT - 1] = trap.endpoint[TRAPS_TEXT - 1] = trap.name[TRAPS_TEXT - 1] = '\0';
    return trap;
}

bool
traps_stands(const struct traps *traps, const struct trap *given)
{
    struct trap alarm = ended(given);

    return find_standing(traps, alarm.id, &alarm) < traps->standing_n;
}

void
traps_stand(struct traps *traps, const struct trap *given)
{
    struct trap alarm = ended(given);

    assert(has_clear(alarm.id));
    (void)set_standing(traps, &alarm); /* it may stand already */
}

void
traps_drop(struct traps *traps, const struct trap *given)
{
    struct trap alarm = ended(given);

    (void)clear_standing(traps, alarm.id, &alarm); /* it need not stand */
}

void
traps_forget(struct traps *traps)
{
    traps->standing_n = 0;
}

/* ---- raise ------------------------------------------------------------------------------- */

static void
remember(struct traps *traps, const struct trap *trap)
{
    traps->history[traps->history_at] = *trap;
    traps->history_at = (traps->history_at + 1) % TRAPS_HISTORY;
    if (traps->history_n < TRAPS_HISTORY)
        traps->history_n++;
}

static void
enqueue(struct traps *traps, const struct trap *trap)
{
    if (!traps->has_target || traps->queue_n == TRAPS_QUEUE) {
        traps->counts[trap->id].discarded++;
        return;
    }
    traps->queue[(traps->queue_at + traps->queue_n) % TRAPS_QUEUE] = *trap;
    traps->queue_n++;
}

bool
traps_raise(struct traps *traps, const struct trap *given)
{
    struct trap trap = ended(given);
    uint8_t cleared = cleared_by(trap.id);

    if (cleared != TRAP_N && !clear_standing(traps, cleared, &trap) && kinds[trap.id].gated)
        return false;
    if (has_clear(trap.id) && !set_standing(traps, &trap))
        return false;
    traps->counts[trap.id].generated++;
    traps->counts[trap.id].last_wall_us = trap.wall_us;
    remember(traps, &trap);
    enqueue(traps, &trap);
    return true;
}

void
traps_clear_history(struct traps *traps)
{
    traps->history_n = 0;
}

void
traps_clear_counts(struct traps *traps)
{
    memset(traps->counts, 0, sizeof traps->counts);
}

const struct trap *
traps_at(const struct traps *traps, uint32_t i)
{
    if (i >= traps->history_n)
        return NULL;
    return &traps->history[(traps->history_at + TRAPS_HISTORY - 1 - i) % TRAPS_HISTORY];
}

/* ---- pacing ------------------------------------------------------------------------------ */

/* Time pays in whole thousandths; what is left of it stays behind `refilled`. */
static void
refill(struct traps *traps, mono_t now)
{
    int64_t gained = mono_between(traps->refilled, now) / TOKEN_US;

    if (gained <= 0)
        return;
    if (gained >= TOKENS_MOST - traps->tokens) {
        traps->tokens = TOKENS_MOST;
        traps->refilled = now;
        return;
    }
    traps->tokens += gained;
    traps->refilled = mono_after(traps->refilled, gained * TOKEN_US);
}

bool
traps_next(struct traps *traps, mono_t now, struct trap *out)
{
    refill(traps, now);
    if (traps->queue_n == 0 || traps->tokens < TOKEN)
        return false;
    traps->tokens -= TOKEN;
    *out = traps->queue[traps->queue_at];
    traps->queue_at = (traps->queue_at + 1) % TRAPS_QUEUE;
    traps->queue_n--;
    return true;
}

mono_t
traps_deadline(const struct traps *traps, mono_t now)
{
    mono_t paid;

    if (traps->queue_n == 0)
        return MONO_NEVER;
    paid = mono_after(traps->refilled, (TOKEN - traps->tokens) * TOKEN_US);
    return mono_reached(now, paid) ? now : paid;
}

/* ---- text -------------------------------------------------------------------------------- */

static void
put_text(struct wr *wr, const char *text)
{
    wr_bytes(wr, text, strlen(text));
}

static void
put_number(struct wr *wr, uint32_t value)
{
    char digits[10];
    size_t n = 0;

    do
        digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n > 0)
        wr_u8(wr, (unsigned char)digits[--n]);
}

static void
put_addr(struct wr *wr, uint32_t addr)
{
    for (unsigned shift = 32; shift > 0; shift -= 8) {
        put_number(wr, addr >> (shift - 8) & 255);
        if (shift > 8)
            put_text(wr, ".");
    }
}

static void
put_word(struct wr *wr, const char *word)
{
    if (wr_len(wr) > 0)
        put_text(wr, " ");
    put_text(wr, word);
    put_text(wr, " ");
}

static void
put_text_var(struct wr *wr, const char *word, const char *value)
{
    put_word(wr, word);
    put_text(wr, value);
}

static void
put_addr_var(struct wr *wr, const char *word, uint32_t addr)
{
    put_word(wr, word);
    put_addr(wr, addr);
}

static void
put_number_var(struct wr *wr, const char *word, uint32_t value)
{
    put_word(wr, word);
    put_number(wr, value);
}

static void
put_diameter(struct wr *wr, const struct trap *trap)
{
    put_text_var(wr, "vpn", trap->context);
    put_addr_var(wr, "peer", trap->peer);
    put_text_var(wr, "endpoint", trap->endpoint);
}

static void
put_bfd(struct wr *wr, const struct trap *trap)
{
    if (trap->self != 0)
        put_addr_var(wr, "src", trap->self);
    put_addr_var(wr, "dst", trap->peer);
}

/* Words and their values, all or nothing. */
static void
put_var(struct wr *wr, const struct trap *trap, unsigned var)
{
    struct wr before = *wr;

    switch (var) {
    case TRAP_VAR_CONTEXT:
        put_text_var(wr, "vpn", trap->context);
        break;
    case TRAP_VAR_SRP_ADDR:
        put_addr_var(wr, "ipaddr", trap->srp_addr);
        break;
    case TRAP_VAR_PORT:
        put_number_var(wr, "port", trap->port);
        break;
    case TRAP_VAR_BGP:
        put_addr_var(wr, "peer", trap->peer);
        break;
    case TRAP_VAR_REASON:
        put_text_var(wr, "reason", srp_reason_name((enum srp_reason)trap->reason));
        break;
    case TRAP_VAR_DIAMETER:
        put_diameter(wr, trap);
        break;
    case TRAP_VAR_BFD:
        put_bfd(wr, trap);
        break;
    case TRAP_VAR_SLOT:
        put_number_var(wr, "card", trap->slot);
        break;
    case TRAP_VAR_TO:
        put_number_var(wr, "to card", trap->to_slot);
        break;
    case TRAP_VAR_CLI:
        put_text_var(wr, "user", "admin");
        put_text_var(wr, "privilege level", trap->endpoint);
        break;
    default: /* what a card or the chassis is, and what the emulator has no value for */
        break;
    }
    if (wr->full)
        *wr = before;
}

size_t
trap_text(const struct trap *trap, char *out, size_t room)
{
    struct wr wr;

    assert(room > 0);
    wr = wr_over(out, room - 1);
    for (unsigned var = 1; var < TRAP_VARS_END; var <<= 1)
        if (trap_vars(trap->id) & var)
            put_var(&wr, trap, var);
    out[wr_len(&wr)] = '\0';
    return wr_len(&wr);
}
