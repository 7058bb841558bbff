/* main.c - vpc-cf, the control function: configuration, chassis state, card table, console */
#include <stdio.h>
#include <stdlib.h>

#include "cf/cf.h"
#include "common/base/rng.h"
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

    if (head->type == MSG_CF_HELLO)
        cf_pair_hear(ctx, head, body);
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
    if (peer->hello.type == CARD_CF)
        return; /* the pair judges by CF hellos alone */
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

/* ---- configuration --------------------------------------------------------------------- */

/* The number of a configuration: the same on both CFs for the same text, never 0. */
static uint32_t
text_generation(const char *text, size_t len)
{
    uint64_t h = len;

    for (size_t i = 0; i < len; i++)
        h = mix64(h ^ (uint8_t)text[i]);
    return (uint32_t)h | 1u;
}

static int
read_text(struct cf *cf, const char *path)
{
    FILE *f = fopen(path, "re");

    cf->text = malloc(CF_CONFIG_MOST);
    if (!cf->text)
        log_fatal("cf: out of memory");
    if (!f) {
        log_error("cf: cannot read %s: %s", path, strerror(errno));
        return -1;
    }
    cf->text_len = fread(cf->text, 1, CF_CONFIG_MOST, f);
    (void)fclose(f); /* was only read */
    if (cf->text_len == CF_CONFIG_MOST) {
        log_error("cf: %s: longer than %d octets", path, CF_CONFIG_MOST);
        return -1;
    }
    cf->generation = text_generation(cf->text, cf->text_len);
    return 0;
}

static int
load_config(struct cf *cf)
{
    const struct topo_instance *instance = node_instance(cf->node);
    static char err[16384];

    if (read_text(cf, instance->config) != 0)
        return -1;
    if (conf_parse(&cf->conf, instance->config, cf->text, cf->text_len, err, sizeof err) != 0) {
        (void)fprintf(stderr, "%s", err);
        log_error("cf: the configuration has errors; nothing of it applies");
        return -1;
    }
    if (conf_warnings(&cf->conf, err, sizeof err) > 0)
        log_warn("cf: %s", err);
    return 0;
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
    if (load_config(cf) != 0)
        return -1;
    cards_init(&cf->cards);
    for (unsigned slot = 1; slot <= TOPO_SLOTS; slot++) {
        const struct topo_card *card = &node_instance(node)->slots[slot];

        if (card->type != CARD_EMPTY)
            cards_set(&cf->cards, (uint8_t)slot, (uint8_t)card->type, card->spare, card->sessmgr);
        for (unsigned i = 1; i < card->sessmgrs; i++)
            cards_add(&cf->cards, (uint8_t)slot, (uint8_t)(card->sessmgr + i));
    }
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
