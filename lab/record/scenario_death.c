/* Nobody tells how a process ended: who noticed it, and when. */
#include <string.h>

#include "lab/record/scenario_making.h"

enum {
    DEAD_US = 3000000, /* lab: a card is found silent after three seconds */
    BEFORE_US = 1000,  /* that much before its next start, if nobody noticed its end */
};

/* Is that card stopped by a lease at that event? Its silence is no death then. */
static bool
is_paused(const struct making *m, uint8_t side, uint8_t card, const struct event *at)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct event *e = &m->events[i];
        struct scenario_step step = {0};

        if (making_is(e, "fault.on") && e->now && scenario_fault(m->s, e->now, &step) &&
            (step.deed == DEED_PAUSE || step.deed == DEED_STUTTER) && step.side == side &&
            (step.card == card || step.card == SCENARIO_ALL) && e->lab_us <= at->lab_us &&
            at->lab_us <= e->lab_us + making_lease_us(m, i) + DEAD_US)
            return true;
    }
    return false;
}

/* ---- who noticed a death ------------------------------------------------------------------------ */

/* A life of a process: events [from, to) are of its time; the last it told itself is `last`. */
struct life {
    size_t from, last, to;
    uint8_t side, card;
    bool again; /* events[to] is its next start, or its stop */
};

static bool
ends_other(const struct making *m, const struct event *e, uint8_t side)
{
    return making_is(e, "srp.connection") && making_same(e->now, "Not Connected") &&
           making_side_of(m, e) == 1 - side;
}

/* The peer lost the connection, and this side did not tell that it did. */
static bool
peer_lost_us(const struct making *m, size_t i, uint8_t side)
{
    if (!ends_other(m, &m->events[i], side))
        return false;
    for (size_t j = 0; j < m->n; j++) {
        if (ends_other(m, &m->events[j], (uint8_t)(1 - side)) &&
            making_at_once(&m->events[i], &m->events[j]))
            return false;
    }
    return true;
}

static bool
router_lost_us(const struct making *m, const struct event *e, uint8_t side)
{
    const char *name = m->s->chassis[side].name;

    return making_is(e, "bgp.session") && making_same(e->now, "down") &&
           making_begins(e->cause, name) && making_same(e->cause + strlen(name), ": closed");
}

/* Its last word of itself up to there says that it leads. */
static bool
leads(const struct making *m, const struct life *life)
{
    for (size_t i = life->last + 1; i > life->from; i--) {
        const struct event *e = &m->events[i - 1];

        if (!making_same(e->process, m->events[life->from].process))
            continue;
        if (making_is(e, "chassis.lead"))
            return true;
        if (making_is(e, "cf.state"))
            return making_same(e->now, "Active");
    }
    return false;
}

/* Does the control function beside it hear it again later, without a start between? */
static bool
heard_again(const struct making *m, const struct life *life, size_t i)
{
    for (size_t j = i + 1; j < life->to; j++) {
        if (making_same(m->events[j].process, m->events[i].process) &&
            making_is(&m->events[j], m->events[i].kind) && !making_same(m->events[j].now, "dead"))
            return true;
    }
    return false;
}

/* "sf4" of a card.down, or the lease of a kill, means this life. */
static bool
names_it(const struct making *m, const struct life *life, const char *name)
{
    uint8_t card;

    return name && scenario_card(&m->s->chassis[life->side], name, &card) && card == life->card;
}

static bool
is_up_again(const struct making *m, const struct life *life, size_t i)
{
    for (size_t j = i + 1; j < life->to; j++) {
        if (making_is(&m->events[j], "card.up") && making_side_of(m, &m->events[j]) == life->side &&
            names_it(m, life, m->events[j].now))
            return true;
    }
    return false;
}

static bool
killed_by_lease(const struct making *m, const struct life *life, const struct event *e)
{
    struct scenario_step step = {0};

    return making_is(e, "fault.on") && making_begins(e->now, "kill ") &&
           scenario_fault(m->s, e->now, &step) && step.side == life->side &&
           (step.card == life->card || step.card == SCENARIO_ALL);
}

/* "cf1", or its slot. A demux is known by its name. */
static bool
names_card(const struct making *m, const struct life *life, const char *word, size_t len)
{
    static const char *const types[] = {"", "cf", "sf"};
    char name[SCENARIO_NAME];

    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t at = strlen(types[i]);

        if (at + len >= sizeof name)
            return false;
        memcpy(name, types[i], at);
        memcpy(name + at, word, len);
        name[at + len] = '\0';
        if (names_it(m, life, name))
            return true;
    }
    return false;
}

/* The next word, without the options before it; NULL: none. */
static const char *
next_word(const char *text, size_t *len)
{
    text += *len;
    text += strspn(text, " ");
    while (text[0] == '-') { /* -n NAME */
        text += strcspn(text, " ");
        text += strspn(text, " ");
        text += strcspn(text, " ");
        text += strspn(text, " ");
    }
    *len = strcspn(text, " ");
    return *len > 0 ? text : NULL;
}

/* vpclab kill east, kill east cf1, kill east 4, kill east active-cf */
static bool
killed_by_command(const struct making *m, const struct life *life, const struct event *e)
{
    const char *name = m->s->chassis[life->side].name, *word;
    size_t len = strlen("kill");

    if (!making_is(e, "operator.command") || !making_same(e->process, "vpclab") ||
        !making_begins(e->now, "kill ") || !making_begins(e->cause, "done"))
        return false;
    word = next_word(e->now, &len);
    if (!word || len != strlen(name) || memcmp(word, name, len) != 0)
        return false;
    word = next_word(word, &len);
    if (!word)
        return true;
    if (len == strlen("active-cf") && making_begins(word, "active-cf"))
        return life->card <= SCENARIO_CF2 && leads(m, life);
    return names_card(m, life, word, len);
}

