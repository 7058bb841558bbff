/* cf.h - the control function process: what its parts share
 *
 * Parts: cf_pair.c (which CF is active), chassis.c (SRP: which chassis serves, orders to
 * the cards), leading.c (what a CF opens and closes with that), audits.c (do both
 * chassis have the same calls), srp/srp_link.c (hellos over
 * TCP), srp/relay.c (checkpoints), monitors.c (what is watched), validate.c (is the peer
 * configured alike), notify.c (SNMP notifications; notify_stands.c: which stand), nacks.c (checkpoints that are not complained
 * about), asks.c (what session managers know of a call), running.c (the running configuration),
 * boot.c and flash.c (what it starts with, and its disks), console*.c, show*.c and exec*.c (the
 * console). Each
 * part is a shell round a pure core: sso.h, srp/srp_fsm.h, cards.h, losses.h,
 * monitor/monitor.h, trap/traps.h; and for display chronicle.h, net_seen.h.
 *
 * Ownership  struct cf owns all its parts and lives as long as the process
 * Time       lab time
 * Errors     none at run time; the build function logs and fails
 * Threads    main; the relay's actor has its own state
 */
#ifndef VPCLAB_CF_H
#define VPCLAB_CF_H

#include "cf/asks.h"
#include "cf/audit.h"
#include "cf/cards.h"
#include "cf/chronicle.h"
#include "cf/ckpt_sums.h"
#include "cf/flash.h"
#include "cf/image.h"
#include "cf/losses.h"
#include "cf/monitors.h"
#include "cf/net_seen.h"
#include "cf/running.h"
#include "cf/srp/peer_link.h"
#include "cf/srp/relay.h"
#include "cf/srp/srp_fsm.h"
#include "cf/srp/srp_pace.h"
#include "cf/sso.h"
#include "cf/trap/trap_link.h"
#include "cf/trap/traps.h"
#include "cf/validate.h"
#include "common/conf/conf_seal.h"
#include "common/loop/bus.h"
#include "common/loop/mgmt.h"
#include "common/loop/timer.h"
#include "common/loop/usage.h"

enum { CF_CONFIG_MOST = 384 * 1024 }; /* octets of a configuration: one MSG_CONFIG */

/* Counters behind show srp statistics that others keep. */
struct srp_statistics {
    uint64_t invalid; /* hellos */
    struct validate_counters validate;
    struct relay_counters relay;
};

/* Which alarms stand, for the CF that leads next to clear: a bit for each kind of the whole
 * chassis (notify.c), for each target of monitors.h, and 1 << slot. */
struct alarms {
    uint32_t kinds, targets;
    uint64_t spof;
};

/* The other CF as the last notification about it has it. */
struct cf_noted {
    bool alive, standby;
    uint64_t incarnation;
};

struct cf {
    struct node *node;

    /* files and software */
    struct flash flash;
    struct image image;          /* that runs */
    struct boot_entry booted;    /* of the boot stack; priority 0: the default names */
    struct boot_stack boot_kept; /* as boot.sys has it */

    /* configuration */
    struct conf conf;
    uint8_t chassis_key[CONF_KEY]; /* of the lab: what the secrets of conf are encrypted with */
    struct running *running;
    char *text; /* conf, printed: what the cards are told; secrets are encrypted in it */
    size_t text_len;
    uint32_t generation; /* of the text: the same on both CFs for the same text */

    /* the pair of CFs */
    struct sso sso;
    struct timer sso_timer;
    struct bus *peer_bus;         /* to the other CF's card bus; NULL: no other CF */
    uint64_t peer_seq;            /* of the last CF hello heard */
    uint32_t peer_config;         /* ... the configuration that CF goes by */
    struct srp_snapshot snapshot; /* what the active CF told, or we knew when we led last */
    bool snapshot_known;
    mono_t snapshot_at;   /* ... then */
    uint32_t latched;     /* monitors, likewise */
    struct alarms alarms; /* notifications, likewise */

    /* the chassis; meaningful while this CF is active */
    bool leading;
    mono_t led_at; /* leading since */
    struct srp srp;
    struct timer srp_timer;
    struct peer_link *srp_link;
    struct relay *relay;
    zactor_t *zauth;
    zcert_t *cert;
    char peer_key[41];
    uint8_t restart_kept;          /* GTP restart counter as last written to disk */
    uint64_t hellos_refused;       /* malformed, or of another chassis */
    int64_t heard_wall_us;         /* last SRP hello, wall clock, for display */
    struct srp_pace pace;          /* how late they come */
    struct srp_statistics cleared; /* what show srp statistics does not show any more */
    struct losses losses;          /* calls lost by switchovers */
    struct audit audit;            /* between the chassis */
    struct timer audit_timer;
    uint64_t peer_checked; /* the incarnation of the peer that peer_check() knows */
    struct validate *validate;
    struct monitors *monitors;
    struct traps traps;
    struct trap_link *trap_link;
    bool switching;           /* a CF switchover to us: not all cards obey yet */
    struct cf_noted other_cf; /* as notified */
    uint64_t ckpt_unsent;     /* relay_counters.no_link when that was last looked at */
    mono_t ckpt_noted;        /* SRPCheckpointFailure is due again */

    bool yielded;     /* by card switch: to start anew when the other CF leads */
    bool reloading;   /* to start anew in a moment: silent until then (reload.h) */
    bool reload_rest; /* cards other than the demux are still to be ordered to */
    struct timer reload_timer;

    /* the cards */
    struct bus *card_bus;
    struct cards cards;
    struct mgmt *mgmt;
    struct asks *asks;
    struct cmd_set nacks_disabled;      /* by command; as the CF that leads told it last */
    struct ckpt_base ckpt_cleared[256]; /* [session manager]: what is not shown any more */

