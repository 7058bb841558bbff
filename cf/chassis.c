#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

#include "cf/cf.h"
#include "common/loop/clock.h"
#include "common/loop/keys.h"
#include "common/loop/log.h"

/* ---- GTP restart counter: survives restarts, so that clients notice one that lost calls ---- */

static void
restart_path(const struct cf *cf, char *out, size_t room)
{
    (void)snprintf(out, room, "%s/restart-counter", cf->node->dir);
}

static uint8_t
restart_load(const struct cf *cf)
{
    char path[NODE_PATH + 32], text[8] = "";
    FILE *f;

    restart_path(cf, path, sizeof path);
    f = fopen(path, "re");
    if (!f)
        return (uint8_t)(clock_wall_us() / US_PER_S); /* a first start: any value will do */
    if (!fgets(text, sizeof text, f))
        text[0] = '\0';
    (void)fclose(f); /* was only read */
    return (uint8_t)strtoul(text, NULL, 10);
}

static void
restart_keep(struct cf *cf)
{
    char path[NODE_PATH + 32];
    FILE *f;

    if (cf->restart_kept == cf->srp.restart)
        return;
    cf->restart_kept = cf->srp.restart;
    restart_path(cf, path, sizeof path);
    f = fopen(path, "we");
    if (!f || fprintf(f, "%u\n", (unsigned)cf->srp.restart) < 0)
        log_warn("chassis: cannot keep the GTP restart counter in %s", path);
    if (f)
        (void)fclose(f); /* a lost write costs clients one needless comparison */
}

/* ---- orders to the cards ----------------------------------------------------------------- */

static struct role_body
role_now(const struct cf *cf)
{
    return (struct role_body){
        .state = (uint8_t)cf->srp.state,
        .srp_epoch = cf->srp.epoch,
        .route_modifier = cf->srp.rank.route_modifier,
        .restart = cf->srp.restart,
        .announce = cf->srp.state == CHASSIS_ACTIVE,
    };
}

static void
send_role(struct cf *cf, struct bus_peer *peer)
{
    struct role_body role = role_now(cf);
    uint8_t bytes[32];
    struct wr wr = wr_over(bytes, sizeof bytes);

    role_put(&wr, &role);
    /* an order that is lost is repeated when the card's status shows the old role */
    (void)bus_send(cf->card_bus, peer, MSG_ROLE, 0, cf->sso.epoch, bytes, wr_len(&wr));
}

static void
send_config(struct cf *cf, struct bus_peer *peer)
{
    struct config_body config = {
        .generation = cf->generation,
        .text = (const uint8_t *)cf->text,
        .len = cf->text_len,
    };
    uint8_t *bytes = malloc(cf->text_len + 16);
    struct wr wr = wr_over(bytes, bytes ? cf->text_len + 16 : 0);

    if (!bytes)
        log_fatal("chassis: out of memory");
    config_put(&wr, &config);
    (void)bus_send(cf->card_bus, peer, MSG_CONFIG, 0, cf->sso.epoch, bytes, wr_len(&wr));
    free(bytes);
}

void
chassis_orders(struct cf *cf)
{
    if (!cf->leading)
        return;
    send_config(cf, NULL);
    send_role(cf, NULL);
}

/* ---- carrying out what the SRP core asks ----------------------------------------------- */

static void
check_recovered(struct cf *cf)
{
    struct srp_event ev = {
        .now = clock_now(),
        .type = SRP_EV_RECOVERED,
        .epoch = cf->srp.epoch,
    };

    if (cf->srp.recovering && cards_committed(&cf->cards, CHASSIS_PENDING_ACTIVE, cf->srp.epoch))
        chassis_step(cf, &ev);
}

static void
report(struct cf *cf, const struct srp_result *r)
{
    if (r->from != r->to)
        log_event("srp.state", chassis_state_name(r->from), chassis_state_name(r->to),
                  srp_reason_name(r->reason), cf->srp.epoch);
    if (r->actions & SRP_DO_PEER)
        log_event("srp.peer", NULL,
                  cf->srp.peer_known ? chassis_state_name(cf->srp.peer.state) : "dead",
                  cf->srp.link_up ? "connection up" : "connection down", cf->srp.peer.epoch);
}

static void
perform(struct cf *cf, const struct srp_result *r)
{
    report(cf, r);
    restart_keep(cf);
    if (r->actions & (SRP_DO_ROLE | SRP_DO_PEER))
        cf_pair_say(cf); /* first: what the cards know, the other CF must know, too */
    if (r->actions & SRP_DO_ROLE)
        send_role(cf, NULL);
    if (r->actions & SRP_DO_HELLO)
        srp_link_hello(cf);
}

void
chassis_step(struct cf *cf, const struct srp_event *ev)
{
    struct srp_result r;
    struct cards_totals totals;

    if (!cf->leading)
        return;
    totals = cards_totals(&cf->cards);
    cf->srp.sessmgrs = (uint8_t)totals.sessmgrs;
    cf->srp.sessmgrs_ready = (uint8_t)totals.ready;
    r = srp_step(&cf->srp, ev);
    perform(cf, &r);
    timer_at(&cf->srp_timer, srp_deadline(&cf->srp));
    if (r.actions & SRP_DO_RECOVER)
        check_recovered(cf);
}

