#include <assert.h>
#include <string.h>

#include "cf/boot.h"
#include "cf/cf.h"
#include "cf/reload.h"
#include "cf/srp/srp_snapshot.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

enum { QUEUE = 100 };

static void
put_alarms(struct cf_hello *hello, struct alarms alarms)
{
    hello->alarms = alarms.kinds;
    hello->target_alarms = alarms.targets;
    hello->spof_alarms = alarms.spof;
}

void
cf_pair_say(struct cf *cf)
{
    uint8_t bytes[CF_HELLO_MOST];
    struct wr wr = wr_over(bytes, sizeof bytes);
    struct cf_hello hello = {
        .slot = cf->node->slot,
        .state = (uint8_t)cf->sso.state,
        .epoch = cf->sso.epoch,
        .heard = cf->peer_seq,
        .config = cf->generation,
    };

    if (!cf->peer_bus || cf->reloading)
        return;
    memcpy(hello.mac, node_card(cf->node)->mac, sizeof hello.mac);
    if (cf->leading) {
        struct srp_snapshot snapshot = srp_snapshot(&cf->srp);

        srp_snapshot_put(&hello, &snapshot);
        hello.latched = monitors_latched(cf->monitors);
        put_alarms(&hello, notify_alarms(cf));
        hello.nacks_disabled = cf->nacks_disabled;
    }
    cf_hello_put(&wr, &hello);
    assert(!wr.full);
    /* a hello that finds no connection is not missed: the next one says it all again */
    (void)bus_send(cf->peer_bus, NULL, MSG_CF_HELLO, 0, cf->sso.epoch, bytes, wr_len(&wr));
}

static void
perform(struct cf *cf, const struct sso_result *r)
{
    if (r->from != r->to)
        log_event("cf.state", sso_state_name(r->from), sso_state_name(r->to),
                  r->to == SSO_BOOTING ? r->yields ? "card switch" : "cards obey the other CF"
                  : cf->sso.peer_alive ? "hello"
                                       : "other CF silent",
                  cf->sso.epoch);
    if (r->actions & SSO_DO_PEER)
        log_event("cf.peer", NULL, cf->sso.peer_alive ? sso_state_name(cf->sso.peer.state) : "dead",
                  NULL, cf->sso.epoch);
    if (r->actions & SSO_DO_STANDBY)
        chassis_follow(cf);
    if (r->actions & SSO_DO_ACTIVE) {
        boot_refresh(cf); /* the CF that led may have written it */
        chassis_lead(cf);
    }
    if (r->actions & SSO_DO_EPOCH) {
        chassis_orders(cf);
        (void)chassis_step(cf, &(struct srp_event){.now = clock_now(),
                                                   .type = SRP_EV_CF_EPOCH,
                                                   .epoch = cf->sso.epoch});
    }
    if (r->actions & SSO_DO_HELLO)
        cf_pair_say(cf);
    if (r->actions & SSO_DO_PEER)
        chassis_cf_peer(cf); /* last: only one that leads says it */
}

/* The other CF leads; or it died before it did, and we go on. */
static void
end_switch(struct cf *cf)
{
    cf->yielded = false;
    if (cf->sso.state == SSO_STANDBY)
        reload_self(cf, "card switch");
}

static void
step(struct cf *cf, const struct sso_event *ev)
{
    struct sso_result r;

    if (cf->reloading)
        return; /* this life is over */
    r = sso_step(&cf->sso, ev);
    perform(cf, &r);
    timer_at(&cf->sso_timer, sso_deadline(&cf->sso));
    if (r.yields)
        cf->yielded = true;
    else if (cf->yielded && cf->sso.state != SSO_BOOTING)
        end_switch(cf);
}

static void
on_timer(void *arg)
{
    step(arg, &(struct sso_event){.now = clock_now(), .type = SSO_EV_TICK});
}

void
cf_pair_floor(struct cf *cf, uint64_t epoch)
{
    step(cf, &(struct sso_event){.now = clock_now(), .type = SSO_EV_FLOOR, .epoch = epoch});
}

/* A process that died is known by its connection before its silence tells. */
bool
cf_pair_stands_by(const struct cf *cf)
{
    return cf->peer_bus && bus_alive(cf->peer_bus) && cf->sso.peer_alive &&
           cf->sso.peer.state == SSO_STANDBY;
}

bool
cf_pair_yield(struct cf *cf)
{
    if (!cf->leading || !cf_pair_stands_by(cf))
        return false;
    cf_pair_say(cf); /* first: what it is to go on with */
    step(cf, &(struct sso_event){.now = clock_now(), .type = SSO_EV_YIELD});
    return !cf->leading;
}

/* A hello of the other CF, on our card bus. */
uint32_t
cf_pair_hear(struct cf *cf, const struct msg_head *head, struct rd *body)
{
    struct cf_hello hello;
    struct srp_snapshot snapshot;
    struct sso_event ev = {.now = clock_now(), .type = SSO_EV_HELLO};

    if (!cf_hello_get(body, &hello) || hello.slot != head->slot || hello.state >= SSO_STATE_N ||
        !srp_snapshot_get(&hello, &snapshot)) {
        log_warn("cf: malformed hello of the other CF dropped");
        return cf->generation;
    }
    cf->peer_seq = head->seq;
    cf->peer_config = hello.config;
    ev.hello = (struct sso_hello){
        .slot = hello.slot,
        .state = hello.state,
        .epoch = hello.epoch,
        .incarnation = head->incarnation,
        .seq = head->seq,
    };
    step(cf, &ev);
    if (hello.state == SSO_ACTIVE && !cf->leading) { /* also when this very hello made us follow */
        cf->snapshot = snapshot;
        cf->snapshot_known = hello.chassis_incarnation != 0;
        cf->snapshot_at = ev.now;
        cf->latched = hello.latched;
        cf->nacks_disabled = hello.nacks_disabled;
        cf->alarms = (struct alarms){hello.alarms, hello.target_alarms, hello.spof_alarms};
    }
    return hello.config;
}

/* The other CF's hellos come to our own card bus. Here it tells its configuration when it leads. */
static void
on_message(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct cf *cf = ctx;
    struct config_body config;

    (void)peer;
    if (head->type != MSG_CONFIG)
        return;
    if (config_get(body, &config))
        running_heard(cf->running, &config);
    else
        log_warn("cf: malformed configuration of the other CF dropped");
}

static void
on_peer(void *ctx, struct bus_peer *peer, bool alive, const char *why)
{
    (void)peer;
    (void)why;
    if (alive)
        cf_pair_say(ctx);
}

int
cf_pair_open(struct cf *cf)
{
    const struct node *node = cf->node;
    unsigned other = node->slot == 1 ? 2 : 1;
    bool has_peer = node_instance(node)->slots[other].type == CARD_CF;
    char endpoint[NODE_PATH];
    struct bus_setup setup = {
        .node = node,
        .loop = node->loop,
        .name = "cf",
        .link = FAULT_LINK_CARD,
        .slot = (uint8_t)other,
        .endpoint = endpoint,
        .queue = QUEUE,
        .message = on_message,
        .peer = on_peer,
        .ctx = cf,
    };

    endpoint_card(node->rundir, node_instance(node)->name, other, endpoint);
    sso_init(&cf->sso, node->slot, has_peer, clock_now());
    timer_init(&cf->sso_timer, node->loop, on_timer, cf);
    if (has_peer && !(cf->peer_bus = bus_open(&setup)))
        return -1;
    on_timer(cf);
    return 0;
}

void
cf_pair_close(struct cf *cf)
{
    bus_close(&cf->peer_bus);
}
