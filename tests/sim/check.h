/* check.h - what is judged, and what the judges remember
 *
 * check_roles.c: R, O; check_switch.c: R6, M4, S7; check_routes.c: M; check_monitors.c: A;
 * check_sessions.c: S1, S3 to S6, K4, K7; check_parts.c: K1, K2; check_stream.c: K1, K3, K5;
 * check_audit.c: K6;
 * check_ledger.c: S2, B3. Each function is told of one kind of event, or called after every step;
 * check_end.c: R8.
 *
 * Ownership  struct checker belongs to sim_run
 * Time       virtual
 * Errors     violated()
 * Threads    one owner
 */
#ifndef VPCLAB_SIM_CHECK_H
#define VPCLAB_SIM_CHECK_H

#include "world.h"

#define PROMPT_US  (5 * US_PER_S)  /* beside the checkpoint duration, on a good link */
#define OPENING_US (15 * US_PER_S) /* a stream opens and resynchronises */

enum { GONE = 128, PENDING = 256, EPOCHS = 512, TARGETS = 16, CYCLES = 1024 };

/* A condition that may hold for a while, not longer. */
struct lasting {
    bool holds;
    mono_t since;
};

/* Heartbeats heard from a sender since it is followed. */
struct trial {
    uint64_t sender, epoch;
    unsigned beats;
};

/* What the checker knows of one session on the chassis that opened or recovered it. */
struct known {
    bool live, was_acked;
    uint64_t imsi, copy; /* copy: the standby's copy that has applied it; 0: none yet */
    uint32_t teid, call_id, addr;
    uint32_t tunnel; /* the client's end, as acknowledged last */
    mono_t changed;
};

/* A record as it was last seen, by its call. */
struct seen {
    uint32_t teid, birth, tunnel;
    uint8_t round;
};

/* NACKs of one call and scale, until a full checkpoint of it was applied. */
struct nacked {
    mono_t since;
    unsigned n;
};

struct gone {
    uint32_t teid, birth; /* birth: the create_seq, which no other session of a run has */
};

/* Why a session was lost. */
#define CAUSES(X)                                                                                  \
    X(CAUSE_NONE, "no cause")                                                                      \
    X(CAUSE_YOUNG, "younger than the checkpoint duration")                                         \
    X(CAUSE_FLIGHT, "in flight")                                                                   \
    X(CAUSE_PEER, "peer sessmgr not ready")                                                        \
    X(CAUSE_CARD, "card failure")                                                                  \
    X(CAUSE_HEIR, "card failure, and the heir's after it")                                         \
    X(CAUSE_FORCED, "forced")                                                                      \
    X(CAUSE_AUDIT, "audit")                                                                        \
    X(CAUSE_DUAL, "dual-active")                                                                   \
    X(CAUSE_REFUSED, "not applied")                                                                \
    X(CAUSE_ROT, "its record rotted")                                                              \
    X(CAUSE_LIE, "lying peer")

enum cause {
#define X(name, text) name,
    CAUSES(X)
#undef X
        CAUSE_N
};

/* One session of the run, by its create_seq. */
struct call {
    uint8_t manager, on;         /* on: sides whose own session it is */
    uint8_t cause;               /* enum cause, once no side has it and the heir need not */
    bool closed, lost, promised; /* promised: a planned switchover must bring it */
    uint32_t teid;
    mono_t since;
    uint64_t copy;    /* that the heir had when it was lost */
    uint64_t packets; /* counted anywhere */
    uint64_t due;     /* ... of which these must arrive with the switchover */
};

/* How a route modifier came about: takeovers since the base, or since a start value. */
struct cycle {
    uint32_t number, takeovers;
    bool starts; /* at a start value, until the Active has a Standby; or at one that a lie spread */
    bool lied;   /* ... by a lie: two liars that follow one another climb as far as there is room */
};

/* ... and when. A modifier returns with each cycle; in one epoch of a life it was there once. */
struct cycle_at {
    uint64_t incarnation, epoch;
    unsigned modifier;
    bool stands_by;
    struct cycle cycle;
};

/* The switchover under way that was agreed with the peer. */
struct agreed {
    bool on, clean; /* clean: all was Ready, and nothing was disturbed since */
    int from;       /* side that hands over */
    uint32_t id;
    mono_t at, withdrawn;
};

