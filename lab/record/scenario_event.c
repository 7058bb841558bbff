/* What one event of a lab says, and how it gets into a scenario. */
#include <string.h>

#include "lab/record/scenario_making.h"

enum { SAME_MS = 100 }; /* real: two ends of a connection tell of one failure within this */

bool
making_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

bool
making_begins(const char *text, const char *with)
{
    return text && strncmp(text, with, strlen(with)) == 0;
}

bool
making_is(const struct event *e, const char *kind)
{
    return making_same(e->kind, kind);
}

/* The chassis it is of, or SCENARIO_SIDES. */
uint8_t
making_side_of(const struct making *m, const struct event *e)
{
    uint8_t side = 0;

    while (side < SCENARIO_SIDES && !event_of_instance(e, m->s->chassis[side].name))
        side++;
    return side;
}

/* The card that told it, if the simulator has it. */
bool
making_card_of(const struct making *m, const struct event *e, uint8_t *side, uint8_t *card)
{
    const char *name = strchr(e->process, '/');

    *side = making_side_of(m, e);
    return *side < SCENARIO_SIDES && name && scenario_card(&m->s->chassis[*side], name + 1, card) &&
           *card < SCENARIO_SESSMGR + m->s->managers;
}

bool
making_at_once(const struct event *a, const struct event *b)
{
    int64_t ms = a->at_ms - b->at_ms;

    return ms <= SAME_MS && ms >= -SAME_MS;
}

int64_t
making_when(const struct making *m, const struct event *e)
{
    return e->lab_us - m->zero_us;
}

void
making_add(struct making *m, struct scenario_step step)
{
    m->full |= !scenario_add(m->s, &step);
}

/* As much of the pieces as there is room for. */
void
making_say(char out[SCENARIO_TEXT], const char *const *pieces, size_t n)
{
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        for (const char *c = pieces[i]; c && *c && at < SCENARIO_TEXT - 1; c++)
            out[at++] = *c;
    }
    out[at] = '\0';
}

void
making_add_other(struct making *m, const struct event *e, const char *what, const char *more)
{
    struct scenario_step step = {.at_us = making_when(m, e), .deed = DEED_OTHER};
    const char *pieces[] = {e->process, ": ", what, more ? ": " : "", more};

    making_say(step.text, pieces, sizeof pieces / sizeof *pieces);
    making_add(m, step);
}

/* Its end, or the last event there is. */
static const struct event *
end_of_lease(const struct making *m, size_t i)
{
    for (size_t j = i + 1; j < m->n; j++) {
        if (making_is(&m->events[j], "fault.off") && m->events[j].epoch == m->events[i].epoch)
            return &m->events[j];
    }
    return &m->events[m->n - 1];
}

int64_t
making_lease_us(const struct making *m, size_t i)
{
    return end_of_lease(m, i)->lab_us - m->events[i].lab_us;
}

int64_t
making_lab_us(const struct making *m, size_t i, int64_t real_us)
{
    int64_t real_ms = end_of_lease(m, i)->wall_ms - m->events[i].wall_ms;
    int64_t lab_us = making_lease_us(m, i);

    return real_ms > 0 && lab_us > 0 ? real_us / 1000 * lab_us / real_ms : real_us;
}
