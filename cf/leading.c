#include <zmq.h>

#include "cf/cf.h"
#include "common/loop/clock.h"
#include "common/loop/keys.h"
#include "common/loop/log.h"

/* ---- leading ------------------------------------------------------------------------------ */

static uint8_t
options_from_conf(const struct conf_srp *c)
{
    unsigned options = 0;

    options |= c->allow_all_data ? (unsigned)SRP_ALLOW_ALL_DATA : 0u;
    options |= c->allow_volte_data ? (unsigned)SRP_ALLOW_VOLTE_DATA : 0u;
    options |= c->maintain_accounting ? (unsigned)SRP_MAINTAIN_ACCOUNTING : 0u;
    options |= c->allow_early_active ? (unsigned)SRP_EARLY_ACTIVE : 0u;
    options |= c->control_optimization ? (unsigned)SRP_CONTROL_OPTIMIZATION : 0u;
    return (uint8_t)options;
}

static struct srp_setup
setup_from_conf(const struct cf *cf)
{
    const struct conf_srp *c = &cf->conf.srp;
    struct srp_setup setup = {
        .off = !c->configured || !c->bind || !c->peer,
        .rank = {.mode = c->mode == CONF_PRIMARY ? SRP_PRIMARY : SRP_BACKUP,
                 .priority = (uint8_t)c->priority,
                 .higher_wins = cf->node->topo.election == TOPO_HIGHER_WINS,
                 .addr = c->bind},
        .peer_addr = c->peer,
        .hello_us = c->hello_s * US_PER_S,
        .dead_us = c->dead_s * US_PER_S,
        .delay_us = c->delay_s * US_PER_S,
        .options = options_from_conf(c),
        .ignore_dead = c->bfd_ignore_dead,
        .standby_announce_us = c->advertise_in_standby ? c->hold_off_s * US_PER_S : -1,
        .retry_us = c->retry_interval_s * US_PER_S,
        .retries = (uint8_t)c->retries,
        .rm_threshold = (uint8_t)c->rm_threshold,
        .rm_delta = (uint8_t)c->rm_delta,
        .checksum = conf_srp_checksum(&cf->conf),
        .incarnation = cf->node->incarnation,
        .cf_epoch = cf->sso.epoch,
        .restart = (uint8_t)(restart_load(cf) + 1),
    };

    memcpy(setup.release, cf->image.release, sizeof cf->image.release);
    memcpy(setup.rank.mac, node_card(cf->node)->mac, sizeof setup.rank.mac);
    return setup;
}

/* May checkpoints go there? A configuration may have moved the plain link off the machine. */
static bool
may_relay(const struct cf *cf)
{
    const struct conf_srp *srp = &cf->conf.srp;

    if (!srp->bind || !srp->peer)
        return false;
    if (topo_link_allowed(&cf->node->topo, srp->bind, srp->peer))
        return true;
    log_error("chassis: no checkpoints between %s and %s: the SRP session link is plain, and these "
              "are not both loopback addresses; say \"srp-session\": \"curve\" in the topology, or "
              "\"plain-anywhere\"",
              conf_addr_text(srp->bind).text, conf_addr_text(srp->peer).text);
    return false;
}

void
chassis_configure(struct cf *cf)
{
    struct srp_setup setup = setup_from_conf(cf);

    (void)chassis_step(
        cf, &(struct srp_event){.now = clock_now(), .type = SRP_EV_SETUP, .setup = &setup});
}

void
chassis_relay(struct cf *cf)
{
    const struct conf_srp *srp = &cf->conf.srp;

    relay_ends(cf->relay, srp->bind, srp->peer, srp->dscp_session);
    relay_connect(cf->relay, cf->leading && may_relay(cf));
}

/* Cards live longer than control functions: what they committed is history to a chassis
 * that starts anew, and must not be ordered again. */
static void
rise_above_cards(struct cf *cf)
{
    const struct card_status *status =
        cards_above(&cf->cards, cf->sso.epoch, (uint8_t)cf->srp.state, cf->srp.epoch);

    if (status)
        chassis_rise(cf, status);
}

/* The monitors of a CF that takes over start afresh, but for what must not switch again. */
static void
monitor_begin(struct cf *cf)
{
    if (cf->snapshot_known)
        monitors_card(cf->monitors, true); /* first: what is down already waits, too */
    monitors_role(cf->monitors, cf->srp.state, (uint8_t)cf->srp.reason);
    if (cf->snapshot_known)
        monitors_latch(cf->monitors, cf->latched);
}