/* Records of a session manager that changed, went or came by themselves: sets of slots. */
struct rotten {
    uint64_t slots;
    uint64_t extra;            /* ... of these, what came */
    uint64_t before;           /* ... of these, what rotted before the resync under way */
    uint32_t teids[SLOTS + 1]; /* [slot]: whose */
    unsigned n;                /* how often something did */
};

/* The audit that a session manager makes, or made last. */
struct audited {
    uint32_t run; /* 0: none */
    bool sync, judged, healthy;
    mono_t began;
    /* of the peer, as it began */
    uint64_t copy, refused, differ;
    unsigned rots;
};

/* Deletes that a sender gave up. */
struct overflow {
    uint64_t given_up, resyncs, resyncs_then;
    bool due; /* a full resync */
};

/* The frame applied last. */
struct in_order {
    uint64_t sender, epoch, frame;
};

/* The full checkpoint applied last in a slot. */
struct based {
    uint64_t sender, epoch;
    uint32_t teid;
    uint8_t base;
};

/* The last audits of a run. */
struct finale {
    bool begun, ordered, unsound;
    unsigned left;
    mono_t until;
};

struct checker {
    struct rng dice; /* what is looked at now; of no influence on the run */
    struct known known[SIDES][MANAGERS][SLOTS + 1];
    struct known owed[SIDES][MANAGERS][SLOTS + 1]; /* by this side, since the other crashed */
    uint64_t owed_copy[SIDES][MANAGERS];           /* the copy that has them */
    mono_t owed_since[SIDES][MANAGERS];
    bool bereft[SIDES][MANAGERS]; /* ... was replaced by what a later start of the peer has */
    struct gone pending[SIDES][MANAGERS][PENDING]; /* deletes not acknowledged yet */
    unsigned pending_n[SIDES][MANAGERS];
    struct gone gone[MANAGERS][GONE]; /* acknowledged: never to return */
    unsigned gone_n[MANAGERS];
    struct seen seen_record[SIDES][MANAGERS][SLOTS + 1];
    uint64_t seen_copy[SIDES][MANAGERS]; /* ... of which copy */
    struct nacked nacked[SIDES][MANAGERS][SLOTS + 1][CKPT_SCALES];
    /* ... which were not answered yet: by the sender of this side */
    bool unanswered[SIDES][MANAGERS][SLOTS + 1];
    uint64_t frames[SIDES][MANAGERS];     /* applied when last looked */
    mono_t stream_since[SIDES][MANAGERS]; /* the pair of session managers was undisturbed since */
    uint64_t senders[SIDES][MANAGERS];    /* newest incarnation whose DATA was applied */

    struct call *calls; /* [call_room] */
    size_t call_n, call_room;
    uint32_t own[SIDES][MANAGERS]; /* calls with this side in `on` */
    uint64_t ended[CAUSE_N];
    uint32_t churn[SIDES], churn_then[SIDES]; /* calls opened and closed there, also by a stream
                                                 that is drained; then: as its change of roles began */

    mono_t fault_at;      /* last disturbance of any kind */
    mono_t trouble_until; /* hellos may be missing for another reason than a dead CF */
    mono_t cf_died[SIDES], cf_died_before[SIDES], cf_adopted[SIDES], cf_touched[SIDES];
    uint8_t cf_died_as[SIDES]; /* enum chassis_state */
    bool cf_hot[SIDES];        /* the other CF knew all that the dead one did */
    mono_t flow_since;         /* hellos flow both ways since */
    mono_t lie_until;          /* hellos lie: whoever believes them gives up sessions */
    struct lasting dual, neither, best_bad, rm_bad, dead_route[SIDES];
    struct lasting blind[SIDES];
    struct lasting alone[SIDES][PROCS]; /* by card; of the first CF: the routes */
    struct lasting serves[SIDES], waits[SIDES], probes[SIDES], stays[SIDES];
    uint64_t waits_in[SIDES]; /* which core, and state: the bound starts anew with them */
    uint64_t neither_leads;   /* likewise, of both */
    int64_t ordered_us[SIDES], flush_us[SIDES]; /* time limit of the flush: asked for, in force */
    const struct srp_hello *said;               /* the hello being judged, as it was said */
    uint8_t epoch_owner[EPOCHS];                /* side + 1 */
    uint32_t cycle_n;
    /* the last hello that lied, and who said it */
    uint64_t lied_seq[SIDES], lied_incarnation[SIDES], lied_cf_epoch[SIDES];
    struct cycle cycle[SIDES][2];            /* of the route modifier of now */
    struct cycle_at cycle_at[SIDES][CYCLES]; /* ... and of those before, in a ring */
    size_t cycle_at_n[SIDES];
    uint64_t heard_lead[SIDES][2], heard_seq[SIDES][2]; /* newest hello of a CF that led then */
    mono_t led_at[SIDES][2];                            /* began to lead */
    uint64_t led_life[SIDES][2];                        /* ... in this life of its process */
    mono_t blank_at[SIDES]; /* a CF led that never had, nor heard one that did */
    bool knows[SIDES][2];   /* ... with what the other CF knew */
    struct trial trials[SIDES][MANAGERS];
    bool heard_living[SIDES][2]; /* ... a hello of the CF that led then */
    mono_t heard[SIDES][2];      /* fresh hello, by receiving CF; later by what it slept */
    mono_t shot_changed[SIDES];

