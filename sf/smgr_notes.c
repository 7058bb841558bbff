/* What a session manager notes of its calls, and counts as lost when it takes over. */
#include "sf/smgr_priv.h"

/* TEIDs of a slot come again after eight calls. */
static bool
is_of(const struct note *note, const struct sess *sess)
{
    return note->teid == sess->teid && note->call_id == sess->call_id;
}

static bool
is_noted(const struct smgr *smgr, uint32_t slot, const struct sess *sess)
{
    return is_of(note_at(smgr->notes, slot), sess);
}

static void
begin_or_move(struct smgr *smgr, uint32_t slot, const struct sess *sess, enum note_state state)
{
    if (is_noted(smgr, slot, sess))
        note_move(smgr->notes, slot, state, smgr->epoch, smgr->now);
    else
        note_begin(smgr->notes, slot, sess, state, smgr->epoch, smgr->now);
}

static bool
is_own(const struct note *note)
{
    return note->state == NOTE_OPEN || note->state == NOTE_RECOVERED;
}

/* ---- own calls -------------------------------------------------------------------------------- */

void
smgr_note_changed(struct smgr *smgr, uint32_t slot, const struct sess *sess)
{
    struct note *note = note_at(smgr->notes, slot);

    if (sess->lbi)
        return;
    if (!is_of(note, sess) || !is_own(note))
        note_begin(smgr->notes, slot, sess, NOTE_OPEN, smgr->epoch, sess->since);
    note->ims = sess->volte;
}

void
smgr_note_gone(struct smgr *smgr, uint32_t slot, const struct sess *sess)
{
    if (!sess->lbi && is_noted(smgr, slot, sess))
        note_move(smgr->notes, slot, smgr->auditing ? NOTE_PURGED : NOTE_CLOSED, smgr->epoch,
                  smgr->now);
}

void
smgr_note_ours(struct smgr *smgr, uint32_t slot, const struct sess *sess)
{
    struct note *note = note_at(smgr->notes, slot);

    if (sess->lbi)
        return;
    if (!is_of(note, sess))
        note_begin(smgr->notes, slot, sess, NOTE_RECOVERED, smgr->notes->led, smgr->now);
    else if (!is_own(note))
        note_recover(smgr->notes, slot, smgr->notes->led, smgr->now);
    note->held = false;
}

void
smgr_note_told(void *ctx, uint32_t slot, enum ckpt_told what, bool full, unsigned parts, mono_t now)
{
    struct smgr *smgr = ctx;
    struct note *note = note_at(smgr->notes, slot);

    if (!note_is_there(note)) /* a bearer */
        return;
    switch (what) {
    case CKPT_TOLD_SENT:
        note_tried(&note->full, full, now);
        note_tried(&note->micro, parts, now);
        break;
    case CKPT_TOLD_LOST:
        note_failed(&note->full, full);
        note_failed(&note->micro, parts);
        break;
    case CKPT_TOLD_HEARD:
        note->held |= full;
        note_done(full ? &note->full : &note->micro, now);
        break;
    case CKPT_TOLD_VOID:
        note->held = false;
        break;
    }
}

/* ---- records ---------------------------------------------------------------------------------- */

/* A record begins with the first full checkpoint of its call; what came before is of another. */
static struct note *
record_note(struct smgr *smgr, uint32_t slot, const struct sess *sess, enum note_state state)
{
    if (!is_noted(smgr, slot, sess) || note_at(smgr->notes, slot)->state != state)
        begin_or_move(smgr, slot, sess, state);
    return note_at(smgr->notes, slot);
}

void
smgr_note_record(struct smgr *smgr, uint32_t slot, const struct sess *sess, mono_t now)
{
    if (sess->lbi)
        return;

    struct note *note = record_note(smgr, slot, sess, NOTE_RECORD);

    note_tried(&note->full, 1, now);
    note_done(&note->full, now);
}

