/* smgr_priv.h - the session manager's inside, for smgr.c, smgr_flush.c, smgr_beat.c,
 * smgr_change.c, smgr_macro.c, smgr_notes.c and smgr_sink.c only
 *
 * Ownership  everything lies in the memory given to smgr_init
 * Time       as smgr.h
 * Errors     as smgr.h
 * Threads    one owner
 */
#ifndef VPCLAB_SMGR_PRIV_H
#define VPCLAB_SMGR_PRIV_H

#include "sf/sess_bearer.h"
#include "sf/smgr.h"

enum { SMGR_BEATS = 4 };

/* A walk over the table that takes one period, for what is told from time to time. */
struct smgr_walk {
    mono_t start;  /* of the walk */
    mono_t at;     /* the next step */
    uint64_t seen; /* sess_counts() when the walk began */
    uint32_t slot; /* the next one */
};

/* What an instance-level checkpoint tells. */
struct smgr_instance {
    uint32_t call_id; /* given out or heard of last */
    struct smgr_totals totals;
};

/* A map as the peer told it; len 0: it did not. */
struct smgr_told {
    size_t len;
    uint8_t bytes[NAMES_LEN];
};

struct smgr {
    struct smgr_setup setup; /* names: NULL, they are below */
    enum smgr_role role;
    uint64_t epoch;
    bool served;   /* was Active, or let something through in Hold, since it last stood by */
    bool auditing; /* the internal audit is closing calls */
    bool internal; /* the change under way is our own doing, no client's */
    bool draining;
    bool flush;
    uint32_t flushed_stream; /* all was told in this stream since the last order to flush; or 0 */
    mono_t round_at;         /* packets counted since are told from then on */
    struct smgr_walk walks[SMGR_BEATS];
    mono_t now; /* as passed in last */
    struct notes *notes;
    struct sess_table *table;
    struct ckpt_tx *tx;
    struct ckpt_rx rx;
    struct smgr_ledger ledger;
    struct names names[SMGR_MAPS];             /* ours, by their numbers here ... */
    uint8_t configured[SMGR_MAPS][NAMES_MOST]; /* ... and in the configuration, or NAME_NONE */
    uint64_t digests[SMGR_MAPS][NAMES_MOST];   /* of our names */
    struct names_map maps[SMGR_MAPS];          /* of the sender that is followed ... */
    struct smgr_told told_names[SMGR_MAPS];    /* ... who told this */
    bool misfits; /* a record of the peer found no place here since the configuration changed */
    struct smgr_instance said; /* not in Standby: what was said of us last ... */
    mono_t said_at;            /* ... and when that was to be told */
    struct smgr_totals before; /* the pair's, without what we count ... */
    struct smgr_totals mark;   /* ... from these counts of ours on; in Standby: nothing */
    /* Of each slot, what the peer has told of its counters; written in drain only. */
    struct sess_counters *told;
};

/* What the sender is to know of a setup. */
struct ckpt_tx_setup smgr_tx_setup(struct smgr *smgr, const struct smgr_setup *setup);

/* What the receiver does with the table: records in Standby, last words in drain. */
struct ckpt_sink smgr_sink(struct smgr *smgr);

/* Draining begins: what we have of each session's counters is what the peer told so far. */
void smgr_drain_from_here(struct smgr *smgr);

/* An order to flush, or to flush no longer: what packets were counted until now is told. */
void smgr_flush(struct smgr *smgr, mono_t now, bool on);

/* Once all is told, the packets counted meanwhile are the next round. */
void smgr_flush_on(struct smgr *smgr, mono_t now);
mono_t smgr_flush_deadline(const struct smgr *smgr);

/* ---- smgr_notes.c ---- */
/* An own call changed, or began; ended; is ours by a takeover, or in a new epoch. */
void smgr_note_changed(struct smgr *smgr, uint32_t slot, const struct sess *sess);
void smgr_note_gone(struct smgr *smgr, uint32_t slot, const struct sess *sess);
void smgr_note_ours(struct smgr *smgr, uint32_t slot, const struct sess *sess);
/* For struct ckpt_source. */
void smgr_note_told(void *ctx, uint32_t slot, enum ckpt_told what, bool full, unsigned parts,
                    mono_t now);
/* A record was stored; could not be; a part of it was applied, or could not be; it went. */
void smgr_note_record(struct smgr *smgr, uint32_t slot, const struct sess *sess, mono_t now);
void smgr_note_refused(struct smgr *smgr, uint32_t slot, const struct sess *sess);
void smgr_note_part(struct smgr *smgr, uint32_t slot, bool applied, mono_t now);
void smgr_note_dropped(struct smgr *smgr, uint32_t teid, uint32_t slot, enum note_state state);
/* Own calls become records, or are dropped. */
void smgr_note_standing_by(struct smgr *smgr, bool kept);
void smgr_note_beat(struct smgr *smgr, mono_t now);
/* Records are about to become sessions: what of the peer's is not among them. After a flush there
 * are no young calls: those it told of were checkpointed since, or closed. */
void smgr_count_lost(struct smgr *smgr, bool flushed);

/* ---- smgr_macro.c ---- */
void smgr_macro_init(struct smgr *smgr);
void smgr_macro_encode(void *ctx, unsigned macro, mono_t now, struct wr *wr); /* ckpt_source */
bool smgr_macro_check(void *ctx, const struct ckpt_record *record);           /* ckpt_sink */
bool smgr_macro_apply(void *ctx, const struct ckpt_record *record);
void smgr_macro_forget(void *ctx);

/* The names of a configuration, as it numbers them, in the place of those there are: what is new in
 * a map is told, and what the peer told means what it means now. `used`: what sessions here refer
 * to. Returns how many names found no number. */
size_t smgr_macro_rename(struct smgr *smgr, const struct names wanted[SMGR_MAPS],
                         const struct sess_numbers *used);

/* The numbers of a session of the peer become ours; false, and nothing changed: one of them has no
 * name here, or none was told. */
bool smgr_translate(const struct smgr *smgr, struct sess *sess);

/* As sess_digest, with the names of what the session refers to. */
uint64_t smgr_digest(const struct smgr *smgr, const struct sess *sess,
                     const struct sess_rule *rule);

/* From here on the pair's calls are what we count; or no longer. */
void smgr_count_from_here(struct smgr *smgr, mono_t now);
void smgr_count_no_more(struct smgr *smgr);
struct smgr_totals smgr_totals(const struct smgr *smgr);

/* The instance-level checkpoint, when it is due. */
void smgr_instance_beat(struct smgr *smgr, mono_t now);
mono_t smgr_instance_deadline(const struct smgr *smgr);

/* What is told from time to time, as far as it is due. */
void smgr_beat(struct smgr *smgr, mono_t now);
void smgr_beat_start(struct smgr *smgr, mono_t now);
/* The period of the periodic full checkpoints is another one: the walk goes on where it is. */
void smgr_beat_periodic(struct smgr *smgr, mono_t now, int64_t us);
mono_t smgr_beat_deadline(const struct smgr *smgr);

#endif