    struct agreed agreed;

    struct rotten rotten[SIDES][MANAGERS];
    struct audited audited[SIDES][MANAGERS];
    struct finale finale;

    struct overflow overflow[SIDES][MANAGERS];
    struct in_order in_order[SIDES][MANAGERS];
    struct based based[SIDES][MANAGERS][SLOTS + 1];
    uint64_t sound[SIDES]
                  [MANAGERS]; /* slots whose last full checkpoint, and all since, was applied */
    uint64_t refused[SIDES][MANAGERS][CKPT_CMDS]; /* as counted last */
    uint64_t unapplied[SIDES][MANAGERS];          /* bits: slots told last, and not applied */

    /* monitors, as each leading CF was told */
    uint8_t seen[SIDES][2][TARGETS];
    mono_t seen_down[SIDES][2][MONITOR_KIND_N]; /* the rule of the kind is fulfilled since */
    uint8_t told[SIDES][2];                     /* reason wanted last */
    bool aaa_latched[SIDES];
    uint8_t taken_for[SIDES]; /* reason with which Standby became Pending-Active */
    mono_t active_at[SIDES][2], restarted[SIDES][2];
};

void check_init(struct world *world);

/* May a lie cost this session manager's sessions? One in hellos may cost all of them. */
bool lied(const struct world *world, int manager);

/* ---- check_roles.c ---- */
void check_fault(struct world *world);
void check_trouble(struct world *world, mono_t until);
void check_flow_broken(struct world *world, mono_t until);
void check_cf_died(struct world *world, int side);
void check_adopted(struct world *world, int side, int cf);
/* A CF came, went, was stopped; spoils: it is no longer only the active one that died. */
void check_cf_touched(struct world *world, int side, bool spoils);
void check_woke(struct world *world, int side);
/* lead_no: which CF said it. */
void check_hello(struct world *world, int to, int cf, uint64_t lead_no,
                 const struct srp_hello *said, const struct srp *before,
                 const struct srp_result *r);
void check_srp(struct world *world, int side, int cf, const struct srp *before,
               const struct srp_event *ev, const struct srp_result *r);
void check_shot(struct world *world, int side, int cf);
/* Is what this CF knows of the peer from the living, and not from replayed hellos alone? */
bool check_knows_living(const struct world *world, int side, int cf);
void check_step(struct world *world);
void check_end(struct world *world);
bool lasts(struct lasting *lasting, bool bad, mono_t now, int64_t us);
void later_of(mono_t *mark, mono_t at);

/* ---- check_switch.c ---- */
void check_switch(struct world *world, int side, int cf, const struct srp *before,
                  const struct srp_event *ev, const struct srp_result *r);
void check_announcing(struct world *world, int side); /* its demux is about to */
void check_announced(struct world *world, int side, uint64_t epoch);
void check_withdrawn(struct world *world, int side);
void check_disturbed(struct world *world); /* a switchover under way is no longer clean */

/* ---- check_routes.c ---- */
void check_modifier(struct world *world, int side, int cf, const struct srp *before,
                    const struct srp_event *ev, const struct srp_result *r);
void check_new_modifier(struct world *world, int side, int cf, bool adopts);
void check_lie(struct world *world, int side, const struct srp_hello *hello);
void check_routes(struct world *world);

/* ---- check_monitors.c ---- */
void check_seen(struct world *world, int side, int cf, unsigned target, uint8_t state);
void check_lost_session(struct world *world, int side, int cf, unsigned target);
/* Nothing seen or heard yet; knows: but by the CF whose place it takes. */
void check_new_lead(struct world *world, int side, int cf, bool adopts, bool knows);
void check_wants(struct world *world, int side, int cf, const struct srp_event *ev);
void check_handover(struct world *world, int side, int cf, const struct srp_result *r);
void check_blind(struct world *world, int side, const struct cf *cf);
void check_restarted(struct world *world, int side, int cf);

