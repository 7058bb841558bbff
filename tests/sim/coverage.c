/* Which cells of the srp tables, and of sso's inputs, were executed. */
#include <inttypes.h>
#include <stdio.h>

#include "check.h"
#include "common/ckpt/ckpt_wire.h"

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
    for (unsigned phase = 0; phase < SRP_PHASE_N; phase++)
        for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
            sum->faults[phase][kind] += one->faults[phase][kind];
    for (unsigned type = 0; type < CKPT_KINDS; type++)
        for (unsigned reason = 0; reason < CKPT_VERDICTS; reason++)
            sum->ckpt[type][reason] += one->ckpt[type][reason];
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

_Static_assert((int)DISTURBANCE_N <= (int)FAULT_KINDS, "sim.h has too little room");
_Static_assert((int)CKPT_REASONS <= (int)CKPT_VERDICTS, "sim.h has too little room");

/* Which messages met which fate; some pairs cannot be. */
static void
report_ckpt(const struct coverage *c)
{
    static const char *const types[CKPT_KINDS] = {
        [CKPT_OPEN] = "OPEN",   [CKPT_OPEN_ACK] = "OPEN_ACK",   [CKPT_DATA] = "DATA",
        [CKPT_ACK] = "ACK",     [CKPT_HEARTBEAT] = "HEARTBEAT", [CKPT_NACK] = "NACK",
        [CKPT_AUDIT] = "AUDIT",
    };

    for (unsigned type = CKPT_OPEN; type < CKPT_KINDS; type++) {
        printf("  %-10s", types[type]);
        for (unsigned reason = 0; reason < CKPT_REASONS; reason++)
            if (c->ckpt[type][reason])
                printf(" %s %" PRIu64, ckpt_reason_name((enum ckpt_reason)reason),
                       c->ckpt[type][reason]);
        putchar('\n');
    }
}

/* Each kind of disturbance must have had an effect, and as many pairs of kind and phase as there are. */
static bool
report_faults(const struct coverage *c, bool list)
{
    unsigned kinds = 0, pairs = 0;

    if (list)
        printf("  effective disturbances, by phase:%14s", "");
    for (unsigned phase = 0; list && phase < SRP_PHASE_N; phase++)
        printf(" %.8s%s", srp_phase_name(phase), phase + 1 < SRP_PHASE_N ? "" : "\n");
    for (unsigned kind = 0; kind < DISTURBANCE_N; kind++) {
        uint64_t sum = 0;

        for (unsigned phase = 0; phase < SRP_PHASE_N; phase++) {
            sum += c->faults[phase][kind];
            pairs += c->faults[phase][kind] > 0;
        }
        kinds += sum > 0;
        if (!list)
            continue;
        printf("  %-30s%9" PRIu64 " ", disturbance_name(kind), sum);
        for (unsigned phase = 0; phase < SRP_PHASE_N; phase++)
            printf(" %8" PRIu64, c->faults[phase][kind]);
        putchar('\n');
    }
    printf("faults: %u of %d kinds had an effect, in %u of %u pairs of kind and phase\n", kinds,
           DISTURBANCE_N, pairs, (unsigned)(DISTURBANCE_N * SRP_PHASE_N));
    return kinds == DISTURBANCE_N && pairs == DISTURBANCE_N * SRP_PHASE_N;
}

bool
coverage_report(const struct coverage *c, bool list)
{
    static const char *const events[SSO_EVENTS] = {"tick", "hello", "floor", "yield"};
    struct count states = {0}, phases = {0}, sso = {0};
    bool faults;

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
    if (list)
        report_ckpt(c);
    faults = report_faults(c, list);
    return faults && states.done == states.all && phases.done == phases.all && sso.done == sso.all;
}
