#include <string.h>

#include "common/base/mono.h"
#include "lab/watch/promise_priv.h"

/* What a lab says of itself: who serves, where the routes lead, whose calls there are, and whether
 * it is whole. */

static bool
is_state(const struct view_instance *instance, const char *state)
{
    return instance->cf && view_same_word(instance->chassis, state);
}

/* Has a condition held, from `*since_us` on, for longer than that? */
static bool
lasts(bool holds, int64_t *since_us, int64_t now_us, int64_t bound_us)
{
    if (!holds)
        *since_us = 0;
    else if (!*since_us)
        *since_us = now_us;
    return holds && now_us - *since_us > bound_us;
}

/* A breach that lasts is told again after the time in which a pair becomes whole. */
static bool
tell(struct promises *state, enum promise promise, int64_t now_us)
{
    bool fresh = !state->told_us[promise] || now_us - state->told_us[promise] > 60 * US_PER_S;

    if (fresh)
        state->told_us[promise] = now_us;
    return fresh;
}

/* ---- a Standby serves nothing ----------------------------------------------------------- */

static bool
cards_report(const struct view_instance *instance)
{
    for (size_t slot = 1; slot <= TOPO_SLOTS; slot++) {
        const struct view_card *card = &instance->cards[slot];

        if (card->type == CARD_SF && (!card->pid || !card->reported || !card->cf_alive))
            return false;
    }
    return true;
}

/* What is counted was asked for after what it is: a breach is one when it is still the same Standby
 * in the sample after it. */
static void
tell_served(struct promises *state, struct promise_chassis *chassis,
            const struct view_instance *view, const struct promise_sample *sample,
            struct promise_out *out)
{
    if (!chassis->grew || chassis->grew_epoch != view->srp_epoch ||
        !tell(state, PROMISE_STANDBY, sample->lab_us))
        return;
    promise_broken(out, PROMISE_STANDBY, sample->lab_us, chassis->name,
                   " is Standby, and counts packets: up ",
                   promise_number(chassis->grew_from.up).text, " to ",
                   promise_number(chassis->counted.up).text, ", down ",
                   promise_number(chassis->grew_from.down).text, " to ",
                   promise_number(chassis->counted.down).text, (const char *)NULL);
}

/* Counters of one start of each process, told to one reign of the CF, are comparable once all have
 * reported under it. */
static void
judge_standby(struct promises *state, size_t i, const struct promise_sample *sample,
              struct promise_out *out)
{
    struct promise_chassis *chassis = &state->chassis[i];
    const struct view_instance *view = &sample->view->instances[i];
    const struct promise_seen *seen = &sample->seen[i];
    bool same = chassis->was_counted && chassis->counted.pids == seen->pids &&
                chassis->counted_epoch == view->cf_epoch &&
                chassis->grew_epoch == view->srp_epoch; /* else it may have served meanwhile */
    bool standby = is_state(view, "standby") && seen->counted && cards_report(view) &&
                   (!chassis->was_counted || same);
    bool rested = lasts(standby, &chassis->standby_us, sample->lab_us,
                        PROMISE_QUIET_S * US_PER_S + state->slack_us);

    if (rested) {
        state->judged[PROMISE_STANDBY]++;
        tell_served(state, chassis, view, sample, out);
    }
    chassis->grew =
        rested && (seen->up > chassis->counted.up || seen->down > chassis->counted.down);
    chassis->grew_epoch = view->srp_epoch;
    chassis->grew_from = chassis->counted;
    chassis->was_counted = seen->counted && cards_report(view);
    chassis->counted = *seen;
    chassis->counted_epoch = view->cf_epoch;
}

/* ---- routes ----------------------------------------------------------------------------- */

static void
judge_route(struct promises *state, size_t i, const struct promise_sample *sample,
            struct promise_out *out)
{
    const struct view_instance *here = &sample->view->instances[i];
    const struct view_instance *there = &sample->view->instances[1 - i];
    bool wrong = is_state(here, "standby") && view_same_word(here->route, "best") &&
                 is_state(there, "active") && *there->route &&
                 !view_same_word(there->route, "none");

    state->judged[PROMISE_ROUTE] += sample->view->world_answers;
    if (lasts(wrong, &state->route_us[i], sample->lab_us,
              PROMISE_QUIET_S * US_PER_S + state->slack_us) &&
        tell(state, PROMISE_ROUTE, sample->lab_us))
        promise_broken(out, PROMISE_ROUTE, sample->lab_us, "the router's best path leads to ",
                       here->name, ", which is Standby, while ", there->name, " is Active",
                       (const char *)NULL);
}

/* ---- calls ------------------------------------------------------------------------------ */

static void
judge_owners(struct promises *state, const struct promise_sample *sample, struct promise_out *out)
{
    const struct promise_pair_of *now = &sample->calls.owners, *then = &state->owners;

    /* what is read while it is written may look like two: it has to be the same once more */
    state->judged[PROMISE_OWNERS]++;
    if (now->what && then->what && now->value == then->value &&
        strcmp(now->what, then->what) == 0 && now->imsi[0] == then->imsi[0] &&
        now->imsi[1] == then->imsi[1] && tell(state, PROMISE_OWNERS, sample->lab_us))
        promise_broken(out, PROMISE_OWNERS, sample->lab_us, "two calls have the ", now->what, " ",
                       promise_number(now->value).text, " (decimal)", (const char *)NULL);
    state->owners = *now;
}

