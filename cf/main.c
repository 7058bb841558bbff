/* main.c - vpc-cf, the control function: configuration, chassis state, card table, console */
#include <stdio.h>
#include <stdlib.h>

#include "cf/boot.h"
#include "cf/cf.h"
#include "cf/reload.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

enum { QUEUE = 1000 };

/* ---- the card bus ---------------------------------------------------------------------- */

static void
hear_net(struct cf *cf, const struct net_body *net)
{
    net_seen_take(&cf->net, net, clock_now());
    monitors_net(cf->monitors, net); /* last: the chassis may answer at once */
}

static void
on_message(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct card_status status;

    struct net_body net;
    struct cf *cf = ctx;

    if (cf->reloading)
        return;
    if (head->type == MSG_RELOAD)
        reload_heard(cf, head, body);
    else if (head->type == MSG_CF_HELLO && cf_pair_hear(cf, head, body) != cf->generation)
        chassis_tell(cf, peer);
    else if (head->type == MSG_CF_HELLO)
        return;
    else if (head->type == MSG_CALL_ANSWER)
        asks_hear(cf->asks, peer, body);
    else if (head->type == MSG_NET && net_get(body, &net))
        hear_net(cf, &net);
    else if (head->type == MSG_AUDIT_REPORT)
        audits_heard(cf, peer, body);
    else if (head->type != MSG_CARD_STATUS)
        return;
    else if (card_status_get(body, &status))
        chassis_card(ctx, peer, &status);
    else
        log_warn("cf: malformed status of slot %u dropped", head->slot);
}

static void
on_peer(void *ctx, struct bus_peer *peer, bool alive, const char *why)
{
    struct cf *cf = ctx;

    if (cf->reloading) {
        reload_gone(cf);
        return;
    }
    if (peer->hello.type == CARD_CF) { /* the pair judges by CF hellos alone */
        if (alive)
            chassis_tell(cf, peer);
        return;
    }
    if (!alive || strcmp(why, "reborn") == 0)
        chassis_card_gone(ctx, peer);
    if (alive)
        chassis_card_new(ctx, peer);
}

static int
open_card_bus(struct cf *cf)
{
    char endpoint[NODE_PATH];
    struct bus_setup setup = {
        .node = cf->node,
        .loop = cf->node->loop,
        .name = "card",
        .link = FAULT_LINK_CARD,
        .endpoint = endpoint,
        .serve = true,
        .queue = QUEUE,
        .message = on_message,
        .peer = on_peer,
        .ctx = cf,
    };

    endpoint_card(cf->node->rundir, node_instance(cf->node)->name, cf->node->slot, endpoint);
    cf->card_bus = bus_open(&setup);
    return cf->card_bus ? 0 : -1;
}

/* ---- life ------------------------------------------------------------------------------ */

static int
build(struct node *node, void **self)
{
    struct cf *cf = calloc(1, sizeof *cf);
    char endpoint[NODE_PATH];

    if (!cf)
        log_fatal("cf: out of memory");
    *self = cf;
    cf->node = node;
    cf->started = clock_now();
    if (boot_start(cf) != 0)
        return -1;
    cards_init(&cf->cards);
    for (unsigned slot = 1; slot <= TOPO_SLOTS; slot++) {
        const struct topo_card *card = &node_instance(node)->slots[slot];

        if (card->type != CARD_EMPTY)
            cards_set(&cf->cards, (uint8_t)slot, (uint8_t)card->type, card->spare, card->sessmgr);
        for (unsigned i = 1; i < card->sessmgrs; i++)
            cards_add(&cf->cards, (uint8_t)slot, (uint8_t)(card->sessmgr + i));
    }
    cf->running = running_open(cf);
    reload_open(cf);
    cf->asks = asks_open(cf);
    if (chassis_open(cf) != 0 || open_card_bus(cf) != 0 || cf_pair_open(cf) != 0)
        return -1;
    endpoint_mgmt(node->rundir, node_instance(node)->name, node->slot, endpoint);
    cf->mgmt = mgmt_open(node, node->loop, endpoint, cf_exec, cf);
    return cf->mgmt ? 0 : -1;
}

static void
teardown(void *self)
{
    struct cf *cf = self;

    if (!cf)
        return;
    running_close(&cf->running);
    reload_close(cf);
    asks_close(&cf->asks);
    mgmt_close(&cf->mgmt);
    timer_at(&cf->sso_timer, MONO_NEVER);
    timer_at(&cf->srp_timer, MONO_NEVER);
    cf_pair_close(cf);
    bus_close(&cf->card_bus);
    chassis_close(cf);
    free(cf->text);
    free(cf);
}

int
main(int argc, char **argv)
{
    static const struct node_program program = {
        .type = CARD_CF,
        .purpose = "Control function of a VPC-DI instance: configuration, chassis state, cards.",
        .build = build,
        .teardown = teardown,
    };

    return node_main(&program, argc, argv);
}
