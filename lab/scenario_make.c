/* From the events of a lab to what was done to it, and what its chassis did. */
#include "lab/scenario_make.h"

#include <string.h>

#include "cf/srp/srp_fsm.h"

enum {
    SAME_MS = 100,        /* real: two ends of a connection tell of one failure within this */
    TOGETHER_US = 200000, /* lab: what dies within this died at once */
    DEAD_US = 3000000,    /* lab: a card is found silent after three seconds */
    BEFORE_US = 1000,     /* that much before its next start, if nobody noticed its end */
    LEASES = 64,
};

/* Something that holds since an event told of it, until another one does. */
struct lease {
    bool on;
    int64_t at_us;
};

struct making {
    struct scenario *s;
    const struct scenario_watch *watch;
    const struct event *events;
    size_t n, first; /* events[first] begins the scenario */
    int64_t zero_us;
    bool full; /* it did not fit */
    struct lease monitors[SCENARIO_SIDES][SCENARIO_WATCHED];
    struct lease apart, chassis_bfd;
};

/* ---- events -------------------------------------------------------------------------------- */

static bool
same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

static bool
begins(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

static bool
is(const struct event *e, const char *kind)
{
    return same(e->kind, kind);
}

/* The chassis it is of, or SCENARIO_SIDES. */
static uint8_t
side_of(const struct making *m, const struct event *e)
{
    uint8_t side = 0;

    while (side < SCENARIO_SIDES && !event_of_instance(e, m->s->chassis[side].name))
        side++;
    return side;
}

/* The card that told it, if the simulator has it. */
static bool
card_of(const struct making *m, const struct event *e, uint8_t *side, uint8_t *card)
{
    const char *name = strchr(e->process, '/');

    *side = side_of(m, e);
    return *side < SCENARIO_SIDES && name && scenario_card(&m->s->chassis[*side], name + 1, card) &&
           *card < SCENARIO_SESSMGR + m->s->managers;
}

static bool
at_once(const struct event *a, const struct event *b)
{
    int64_t ms = a->at_ms - b->at_ms;

    return ms <= SAME_MS && ms >= -SAME_MS;
}

static int64_t
when(const struct making *m, const struct event *e)
{
    return e->lab_us - m->zero_us;
}

static void
add(struct making *m, struct scenario_step step)
{
    m->full |= !scenario_add(m->s, &step);
}

/* As much of the pieces as there is room for. */
static void
say(char out[SCENARIO_TEXT], const char *const *pieces, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        for (const char *c = pieces[i]; c && *c && at < SCENARIO_TEXT - 1; c++)
            out[at++] = *c;
    }
    out[at] = '\0';
}

static void
add_other(struct making *m, const struct event *e, const char *what, const char *more)
{
    struct scenario_step step = {.at_us = when(m, e), .deed = DEED_OTHER};
    const char *pieces[] = {e->process, ": ", what, more ? ": " : "", more};

    say(step.text, pieces, sizeof pieces / sizeof *pieces);
    add(m, step);
}

/* ---- leases of faults ------------------------------------------------------------------------ */

static bool
told_before(const struct making *m, size_t i)
{
    for (size_t j = i; j > 0; j--) {
        if (is(&m->events[j - 1], "fault.on") && m->events[j - 1].epoch == m->events[i].epoch)
            return true;
    }
    return false;
}

/* Until its end is told, or for all the time there is. */
static int64_t
lease_us(const struct making *m, size_t i)
{
    for (size_t j = i + 1; j < m->n; j++) {
        if (is(&m->events[j], "fault.off") && m->events[j].epoch == m->events[i].epoch)
            return m->events[j].lab_us - m->events[i].lab_us;
    }
    return m->events[m->n - 1].lab_us - m->events[i].lab_us;
}

/* A lease is told by each process it concerns. A killed one counts by its end, which is looked for
 * elsewhere; servers and neighbors by what the monitors saw. */
