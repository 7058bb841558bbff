/* From the events of a lab to what was done to it, and what its chassis did. */
#include <string.h>

#include "cf/srp/srp_fsm.h"
#include "lab/record/scenario_making.h"

enum {
    TOGETHER_US = 200000, /* lab: what dies within this died at once */
    DAY_MS = 86400000,
};

/* ---- leases of faults ------------------------------------------------------------------------ */

static bool
told_before(const struct making *m, size_t i)
{
    for (size_t j = i; j > 0; j--) {
        if (making_is(&m->events[j - 1], "fault.on") &&
            m->events[j - 1].epoch == m->events[i].epoch)
            return true;
    }
    return false;
}

/* A lease is told by each process it concerns. A killed one counts by its end, which is looked for
 * elsewhere; servers and neighbors by what the monitors saw. */
static void
take_fault(struct making *m, size_t i)
{
    const struct event *e = &m->events[i];
    struct scenario_step step = {.at_us = making_when(m, e)};
    const char *pieces[] = {e->now};

    if (!e->now || told_before(m, i) || making_begins(e->now, "kill ") ||
        making_begins(e->now, "aaa-") || making_begins(e->now, "bgp-"))
        return;
    if (!scenario_fault(m->s, e->now, &step)) {
        making_add_other(m, e, "a fault the simulator does not know", e->now);
        return;
    }
    if (strchr(scenario_deed_takes(step.deed), 'f'))
        step.for_us = making_lease_us(m, i);
    if (step.deed == DEED_DELAY || step.deed == DEED_JITTER)
        step.amount = making_lab_us(m, i, step.amount);
    making_say(step.text, pieces, 1);
    making_add(m, step);
}

/* ---- what else is done --------------------------------------------------------------------------------- */

/* The change of state it caused is told first. */
static int64_t
asked_us(const struct making *m, size_t i)
{
    const struct event *e = &m->events[i];

    for (size_t j = i; j > 0 && making_at_once(e, &m->events[j - 1]); j--) {
        const struct event *before = &m->events[j - 1];

        if (making_is(before, "srp.state") && making_same(before->process, e->process) &&
            before->lab_us <= e->lab_us)
            return making_when(m, before);
    }
    return making_when(m, e);
}

static void
take_switchover(struct making *m, size_t i)
{
    const struct event *e = &m->events[i];
    struct scenario_step step = {.at_us = asked_us(m, i), .deed = DEED_SWITCHOVER};

    step.side = making_side_of(m, e);
    step.card = SCENARIO_ALL;
    step.force = making_same(e->cause, "force");
    if (step.side < SCENARIO_SIDES)
        making_add(m, step);
}

/* Both ends tell that a connection was closed: so no process of theirs has ended. */
static void
take_closed(struct making *m, size_t i)
{
    const struct event *e = &m->events[i];
    bool control = making_is(e, "srp.connection");
    struct scenario_step step = {.at_us = making_when(m, e),
                                 .deed = DEED_RESET,
                                 .side = SCENARIO_SIDES,
                                 .links = SCENARIO_CONTROL | SCENARIO_SESSION};

    if (!making_same(e->now, "Not Connected"))
        return;
    if (!control)
        step.links = SCENARIO_SESSION;
    for (size_t j = i + 1; j < m->n && making_at_once(e, &m->events[j]); j++) {
        if (making_is(&m->events[j], e->kind) && making_same(m->events[j].now, "Not Connected") &&
            making_side_of(m, &m->events[j]) != making_side_of(m, e)) {
            making_add(m, step);
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
        making_add(m, step);
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
    uint8_t side = making_side_of(m, e);

    for (uint8_t i = 0; side < SCENARIO_SIDES && i < m->watch->monitor_n[side]; i++) {
        const struct scenario_monitor *monitor = &m->watch->monitors[side][i];
        struct scenario_step step;

        if (!making_same(monitor->text, e->cause))
            continue;
        if (monitor->deed == DEED_OTHER) {
            if (making_same(e->now, "Down"))
                making_add_other(m, e, "down; the simulator has no such monitor", e->cause);
            return;
        }
        step = monitor_step_of(m, side, i);
        if (step.amount <= SCENARIO_MONITORS)
            turn(m, &m->monitors[side][i], making_same(e->now, "Down"),
                 making_when(m, e) - m->s->probe_us, step);
        return;
    }
}

static void
take_state(struct making *m, const struct event *e)
{
    struct scenario_state state = {
        .at_us = making_when(m, e), .side = making_side_of(m, e), .epoch = e->epoch};

    while (state.state < CHASSIS_STATE_N && !making_same(chassis_state_name(state.state), e->now))
        state.state++;
    while (state.reason < SRP_REASON_N &&
           !making_same(srp_reason_name((enum srp_reason)state.reason), e->cause))
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
    struct scenario_step step = {.deed = DEED_CARD_SWITCH, .at_us = making_when(m, e)};

    if (making_is(e, "process.start"))
        making_take_start(m, i);
    else if (making_is(e, "fault.on"))
        take_fault(m, i);
    else if (making_is(e, "srp.state"))
        take_state(m, e);
    else if (making_is(e, "srp.switchover"))
        take_switchover(m, i);
    else if (making_is(e, "srp.connection") || making_is(e, "srp.session"))
        take_closed(m, i);
    else if (making_is(e, "monitor.state"))
        take_monitor(m, e);
    else if (making_is(e, "srp.config"))
        turn(m, &m->apart, making_same(e->now, "out of sync"), making_when(m, e),
             (struct scenario_step){.deed = DEED_APART});
    else if (making_is(e, "bfd.chassis"))
        turn(m, &m->chassis_bfd, making_same(e->now, "down"), making_when(m, e),
             (struct scenario_step){.deed = DEED_BFD_CHASSIS});
    else if (making_is_card_switch(e) && making_card_of(m, e, &step.side, &step.card))
        making_add(m, step);
    else if (making_is(e, "config.applied") && making_same(e->cause, "console"))
        making_add_other(
            m, e, "another configuration; the simulator goes on with the one of the files", NULL);
    else if (making_is(e, "srp.checkpoint-fault"))
        making_add_other(m, e, "a command the simulator does not know", e->cause);
}

/* What has no end yet ends with the scenario. */
static void
end_leases(struct making *m)
{
    int64_t end_us = making_when(m, &m->events[m->n - 1]);

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

        if (making_side_of(m, e) != side ||
            (!making_is(e, "srp.state") && !making_is(e, "chassis.lead")))
            continue;
        for (unsigned state = 0; state < CHASSIS_STATE_N; state++)
            if (making_same(chassis_state_name((enum chassis_state)state), e->now))
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
                making_add(m,
                           (struct scenario_step){.deed = DEED_KILL, .side = side, .card = card});
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
    scenario->wall_us = events[m.first].wall_ms % DAY_MS * 1000;
    scenario->length_us = 0;
    for (size_t i = 0; i < n; i++) {
        take(&m, i);
        if (making_when(&m, &events[i]) > scenario->length_us)
            scenario->length_us = making_when(&m, &events[i]);
    }
    end_leases(&m);
    merge_kills(scenario);
    refusal = begin(&m, side);
    return m.full ? SCENARIO_LONG : refusal;
}
