/* world.h - the state of one simulated execution, shared by its players
 *
 * world.c keeps the order of events; cf*.c and card*.c are the shells inside a chassis as
 * cf/chassis.c, cf/cf_pair.c, cf/audits.c, sf/sessmgr.c and demux/orders.c are in the processes;
 * links.c carries between chassis; router.c, client.c and operator.c are outside; faults.c breaks things
 * and mends them. What is judged is in check.h.
 *
 * Ownership  struct world belongs to sim_run
 * Time       virtual microseconds
 * Errors     none
 * Threads    one owner
 */
#ifndef VPCLAB_SIM_WORLD_H
#define VPCLAB_SIM_WORLD_H

#include "cf/audit.h"
#include "cf/cards.h"
#include "cf/losses.h"
#include "cf/monitor/monitor.h"
#include "common/conf/topo.h"
#include "common/msg/obey.h"
#include "demux/announce.h"
#include "lab/world/rib.h"
#include "queue.h"
#include "sf/smgr.h"
#include "sim.h"

#define START_US       (1 * US_PER_S)
#define GOOD_HELLO_US  (20 * US_PER_MS) /* hellos slower than this do not count as flowing */
#define ROUTER_HOLD_US (9 * US_PER_S)
#define BUS_US         300                /* inside a chassis */
#define BUS_DEAD_US    (3500 * US_PER_MS) /* three seconds, found by a timer of one */
#define STATUS_US      (1 * US_PER_S)
#define NET            0x7f0a0000u

enum { EAST, WEST, SIDES };
enum { MANAGERS = 3, SLOTS = 48, ROOM_MOST = 8 * 1024 };
enum { LANE_CONTROL = MANAGERS }; /* of cut_lane; else the session manager whose stream it is */
enum proc {
    PROC_CF1,
    PROC_CF2,
    PROC_DEMUX,
    PROC_SM1,
    PROC_SM2,
    PROC_SM3,
    PROCS,
    PROC_NONE = 255,
};

enum event_kind {
    EV_HELLO,     /* CF: from the other chassis */
    EV_LINK,      /* CF: the control connection, a: up */
    EV_CF_HELLO,  /* CF: from the other CF */
    EV_STATUS,    /* CF: of card b, which lives life x */
    EV_CARD_NEW,  /* CF: card b shows up */
    EV_CARD_GONE, /* CF: card b closed its connection, or is silent */
    EV_EYE,       /* CF: look at monitor target a */
    EV_ROLE,      /* card: order of CF slot a, epoch x */
    EV_AUDIT,     /* session manager: order of CF slot a, epoch x */
    EV_AUDITED,   /* CF: session manager b, which lives life x, reports on an audit */
    EV_CKPT,      /* session manager */
    EV_CLOSED,    /* session manager: its way to the peer ended; x: unless one came after this */
    EV_NET,       /* demux: the router's answer */
    EV_ROUTES,    /* router: from side's demux */
    EV_HOLD,      /* router: side's demux was silent for the hold time, if it is still stopped */
    EV_CONNECT,   /* the SRP connections are tried again */
    EV_SESSION,   /* the session connection alone comes back */
    EV_RESUME,
    EV_START,
    EV_HEAL,    /* lane of link a, direction side, is mended */
    EV_DISTURB, /* the disturbance with this number */
    EV_UNDO,    /* ... ends */
    EV_CLIENT,
    EV_BURST,
    EV_PLAY, /* the step with this number of the scenario; b: enum play_turn */
    EV_KINDS,
};

/* What is done to the pair. F numbers name fault classes; F14 (staggered starts) and F30 (0, 1, too
 * many subscribers) are options, F16, F18, F19 are disturbances that wait for a phase. */
