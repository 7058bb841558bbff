/* Which cells of the srp tables, and of sso's inputs, were executed. */
#include <stdio.h>

#include "check.h"

static struct coverage own;
struct coverage *coverage_now = &own;

void
coverage_srp(const struct srp *srp)
{
    for (unsigned in = 0; in < SRP_INPUTS; in++)
        coverage_now->states[in] |= srp->seen_inputs[in];
    for (unsigned step = 0; step < SRP_STEPS; step++)
        coverage_now->phases[step] |= srp->seen_steps[step];
}

void
coverage_add(struct coverage *sum, const struct coverage *one)
{
    for (unsigned in = 0; in < SRP_INPUTS; in++)
        sum->states[in] |= one->states[in];
    for (unsigned step = 0; step < SRP_STEPS; step++)
        sum->phases[step] |= one->phases[step];
    for (unsigned ev = 0; ev < SSO_EVENTS; ev++)
        sum->sso[ev] |= one->sso[ev];
}

struct count {
    unsigned done, all;
};

static void
count(struct count *n, bool possible, bool executed, bool list, const char *what,
      const char *column)
{
    n->all += possible;
    n->done += possible && executed;
    if (list && possible && !executed)
        printf("  never executed: %s in %s\n", what, column);
    if (!possible && executed) /* the core asserts it: cannot be seen */
        printf("  impossible, and executed: %s in %s\n", what, column);
}

static unsigned
percent(const struct count *n)
{
    return n->all ? 100 * n->done / n->all : 100;
}

bool
coverage_report(const struct coverage *c, bool list)
{
    static const char *const events[SSO_EVENTS] = {"tick", "hello", "floor"};
    struct count states = {0}, phases = {0}, sso = {0};

    for (unsigned in = 0; in < SRP_INPUTS; in++)
        for (unsigned s = 0; s < CHASSIS_STATE_N; s++)
            count(&states, srp_cell(in, s) != 0, c->states[in] >> s & 1, list, srp_input_name(in),
                  chassis_state_name(s));
    for (unsigned step = 0; step < SRP_STEPS; step++)
        for (unsigned p = 0; p < SRP_PHASE_N; p++)
            count(&phases, srp_phase_cell(step, p) != 0, c->phases[step] >> p & 1, list,
                  srp_step_name(step), srp_phase_name(p));
    for (unsigned ev = 0; ev < SSO_EVENTS; ev++)
        for (unsigned s = 0; s < SSO_STATE_N; s++)
            count(&sso, true, c->sso[ev] >> s & 1, list, events[ev],
                  sso_state_name((enum sso_state)s));
    printf("coverage: states %u %% (%u of %u), phases %u %% (%u of %u), CF pair %u %% (%u of "
           "%u)\n",
           percent(&states), states.done, states.all, percent(&phases), phases.done, phases.all,
           percent(&sso), sso.done, sso.all);
    return states.done == states.all && phases.done == phases.all && sso.done == sso.all;
}
