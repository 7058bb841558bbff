#include "common/loop/halted.h"

#include <stdlib.h>

#include "common/loop/bus.h"
#include "common/loop/log.h"
#include "common/msg/obey.h"

enum { CFS = 2, QUEUE = 100 };

struct halted {
    const struct node *node;
    struct bus *bus[CFS];
    struct obey obey;
};

static void
on_message(void *ctx, struct bus_peer *peer, const struct msg_head *head, struct rd *body)
{
    struct halted *halted = ctx;
    struct reload_body reload;

    (void)peer;
    if (head->type != MSG_RELOAD || !obey_order(&halted->obey, head))
        return;
    if (!reload_get(body, &reload))
        log_warn("card: malformed order to reload dropped");
    else if (!reload.halt && (reload.slot == 0 || reload.slot == halted->node->slot))
        node_restart("reload");
}

struct halted *
halted_open(struct node *node)
{
    struct halted *halted = calloc(1, sizeof *halted);
    char endpoint[NODE_PATH];
    struct bus_setup setup = {
        .node = node,
        .loop = node->loop,
        .name = "card",
        .link = FAULT_LINK_CARD,
        .endpoint = endpoint,
        .queue = QUEUE,
        .message = on_message,
        .ctx = halted,
    };

    if (!halted)
        log_fatal("card: out of memory");
    halted->node = node;
    log_event("card.halted", NULL, NULL, "card halt", node->incarnation);
    for (unsigned cf = 1; halted && cf <= CFS; cf++) {
        if (node_instance(node)->slots[cf].type != CARD_CF)
            continue;
        endpoint_card(node->rundir, node_instance(node)->name, cf, endpoint);
        setup.slot = (uint8_t)cf;
        halted->bus[cf - 1] = bus_open(&setup);
        if (!halted->bus[cf - 1])
            halted_close(&halted);
    }
    return halted;
}

void
halted_close(struct halted **halted)
{
    if (!*halted)
        return;
    for (size_t i = 0; i < CFS; i++)
        bus_close(&(*halted)->bus[i]);
    free(*halted);
    *halted = NULL;
}
