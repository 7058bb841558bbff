/* smgr.h - one session manager: its sessions, its role, and its peer on the other chassis
 *
 * Joins a session table with a checkpoint sender and receiver. The CF orders roles, each
 * with the SRP epoch it belongs to: leaving Standby promotes the call recovery records to
 * sessions and sends checkpoints; Standby drops own sessions and receives them. Sessions may
 * be opened while smgr_serves(), and in Hold as far as the chassis lets signalling through.
 *
 * A planned switchover has both in Hold for a while. The one that leaves flushes: what it has
 * not been acknowledged goes out at once. The one that comes drains: its sender has begun, in
 * the new epoch, and its receiver still takes the last of the old one, counters and deletes.
 *
 * What signalling changes is checkpointed at once, in parts where there is one for it; what
 * traffic changes in its time (docs/staros.md "Micro-checkpoints"); each session in full once in a
 * periodic interval.
 *
 * What is of the session manager as a whole goes before: which names the numbers of APNs, services
 * and contexts stand for, by which the receiver translates those of each session, and the
 * instance-level checkpoint (the last call-id, how many calls there were), on change and each 30
 * minutes. A session whose APN, service or context has no such name here is refused, and what
 * the peer has under a name of which it told nothing is never guessed.
 *
 * The configuration may change at any time (smgr_change).
 *
 * Ownership  smgr_size() bytes from the caller, once, aligned as malloc aligns; and more for an
 *            index of addresses, when pools change
 * Time       mono_t passed in, never decreasing
 * Errors     a message that does not apply changes nothing and is counted by its reason
 * Threads    one owner; no globals
 */
#ifndef VPCLAB_SMGR_H
#define VPCLAB_SMGR_H

#include "common/ckpt/ckpt_rx.h"
#include "common/ckpt/ckpt_tx.h"
#include "sf/names.h"
#include "sf/notes.h"
#include "sf/sess.h"

/* What a chassis state asks of a session manager: Init and Standby ask for STANDBY, Active
 * for ACTIVE, the pending states for HOLD. */
enum smgr_role {
    SMGR_STANDBY, /* holds call recovery records */
    SMGR_ACTIVE,  /* serves */
    SMGR_HOLD,    /* has sessions and checkpoints them, but serves nothing */
    SMGR_ROLES,
};

enum smgr_kind { SMGR_NON_IMS, SMGR_IMS };

/* What sessions refer to by number. */
enum smgr_map { SMGR_APNS, SMGR_SERVICES, SMGR_VPNS, SMGR_MAPS };

struct smgr_setup {
    struct sess_setup sess;
    const struct names *names; /* [SMGR_MAPS], as the configuration numbers them; copied */
    uint64_t incarnation;
    uint32_t config; /* checksum of what both chassis must share */
    bool lz4;
    int64_t duration_us[2]; /* checkpoint session duration, by enum smgr_kind */
    int64_t periodic_us;    /* checkpoint session periodic-interval; 0: 45 minutes */
    struct ckpt_nack_setup nack;
    uint16_t credit;     /* 0: 8 frames */
    uint8_t ready_beats; /* 0: as with `standby database-recovery normal` */
    void *notes;         /* notes_size(capacity) octets; NULL: they are part of smgr_size() */
};

/* A role order in full. */
struct smgr_order {
    enum smgr_role role;
    uint64_t epoch;
    bool flush; /* everything is to be checkpointed now, however young: smgr_flushed() */
    bool drain; /* HOLD or ACTIVE after Standby: the stream of the old epoch goes on, and what it
                   says of a session's counters is merged with what we counted since */
};

/* What an internal audit found. */
struct smgr_audit {
    uint32_t checked, purged; /* sessions */
    uint32_t bearers_purged;  /* of these, and of those without one */
};

/* Calls the peer had told of which were not here at the last takeover: one cause each. */
struct smgr_lost {
    uint32_t young;      /* not checkpointed yet: younger than the checkpoint duration */
    uint32_t in_flight;  /* ... was to be, or was under way */
    uint32_t nack_limit; /* could not be applied, and was NACKed as often as may be */
    uint32_t nack_off;   /* ... and NACKs are not configured */
    uint32_t not_ready;  /* the copy was not complete: no stream, or amid a resync */
    bool known;          /* it was complete, as of the peer's last word */
};

struct smgr_ledger {
    struct smgr_lost lost;
    uint64_t handed_over;  /* own sessions left to the peer, which had applied them */
    uint64_t superseded;   /* own sessions dropped because the peer chassis serves now */
    uint64_t drained;      /* last statistics merged into sessions taken over */
    uint64_t audit_failed; /* sessions purged by smgr_audit */
    uint64_t evicted;      /* records replaced by a session that holds their key or address */
    uint64_t crr_created, crr_deleted;
};

/* Calls of the pair: also those of the peer, as far as its last instance-level checkpoint told. */
struct smgr_totals {
    uint64_t opened, closed;
};

struct smgr_status {
    enum smgr_role role;
    uint64_t epoch;    /* of the last role order that was obeyed */
    uint32_t sessions; /* live; call recovery records on the Standby */
    uint32_t bearers;  /* of these, beside the default ones */
    bool connected;    /* a stream with the peer is up, and data flows (printed as Ready) */
    bool synced;       /* and resync is complete and all is acknowledged */
    struct smgr_totals totals;
    struct ckpt_tx_status tx;
    struct ckpt_rx_status rx;
};

struct smgr;

size_t smgr_size(const struct smgr_setup *setup);

/* A session manager in role Standby of epoch 0, without sessions. */
struct smgr *smgr_init(void *memory, const struct smgr_setup *setup);