/* Would events[i] tell of a death, if that card is not just stopped? */
static bool
looks_dead(const struct making *m, const struct life *life, size_t i, int64_t *at_us)
{
    const struct event *e = &m->events[i];

    if (life->card == SCENARIO_DEMUX && router_lost_us(m, e, life->side))
        return true;
    if (making_is(e, "srp.connection"))
        return life->card <= SCENARIO_CF2 && peer_lost_us(m, i, life->side) && leads(m, life);
    if (making_side_of(m, e) != life->side)
        return false;
    if (making_is(e, "card.down"))
        return life->card > SCENARIO_CF2 && names_it(m, life, e->old) && !is_up_again(m, life, i);
    if (life->card > SCENARIO_CF2 || !making_is(e, "cf.peer") || !making_same(e->now, "dead") ||
        heard_again(m, life, i))
        return false;
    *at_us -= DEAD_US;
    return true;
}

/* When it died, by what events[i] says; false if that says nothing of it. */
static bool
noticed(const struct making *m, const struct life *life, size_t i, int64_t *at_us)
{
    const struct event *e = &m->events[i];

    *at_us = making_when(m, e);
    if (making_is(e, "vm.exit") && making_same(e->now, m->events[life->from].process))
        return true; /* its host reaped it */
    if (killed_by_lease(m, life, e) || killed_by_command(m, life, e))
        return true;
    return looks_dead(m, life, i, at_us) && !is_paused(m, life->side, life->card, e);
}

/* Both the router and the peer lost this chassis at once: all of it ended. */
static bool
chassis_ended(const struct making *m, const struct life *life, int64_t *at_us)
{
    for (size_t i = life->last + 1; i < life->to; i++) {
        if (!router_lost_us(m, &m->events[i], life->side))
            continue;
        for (size_t j = life->from; j < life->to; j++) {
            if (peer_lost_us(m, j, life->side) && making_at_once(&m->events[i], &m->events[j])) {
                *at_us = making_when(m, &m->events[i < j ? i : j]);
                return true;
            }
        }
    }
    return false;
}

/* Nobody noticed, but it started anew: with its demux, or else just before. */
static int64_t
some_end(const struct making *m, const struct life *life)
{
    for (size_t i = life->last + 1; i < life->to; i++) {
        if (router_lost_us(m, &m->events[i], life->side))
            return making_when(m, &m->events[i]);
    }
    return making_when(m, &m->events[life->to]) - BEFORE_US;
}

static bool
died(const struct making *m, const struct life *life, int64_t *at_us)
{
    if (life->again && making_is(&m->events[life->to], "process.stop")) {
        *at_us = making_when(m, &m->events[life->to]);
        return true;
    }
    if (chassis_ended(m, life, at_us))
        return true;
    for (size_t i = life->last + 1; i < life->to; i++) {
        if (noticed(m, life, i, at_us)) {
            if (*at_us < making_when(m, &m->events[life->last]))
                *at_us = making_when(m, &m->events[life->last]);
            return true;
        }
    }
    if (life->again)
        *at_us = some_end(m, life);
    return life->again;
}

static struct life
life_of(const struct making *m, size_t start, uint8_t side, uint8_t card)
{
    struct life life = {.from = start, .last = start, .to = start + 1, .side = side, .card = card};

    for (; life.to < m->n; life.to++) {
        const struct event *e = &m->events[life.to];

        if (!making_same(e->process, m->events[start].process))
            continue;
        life.again = making_is(e, "process.start") || making_is(e, "process.stop");
        if (life.again)
            break;
        life.last = life.to;
    }
    return life;
}

/* ---- processes ------------------------------------------------------------------------------------- */

bool
making_is_card_switch(const struct event *e)
{
    return making_is(e, "cf.state") && making_same(e->cause, "card switch") &&
           !making_same(e->now, "Active");
}

/* Does that life end since it gave the lead away? The simulator restarts such a one by itself. */
static bool
yields(const struct making *m, const struct life *life)
{
    for (size_t i = life->from; i < life->to; i++) {
        if (making_same(m->events[i].process, m->events[life->from].process) &&
            making_is_card_switch(&m->events[i]))
            return true;
    }
    return false;
}

/* Is there a start of that process before? Then its life, else false. */
static bool
life_before(const struct making *m, size_t start, struct life *life, uint8_t side, uint8_t card)
{
    for (size_t i = start; i > 0; i--) {
        if (making_is(&m->events[i - 1], "process.start") &&
            making_same(m->events[i - 1].process, m->events[start].process)) {
            *life = life_of(m, i - 1, side, card);
            return true;
        }
    }
    return false;
}

void
making_take_start(struct making *m, size_t i)
{
    const struct event *e = &m->events[i];
    struct scenario_step step = {.at_us = making_when(m, e), .deed = DEED_START};
    struct life life, before;
    bool later = life_before(m, i, &before, 0, 0);

    if (!making_card_of(m, e, &step.side, &step.card)) {
        if (later)
            making_add_other(m, e, "starts anew; the simulator has no such process", NULL);
        return;
    }
    if (!later || !yields(m, &before))
        making_add(m, step);
    life = life_of(m, i, step.side, step.card);
    step.deed = DEED_KILL;
    if (!yields(m, &life) && died(m, &life, &step.at_us))
        making_add(m, step);
}