static void
judge_copies(struct promises *state, const struct promise_sample *sample, struct promise_out *out)
{
    bool wrong = sample->calls.missing + sample->calls.extra > 0, refuses = sample->faulted;
    bool rests;

    for (size_t i = 0; i < state->n; i++)
        refuses |= state->chassis[i].refuses;
    rests = lasts(sample->calls.at_rest && !refuses && view_synced(sample->view), &state->rest_us,
                  sample->lab_us, PROMISE_QUIET_S * US_PER_S + state->slack_us);

    if (rests) {
        state->judged[PROMISE_COPIES]++;
        if (wrong && state->copies && tell(state, PROMISE_COPIES, sample->lab_us))
            promise_broken(
                out, PROMISE_COPIES, sample->lab_us, "at rest, of ",
                promise_number(sample->calls.own).text, " calls ",
                promise_number(sample->calls.missing).text, " are not on the Standby, which has ",
                promise_number(sample->calls.extra).text, " others; one is that of TEID ",
                promise_number(sample->calls.example).text, " (decimal)", (const char *)NULL);
    }
    state->copies = rests && wrong;
}

/* ---- octets ----------------------------------------------------------------------------- */

/* What was counted since the sample before, by every process that lived in both. */
static uint64_t
counted_since(const struct promise_chassis *chassis, const struct view_instance *view,
              const struct promise_seen *seen)
{
    if (!seen->counted || !cards_report(view) || !chassis->was_counted ||
        chassis->counted_epoch != view->cf_epoch || chassis->counted.pids != seen->pids ||
        seen->up < chassis->counted.up)
        return 0;
    return seen->up - chassis->counted.up;
}

/* May what was sent be under way for long, or be delivered twice? */
static bool
may_linger(const struct promises *state, const struct promise_sample *sample)
{
    bool lingers = sample->faulted || sample->sent < state->sent_last;

    for (size_t i = 0; i < state->n; i++)
        lingers = lingers || !sample->seen[i].all_run;
    return lingers;
}

/* What is sent counts from some time before what is counted does, so that all that was sent before
 * it is counted by then. */
static void
begin_to_count(struct promises *state, const struct promise_sample *sample, uint64_t counted)
{
    if (!state->sent_us)
        state->sent_first = sample->sent;
    state->sent_known =
        lasts(true, &state->sent_us, sample->lab_us, PROMISE_QUIET_S * US_PER_S + state->slack_us);
    state->counted_first = counted;
}

static void
compare_counts(struct promises *state, const struct promise_sample *sample, uint64_t counted,
               struct promise_out *out)
{
    uint64_t sent = sample->sent - state->sent_first;

    counted -= state->counted_first;
    state->judged[PROMISE_OCTETS]++;
    if (counted > sent && tell(state, PROMISE_OCTETS, sample->lab_us))
        promise_broken(out, PROMISE_OCTETS, sample->lab_us, "the chassis counted ",
                       promise_number(counted).text, " packets, ", promise_number(sent).text,
                       " were sent", (const char *)NULL);
}

/* Said in the order of reading: what is counted now was sent before the file of now was written,
 * or before the next one: so it is compared with what the next sample says. */
static void
judge_octets(struct promises *state, const struct promise_sample *sample, struct promise_out *out)
{
    uint64_t counted = 0;

    for (size_t i = 0; i < state->n; i++)
        counted += state->chassis[i].sum_up;
    if (sample->told && may_linger(state, sample)) {
        state->sent_known = false;
        state->sent_us = 0;
    } else if (sample->told && !state->sent_known) {
        begin_to_count(state, sample, counted);
    } else if (sample->told) {
        compare_counts(state, sample, counted, out);
    }
    state->sent_last = sample->told ? sample->sent : state->sent_last;
    for (size_t i = 0; i < state->n; i++)
        state->chassis[i].sum_up +=
            counted_since(&state->chassis[i], &sample->view->instances[i], &sample->seen[i]);
}

/* ---- the whole -------------------------------------------------------------------------- */

static void
judge_whole(struct promises *state, const struct promise_sample *sample, struct promise_out *out)
{
    bool well = sample->paired && !sample->faulted;
    int64_t bound_us =
        state->dead_us + PROMISE_SYNC_S * US_PER_S + sample->duration_us + 5 * state->slack_us;

    for (size_t i = 0; i < state->n; i++)
        well = well && sample->seen[i].all_run && !state->chassis[i].halted;
    state->judged[PROMISE_WHOLE] += well;
    if (!lasts(well && !view_synced(sample->view), &state->broken_us, sample->lab_us, bound_us) ||
        !tell(state, PROMISE_WHOLE, sample->lab_us))
        return;
    promise_broken(out, PROMISE_WHOLE, sample->lab_us, "all runs, and no fault is in force, but ",
                   sample->view->instances[0].name, " is ",
                   sample->view->instances[0].cf ? sample->view->instances[0].chassis : "silent",
                   sample->view->instances[0].synced ? "" : " (not synchronised)", " and ",
                   sample->view->instances[1].name, " is ",
                   sample->view->instances[1].cf ? sample->view->instances[1].chassis : "silent",
                   sample->view->instances[1].synced ? "" : " (not synchronised)", " for ",
                   promise_seconds(sample->lab_us - state->broken_us).text, " s",
                   (const char *)NULL);
}

void
promise_see_sample(struct promises *state, const struct promise_sample *sample,
                   struct promise_out *out)
{
    judge_octets(state, sample, out);
    for (size_t i = 0; i < state->n; i++) {
        judge_standby(state, i, sample, out);
        if (state->n == 2)
            judge_route(state, i, sample, out);
    }
    if (sample->calls_read) {
        judge_owners(state, sample, out);
        judge_copies(state, sample, out);
    }
    if (state->n == 2)
        judge_whole(state, sample, out);
}