void
chassis_lead(struct cf *cf)
{
    struct srp_setup setup = setup_from_conf(cf);

    if (cf->snapshot_known)
        srp_adopt(&cf->srp, &setup, &cf->snapshot, clock_now());
    else
        srp_init(&cf->srp, &setup, clock_now());
    cf->leading = true;
    notify_adopt(cf);
    log_event("chassis.lead", NULL, chassis_state_name(cf->srp.state),
              !cf->snapshot_known ? "started"
              : cf->led_at.us     ? "leads again"
                                  : "taken over from the other CF",
              cf->sso.epoch);
    cf->led_at = clock_now();
    srp_link_open(cf);
    relay_connect(cf->relay, may_relay(cf));
    validate_reset(cf->validate);
    notify_lead(cf);
    monitor_begin(cf);
    rise_above_cards(cf);
    chassis_orders(cf);
    chassis_tick(cf);
    chassis_cards(cf);
}

void
chassis_follow(struct cf *cf)
{
    if (!cf->leading)
        return;
    notify_follow(cf);
    cf->leading = false;
    cf->snapshot = srp_snapshot(&cf->srp); /* should we go on once more, then with what we know */
    cf->snapshot_known = true;
    cf->snapshot_at = clock_now();
    cf->latched = monitors_latched(cf->monitors);
    cf->alarms = notify_alarms(cf);
    losses_forget(&cf->losses);
    audits_follow(cf);
    monitors_role(cf->monitors, CHASSIS_INIT, SRP_NOT_DEFINED);
    timer_at(&cf->srp_timer, MONO_NEVER);
    srp_link_close(cf);
    relay_connect(cf->relay, false);
}

/* Only the configured peer's key is admitted, by the one ZAP handler of this process. */
static int
start_auth(struct cf *cf, const struct topo_instance *peer)
{
    char err[512];
    uint8_t key[32];
    zcertstore_t *store = zcertstore_new(NULL);
    zcert_t *theirs;

    if (keys_ensure(cf->node->rundir, &cf->node->topo, err, sizeof err) != 0 ||
        keys_load(cf->node->rundir, node_instance(cf->node)->name, &cf->cert, err, sizeof err) !=
            0 ||
        keys_load_public(cf->node->rundir, peer->name, cf->peer_key, err, sizeof err) != 0) {
        log_error("chassis: %s", err);
        zcertstore_destroy(&store);
        return -1;
    }
    (void)zmq_z85_decode(key, cf->peer_key); /* keys_load_public checked it */
    theirs = zcert_new_from(key, key);       /* only the public half counts */
    zcertstore_insert(store, &theirs);
    cf->zauth = zactor_new(zauth, store);
    if (!cf->zauth)
        log_fatal("chassis: cannot start the authentication thread");
    return 0;
}

int
chassis_open(struct cf *cf)
{
    const struct topo *topo = &cf->node->topo;
    const struct topo_instance *peer = &topo->instances[cf->node->instance == 0 ? 1 : 0];
    struct relay_setup relay = {
        .node = cf->node,
        .bind = cf->conf.srp.bind,
        .peer = cf->conf.srp.peer,
        .port = (uint16_t)(topo->srp_port + 1),
        .dscp = cf->conf.srp.dscp_session,
        .peer_key = cf->peer_key,
    };

    timer_init(&cf->srp_timer, cf->node->loop, chassis_tick, cf);
    if (start_auth(cf, peer) != 0)
        return -1;
    traps_init(&cf->traps, cf->conf.snmp_n > 0);
    cf->trap_link = trap_link_open(cf->node->loop, &cf->conf, cf->chassis_key, &cf->traps);
    cf->validate = validate_open(cf);
    cf->monitors = monitors_open(cf);
    audits_open(cf);
    if (topo->srp_plain)
        log_warn("chassis: the SRP session connection is plain: whoever reaches port %u may read "
                 "checkpoints, and send some",
                 topo->srp_port + 1u);
    relay.own = topo->srp_plain ? NULL : cf->cert;
    cf->relay = relay_open(&relay);
    return 0;
}

void
chassis_close(struct cf *cf)
{
    srp_link_close(cf);
    audits_close(cf);
    relay_close(&cf->relay);
    monitors_close(&cf->monitors);
    validate_close(&cf->validate);
    trap_link_close(&cf->trap_link);
    zactor_destroy(&cf->zauth);
    zcert_destroy(&cf->cert);
}
