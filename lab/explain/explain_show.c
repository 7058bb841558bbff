#include "lab/explain/explain_show.h"

#include <stdio.h>

#include "common/gtp/gtp.h"
#include "sf/smgr.h"

/* ---- one call, text ------------------------------------------------------------------------ */

/* Seconds between two moments of the notes. */
static double
seconds(uint32_t from_ms, uint32_t to_ms)
{
    int32_t ms = (int32_t)(to_ms - from_ms);

    return ms < 0 ? 0 : ms / 1e3;
}

static uint32_t
last_ms(const struct notes *notes)
{
    return note_ms((mono_t){.us = notes->beat_us});
}

static bool
is_own(const struct note *note)
{
    return note->state == NOTE_OPEN || note->state == NOTE_RECOVERED;
}

static void
print_scale(const char *name, const struct note_scale *scale, bool own, uint32_t now_ms)
{
    if (scale->tried == 0) {
        (void)printf("    no %s checkpoint was %s\n", name, own ? "sent" : "received");
        return;
    }
    (void)printf("    %s checkpoints: %u %s", name, scale->tried, own ? "sent" : "received");
    if (scale->failed)
        (void)printf(", %u %s", scale->failed, own ? "lost on the way" : "not applied");
    (void)printf(", the last one %.1f s before", seconds(scale->tried_ms, now_ms));
    if (scale->done_ms)
        (void)printf("; last %s %.1f s before", own ? "acknowledged" : "applied",
                     seconds(scale->done_ms, now_ms));
    (void)printf("\n");
}

/* What the record was made of when it became a session. */
static void
print_origin(const struct note *note, uint32_t now_ms)
{
    (void)printf("    recovered from the full checkpoint that was applied %.1f s before",
                 seconds(note->from_full_ms, now_ms));
    if (note->from_micro_ms)
        (void)printf(" and micro-checkpoints, the last one applied %.1f s before",
                     seconds(note->from_micro_ms, now_ms));
    (void)printf("\n");
}

static void
print_seen(const struct explain *explain, const struct explain_seen *seen)
{
    const struct explain_source *source = seen->source;
    const struct note *note = seen->note;
    const struct notes *notes = source->notes;
    uint32_t now_ms = last_ms(notes);
    bool own = is_own(note) || note->state == NOTE_CLOSED || note->state == NOTE_PURGED ||
               note->state == NOTE_YIELDED || note->state == NOTE_LEFT ||
               note->state == NOTE_HANDED;

    (void)printf("  %s/sf%u, session manager %u, %s, epoch %llu:\n",
                 explain->lab->topo.instances[source->instance].name, source->slot, source->sessmgr,
                 source->runs ? "running" : "ended", (unsigned long long)notes->epoch);
    (void)printf("    %s since %.1f s before %s, in epoch %u\n",
                 note_state_name((enum note_state)note->state), seconds(note->at_ms, now_ms),
                 source->runs ? "now" : "its end", note->epoch);
    (void)printf("    connected %.1f s before\n", seconds(note->since_ms, now_ms));
    if (note->state == NOTE_RECOVERED && note->from_full_ms)
        print_origin(note, now_ms);
    print_scale("full", &note->full, own, now_ms);
    print_scale("micro", &note->micro, own, now_ms);
    if (own)
        (void)printf("    the peer %s\n", note->held ? "has acknowledged a full checkpoint of it"
                                          : notes->reached
                                              ? "has not acknowledged a full checkpoint of it"
                                              : "session manager was not connected");
}

void
explain_print_call(const struct explain *explain, const struct explain_call *call)
{
    const struct note *note = call->seen[0].note;

    (void)printf("callid %08x, TEID %08x, bearer %u: %s\n", note->call_id, note->teid, note->ebi,
                 fate_text(call->fate));
    for (size_t i = 0; i < call->n; i++)
        print_seen(explain, &call->seen[i]);
}

/* ---- one call, JSON ------------------------------------------------------------------------ */

static json_t *
hex(uint32_t value)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%08x", value);
    return json_string(text);
}

static json_t *
digits(uint64_t imsi)
{
    char text[16];

    gtp_imsi_to_digits(imsi, text);
    return json_string(text);
}

static json_t *
scale_json(const struct note_scale *scale, uint32_t now_ms)
{
    return json_pack("{s:I, s:I, s:f, s:f}", "tried", (json_int_t)scale->tried, "failed",
                     (json_int_t)scale->failed, "last_tried_s",
                     scale->tried ? seconds(scale->tried_ms, now_ms) : 0.0, "last_done_s",
                     scale->done_ms ? seconds(scale->done_ms, now_ms) : 0.0);
}

static double
origin(uint32_t from_ms, uint32_t now_ms)
{
    return from_ms ? seconds(from_ms, now_ms) : 0;
}

static json_t *
seen_json(const struct explain *explain, const struct explain_seen *seen)
{
    const struct explain_source *source = seen->source;
    const struct note *note = seen->note;
    uint32_t now_ms = last_ms(source->notes);

    return json_pack("{s:s, s:i, s:i, s:b, s:I, s:b, s:s, s:I, s:f, s:f, s:b, s:o, s:o, s:f, s:f}",
                     "instance", explain->lab->topo.instances[source->instance].name, "slot",
                     (int)source->slot, "sessmgr", (int)source->sessmgr, "running", source->runs,
                     "epoch", (json_int_t)source->notes->epoch, "peer_ready",
                     source->notes->reached, "state", note_state_name((enum note_state)note->state),
                     "state_epoch", (json_int_t)note->epoch, "state_s",
                     seconds(note->at_ms, now_ms), "connected_s", seconds(note->since_ms, now_ms),
                     "acknowledged", note->held, "full", scale_json(&note->full, now_ms), "micro",
                     scale_json(&note->micro, now_ms), "recovered_from_full_s",
                     origin(note->from_full_ms, now_ms), "recovered_from_micro_s",
                     origin(note->from_micro_ms, now_ms));
}

json_t *
explain_call_json(const struct explain *explain, const struct explain_call *call)
{
    const struct note *note = call->seen[0].note;
    json_t *seen = json_array();

    for (size_t i = 0; i < call->n; i++)
        (void)json_array_append_new(seen, seen_json(explain, &call->seen[i]));
    return json_pack("{s:o, s:o, s:o, s:i, s:s, s:b, s:s, s:o}", "imsi", digits(note->imsi),
                     "callid", hex(note->call_id), "teid", hex(note->teid), "ebi", (int)note->ebi,
                     "fate", fate_word(call->fate), "lost", fate_is_loss(call->fate), "text",
                     fate_text(call->fate), "notes", seen);
}

/* ---- one lost call ---------------------------------------------------------------------- */

void
explain_print_loss(const struct note *note, enum fate fate)
{
    char text[16];

    gtp_imsi_to_digits(note->imsi, text);
    (void)printf("  %-15s  callid %08x  %s\n", text, note->call_id, fate_text(fate));
}

json_t *
explain_loss_json(const struct note *note, enum fate fate)
{
    return json_pack("{s:o, s:o, s:s, s:b}", "imsi", digits(note->imsi), "callid",
                     hex(note->call_id), "cause", fate_word(fate), "acknowledged", note->held);
}
