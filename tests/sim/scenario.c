/* A scenario of a lab beside what the simulator makes of it; a seed as a scenario. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "lab/record/scenario_json.h"
#include "play.h"

enum { ROWS_MOST = 2 * SCENARIO_STATES };

/* One change of state: in the lab, here, or in both. */
struct row {
    int64_t at_us; /* of the first of both */
    const struct scenario_state *lab, *here;
};

struct comparison {
    struct row rows[ROWS_MOST];
    size_t n, differ;
};

/* ---- comparing ------------------------------------------------------------------------------ */

/* The next state of that side, from *at on; NULL: none. */
static const struct scenario_state *
next_of(const struct scenario_state *states, size_t n, size_t *at, uint8_t side)
{
    while (*at < n && states[*at].side != side)
        ++*at;
    return *at < n ? &states[(*at)++] : NULL;
}

static bool
is_same(const struct row *row)
{
    return row->lab && row->here && row->lab->state == row->here->state &&
           row->lab->reason == row->here->reason;
}

static void
put_row(struct comparison *c, struct row row)
{
    size_t at = c->n;

    row.at_us = row.lab ? row.lab->at_us : row.here->at_us;
    if (at == ROWS_MOST)
        return;
    c->differ += !is_same(&row);
    for (; at > 0 && c->rows[at - 1].at_us > row.at_us; at--)
        c->rows[at] = c->rows[at - 1];
    c->rows[at] = row;
    c->n++;
}

/* The simulator goes on after the record: what the lab may still have done counts for neither. */
static bool
is_behind(const struct scenario *s, const struct scenario_state *here)
{
    return s->chassis[EAST].begins != BEGINS_ON && here && here->at_us > s->length_us - s->hello_us;
}

/* State by state, each chassis by itself: which of both was first differs by milliseconds. */
static void
compare(struct comparison *c, const struct scenario *s, const struct sim_played *played)
{
    c->n = c->differ = 0;
    if (s->no_states)
        return;
    for (uint8_t side = 0; side < SIDES; side++) {
        size_t in_lab = 0, in_sim = 0;

        for (;;) {
            struct row row = {.lab = next_of(s->states, s->state_n, &in_lab, side),
                              .here = next_of(played->states, played->n, &in_sim, side)};

            if (!row.lab && (!row.here || is_behind(s, row.here)))
                break;
            put_row(c, row);
        }
    }
}

/* ---- printing --------------------------------------------------------------------------------- */

static void
print_state(const struct scenario_state *state)
{
    if (state)
        (void)printf("%s (%s), epoch %" PRIu64, chassis_state_name(state->state),
                     srp_reason_name((enum srp_reason)state->reason), state->epoch);
    else
        (void)printf("nothing");
}

static void
print_time(const struct scenario_state *state)
{
    if (state)
        (void)printf("%11.3f", (double)state->at_us / 1e6);
    else
        (void)printf("%11s", "-");
}

static void
print_row(const struct scenario *s, const struct row *row)
{
    const struct scenario_state *any = row->lab ? row->lab : row->here;
    int64_t apart = row->lab && row->here ? row->here->at_us - row->lab->at_us : 0;
    bool late = apart > s->hello_us || apart < -s->hello_us;

    print_time(row->lab);
    print_time(row->here);
    (void)printf("  %c %-8s ", !is_same(row) ? '!' : late ? '~' : '=', s->chassis[any->side].name);
    if (is_same(row)) {
        print_state(row->lab);
        if (row->here->epoch != row->lab->epoch)
            (void)printf("; here epoch %" PRIu64, row->here->epoch);
    } else {
        print_state(row->lab);
        (void)printf("; here ");
        print_state(row->here);
    }
    (void)putchar('\n');
}

static void
print_target(const struct scenario *s, const struct scenario_step *step)
{
    (void)printf(" %s", s->chassis[step->side].name);
    if (step->card != SCENARIO_ALL && step->card >= SCENARIO_SESSMGR)
        (void)printf("/sf%u", s->chassis[step->side].sf[step->card - SCENARIO_SESSMGR]);
    else if (step->card != SCENARIO_ALL)
        (void)printf("/%s", step->card == SCENARIO_CF1   ? "cf1"
                            : step->card == SCENARIO_CF2 ? "cf2"
                                                         : "demux3");
}

static void
print_link(const struct scenario *s, const struct scenario_step *step)
{
    (void)printf(" %s", step->links == SCENARIO_CONTROL   ? "srp-control"
                        : step->links == SCENARIO_SESSION ? "srp-session"
                                                          : "srp");
    if (step->side < SIDES)
        (void)printf(" from %s", s->chassis[step->side].name);
}

