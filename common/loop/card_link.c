#include "common/loop/card_link.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/loop/clock.h"
#include "common/loop/log.h"
#include "common/loop/timer.h"
#include "common/loop/usage.h"
#include "common/msg/obey.h"

enum { CFS = 2, QUEUE = 100, STATUS_US = 1000000, ALONE_US = 3 * STATUS_US };
enum { SOON_MS = 10 }; /* real time */

struct card_link {
    struct card_link_setup setup;
    struct bus *bus[CFS];
    struct timer timer;
    struct obey obey;
    struct role_body role;
    bool role_known;
    struct obey_config configs;
    struct card_status reported;
    struct usage usage;
    mono_t led;     /* a CF was reached last */
    uint64_t stale; /* orders of a CF that is not followed */
};

const struct role_body *
card_link_role(const struct card_link *link)
{
    return &link->role;
}

const struct card_status *
card_link_reported(const struct card_link *link)
{
    return &link->reported;
}

uint8_t
card_link_cf(const struct card_link *link)
{
    return link->obey.slot;
}

void
card_link_report(struct card_link *link)
{
    uint8_t bytes[CARD_STATUS_MOST];
    struct wr wr = wr_over(bytes, sizeof bytes);

    link->reported = (struct card_status){
        .type = (uint8_t)link->setup.node->type,
        .sessmgr = link->setup.sessmgr,
        /* a role is applied only with a configuration in force */
        .order = link->configs.in_force ? link->role.order : 0,
        .state = link->configs.in_force ? link->role.state : CHASSIS_INIT,
        .srp_epoch = link->configs.in_force ? link->role.srp_epoch : 0,
        .route_modifier = link->role.route_modifier,
        .cf_epoch = link->obey.epoch,
        .config = link->configs.in_force,
        .restart = link->role.restart,
        .pid_hint = (uint16_t)getpid(),
        .usage = *usage_look(&link->usage),
    };
    link->setup.fill(link->setup.ctx, &link->reported);
    card_status_put(&wr, &link->reported);
    for (size_t i = 0; i < CFS; i++) {
        if (link->bus[i]) /* a status that is lost is made good by the next */
            (void)bus_send(link->bus[i], NULL, MSG_CARD_STATUS, 0, link->obey.epoch, bytes,
                           wr_len(&wr));
    }
    timer_at(&link->timer, mono_after(clock_now(), STATUS_US));
}

void
card_link_report_soon(struct card_link *link)
{
    timer_within_ms(&link->timer, SOON_MS);
}

void
card_link_send(struct card_link *link, enum msg_type type, const void *bytes, size_t len)
{
    for (size_t i = 0; i < CFS; i++) {
        if (link->bus[i])
            (void)bus_send(link->bus[i], NULL, type, 0, link->obey.epoch, bytes, len);
    }
}

static bool
is_led(const struct card_link *link)
{
    for (size_t i = 0; i < CFS; i++) {
        if (link->bus[i] && bus_alive(link->bus[i]))
            return true;
    }
    return false;
}

static void
stand_alone(struct card_link *link)
{
    enum chassis_state was = (enum chassis_state)link->role.state;
    bool serves = was == CHASSIS_ACTIVE || was == CHASSIS_PENDING_ACTIVE;

    if (!serves && !link->role.announce && link->role.gates == 0)
        return;
    link->role.order = 0; /* it is not carried out any more: to be ordered again */
    link->role.announce = false;
    link->role.gates = 0;
    if (serves)
        link->role.state = CHASSIS_PENDING_STANDBY;
    log_event("card.alone", chassis_state_name(was),
              chassis_state_name((enum chassis_state)link->role.state),
              "no control function can be reached", link->role.srp_epoch);
    link->setup.role(link->setup.ctx, &link->role);
}

static void
on_timer(void *arg)
{
    struct card_link *link = arg;
    mono_t now = clock_now();

    if (is_led(link))
        link->led = now;
    else if (mono_between(link->led, now) > ALONE_US)
        stand_alone(link);
    card_link_report(link);
}

static void
on_role(struct card_link *link, struct rd *body)
{
    struct role_body role;

    if (!role_get(body, &role)) {
        log_warn("card: malformed role order dropped");
        return;
    }
    link->role = role;
    link->role_known = true;
    link->setup.role(link->setup.ctx, &role);
}

