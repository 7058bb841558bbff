#include "sf/sess_part.h"
#include "sf/smgr_priv.h"

/* Checkpoints that time calls for. Each kind walks over the whole table once in its period, so
 * much of it in each step: a million sessions make no burst. */

#define STEP_US (1 * US_PER_S)

/* Manuals give no period for what is checkpointed in the background. */
#define BACKGROUND_US (60 * US_PER_S)
#define DCCA_US       (18 * US_PER_S)
#define STATS_US      (300 * US_PER_S)
#define PERIODIC_US   (45 * 60 * US_PER_S)

enum beat { BACKGROUND, DCCA, STATS, PERIODIC };

/* What a walk tells, of sessions with news of that kind. */
static const uint8_t parts[SMGR_BEATS] = {
    [BACKGROUND] = 1u << SESS_IDLE | 1u << SESS_CLP_STATS,
    [DCCA] = 1u << SESS_DCCA,
    [STATS] = 1u << SESS_PGW_STATS | 1u << SESS_GGSN_STATS,
};

static int64_t
period(const struct smgr *smgr, enum beat beat)
{
    static const int64_t periods[] = {
        [BACKGROUND] = BACKGROUND_US, [DCCA] = DCCA_US, [STATS] = STATS_US};

    if (beat != PERIODIC)
        return periods[beat];
    return smgr->setup.periodic_us ? smgr->setup.periodic_us : PERIODIC_US;
}

void
smgr_beat_start(struct smgr *smgr, mono_t now)
{
    for (unsigned beat = 0; beat < SMGR_BEATS; beat++)
        smgr->walks[beat] = (struct smgr_walk){.start = now, .at = now, .slot = 1};
}

static void
visit(struct smgr *smgr, enum beat beat, uint32_t slot, const struct sess *sess)
{
    unsigned news = sess->news & parts[beat];

    if (beat == PERIODIC)
        ckpt_tx_changed(smgr->tx, slot, SMGR_NON_IMS, sess->since);
    for (unsigned part = 0; news >> part != 0; part++) {
        if (news >> part & 1)
            ckpt_tx_part(smgr->tx, slot, part);
    }
}

/* Nothing to walk for: no sessions, or no packet since before the last whole walk. */
static bool
rests(const struct smgr *smgr, enum beat beat)
{
    const struct smgr_walk *walk = &smgr->walks[beat];

    return sess_top(smgr->table) == 0 ||
           (beat != PERIODIC && walk->slot == 1 && walk->seen == sess_counts(smgr->table));
}

/* The last slot that is due by now. */
static uint32_t
due_slot(const struct smgr *smgr, enum beat beat, mono_t now)
{
    uint64_t past = (uint64_t)mono_between(smgr->walks[beat].start, now);
    uint64_t whole = (uint64_t)period(smgr, beat), top = sess_top(smgr->table);

    return (uint32_t)(past >= whole ? top : past * top / whole);
}

static mono_t
next_step(const struct smgr *smgr, enum beat beat, mono_t now)
{
    const struct smgr_walk *walk = &smgr->walks[beat];
    int64_t us = (int64_t)((uint64_t)period(smgr, beat) * walk->slot / sess_top(smgr->table)) + 1;
    mono_t due = mono_after(walk->start, us), soon = mono_after(now, STEP_US);

    return due.us > soon.us ? due : soon;
}

void
smgr_beat_periodic(struct smgr *smgr, mono_t now, int64_t us)
{
    struct smgr_walk *walk = &smgr->walks[PERIODIC];
    uint64_t top = sess_top(smgr->table);

    smgr->setup.periodic_us = us;
    if (rests(smgr, PERIODIC) || walk->slot == 0)
        return;
    us = (int64_t)((uint64_t)period(smgr, PERIODIC) * (walk->slot - 1) / top);
    walk->start = (mono_t){.us = now.us - us};
    walk->at = next_step(smgr, PERIODIC, now);
}

static void
step(struct smgr *smgr, enum beat beat, mono_t now)
{
    struct smgr_walk *walk = &smgr->walks[beat];
    uint32_t last = due_slot(smgr, beat, now);

    if (walk->slot == 1)
        walk->seen = sess_counts(smgr->table);
    for (; walk->slot <= last; walk->slot++) {
        const struct sess *sess = sess_at(smgr->table, walk->slot);

        if (sess && sess->state == SESS_LIVE)
            visit(smgr, beat, walk->slot, sess);
    }
    if (mono_between(walk->start, now) >= period(smgr, beat)) {
        walk->start = now;
        walk->slot = 1;
    }
    walk->at = next_step(smgr, beat, now);
}

void
smgr_beat(struct smgr *smgr, mono_t now)
{
    if (smgr->role == SMGR_STANDBY)
        return;
    smgr_instance_beat(smgr, now);
    for (unsigned beat = 0; beat < SMGR_BEATS; beat++) {
        struct smgr_walk *walk = &smgr->walks[beat];

        if (rests(smgr, (enum beat)beat))
            walk->start = walk->at = now;
        else if (mono_reached(now, walk->at))
            step(smgr, (enum beat)beat, now);
    }
}

mono_t
smgr_beat_deadline(const struct smgr *smgr)
{
    mono_t at = MONO_NEVER;

    if (smgr->role == SMGR_STANDBY)
        return at;
    at = smgr_instance_deadline(smgr);
    for (unsigned beat = 0; beat < SMGR_BEATS; beat++) {
        if (!rests(smgr, (enum beat)beat))
            at = mono_earlier(at, smgr->walks[beat].at);
    }
    return at;
}