static void
print_step(const struct scenario *s, const struct scenario_step *step)
{
    (void)printf("%11.3f%11s  > %s", (double)step->at_us / 1e6, "",
                 step->deed == DEED_OTHER ? "not simulated:" : scenario_deed_name(step->deed));
    if (strchr(scenario_deed_takes(step->deed), 't'))
        print_target(s, step);
    else if (strchr(scenario_deed_takes(step->deed), 'l'))
        print_link(s, step);
    if (step->deed == DEED_OTHER)
        (void)printf(" %s", step->text);
    if (step->deed == DEED_DISTURB)
        (void)printf(" #%u %s", step->own.number, step->own.kind);
    if (step->for_us)
        (void)printf(", %.3f s", (double)step->for_us / 1e6);
    (void)putchar('\n');
}

static void
print_all(const struct scenario *s, const struct comparison *c)
{
    size_t step = 0;

    (void)printf("%11s%11s\n", "lab s", "here s");
    for (size_t i = 0; i <= c->n; i++) {
        for (; step < s->step_n && (i == c->n || s->steps[step].at_us <= c->rows[i].at_us); step++)
            print_step(s, &s->steps[step]);
        if (i < c->n)
            print_row(s, &c->rows[i]);
    }
}

/* ---- playing ------------------------------------------------------------------------------------ */

static struct scenario scenario;
static struct sim_played played;
static struct comparison comparison;

static bool
load(const char *path)
{
    char err[SCENARIO_ERROR];
    size_t own = 0;

    if (!scenario_load(&scenario, path, err)) {
        (void)fprintf(stderr, "sim: %s\n", err);
        return false;
    }
    for (size_t i = 0; i < scenario.step_n; i++)
        own += scenario.steps[i].deed == DEED_DISTURB;
    if (own > SCHEDULE_MOST) {
        (void)fprintf(stderr, "sim: %s: steps: %zu disturbances; expected at most %d\n", path, own,
                      SCHEDULE_MOST);
        return false;
    }
    for (size_t i = 0; i < scenario.step_n; i++) {
        if (!play_knows(&scenario.steps[i])) {
            (void)fprintf(stderr, "sim: %s: steps[%zu]: no disturbance is \"%s\" in phase \"%s\"\n",
                          path, i, scenario.steps[i].own.kind, scenario.steps[i].own.phase);
            return false;
        }
    }
    return true;
}

static int
write_scenario(const char *path)
{
    char *text = scenario_print(&scenario);
    FILE *f = text ? fopen(path, "we") : NULL;
    bool written = f && fputs(text, f) >= 0;

    free(text);
    if (f && fclose(f) == 0 && written)
        return EXIT_SUCCESS;
    perror(path);
    return EXIT_FAILURE;
}

/* What the simulator goes on with after the record's end is not of the scenario. */
static int
write_played(const char *path)
{
    scenario.no_states = false;
    scenario.state_n = 0;
    for (size_t i = 0; i < played.n && played.states[i].at_us <= scenario.length_us; i++)
        scenario.states[scenario.state_n++] = played.states[i];
    return write_scenario(path);
}

static void
print_broken(const struct sim_verdict *verdict)
{
    (void)printf("invariant %s broken at %.3f s: %s\n    (%s)\n",
                 sim_invariant_name(verdict->broken),
                 (double)(verdict->at.us - play_warm_us(&scenario)) / 1e6, verdict->text,
                 sim_invariant_text(verdict->broken));
}