static void
take_fault(struct making *m, size_t i)
{
    const struct event *e = &m->events[i];
    struct scenario_step step = {.at_us = when(m, e)};
    const char *pieces[] = {e->now};

    if (!e->now || told_before(m, i) || begins(e->now, "kill ") || begins(e->now, "aaa-") ||
        begins(e->now, "bgp-"))
        return;
    if (!scenario_fault(m->s, e->now, &step)) {
        add_other(m, e, "a fault the simulator does not know", e->now);
        return;
    }
    if (strchr(scenario_deed_takes(step.deed), 'f'))
        step.for_us = lease_us(m, i);
    say(step.text, pieces, 1);
    add(m, step);
}

/* Is that card stopped by a lease at that event? Its silence is no death then. */
static bool
is_paused(const struct making *m, uint8_t side, uint8_t card, const struct event *at)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct event *e = &m->events[i];
        struct scenario_step step = {0};

        if (is(e, "fault.on") && e->now && scenario_fault(m->s, e->now, &step) &&
            (step.deed == DEED_PAUSE || step.deed == DEED_STUTTER) && step.side == side &&
            (step.card == card || step.card == SCENARIO_ALL) && e->lab_us <= at->lab_us &&
            at->lab_us <= e->lab_us + lease_us(m, i) + DEAD_US)
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
    return is(e, "srp.connection") && same(e->now, "Not Connected") && side_of(m, e) == 1 - side;
}

/* The peer lost the connection, and this side did not tell that it did. */
static bool
peer_lost_us(const struct making *m, size_t i, uint8_t side)
{
    if (!ends_other(m, &m->events[i], side))
        return false;
    for (size_t j = 0; j < m->n; j++) {
        if (ends_other(m, &m->events[j], (uint8_t)(1 - side)) &&
            at_once(&m->events[i], &m->events[j]))
            return false;
    }
    return true;
}

static bool
router_lost_us(const struct making *m, const struct event *e, uint8_t side)
{
    const char *name = m->s->chassis[side].name;

    return is(e, "bgp.session") && same(e->now, "down") && begins(e->cause, name) &&
           same(e->cause + strlen(name), ": closed");
}

/* Its last word of itself up to there says that it leads. */
static bool
leads(const struct making *m, const struct life *life)
{
    for (size_t i = life->last + 1; i > life->from; i--) {
        const struct event *e = &m->events[i - 1];

        if (!same(e->process, m->events[life->from].process))
            continue;
        if (is(e, "chassis.lead"))
            return true;
        if (is(e, "cf.state"))
            return same(e->now, "Active");
    }
    return false;
}

/* Does the control function beside it hear it again later, without a start between? */
static bool
heard_again(const struct making *m, const struct life *life, size_t i)
{
    for (size_t j = i + 1; j < life->to; j++) {
        if (same(m->events[j].process, m->events[i].process) &&
            is(&m->events[j], m->events[i].kind) && !same(m->events[j].now, "dead"))
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
        if (is(&m->events[j], "card.up") && side_of(m, &m->events[j]) == life->side &&
            names_it(m, life, m->events[j].now))
            return true;
    }
    return false;
}

static bool
killed_by_lease(const struct making *m, const struct life *life, const struct event *e)
{
    struct scenario_step step = {0};

    return is(e, "fault.on") && begins(e->now, "kill ") && scenario_fault(m->s, e->now, &step) &&
           step.side == life->side && (step.card == life->card || step.card == SCENARIO_ALL);
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

    if (!is(e, "operator.command") || !same(e->process, "vpclab") || !begins(e->now, "kill ") ||
        !begins(e->cause, "done"))
        return false;
    word = next_word(e->now, &len);
    if (!word || len != strlen(name) || memcmp(word, name, len) != 0)
        return false;
    word = next_word(word, &len);
    if (!word)
        return true;
    if (len == strlen("active-cf") && begins(word, "active-cf"))
        return life->card <= SCENARIO_CF2 && leads(m, life);
    return names_card(m, life, word, len);
}