#define DISTURBANCES(X)                                                                            \
    X(KILL_CHASSIS, "kill chassis")            /* F1 */                                            \
    X(KILL_BOTH, "kill both chassis")          /* F15 */                                           \
    X(KILL_ACTIVE_CF, "kill active CF")        /* F1, F18, F19 */                                  \
    X(KILL_STANDBY_CF, "kill standby CF")      /* F1 */                                            \
    X(KILL_CFS, "kill both CFs")               /* F1 */                                            \
    X(KILL_SESSMGR, "kill sessmgr")            /* F1 */                                            \
    X(KILL_DEMUX, "kill demux")                /* F1 */                                            \
    X(STORM, "restart storm")                  /* F17 */                                           \
    X(STOP_CHASSIS, "stop chassis")            /* F3 */                                            \
    X(STOP_CF, "stop active CF")               /* F3 */                                            \
    X(STOP_CARD, "stop card")                  /* F3, F11 */                                       \
    X(STUTTER, "stutter")                      /* F4 */                                            \
    X(CUT, "cut links")                        /* F5 */                                            \
    X(FLAP, "flap links")                      /* F6 */                                            \
    X(SWIZZLE, "swizzle streams")              /* F7 */                                            \
    X(DEGRADE, "degrade network")              /* F8, F9 */                                        \
    X(SPOIL, "frames cut short")               /* F10 */                                           \
    X(NEWER, "peer of a later version")        /* F12 */                                           \
    X(BUS, "card bus degraded")                /* F8, F11 */                                       \
    X(RESET, "reset connections")              /* F8 */                                            \
    X(HALF_OPEN, "half-open connection")       /* F8 */                                            \
    X(RESET_SESSION, "reset session link")     /* F8 */                                            \
    X(REPLAY, "replay old frames")             /* F9, F29 */                                       \
    X(CONFIG, "configurations differ")         /* F13 */                                           \
    X(AAA_DOWN, "AAA servers down")            /* F24 */                                           \
    X(AAA_FLAP, "AAA servers flap")            /* F24 */                                           \
    X(BGP_DOWN, "BGP peers down")              /* F25 */                                           \
    X(BFD_DOWN, "BFD down")                    /* F25 */                                           \
    X(ROUTER_RESTART, "router restarts")       /* F25 */                                           \
    X(SWITCHOVER, "srp initiate-switchover")   /* F27 */                                           \
    X(SWITCH_BOTH, "initiate on both")         /* F27 */                                           \
    X(SWITCH_TWICE, "initiate twice")          /* F27 */                                           \
    X(TERMINATE, "srp terminate-post-process") /* F27 */                                           \
    X(VALIDATE, "srp validate-switchover")                                                         \
    X(RESET_AAA, "srp reset-auth-probe-fail")                                                      \
    X(LIE_STATE, "hellos lie about the state")  /* F28 */                                          \
    X(LIE_ACKS, "acknowledges, does not apply") /* F28 */                                          \
    X(REFUSE, "checkpoints fail to be applied")                                                    \
    X(OPEN_MANY, "many calls opened") /* F30 */                                                    \
    X(CLOSE_ALL, "all calls closed")  /* F30 */                                                    \
    X(PACKETS, "packets for all calls")                                                            \
    X(AUDIT, "an audit is ordered")                                                                \
    X(ROT, "records of a Standby rot")                                                             \
    X(CARD_SWITCH, "card switch") /* F27 */                                                        \
    X(RECONFIGURE, "another configuration")

enum disturbance_kind {
#define X(name, text) DO_##name,
    DISTURBANCES(X)
#undef X
        DISTURBANCE_N
};

/* What a seed is expanded into, besides its schedule. */
struct options {
    int64_t hello_us, dead_us, delay_us;
    uint8_t mode[SIDES], priority[SIDES], mac[SIDES];
    bool higher_wins;
    uint8_t rm_threshold, rm_delta;
    uint8_t switchover; /* mask of SRP_ALLOW_... */
    bool ignore_dead;
    int64_t standby_announce_us;
    int64_t retry_us;
    uint8_t retries;
    int64_t duration_us; /* checkpoint session duration */
    uint16_t credit;
    uint8_t ready_beats;
    bool nack[CKPT_SCALES]; /* checkpoint session nack { macro | micro } */
    uint16_t nack_most;
    uint8_t nack_disabled; /* CMD-ID of srp disable nack micro-chkpt-cmd; 0: none */
    int64_t nack_window_us;
    size_t room; /* frames are this short, so that a resync takes many */
    unsigned managers;
    unsigned subscribers, volte; /* volte: permille */
    int64_t client_us;           /* longest pause between two client actions */
    int64_t router_us;           /* to the router and back */
    uint8_t aaa_n, bgp_n, bfd_n; /* monitors; 0: none */
    bool bgp_grouped;
    struct monitor_guard guard_switch, guard_failure;
    int64_t probe_us;   /* an eye needs this long to see */
    int64_t stagger_us; /* the second chassis starts so much later */
    bool west_first;    /* ... which is east */
    int64_t pace_us;    /* longest peace between two disturbances */
    bool audit_daily;   /* audit daily-start-time ... */
    uint32_t audit_start_min, audit_period_min;
    int64_t wall_us; /* the wall clock is ahead of the lab's by so much */
    bool lz4[SIDES];
};

struct net {
    unsigned loss, twice, reorder, spoil; /* permille */
    int64_t delay_us, jitter_us;
};