    /* for display */
    mono_t started;             /* this process */
    struct chronicle chronicle; /* calls over time, processes that died */
    struct net_seen net;        /* as the demux told last */
    struct usage usage;         /* of this process */
    int64_t alarms_cleared_us;  /* wall clock: older alarms are not shown any more */
};

/* cf_pair.c */
int cf_pair_open(struct cf *cf);
void cf_pair_close(struct cf *cf);
/* The generation of its configuration; our own when it tells none. */
uint32_t cf_pair_hear(struct cf *cf, const struct msg_head *head, struct rd *body);
void cf_pair_floor(struct cf *cf, uint64_t epoch);
bool cf_pair_stands_by(const struct cf *cf); /* does the other CF, as far as can be seen? */
bool cf_pair_yield(struct cf *cf);           /* give the lead away; false: nobody stands by */
void cf_pair_say(struct cf *cf); /* hello to the other CF now: the chassis state changed */

/* chassis.c */
void chassis_card(struct cf *cf, struct bus_peer *peer, const struct card_status *status);
void chassis_rise(struct cf *cf, const struct card_status *status); /* above what it knows */
void chassis_card_new(struct cf *cf, struct bus_peer *peer);
void chassis_card_gone(struct cf *cf, const struct bus_peer *peer);
void chassis_tell(struct cf *cf, struct bus_peer *peer); /* the configuration, if this CF leads */
void chassis_orders(struct cf *cf); /* repeat role and configuration to all cards */
struct srp_result chassis_step(struct cf *cf, const struct srp_event *ev);
void chassis_cards(struct cf *cf);   /* tell the SRP core what the cards are and have done */
void chassis_monitor(struct cf *cf); /* ... and what the monitors see and want */
void chassis_tick(void *cf);
bool chassis_spof(const struct cf *cf, uint8_t slot); /* could no other card replace that one? */

/* refusal.c: why a switchover is refused, in words */
enum { REFUSAL_TEXT = 400 };
void refusal_text(enum srp_refusal refusal, unsigned sessmgrs, char *out, size_t room);
void refusal_detail(const struct cf *cf, enum srp_refusal refusal, char *out, size_t room);

/* audits.c: audits between the chassis */
void audits_open(struct cf *cf);
void audits_close(struct cf *cf);
void audits_look(struct cf *cf); /* the chassis, its peer or a card may have changed */
enum audit_refusal audits_begin(struct cf *cf, enum audit_type type);
void audits_heard(struct cf *cf, const struct bus_peer *peer, struct rd *body);
void audits_follow(struct cf *cf); /* this CF leads no longer */
/* Why it failed, "" if it did not. */
void audits_why(const struct audit_entry *entry, char *out, size_t room);

/* peer_check.c: say once in each life of the peer what of it does not fit to us */
void peer_check(struct cf *cf);

/* leading.c */
int chassis_open(struct cf *cf);
void chassis_close(struct cf *cf);
void chassis_configure(struct cf *cf); /* cf->conf changed */
void chassis_relay(struct cf *cf);     /* ... and with it the ends of the session connection */
void chassis_lead(struct cf *cf);      /* this CF became active */
void chassis_follow(struct cf *cf);    /* ... standby */

/* restart.c: the GTP restart counter on disk */
uint8_t restart_load(const struct cf *cf);
void restart_keep(struct cf *cf);

/* notify.c */
void notify_step(struct cf *cf, const struct srp_result *r);
void notify_srp(struct cf *cf, enum trap_id id);
void notify_cli(struct cf *cf, bool begins, const char *privilege); /* a console session */
void notify_card_up(struct cf *cf, uint8_t slot);
void notify_card_reboot(struct cf *cf, uint8_t slot); /* by an operator */
void notify_card_down(struct cf *cf, uint8_t slot);
void notify_monitor(struct cf *cf, uint8_t target, bool up); /* it changed */
void notify_aaa(struct cf *cf, uint8_t target, bool back); /* the last to go, or one that answers */
void notify_adopt(struct cf *cf); /* this CF begins to lead: what the one before left standing */
void notify_lead(struct cf *cf);  /* ... and leads */
void notify_follow(struct cf *cf);
/* cf->conf and cf->monitors are others: what is not configured any more stands no more. */
void notify_retarget(struct cf *cf);
void notify_obeyed(struct cf *cf); /* after each report of a card */
void notify_tick(struct cf *cf);
bool notify_stands(const struct cf *cf, enum trap_id id); /* of the chassis */
struct alarms notify_alarms(const struct cf *cf);
void chassis_cf_peer(struct cf *cf); /* the other CF came, went, or changed its state */

/* srp/srp_link.c */
void srp_link_open(struct cf *cf);
void srp_link_close(struct cf *cf);
void srp_link_renew(struct cf *cf); /* its ends changed, or its mark */
void srp_link_hello(struct cf *cf);

/* nacks.c */
void nacks_tell(struct cf *cf, struct bus_peer *peer); /* if it is a session manager */
void nacks_tell_all(struct cf *cf);
void nacks_heard(struct cf *cf, struct bus_peer *peer, const struct card_status *status);
void nacks_disable(struct cf *cf, uint8_t cmd, bool disable);
unsigned fault_tell(struct cf *cf, const struct fault_body *fault); /* how many were told */

/* console.c: one command line; and once more, with what was found out for it */
void cf_exec(void *ctx, const struct mgmt_line *line, struct mgmt_reply *reply);
void cf_exec_with(struct cf *cf, const struct mgmt_line *line, struct calls_found *found,
                  struct mgmt_reply *reply);

#endif