void
smgr_note_refused(struct smgr *smgr, uint32_t slot, const struct sess *sess)
{
    struct note *note = note_at(smgr->notes, slot);

    if (sess->lbi)
        return;
    if (!is_of(note, sess) || note->state != NOTE_RECORD) /* else the older record stays */
        note = record_note(smgr, slot, sess, NOTE_REFUSED);
    note_tried(&note->full, 1, smgr->now);
    note_failed(&note->full, 1);
}

void
smgr_note_part(struct smgr *smgr, uint32_t slot, bool applied, mono_t now)
{
    struct note *note = note_at(smgr->notes, slot);

    if (!note_is_there(note) && note->state != NOTE_REFUSED)
        return;
    note_tried(&note->micro, 1, now);
    if (applied)
        note_done(&note->micro, now);
    else
        note_failed(&note->micro, 1);
}

void
smgr_note_dropped(struct smgr *smgr, uint32_t teid, uint32_t slot, enum note_state state)
{
    const struct note *note = note_at(smgr->notes, slot);

    if (note->teid == teid && (note->state == NOTE_RECORD || note->state == NOTE_REFUSED))
        note_move(smgr->notes, slot, state, smgr->epoch, smgr->now);
}

/* ---- roles ------------------------------------------------------------------------------------ */

void
smgr_note_standing_by(struct smgr *smgr, bool kept)
{
    for (uint32_t slot = 1; slot <= smgr->notes->top; slot++) {
        const struct note *note = &smgr->notes->notes[slot];
        const struct sess *sess = sess_at(smgr->table, slot);
        bool theirs;

        if (!is_own(note) || !sess)
            continue;
        theirs = sess->recovered || sess->shared || ckpt_tx_based(smgr->tx, slot);
        note_move(smgr->notes, slot,
                  kept          ? NOTE_RECORD
                  : theirs      ? NOTE_HANDED
                  : smgr->flush ? NOTE_LEFT
                                : NOTE_YIELDED,
                  smgr->epoch, smgr->now);
    }
}

void
smgr_note_beat(struct smgr *smgr, mono_t now)
{
    struct ckpt_tx_status tx;

    ckpt_tx_status(smgr->tx, &tx);
    smgr->notes->reached = tx.reached;
    smgr->notes->beat_us = now.us;
}

/* ---- what a takeover lost --------------------------------------------------------------------- */

static uint32_t
take(uint32_t *rest, uint32_t n)
{
    uint32_t taken = n < *rest ? n : *rest;

    *rest -= taken;
    return taken;
}

/* Calls whose only full checkpoints could not be applied: why they were not sent again. */
static void
count_refused(const struct smgr *smgr, uint32_t *limit, uint32_t *off)
{
    const struct ckpt_nack_setup *nack = &smgr->rx.nacks.setup;

    for (uint32_t slot = 1; slot <= smgr->notes->top && ckpt_nacks_open(&smgr->rx.nacks); slot++) {
        const struct ckpt_failing *failing;

        if (smgr->notes->notes[slot].state != NOTE_REFUSED)
            continue;
        failing = smgr_failing(smgr, slot, CKPT_MACRO);
        if (!nack->on[CKPT_MACRO])
            ++*off;
        else if (failing && failing->told >= nack->max_response[CKPT_MACRO])
            ++*limit;
    }
}

void
smgr_count_lost(struct smgr *smgr, bool flushed)
{
    const struct ckpt_said *said = &smgr->rx.said;
    uint32_t have = sess_count(smgr->table), limit = 0, off = 0;
    uint32_t calls = said->tally.calls - (flushed ? said->tally.young : 0);
    uint32_t rest = said->any && calls > have ? calls - have : 0;
    struct smgr_lost *lost = &smgr->ledger.lost;

    *lost = (struct smgr_lost){.known = said->any && said->complete};
    if (rest == 0)
        return;
    count_refused(smgr, &limit, &off);
    lost->nack_limit = take(&rest, limit);
    lost->nack_off = take(&rest, off);
    if (said->complete && !flushed)
        lost->young = take(&rest, said->tally.young);
    *(said->complete ? &lost->in_flight : &lost->not_ready) = rest;
}