static void
on_timer(void *arg)
{
    chassis_step(arg, &(struct srp_event){.now = clock_now(), .type = SRP_EV_TICK});
}

/* ---- cards ------------------------------------------------------------------------------- */

void
chassis_card_new(struct cf *cf, struct bus_peer *peer)
{
    cards_back(&cf->cards, peer->slot, peer->heard.incarnation);
    if (!cf->leading)
        return;
    send_config(cf, peer);
    send_role(cf, peer);
}

/* A card reports. What it has not got yet is ordered again. A standby CF listens, too: what
 * it starts later must lie above all that the cards know. */
void
chassis_card(struct cf *cf, struct bus_peer *peer, const struct card_status *status)
{
    struct role_body role = role_now(cf);

    if (!cards_heard(&cf->cards, peer->slot, status, clock_now()))
        return;
    if (status->cf_epoch > cf->sso.epoch)
        cf_pair_floor(cf, status->cf_epoch);
    if (!cf->leading)
        return;
    if (status->srp_epoch > cf->srp.epoch)
        chassis_step(cf, &(struct srp_event){
                             .now = clock_now(), .type = SRP_EV_FLOOR, .epoch = status->srp_epoch});
    if (status->config != cf->generation)
        send_config(cf, peer);
    if (status->state != role.state || status->srp_epoch != role.srp_epoch ||
        status->restart != role.restart)
        send_role(cf, peer);
    check_recovered(cf);
}

void
chassis_card_gone(struct cf *cf, const struct bus_peer *peer)
{
    bool serving = cf->leading && cf->srp.state == CHASSIS_ACTIVE;
    uint32_t lost = cards_gone(&cf->cards, peer->slot, serving, clock_now());
    char what[64], how[160];

    if (!cf->leading)
        return;
    (void)snprintf(what, sizeof what, "%s%u", card_type_name((enum card_type)peer->hello.type),
                   peer->slot);
    log_event("card.down", what, "Offline", "card failure", cf->sso.epoch);
    if (lost) {
        (void)snprintf(how, sizeof how, "%u calls of %s: card failure, session recovery is off",
                       lost, what);
        log_event("calls.lost", NULL, NULL, how, cf->srp.epoch);
    }
    check_recovered(cf);
}

/* ---- leading ------------------------------------------------------------------------------ */

static struct srp_setup
setup_from_conf(const struct cf *cf)
{
    const struct conf_srp *c = &cf->conf.srp;
    struct srp_setup setup = {
        .rank = {.mode = c->mode == CONF_PRIMARY ? SRP_PRIMARY : SRP_BACKUP,
                 .priority = (uint8_t)c->priority,
                 .addr = c->bind},
        .peer_addr = c->peer,
        .hello_us = c->hello_s * US_PER_S,
        .dead_us = c->dead_s * US_PER_S,
        .delay_us = c->delay_s * US_PER_S,
        .rm_threshold = (uint8_t)c->rm_threshold,
        .rm_delta = (uint8_t)c->rm_delta,
        .checksum = conf_srp_checksum(&cf->conf),
        .incarnation = cf->node->incarnation,
        .cf_epoch = cf->sso.epoch,
        .restart = (uint8_t)(restart_load(cf) + 1),
    };

    memcpy(setup.rank.mac, node_card(cf->node)->mac, sizeof setup.rank.mac);
    return setup;
}

/* Cards live longer than control functions: what they committed is history to a chassis
 * that starts anew, and must not be ordered again. */
static void
rise_above_cards(struct cf *cf)
{
    for (size_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        const struct card *card = &cf->cards.slots[slot];

        if (card->alive && card->status.srp_epoch > cf->srp.epoch)
            chassis_step(cf, &(struct srp_event){.now = clock_now(),
                                                 .type = SRP_EV_FLOOR,
                                                 .epoch = card->status.srp_epoch});
    }
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
    log_event("chassis.lead", NULL, chassis_state_name(cf->srp.state),
              cf->snapshot_known ? "taken over from the other CF" : "started", cf->sso.epoch);
    srp_link_open(cf);
    relay_connect(cf->relay, true);
    rise_above_cards(cf);
    chassis_orders(cf);
    on_timer(cf);
}

void
chassis_follow(struct cf *cf)
{
    if (!cf->leading)
        return;
    cf->leading = false;
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
    struct relay_setup setup = {
        .node = cf->node,
        .bind = cf->conf.srp.bind,
        .peer = cf->conf.srp.peer,
        .port = (uint16_t)(topo->srp_port + 1),
        .peer_key = cf->peer_key,
    };

    timer_init(&cf->srp_timer, cf->node->loop, on_timer, cf);
    if (start_auth(cf, peer) != 0)
        return -1;
    setup.own = cf->cert;
    cf->relay = relay_open(&setup);
    return 0;
}

void
chassis_close(struct cf *cf)
{
    srp_link_close(cf);
    relay_close(&cf->relay);
    zactor_destroy(&cf->zauth);
    zcert_destroy(&cf->cert);
}