/* A role that came before the configuration applies with it. */
static void
on_config(struct card_link *link, struct rd *body)
{
    const mono_t now = clock_now();
    struct config_body config;
    bool taken;

    if (!config_get(body, &config)) {
        log_warn("card: malformed configuration dropped");
        return;
    }
    if (!obey_config_is_due(&link->configs, config.generation, now))
        return;
    taken = link->setup.config(link->setup.ctx, &config) == 0;
    obey_config_tried(&link->configs, config.generation, taken, now); /* our status tells the CF */
    if (taken && link->role_known)
        link->setup.role(link->setup.ctx, &link->role);
}

/* As a VM that is rebooted: nothing of what the card holds remains. */
static void
on_reload(const struct card_link *link, struct rd *body)
{
    struct reload_body reload;

    if (!reload_get(body, &reload))
        log_warn("card: malformed order to reload dropped");
    else if (reload.slot == 0 || reload.slot == link->setup.node->slot)
        (reload.halt ? node_halt : node_restart)(reload.halt ? "halt" : "reload");
}

static bool
is_order(enum msg_type type)
{
    return type == MSG_ROLE || type == MSG_CONFIG || type == MSG_NACKS || type == MSG_CKPT_FAULT ||
           type == MSG_CALL_ASK || type == MSG_AUDIT || type == MSG_RELOAD;
}

static void
on_order(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct card_link *link = ctx;
    uint64_t epoch = link->obey.epoch;

    (void)peer;
    if (!is_order(head->type))
        return;
    if (!obey_order(&link->obey, head)) {
        if (link->stale++ % 1000 == 0)
            log_warn("card: %s of CF %u dropped: it is not the one followed; so far %llu",
                     msg_type_name(head->type), head->slot, (unsigned long long)link->stale);
        return;
    }
    if (link->obey.epoch != epoch)
        link->role.order = 0; /* another CF counts anew: it has ordered nothing yet */
    if (head->type == MSG_ROLE)
        on_role(link, body);
    else if (head->type == MSG_CONFIG)
        on_config(link, body);
    else if (head->type == MSG_RELOAD)
        on_reload(link, body);
    else if (link->setup.order)
        link->setup.order(link->setup.ctx, head, body);
    card_link_report(link);
    if (link->setup.done)
        link->setup.done(link->setup.ctx);
}

static void
on_cf(void *ctx, struct bus_peer *peer, bool alive, const char *why)
{
    (void)peer;
    (void)why;
    if (alive)
        card_link_report(ctx);
}

static struct bus *
connect_cf(struct card_link *link, unsigned cf)
{
    const struct node *node = link->setup.node;
    char endpoint[NODE_PATH];
    struct bus_setup setup = {
        .node = node,
        .loop = link->setup.loop,
        .name = "card",
        .link = FAULT_LINK_CARD,
        .slot = (uint8_t)cf,
        .endpoint = endpoint,
        .queue = QUEUE,
        .sessmgr = link->setup.sessmgr,
        .message = on_order,
        .peer = on_cf,
        .ctx = link,
    };

    endpoint_card(node->rundir, node_instance(node)->name, cf, endpoint);
    return bus_open(&setup);
}

struct card_link *
card_link_open(const struct card_link_setup *setup)
{
    struct card_link *link = calloc(1, sizeof *link);

    if (!link)
        log_fatal("card: out of memory");
    link->setup = *setup;
    timer_init(&link->timer, setup->loop, on_timer, link);
    link->led = clock_now();
    for (unsigned cf = 1; cf <= CFS; cf++) {
        if (node_instance(setup->node)->slots[cf].type != CARD_CF)
            continue;
        link->bus[cf - 1] = connect_cf(link, cf);
        if (!link->bus[cf - 1])
            card_link_close(&link);
        if (!link)
            return NULL;
    }
    timer_at(&link->timer, clock_now());
    return link;
}

void
card_link_close(struct card_link **link)
{
    if (!*link)
        return;
    timer_at(&(*link)->timer, MONO_NEVER);
    for (size_t i = 0; i < CFS; i++)
        bus_close(&(*link)->bus[i]);
    free(*link);
    *link = NULL;
}