/* When it died, by what events[i] says; false if that says nothing of it. */
static bool
noticed(const struct making *m, const struct life *life, size_t i, int64_t *at_us)
{
    const struct event *e = &m->events[i];

    *at_us = when(m, e);
    if (is(e, "vm.exit") && same(e->now, m->events[life->from].process))
        return true; /* its host reaped it */
    if (killed_by_lease(m, life, e) || killed_by_command(m, life, e))
        return true;
    if (is_paused(m, life->side, life->card, e))
        return false;
    if (life->card == SCENARIO_DEMUX && router_lost_us(m, e, life->side))
        return true;
    if (life->card <= SCENARIO_CF2 && leads(m, life) && peer_lost_us(m, i, life->side))
        return true;
    if (side_of(m, e) != life->side)
        return false;
    if (life->card > SCENARIO_CF2)
        return is(e, "card.down") && names_it(m, life, e->old) && !is_up_again(m, life, i);
    *at_us -= DEAD_US;
    return is(e, "cf.peer") && same(e->now, "dead") && !heard_again(m, life, i);
}

/* Both the router and the peer lost this chassis at once: all of it ended. */
static bool
chassis_ended(const struct making *m, const struct life *life, int64_t *at_us)
{
    for (size_t i = life->last + 1; i < life->to; i++) {
        if (!router_lost_us(m, &m->events[i], life->side))
            continue;
        for (size_t j = life->from; j < life->to; j++) {
            if (peer_lost_us(m, j, life->side) && at_once(&m->events[i], &m->events[j])) {
                *at_us = when(m, &m->events[i < j ? i : j]);
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
            return when(m, &m->events[i]);
    }
    return when(m, &m->events[life->to]) - BEFORE_US;
}

static bool
died(const struct making *m, const struct life *life, int64_t *at_us)
{
    if (life->again && is(&m->events[life->to], "process.stop")) {
        *at_us = when(m, &m->events[life->to]);
        return true;
    }
    if (chassis_ended(m, life, at_us))
        return true;
    for (size_t i = life->last + 1; i < life->to; i++) {
        if (noticed(m, life, i, at_us)) {
            if (*at_us < when(m, &m->events[life->last]))
                *at_us = when(m, &m->events[life->last]);
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

        if (!same(e->process, m->events[start].process))
            continue;
        life.again = is(e, "process.start") || is(e, "process.stop");
        if (life.again)
            break;
        life.last = life.to;
    }
    return life;
}

/* ---- processes ------------------------------------------------------------------------------------- */

static bool
is_card_switch(const struct event *e)
{
    return is(e, "cf.state") && same(e->cause, "card switch") && !same(e->now, "Active");
}

/* Does that life end since it gave the lead away? The simulator restarts such a one by itself. */
static bool
yields(const struct making *m, const struct life *life)
{
    for (size_t i = life->from; i < life->to; i++) {
        if (same(m->events[i].process, m->events[life->from].process) &&
            is_card_switch(&m->events[i]))
            return true;
    }
    return false;
}

/* Is there a start of that process before? Then its life, else false. */
static bool
life_before(const struct making *m, size_t start, struct life *life, uint8_t side, uint8_t card)
{
    for (size_t i = start; i > 0; i--) {
        if (is(&m->events[i - 1], "process.start") &&
            same(m->events[i - 1].process, m->events[start].process)) {
            *life = life_of(m, i - 1, side, card);
            return true;
        }
    }
    return false;
}

static void
take_start(struct making *m, size_t i)
{
    const struct event *e = &m->events[i];
    struct scenario_step step = {.at_us = when(m, e), .deed = DEED_START};
    struct life life, before;
    bool later = life_before(m, i, &before, 0, 0);

    if (!card_of(m, e, &step.side, &step.card)) {
        if (later)
            add_other(m, e, "starts anew; the simulator has no such process", NULL);
        return;
    }
    if (!later || !yields(m, &before))
        add(m, step);
    life = life_of(m, i, step.side, step.card);
    step.deed = DEED_KILL;
    if (!yields(m, &life) && died(m, &life, &step.at_us))
        add(m, step);
}

/* ---- what else is done --------------------------------------------------------------------------------- */

/* The change of state it caused is told first. */
static int64_t
asked_us(const struct making *m, size_t i)
{
    const struct event *e = &m->events[i];

    for (size_t j = i; j > 0 && at_once(e, &m->events[j - 1]); j--) {
        const struct event *before = &m->events[j - 1];

        if (is(before, "srp.state") && same(before->process, e->process) &&
            before->lab_us <= e->lab_us)
            return when(m, before);
    }
    return when(m, e);
}

static void
take_switchover(struct making *m, size_t i)
{
    const struct event *e = &m->events[i];
    struct scenario_step step = {.at_us = asked_us(m, i), .deed = DEED_SWITCHOVER};

    step.side = side_of(m, e);
    step.card = SCENARIO_ALL;
    step.force = same(e->cause, "force");
    if (step.side < SCENARIO_SIDES)
        add(m, step);
}

/* Both ends tell that a connection was closed: so no process of theirs has ended. */
static void
take_closed(struct making *m, size_t i)
{
    const struct event *e = &m->events[i];
    bool control = is(e, "srp.connection");
    struct scenario_step step = {.at_us = when(m, e),
                                 .deed = DEED_RESET,
                                 .side = SCENARIO_SIDES,
                                 .links = SCENARIO_CONTROL | SCENARIO_SESSION};

    if (!same(e->now, "Not Connected"))
        return;
    if (!control)
        step.links = SCENARIO_SESSION;
    for (size_t j = i + 1; j < m->n && at_once(e, &m->events[j]); j++) {
        if (is(&m->events[j], e->kind) && same(m->events[j].now, "Not Connected") &&
            side_of(m, &m->events[j]) != side_of(m, e)) {
            add(m, step);
            return;
        }
    }
}

/* It holds from here, or it is over. */
static void
turn(struct making *m, struct lease *lease, bool on, int64_t at_us, struct scenario_step step)
{
    if (on == lease->on)
        return;
    if (on) {
        lease->at_us = at_us;
    } else {
        step.at_us = lease->at_us;
        step.for_us = at_us - lease->at_us;
        add(m, step);
    }
    lease->on = on;
}

static struct scenario_step
monitor_step_of(const struct making *m, uint8_t side, uint8_t i)
{
    const struct scenario_monitor *monitors = m->watch->monitors[side];
    struct scenario_step step = {
        .deed = monitors[i].deed, .side = side, .card = SCENARIO_ALL, .amount = 1};

    for (uint8_t j = 0; j < i; j++)
        step.amount += monitors[j].deed == step.deed;
    return step;
}

/* What a monitor sees was true a moment before. */
static void
take_monitor(struct making *m, const struct event *e)
{
    uint8_t side = side_of(m, e);

    for (uint8_t i = 0; side < SCENARIO_SIDES && i < m->watch->monitor_n[side]; i++) {
        const struct scenario_monitor *monitor = &m->watch->monitors[side][i];
        struct scenario_step step;

        if (!same(monitor->text, e->cause))
            continue;
        if (monitor->deed == DEED_OTHER) {
            if (same(e->now, "Down"))
                add_other(m, e, "down; the simulator has no such monitor", e->cause);
            return;
        }
        step = monitor_step_of(m, side, i);
        if (step.amount <= SCENARIO_MONITORS)
            turn(m, &m->monitors[side][i], same(e->now, "Down"), when(m, e) - m->s->probe_us, step);
        return;
    }
}

static void
take_state(struct making *m, const struct event *e)
{
    struct scenario_state state = {.at_us = when(m, e), .side = side_of(m, e), .epoch = e->epoch};

    while (state.state < CHASSIS_STATE_N && !same(chassis_state_name(state.state), e->now))
        state.state++;
    while (state.reason < SRP_REASON_N &&
           !same(srp_reason_name((enum srp_reason)state.reason), e->cause))
        state.reason++;
    if (state.side == SCENARIO_SIDES || state.state == CHASSIS_STATE_N ||
        state.reason == SRP_REASON_N || state.at_us < 0)
        return;
    m->full |= m->s->state_n == SCENARIO_STATES;
    if (!m->full)
        m->s->states[m->s->state_n++] = state;
}

static void
take(struct making *m, size_t i)
{
    const struct event *e = &m->events[i];
    struct scenario_step step = {.deed = DEED_CARD_SWITCH, .at_us = when(m, e)};

    if (is(e, "process.start"))
        take_start(m, i);
    else if (is(e, "fault.on"))
        take_fault(m, i);
    else if (is(e, "srp.state"))
        take_state(m, e);
    else if (is(e, "srp.switchover"))
        take_switchover(m, i);
    else if (is(e, "srp.connection") || is(e, "srp.session"))
        take_closed(m, i);
    else if (is(e, "monitor.state"))
        take_monitor(m, e);
    else if (is(e, "srp.config"))
        turn(m, &m->apart, same(e->now, "out of sync"), when(m, e),
             (struct scenario_step){.deed = DEED_APART});
    else if (is(e, "bfd.chassis"))
        turn(m, &m->chassis_bfd, same(e->now, "down"), when(m, e),
             (struct scenario_step){.deed = DEED_BFD_CHASSIS});
    else if (is_card_switch(e) && card_of(m, e, &step.side, &step.card))
        add(m, step);
    else if (is(e, "config.applied") && same(e->cause, "console"))
        add_other(m, e, "another configuration; the simulator goes on with the one of the files",
                  NULL);
    else if (is(e, "srp.checkpoint-fault"))
        add_other(m, e, "a command the simulator does not know", e->cause);
}

/* What has no end yet ends with the scenario. */
static void
end_leases(struct making *m)
{
    int64_t end_us = when(m, &m->events[m->n - 1]);

    for (uint8_t side = 0; side < SCENARIO_SIDES; side++) {
        for (uint8_t i = 0; i < m->watch->monitor_n[side]; i++) {
            if (m->monitors[side][i].on)
                turn(m, &m->monitors[side][i], false, end_us, monitor_step_of(m, side, i));
        }
    }
    turn(m, &m->apart, false, end_us, (struct scenario_step){.deed = DEED_APART});
    turn(m, &m->chassis_bfd, false, end_us, (struct scenario_step){.deed = DEED_BFD_CHASSIS});
}

const char *
scenario_refusal_text(enum scenario_refusal refusal)
{
    static const char *const texts[] = {
#define X(name, text) text,
        SCENARIO_REFUSALS(X)
#undef X
    };

    return texts[refusal];
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

static unsigned
cards_n(const struct scenario *s)
{
    return SCENARIO_SESSMGR + (unsigned)s->managers;
}

/* All cards of a chassis end at once: one step instead of many. */
static void
merge_kills(struct scenario *s)
{
    for (size_t i = 0; i < s->step_n; i++) {
        struct scenario_step *first = &s->steps[i];
        uint64_t cards = 0;
        size_t kept = i + 1, j;

        if (first->deed != DEED_KILL || first->card == SCENARIO_ALL)
            continue;
        for (j = i; j < s->step_n && s->steps[j].at_us - first->at_us <= TOGETHER_US; j++) {
            if (s->steps[j].deed == DEED_KILL && s->steps[j].side == first->side)
                cards |= UINT64_C(1) << s->steps[j].card;
        }
        if (cards != (UINT64_C(1) << cards_n(s)) - 1)
            continue;
        for (size_t k = i + 1; k < s->step_n; k++) {
            if (k >= j || s->steps[k].deed != DEED_KILL || s->steps[k].side != first->side)
                s->steps[kept++] = s->steps[k];
        }
        first->card = SCENARIO_ALL;
        s->step_n = kept;
    }
}

/* A lease that began before counts for what is left of it; false: nothing is. */
static bool
cut_to_begin(struct scenario_step *step)
{
    if (step->for_us == 0 || step->at_us + step->for_us <= 0)
        return false;
    step->for_us += step->at_us;
    step->at_us = 0;
    return true;
}

/* What was done before the scenario: which cards run, and which leases are in force as it begins. */
static void
fold(struct scenario *s, bool runs[SCENARIO_SIDES][SCENARIO_SESSMGR + SCENARIO_SFS])
{
    size_t kept = 0;

    memset(runs, 0, sizeof(bool[SCENARIO_SIDES][SCENARIO_SESSMGR + SCENARIO_SFS]));
    for (size_t i = 0; i < s->step_n; i++) {
        struct scenario_step *step = &s->steps[i];
        bool start = step->deed == DEED_START;

        if (step->at_us < 0 && (start || step->deed == DEED_KILL)) {
            for (unsigned card = 0; card < cards_n(s); card++)
                if (step->card == card || step->card == SCENARIO_ALL)
                    runs[step->side][card] = start;
        }
        if (step->at_us >= 0 || cut_to_begin(step))
            s->steps[kept++] = *step;
    }
    s->step_n = kept;
}

/* The state that chassis was in before the scenario, or CHASSIS_STATE_N. */
static unsigned
state_before(const struct making *m, uint8_t side)
{
    for (size_t i = m->first; i > 0; i--) {
        const struct event *e = &m->events[i - 1];

        if (side_of(m, e) != side || (!is(e, "srp.state") && !is(e, "chassis.lead")))
            continue;
        for (unsigned state = 0; state < CHASSIS_STATE_N; state++)
            if (same(chassis_state_name((enum chassis_state)state), e->now))
                return state;
    }
    return CHASSIS_STATE_N;
}

static enum scenario_refusal
begin(struct making *m, int *refused)
{
    static const bool nothing[SCENARIO_SESSMGR + SCENARIO_SFS];
    bool runs[SCENARIO_SIDES][SCENARIO_SESSMGR + SCENARIO_SFS];
    struct scenario *s = m->s;

    fold(s, runs);
    for (uint8_t side = 0; side < SCENARIO_SIDES; side++) {
        unsigned state = state_before(m, side);

        *refused = side;
        s->chassis[side].begins = BEGINS_OFF;
        if (memcmp(runs[side], nothing, sizeof nothing) == 0)
            continue;
        if (state != CHASSIS_ACTIVE && state != CHASSIS_STANDBY)
            return SCENARIO_AMID;
        s->chassis[side].begins = state == CHASSIS_ACTIVE ? BEGINS_ACTIVE : BEGINS_STANDBY;
        for (uint8_t card = 0; card < cards_n(s); card++) {
            if (!runs[side][card])
                add(m, (struct scenario_step){.deed = DEED_KILL, .side = side, .card = card});
        }
    }
    for (int side = 0; side < SCENARIO_SIDES; side++) {
        unsigned ours = s->chassis[side].begins, theirs = s->chassis[1 - side].begins;

        *refused = side;
        if (ours == BEGINS_STANDBY && theirs != BEGINS_ACTIVE)
            return SCENARIO_ALONE;
        if (ours == BEGINS_ACTIVE && theirs == BEGINS_ACTIVE)
            return SCENARIO_ALONE;
    }
    return SCENARIO_OK;
}

enum scenario_refusal
scenario_make(struct scenario *scenario, const struct scenario_watch *watch,
              const struct event *events, size_t n, int64_t since_ms, int *side)
{
    struct making m = {.s = scenario, .watch = watch, .events = events, .n = n};
    enum scenario_refusal refusal;

    *side = 0;
    while (m.first < n && events[m.first].at_ms < since_ms)
        m.first++;
    if (m.first == n)
        return SCENARIO_EMPTY;
    m.zero_us = events[m.first].lab_us;
    for (size_t i = m.first; i < n; i++) /* the merge is by wall clock */
        if (events[i].lab_us < m.zero_us)
            m.zero_us = events[i].lab_us;
    scenario->length_us = 0;
    for (size_t i = 0; i < n; i++) {
        take(&m, i);
        if (when(&m, &events[i]) > scenario->length_us)
            scenario->length_us = when(&m, &events[i]);
    }
    end_leases(&m);
    merge_kills(scenario);
    refusal = begin(&m, side);
    return m.full ? SCENARIO_LONG : refusal;
}