/* One direction of a link; session links have one for each session manager. */
struct lane {
    bool hit; /* a step of a scenario: then it is as bad as `net`, not as the network */
    struct net net;
    bool cut, keeps; /* keeps: what is sent while cut arrives after it is mended */
    int64_t mended_us, last_us;
};

struct process {
    bool up, paused;
    uint64_t life; /* incarnation */
    int64_t resume_us;
    mono_t due;         /* its earliest timer */
    struct event *held; /* arrived while stopped */
    size_t held_n, held_room;
};

struct cf {
    struct sso sso;
    uint64_t hello_seq;
    bool yielded; /* card switch: starts anew when the other one leads */
    bool leading;
    uint64_t lead_no; /* grows with every CF that begins to lead, of either side */
    struct srp srp;
    struct monitor monitor;
    struct cards cards;
    uint64_t card_life[PROCS];
    struct srp_snapshot shot; /* what the active CF told, while we are not */
    uint32_t shot_latched;
    bool shot_known;
    bool shot_living; /* whoever told it had heard the living peer, or knew it from one that had */
    struct losses losses;
    struct audit audit;
    mono_t audit_look;
};

/* What is configured of calls, by number in conf.c. */
struct conf_model {
    uint32_t number; /* grows with each change */
    uint8_t shape;   /* of the pools */
    uint8_t order;   /* of the names */
    int64_t duration_us;
};

struct card_model {
    struct obey obey;
    struct role_body role; /* ordered last */
    bool role_known, audited;
    uint8_t gates; /* that are open */
    mono_t led, tick_at;
    struct card_status said;
    /* demux */
    struct announce announce;
    mono_t announce_at;
    /* session manager */
    struct smgr *smgr;
    void *memory;
    size_t memory_size;
    struct conf_model conf;     /* in force */
    void *index_memory;         /* of addresses, since pools changed; NULL: they did not */
    uint64_t copy;              /* which copy of the peer's sessions this is; new when it is lost */
    uint8_t ckpt_cf;            /* whose session connection it uses */
    bool refuses;               /* applying fails on purpose */
    struct audit_order compare; /* ordered last; run 0: none */
    uint8_t compare_said;       /* enum audit_progress, as reported last */
};

struct bus {
    int64_t delay_us;
    unsigned loss; /* permille */
    bool cf_cut;   /* no hello between the control functions */
    int64_t mended_us, last_us[PROCS][2];
};

struct chassis {
    struct bus bus;
    struct process procs[PROCS];
    struct cf cfs[2];
    struct card_model cards[PROCS];
    struct srp_setup setup;
    uint64_t starts;                                        /* of the whole chassis */
    bool aaa_down[4], bgp_down[4], bfd_down, peer_bfd_down; /* truth for the monitors */
    bool configured_apart;
    struct conf_model conf;
    bool newer; /* its hellos name another version, and say more than we know */
};

/* The control and the session connection between the CFs that lead. */
struct connection {
    bool up, session_up;
    uint64_t number;   /* of connections so far: the end of an earlier one is no news */
    uint8_t cf[SIDES]; /* which CF holds its end */
    uint64_t life[SIDES];
};

/* What was on the wire, kept to be replayed. */
enum { TAPES = 24 };
struct tape {
    struct event events[TAPES];
    size_t n;
};

enum {
    LIE_NONE,
    LIE_STATE_ACTIVE,
    LIE_STATE_STANDBY,
    LIE_DEAF,
    LIE_READY,
    LIE_EPOCH,
    LIE_RANK,
    LIE_ANSWER,
    LIE_IDS,
    LIE_PENDING,
};

enum { NET_SAYS, NET_LOST, NET_UP }; /* EV_NET, b */

struct world;
struct checker;

struct world {
    struct sim_options options;
    struct sim_verdict *verdict;
    struct options opt;
    mono_t now;
    struct rng rng;
    struct queue queue;
    struct chassis chassis[SIDES];
    struct connection conn;
    struct lane control[SIDES], session[SIDES][MANAGERS];
    struct net net;
    struct rib rib;
    bool routed[SIDES];        /* the router holds routes of that side */
    uint32_t announced[SIDES]; /* number of the announcement it took in last */
    bool router_down;
    struct tape tape;
    uint8_t lie[SIDES];      /* kind of lie in that side's hellos */
    uint8_t lie_acks[SIDES]; /* bits: session managers that acknowledge without applying */
    struct schedule schedule;
    uint64_t fired[SCHEDULE_MOST / 64]; /* disturbances with a phase that were done */
    bool at_peace;                      /* the liveness phase */
    int64_t peace_us, client_until_us, end_us;
    uint64_t stuck[SIDES][MANAGERS]; /* planted: no later frame of this sender is acknowledged */
    struct sess corpse[SIDES][MANAGERS]; /* the call closed there last; teid 0: none */
    uint64_t lives, copies, leads;
    uint64_t effects; /* things that were broken, mended or ordered */
    struct checker *checker;
    uint8_t frame[ROOM_MOST];
};