int
sim_scenario(const char *path, const struct sim_options *how, const char *out)
{
    struct sim_options options = *how;
    static struct sim_verdict verdict;

    if (!load(path))
        return 2;
    options.scenario = &scenario;
    options.played = &played;
    options.seed = (uint64_t)scenario.seed;
    for (int side = 0; side < SIDES; side++)
        side_names[side] = scenario.chassis[side].name;
    played.n = 0;
    sim_run(&options, &verdict);
    if (out)
        return write_played(out);
    if (verdict.broken) /* nothing is compared beyond */
        for (; scenario.state_n > 0 && scenario.states[scenario.state_n - 1].at_us >
                                           verdict.at.us - play_warm_us(&scenario);
             scenario.state_n--)
            ;
    compare(&comparison, &scenario, &played);
    (void)printf("%s\n", scenario.about);
    print_all(&scenario, &comparison);
    if (verdict.broken)
        print_broken(&verdict);
    if (scenario.no_states)
        (void)printf("%zu changes of state, none to compare with; ", played.n);
    else
        (void)printf("%zu changes of state, %zu differ from the lab; ", comparison.n,
                     comparison.differ);
    (void)printf("%s\n", verdict.broken ? "an invariant broken" : "no invariant broken");
    return verdict.broken || comparison.differ ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* ---- a seed as a scenario --------------------------------------------------------------------------- */

static void
settings_of(struct scenario *s, const struct options *o, uint64_t seed)
{
    scenario_defaults(s);
    s->seed = (int64_t)seed;
    s->hello_us = o->hello_us;
    s->dead_us = o->dead_us;
    s->delay_us = o->delay_us;
    s->higher_wins = o->higher_wins;
    s->rm_threshold = o->rm_threshold;
    s->rm_delta = o->rm_delta;
    s->switchover = o->switchover;
    s->ignore_dead = o->ignore_dead;
    s->standby_announce_us = o->standby_announce_us;
    s->retry_us = o->retry_us;
    s->retries = o->retries;
    s->duration_us = o->duration_us;
    s->credit = o->credit;
    s->ready_beats = o->ready_beats;
    s->nack_macro = o->nack[CKPT_MACRO];
    s->nack_micro = o->nack[CKPT_MICRO];
    s->nack_most = o->nack_most;
    s->nack_disabled = o->nack_disabled;
    s->nack_window_us = o->nack_window_us;
    s->room = (int64_t)o->room;
    s->managers = o->managers;
    s->subscribers = o->subscribers;
    s->volte = o->volte;
    s->client_us = o->client_us;
    s->router_us = o->router_us;
    s->aaa_n = o->aaa_n;
    s->bgp_n = o->bgp_n;
    s->bfd_n = o->bfd_n;
    s->bgp_grouped = o->bgp_grouped;
    s->guard_switch_us = o->guard_switch.guard_us;
    s->damping_switch_us = o->guard_switch.damping_us;
    s->guard_failure_us = o->guard_failure.guard_us;
    s->damping_failure_us = o->guard_failure.damping_us;
    s->probe_us = o->probe_us;
    s->stagger_us = o->stagger_us;
    s->west_first = o->west_first;
    s->audit_daily = o->audit_daily;
    s->audit_start_min = o->audit_start_min;
    s->audit_period_min = o->audit_period_min;
    s->wall_us = o->wall_us;
}

static void
chassis_of(struct scenario *s, const struct options *o)
{
    for (int side = 0; side < SIDES; side++) {
        struct scenario_chassis *c = &s->chassis[side];

        (void)snprintf(c->name, sizeof c->name, "%s", side_names[side]);
        c->begins = BEGINS_ON;
        c->primary = o->mode[side] == SRP_PRIMARY;
        c->priority = o->priority[side];
        memcpy(c->mac, (const uint8_t[]){2, 0, 0, 0, o->mac[side], 4}, 6);
        c->lz4 = o->lz4[side];
        for (unsigned m = 0; m < o->managers; m++)
            c->sf[c->sf_n++] = (uint8_t)(4 + m);
    }
}

static void
steps_of(struct scenario *s, const struct schedule *schedule)
{
    for (size_t i = 0; i < schedule->n; i++) {
        const struct disturbance *d = &schedule->items[i];
        struct scenario_step step = {.at_us = d->at_us - START_US,
                                     .for_us = d->us,
                                     .deed = DEED_DISTURB,
                                     .side = d->side,
                                     .card = SCENARIO_ALL,
                                     .own = {.here = d->here,
                                             .proc = d->proc,
                                             .delay_us = d->delay_us,
                                             .dice = d->dice,
                                             .number = d->number}};

        (void)snprintf(step.own.kind, sizeof step.own.kind, "%s", disturbance_name(d->kind));
        (void)snprintf(step.own.phase, sizeof step.own.phase, "%s",
                       srp_phase_name((enum srp_phase)d->phase));
        (void)scenario_add(s, &step); /* a schedule is shorter */
    }
}

int
sim_scenario_out(const char *path, const struct sim_options *options)
{
    struct sim_options run = *options;
    static struct sim_verdict verdict;
    struct options o;

    options_make(&o, options->seed, options->plant);
    settings_of(&scenario, &o, options->seed);
    scenario.length_us = (int64_t)options->minutes * 60 * US_PER_S - convergence_us(&o);
    chassis_of(&scenario, &o);
    (void)snprintf(scenario.about, sizeof scenario.about, "seed %" PRIu64 " of the simulator",
                   options->seed);
    run.played = &played;
    played.n = 0;
    sim_run(&run, &verdict);
    steps_of(&scenario, &verdict.schedule);
    memcpy(scenario.states, played.states, sizeof scenario.states);
    scenario.state_n = played.n;
    return write_scenario(path);
}
