#include "lab/explain/explain_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sf/notes_file.h"

/* ---- files -------------------------------------------------------------------------------- */

int
explain_card_pid(const struct lab *lab, const char *instance, enum card_type type, unsigned slot)
{
    char base[16], path[NODE_PATH + 64];

    card_file(type, slot, base);
    (void)snprintf(path, sizeof path, "%s/%s/%s.pid", lab->rundir, instance, base);
    return pidfile_holder(path);
}

/* The card's process runs, and wrote them: one that just starts has not put those of its predecessor
 * aside yet. */
static void
open_one(struct explain *explain, const char *dir, struct explain_source source, bool before)
{
    const char *instance = explain->lab->topo.instances[source.instance].name;
    char path[NOTES_PATH];

    notes_path(dir, source.sessmgr, before, path);
    source.before = before;
    source.notes = notes_file_view(path, &source.len);
    if (!source.notes)
        return;
    if (source.notes->slot > 0 && source.notes->slot <= TOPO_SLOTS)
        source.slot = source.notes->slot;
    source.runs = !before && source.notes->pid != 0 &&
                  (uint32_t)explain_card_pid(explain->lab, instance, CARD_SF, source.slot) ==
                      source.notes->pid;
    explain->sources[explain->n++] = source;
}

static void
open_card(struct explain *explain, uint8_t instance, uint8_t slot)
{
    const struct topo_instance *it = &explain->lab->topo.instances[instance];
    char dir[NODE_PATH + TOPO_NAME];

    (void)snprintf(dir, sizeof dir, "%s/%s", explain->lab->rundir, it->name);
    for (unsigned i = 0; i < it->slots[slot].sessmgrs; i++) {
        struct explain_source source = {
            .instance = instance, .slot = slot, .sessmgr = (uint8_t)(it->slots[slot].sessmgr + i)};

        open_one(explain, dir, source, false); /* first: it may be put aside meanwhile */
        open_one(explain, dir, source, true);
    }
}

void
explain_open(struct explain *explain, const struct lab *lab)
{
    explain->lab = lab;
    explain->n = 0;
    for (uint8_t i = 0; i < lab->topo.instance_n; i++) {
        for (uint8_t slot = 1; slot <= TOPO_SLOTS; slot++) {
            if (lab->topo.instances[i].slots[slot].type == CARD_SF)
                open_card(explain, i, slot);
        }
    }
}

void
explain_close(struct explain *explain)
{
    for (size_t i = 0; i < explain->n; i++)
        notes_file_unview(&explain->sources[i].notes, explain->sources[i].len);
    explain->n = 0;
}

const struct explain_source *
explain_running(const struct explain *explain, uint8_t instance, uint8_t sessmgr)
{
    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *source = &explain->sources[i];

        if (source->runs && source->instance == instance && source->sessmgr == sessmgr)
            return source;
    }
    return NULL;
}

/* The notes of the session manager that runs there; NULL: it does not. */
static const struct notes *
running(const struct explain *explain, uint8_t instance, uint8_t sessmgr)
{
    const struct explain_source *source = explain_running(explain, instance, sessmgr);

    return source ? source->notes : NULL;
}

/* ---- one subscriber ------------------------------------------------------------------------ */

static bool
was_own(const struct note *note)
{
    switch (note->state) {
    case NOTE_RECORD:
    case NOTE_REMOVED:
    case NOTE_SWEPT:
    case NOTE_REPLACED:
    case NOTE_REFUSED:
        return false;
    default:
        return true;
    }
}

static int
by_time(const void *a, const void *b)
{
    const struct explain_seen *x = a, *y = b;

    return (int32_t)(x->note->at_ms - y->note->at_ms) < 0 ? -1 : 1;
}

static int
by_birth(const void *a, const void *b)
{
    const struct explain_call *x = a, *y = b;

    return (int32_t)(x->seen[0].note->since_ms - y->seen[0].note->since_ms) < 0 ? -1 : 1;
}

/* What became of it, for the instance, or for the other one if that does not run. */
static enum fate
judge(const struct explain *explain, uint8_t instance, const struct explain_call *call)
{
    uint8_t sessmgr = call->seen[0].source->sessmgr;
    const struct notes *now = running(explain, instance, sessmgr);
    const struct explain_source *from = NULL;
    struct sighting had = {0}, has;

    if (!now)
        now = running(explain, (uint8_t)(1 - instance), sessmgr);
    for (size_t i = 0; i < call->n; i++) {
        const struct explain_seen *seen = &call->seen[i];

        if (seen->source->notes == now || (had.note && !was_own(seen->note)))
            continue;
        had = (struct sighting){.notes = seen->source->notes, .note = seen->note};
        from = seen->source;
    }
    if (from && from->instance == instance && fate_is_left(&had) &&
        explain_has_failed(explain, from))
        return FATE_CARD; /* also while the other chassis has a record of it */
    if (!had.note)
        had = (struct sighting){.notes = call->seen[0].source->notes, .note = call->seen[0].note};
    has = fate_match(now, had.note);
    return fate_of(&had, &has);
}

static struct explain_call *
call_like(struct explain_call *calls, size_t *n, const struct note *note)
{
    for (size_t i = 0; i < *n; i++) {
        if (calls[i].seen[0].note->call_id == note->call_id &&
            calls[i].seen[0].note->teid == note->teid)
            return &calls[i];
    }
    if (*n == EXPLAIN_CALLS)
        return NULL;
    calls[*n] = (struct explain_call){0};
    return &calls[(*n)++];
}

size_t
explain_calls(const struct explain *explain, uint8_t instance, uint64_t imsi,
              struct explain_call calls[EXPLAIN_CALLS])
{
    size_t n = 0;

    for (size_t i = 0; i < explain->n; i++) {
        const struct explain_source *source = &explain->sources[i];

        for (uint32_t slot = 0; (slot = fate_find(source->notes, imsi, slot)) != 0;) {
            const struct note *note = &source->notes->notes[slot];
            struct explain_call *call = call_like(calls, &n, note);

            if (call && call->n < sizeof call->seen / sizeof call->seen[0])
                call->seen[call->n++] = (struct explain_seen){source, note};
        }
    }
    for (size_t i = 0; i < n; i++) {
        qsort(calls[i].seen, calls[i].n, sizeof calls[i].seen[0], by_time);
        calls[i].fate = judge(explain, instance, &calls[i]);
    }
    qsort(calls, n, sizeof calls[0], by_birth);
    return n;
}