extern const char *side_names[SIDES];

/* ---- world.c ---- */
int64_t between(struct world *world, int64_t low, int64_t high); /* both included */
bool plant(const struct world *world, enum plant which);
void note(struct world *world, uint64_t what); /* mixed into the hash of the execution */
void later(struct world *world, int64_t in_us, struct event event);
bool runs(const struct world *world, int side, unsigned proc); /* up and not stopped */
void rearm(struct world *world, int side, unsigned proc);
/* The first violation is kept, later ones are its consequences. */
void violated(struct world *world, enum invariant invariant, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
_Noreturn void stop_run(void);

void start_both(struct world *world);

/* ---- transcript.c: dated lines; side 2: neither ---- */
void say(const struct world *world, int side, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- options.c, schedule.c ---- */
void options_make(struct options *options, uint64_t seed, enum plant plant);
void options_print(const struct options *options, uint64_t seed);
void schedule_make(struct schedule *schedule, const struct options *options, uint64_t seed,
                   int64_t until_us);
int64_t convergence_us(const struct options *options);
int64_t trial_us(const struct options *options);
const char *disturbance_name(unsigned kind);

/* ---- bus.c ---- */
void bus_send(struct world *world, int side, int64_t in_us, struct event event);
void bus_degrade(struct world *world, int side, struct rng *dice);
void bus_mend(struct world *world);
bool bus_is_bad(const struct world *world, int side);

/* ---- cf_losses.c ---- */
void cf_losses(struct world *world, int side, int cf, const struct srp_result *r);
void cf_losses_yield(struct world *world, int side, int cf);

/* ---- cf_audit.c ---- */
void cf_audit_init(struct world *world, int side, int cf);
void cf_audit_look(struct world *world, int side, int cf); /* something may have changed */
void cf_audit_follow(struct world *world, int side, int cf);
enum audit_refusal cf_audit_begin(struct world *world, int side, int cf, enum audit_type type);
void cf_audit_heard(struct world *world, int side, int cf, const struct event *e);
void cf_audit_timer(struct world *world, int side, int cf);
mono_t cf_audit_due(const struct world *world, int side, int cf);

/* ---- card_audit.c ---- */
void on_audit(struct world *world, int side, int manager, const struct event *e);
void card_audit_tell(struct world *world, int side, int manager); /* if that is news */
void rot(struct world *world, const struct disturbance *d, struct rng *dice);

/* ---- cf.c, cf_pair.c, cf_watch.c ---- */
enum { CARD_SLOT = 1 }; /* proc + 1 is the slot: demux 3, session managers 4.. */
void cf_send_role(struct world *world, int side, int cf, unsigned proc);
void cf_send_orders(struct world *world, int side, int cf);
void cf_say_hello(struct world *world, int side, int cf);
void cf_tell_cards(struct world *world, int side, int cf);
void cf_monitor_init(struct world *world, struct cf *c);
void cf_eye(struct world *world, int side, int cf, unsigned target);
int lead_of(const struct world *world, int side);             /* index of the leading CF, or -1 */
struct cf *leader(struct world *world, int side);             /* ... if it runs; else NULL */
bool is_current(const struct world *world, int side, int cf); /* no other CF was put above it */
void cf_start(struct world *world, int side, int cf);
void cf_event(struct world *world, const struct event *e);
void cf_timer(struct world *world, int side, int cf);

/* `card switch` at this CF: the lead goes to the other one on the word, and it starts anew. */
void cf_yield(struct world *world, int side, int cf);
mono_t cf_due(const struct world *world, int side, int cf);
struct srp_result cf_step(struct world *world, int side, int cf, struct srp_event ev);
void cf_monitor(struct world *world, int side, int cf, struct monitor_event ev);
void cf_monitor_card(struct world *world, int side, int cf, bool lost);
void eyes(struct world *world, int side); /* a monitored truth changed */

/* ---- card.c: demux and session managers ---- */
void card_start(struct world *world, int side, unsigned proc);
void card_event(struct world *world, const struct event *e);
void card_timer(struct world *world, int side, unsigned proc);
mono_t card_due(const struct world *world, int side, unsigned proc);
void card_report(struct world *world, int side, unsigned proc);
void pump(struct world *world, int side, int manager);
struct sess_table *table_of(struct world *world, int side, int manager);

uint8_t gates_of(const struct world *world, int side, unsigned proc);

/* ---- conf.c: what calls need of the configuration, and its changes ---- */
/* What the calls of that subscriber are of, by name; and in the numbers of that session manager:
 * false, it is not configured with all of them. */
struct call_refers {
    uint8_t apn, service, vpn;
};
const char *call_name(enum smgr_map map, uint64_t imsi);
bool call_refers(const struct world *world, int side, int manager, uint64_t imsi,
                 struct call_refers *refers);
struct smgr_setup conf_setup(const struct world *world, int side, int manager);
void conf_apply(struct world *world, int side, int manager); /* if that is news */
bool conf_is_whole(const struct world *world, int side);     /* it has a place for each call */
void conf_reset(struct world *world, int side);
void conf_disturb(struct world *world, int side, struct rng *dice);

/* ---- links.c ---- */
void send_hello(struct world *world, int side, int cf);
void send_ckpt(struct world *world, int side, int manager, const uint8_t *bytes, size_t len);
void connections_down(struct world *world, int half_open_side); /* -1: both hear of it */
void session_down(struct world *world, int64_t us);
/* The peer hears that this session manager is gone, as soon as its relay knows. */
void tell_peer_closed(struct world *world, int side, int manager, int64_t in_us);
void on_connect(struct world *world);
int64_t connect_retry_us(const struct world *world);
void replay(struct world *world, struct rng *dice);

/* ---- router.c ---- */
void router_init(struct world *world);
void router_event(struct world *world, const struct event *e);
void router_session(struct world *world, int side, bool up);
void router_lost(struct world *world, int side); /* the session with that demux ended */
int router_best(const struct world *world);
int router_prepend(const struct world *world, int side); /* -1: no route */

/* ---- client.c, operator.c ---- */
void on_client(struct world *world, const struct event *e);
void on_burst(struct world *world, const struct event *e);
void operate(struct world *world, const struct disturbance *d);
void operate_switchover(struct world *world, int side, struct srp_event ev);

/* ---- faults.c, process.c ---- */
void disturb(struct world *world, const struct disturbance *d);
void undo(struct world *world, const struct event *e);
void cut_lane(struct world *world, int side, unsigned which, int64_t us, bool keeps);
void set_apart(struct world *world, int side, bool apart);
void trigger(struct world *world, int side, unsigned phase); /* that phase was entered */
void start_chassis(struct world *world, int side);
void kill_chassis(struct world *world, int side, struct rng *dice); /* NULL: for good */
void kill_process(struct world *world, int side, unsigned proc, int64_t us);
void start_process(struct world *world, int side, unsigned proc);
void stop_process(struct world *world, int side, unsigned proc, int64_t us);
void resume_process(struct world *world, int side, unsigned proc);
void drop_held(struct world *world, int side, unsigned proc);
bool chassis_up(const struct world *world, int side); /* any of its processes lives */
void make_peace(struct world *world);

/* ---- plants.c: tampering that is not a dropped or altered message ---- */
void plant_setup(struct world *world);
/* plants_smgr.c */
void plant_smgr(const struct world *world, struct smgr *smgr);
void plant_role(const struct world *world, struct smgr *smgr, enum smgr_role before);
enum ckpt_reason plant_receive(const struct world *world, struct smgr *smgr, const uint8_t *bytes,
                               size_t len);
void plant_change(const struct world *world, struct smgr *smgr, bool pools);
void plant_disconnected(const struct world *world, struct smgr *smgr);
void plant_compare(const struct world *world, struct smgr *smgr);
size_t plant_next(struct world *world, struct smgr *smgr, enum ckpt_algo *algo);
/* plants_ckpt.c */
void plant_rounds(uint8_t *bytes, const struct ckpt_msg *msg);
void plant_bases(uint8_t *bytes, const struct ckpt_msg *msg);
void plant_parts(struct world *world, uint8_t *bytes, const struct ckpt_msg *msg);
void plant_nack(const struct world *world, struct ckpt_nack_setup *nack);
void plant_map(struct smgr *smgr);
void plant_believe(struct smgr *smgr, const uint8_t *bytes, size_t len);
void plant_before_srp(struct world *world, int side, int cf, struct srp_event *ev);
void plant_after_srp(struct world *world, int side, int cf, struct srp_result *r);

#endif