/* ---- check_sessions.c ---- */
void check_opened(struct world *world, int side, int manager, const struct sess *sess);
void check_changed(struct world *world, int side, int manager, const struct sess *sess);
void check_closing(struct world *world, int side, int manager, const struct sess *sess);
void check_lost(struct world *world, int side, int manager); /* crashed: state gone */
/* kept: so many sessions, all of which the peer has applied, were to become records. */
void check_standing_by(struct world *world, int side, int manager, int64_t kept);
void check_promoted(struct world *world, int side, int manager, uint64_t copy);
/* A checkpoint message was received, sent by the peer when it held `copy`. */
void check_received(struct world *world, int side, int manager, uint64_t copy);
void check_frame(struct world *world, int side, int manager, const uint8_t *bytes, size_t len,
                 enum ckpt_reason reason);
void check_stream(struct world *world, int side, int manager); /* disturbed: both ends */
void check_cut(struct world *world, int side, int manager);    /* its way to the peer ended */
void check_truth(struct world *world);                         /* hellos lie no longer */
void check_bearers(struct world *world, int side, int manager);
/* Nobody acknowledged that this session was closed. */
void check_back(struct world *world, int manager, uint32_t teid, uint32_t birth);
/* The pair serves, and nothing has disturbed this stream for as long as it needs to be complete. */
bool check_undisturbed(struct world *world, int side, int manager);
void check_table(struct world *world, int side, int manager);
void check_gone(struct world *world, int side, int manager);

/* ---- check_parts.c ---- */
void check_nack(struct world *world, int from, int manager, const uint8_t *bytes, size_t len);
/* The session manager has taken in this message. */
void check_nacked(struct world *world, int side, int manager, const struct ckpt_msg *msg);
void check_records(struct world *world, int side, int manager);
/* Could a checkpoint of this session not be applied, and was that not made good since? */
bool check_fails(const struct world *world, int side, int manager, uint32_t slot);
/* ... and will nobody ask for another one? */
/* ... or was not when it was told last: a copy that begins anew has not failed yet, while the sender
 * still has the acknowledgement of the one before. */
bool check_unapplied(const struct world *world, int side, int manager, uint32_t slot);
bool check_fails_for_good(const struct world *world, int side, int manager);

/* ---- check_stream.c ---- */
void check_stream_new(struct world *world, int side, int manager); /* it has started */
/* A message was made, to be packed like that. */
void check_sender(struct world *world, int side, int manager, enum ckpt_algo algo);
void check_in_order(struct world *world, int side, int manager, const struct ckpt_msg *msg);

/* ---- check_audit.c ---- */
void check_rots(struct world *world, int side, int manager, uint32_t teid, bool extra);
void check_rot_over(struct world *world, int side, int manager);
void check_rot_told(struct world *world, int side, int manager, const struct ckpt_data *data);
bool check_rotten(const struct world *world, int side, int manager, uint32_t teid);
bool check_any_rotten(const struct world *world, int side, int manager);
void check_compare(struct world *world, int side, int manager, const struct audit_order *order);
void check_compared(struct world *world, int side, int manager);
void check_audit_said(struct world *world, int side, int manager, const uint8_t *bytes);
void check_converges(struct world *world, int side, int manager);
void check_audit_heard(struct world *world, int side, int manager);
void check_audit_complete(struct world *world, int side, int cf, const struct audit_entry *entry);
/* The time of the run is over: true if it goes on for an audit. */
bool check_finale(struct world *world);

/* ---- check_ledger.c ---- */
void ledger_opened(struct world *world, int side, int manager, struct sess *sess);
void ledger_closed(struct world *world, int side, const struct sess *sess);
void ledger_packet(struct world *world, int side, const struct sess *sess);
/* Before a session manager dies or stands by: who may lose what, and why. */
void ledger_leaving(struct world *world, int side, int manager, enum cause cause);
void ledger_promoted(struct world *world, int side, int manager, uint64_t copy);
void ledger_audited(struct world *world, int side, int manager);
void ledger_balance(struct world *world, int side, int manager);
void ledger_begun(struct world *world, int side);
void ledger_counted(struct world *world, int side, const struct cf *cf, const struct loss *loss);
void ledger_promise(struct world *world, int from);
void ledger_kept(struct world *world, int to);
void ledger_close(struct world *world);

#endif