/* Another configuration: pools, names, config, lz4, durations, periodic_us, nack and ready_beats of
 * the setup take the place of those in force, under calls and in any role; the rest of it is as it
 * was. Calls keep what they have: their address (sess_table_set_pools), and their APN, service and
 * context, whose names keep their numbers as long as they are configured or a call has them.
 * Numbers that begin or cease to mean something are told to the peer. In Standby, if a record had
 * found no place here before, all are asked for anew. LZ4 is for connections from now on.
 *
 * smgr_change_size: how much memory that takes, *size; 0: none. DI_EFULL, and nothing may be
 * changed: calls here have addresses of too many pools that are gone. smgr_change: `memory` is so
 * many zeroed bytes, borrowed from then on, while those of the last change that took any are the
 * caller's again. Returns how many names found no number: what they name is not served. */
int smgr_change_size(const struct smgr *smgr, const struct smgr_setup *setup, size_t *size);
size_t smgr_change(struct smgr *smgr, mono_t now, const struct smgr_setup *setup, void *memory);

/* The number here of what the configuration in force numbers so, or the other way round; NAME_NONE:
 * there is none. */
uint8_t smgr_number(const struct smgr *smgr, enum smgr_map map, uint8_t configured);
uint8_t smgr_configured(const struct smgr *smgr, enum smgr_map map, uint8_t number);

/* Obey a role order. False, and nothing changed, when it is not newer: an older epoch, a
 * repetition, or anything but Standby of an epoch in which we already stood by. Within one
 * epoch only Active <-> Hold, either -> Standby, and other flags are steps. Leaving Standby
 * makes records sessions; standing by again makes them records again, unless we have served
 * since: were Active, or let packets or signalling through in Hold.
 *
 * Flush asks for nothing in Standby. Drain begins when Standby is left, and at no other
 * time; it ends with the first order without it. While it lasts
 *  - a session taken over grows by what the peer counted since, each packet once;
 *  - one that the peer deletes is closed; one opened here, or unknown, is left alone;
 *  - a full resync of it closes what it does not confirm;
 *  - streams of our epoch or a later one are refused: the peer that rolled back must find an
 *    empty copy, not ours. */
bool smgr_obey(struct smgr *smgr, mono_t now, const struct smgr_order *order);

/* The same without flush and drain. */
bool smgr_role(struct smgr *smgr, mono_t now, enum smgr_role role, uint64_t epoch);

/* Ordered to flush, and the peer has applied everything: all there was at the last order to
 * flush (a repeated one counts), and every change, opening and close since. Packets that are
 * still let through after that order follow in rounds of their own and do not make it false:
 * to have them all, order flush again when the gates are closed. */
bool smgr_flushed(const struct smgr *smgr);

/* Check every session (address and TEID in our share and held by one, keys found, call-id
 * unique) and close the bad ones; nothing in Standby. */
struct smgr_audit smgr_audit(struct smgr *smgr, mono_t now);

/* An audit between the chassis, as run number `run`: compare all sessions with the records of the
 * peer; with sync, make good what differs. Of an Active only. What became of it: smgr_compared. */
void smgr_compare(struct smgr *smgr, mono_t now, uint32_t run, bool sync);
const struct ckpt_audit_result *smgr_compared(const struct smgr *smgr);

bool smgr_serves(const struct smgr *smgr);

/* The notes it keeps, and that of the call in a slot. */
const struct notes *smgr_notes(const struct smgr *smgr);
const struct note *smgr_note(const struct smgr *smgr, uint32_t slot);

/* The session table; opens, changes and closes made there are checkpointed by themselves. */
struct sess_table *smgr_table(struct smgr *smgr);

/* Changes what is complained about, as from `srp { enable | disable } nack micro-chkpt-cmd`. */
void smgr_set_nack(struct smgr *smgr, const struct ckpt_nack_setup *nack);

/* For demonstrations: applying what the peer sends fails on purpose. */
void smgr_set_fault(struct smgr *smgr, const struct ckpt_fault *fault);

/* Likewise, of that part of it, whatever it is; the same seed, the same checkpoints. When that ends,
 * all is asked for anew: NACKs need not be configured, and a fault heals. */
void smgr_set_no_apply(struct smgr *smgr, uint8_t percent, uint64_t seed);

/* What of the slot's record could not be applied and was not made good since; NULL: nothing. */
const struct ckpt_failing *smgr_failing(const struct smgr *smgr, uint32_t slot,
                                        enum ckpt_scale scale);

/* All of that, and what was told of it. */
const struct ckpt_nacks *smgr_nacks(const struct smgr *smgr);

/* The connection with the peer session manager ended: its stream begins anew. */
void smgr_disconnected(struct smgr *smgr, mono_t now);

/* Consume one message of the peer session manager. */
enum ckpt_reason smgr_receive(struct smgr *smgr, mono_t now, const void *bytes, size_t len);

/* The next message due for the peer into buf[room], room at least CKPT_LEAST and enough for the
 * names of one kind (64 + NAMES_LEN; CKPT_MESSAGE for speed): its length, 0 if there is none. *algo, if not NULL, is the compression it may
 * travel with. */
size_t smgr_next(struct smgr *smgr, mono_t now, void *buf, size_t room, enum ckpt_algo *algo);

/* When smgr_next is due at the latest, if nothing else happens before. */
mono_t smgr_deadline(const struct smgr *smgr);

void smgr_status(const struct smgr *smgr, mono_t now, struct smgr_status *status);
const struct smgr_ledger *smgr_ledger(const struct smgr *smgr);
const struct ckpt_tx *smgr_sender(const struct smgr *smgr);
const struct ckpt_tx_stats *smgr_tx_stats(const struct smgr *smgr);
const struct ckpt_rx_stats *smgr_rx_stats(const struct smgr *smgr);
const char *smgr_role_name(enum smgr_role role);

#endif
