#include "cf/reload.h"

#include "common/base/err.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

enum { SOON_MS = 300 }; /* real time: what was said leaves first */

static void order_cards(struct cf *cf, bool demuxes);

/* The demux was ordered first, and may take too long. */
static void
order_rest(struct cf *cf)
{
    cf->reload_rest = false;
    order_cards(cf, false);
    timer_in_ms(&cf->reload_timer, SOON_MS);
}

static void
on_timer(void *arg)
{
    struct cf *cf = arg;

    if (cf->reload_rest)
        order_rest(cf);
    else
        node_restart("reload");
}

void
reload_open(struct cf *cf)
{
    timer_init(&cf->reload_timer, cf->node->loop, on_timer, cf);
}

void
reload_close(struct cf *cf)
{
    timer_at(&cf->reload_timer, MONO_NEVER);
}

void
reload_self(struct cf *cf, const char *why)
{
    if (cf->reloading)
        return;
    log_event("cf.reload", NULL, NULL, why, cf->sso.epoch);
    cf->reloading = true;
    timer_in_ms(&cf->reload_timer, SOON_MS);
}

static size_t
order_of(struct reload_body order, uint8_t bytes[8])
{
    struct wr wr = wr_over(bytes, 8);

    reload_put(&wr, &order);
    return wr_len(&wr);
}

/* The other CF is spoken to through its own card bus. It hears of orders to cards, too. */
static void
order_other_cf(struct cf *cf, struct reload_body order)
{
    uint8_t bytes[8];
    size_t len = order_of(order, bytes);

    if (cf->peer_bus)
        (void)bus_send(cf->peer_bus, NULL, MSG_RELOAD, 0, cf->sso.epoch, bytes, len);
}

static void
order_cards(struct cf *cf, bool demuxes)
{
    uint8_t bytes[8];
    size_t len = order_of((struct reload_body){0}, bytes);

    for (struct bus_peer *peer = NULL; (peer = bus_peer_next(cf->card_bus, peer));) {
        if ((peer->hello.type == CARD_DEMUX) == demuxes)
            (void)bus_send(cf->card_bus, peer, MSG_RELOAD, 0, cf->sso.epoch, bytes, len);
    }
}

static bool
is_demux_there(const struct cf *cf)
{
    struct bus_peer *peer = bus_peer_next(cf->card_bus, NULL);

    while (peer && peer->hello.type != CARD_DEMUX)
        peer = bus_peer_next(cf->card_bus, peer);
    return peer != NULL;
}

/* The demux goes first: while it serves, it would take session managers that have gone for dead
 * and give the packets of their calls to others, which deny them. */
void
reload_all(struct cf *cf)
{
    notify_srp(cf, TRAP_SYSTEM_REBOOT);
    order_other_cf(cf, (struct reload_body){0});
    order_cards(cf, true);
    reload_self(cf, "reload of the system");
    cf->reload_rest = true;
    reload_gone(cf);
}

void
reload_gone(struct cf *cf)
{
    if (cf->reload_rest && !is_demux_there(cf))
        order_rest(cf);
}

/* A card that ends by order is none that died. */
static void
note_order(struct cf *cf, const struct reload_body *order)
{
    chronicle_ordered(&cf->chronicle, order->slot, cf->cards.slots[order->slot].incarnation);
}

/* To each session manager of the card: the first of them ends the process. A halted card has a
 * link, too. */
static void
order_card(struct cf *cf, struct reload_body order)
{
    uint8_t bytes[8];
    size_t len = order_of(order, bytes);

    note_order(cf, &order);
    order_other_cf(cf, order); /* first: it must know when the card goes */
    for (struct bus_peer *peer = bus_peer_next(cf->card_bus, NULL); peer;
         peer = bus_peer_next(cf->card_bus, peer)) {
        if (peer->slot != order.slot)
            continue;
        (void)bus_send(cf->card_bus, peer, MSG_RELOAD, 0, cf->sso.epoch, bytes, len);
    }
}

static bool
is_reached(struct cf *cf, uint8_t slot)
{
    struct bus_peer *peer = bus_peer_next(cf->card_bus, NULL);

    if (slot == cf->node->slot)
        return true;
    if (cf->cards.slots[slot].type == CARD_CF)
        return cf->peer_bus && bus_alive(cf->peer_bus);
    while (peer && peer->slot != slot)
        peer = bus_peer_next(cf->card_bus, peer);
    return peer != NULL;
}

int
reload_card(struct cf *cf, uint8_t slot)
{
    if (!is_reached(cf, slot))
        return DI_ENOTFOUND;
    notify_card_reboot(cf, slot);
    if (slot == cf->node->slot)
        reload_self(cf, "reboot of this card");
    else if (cf->cards.slots[slot].type == CARD_CF)
        order_other_cf(cf, (struct reload_body){.slot = slot});
    else
        order_card(cf, (struct reload_body){.slot = slot});
    return 0;
}

int
reload_halt(struct cf *cf, uint8_t slot)
{
    if (!is_reached(cf, slot))
        return DI_ENOTFOUND;
    if (!cards_there(&cf->cards, slot))
        return DI_EEXISTS;
    order_card(cf, (struct reload_body){.slot = slot, .halt = true});
    return 0;
}

void
reload_heard(struct cf *cf, const struct msg_head *head, struct rd *body)
{
    struct reload_body order;

    if (!reload_get(body, &order)) {
        log_warn("cf: malformed order to reload dropped");
    } else if (cf->leading || head->epoch < cf->sso.epoch) {
        log_warn("cf: order to reload of CF %u dropped: it does not lead any more", head->slot);
    } else if (!order.halt && (order.slot == 0 || order.slot == cf->node->slot)) {
        reload_self(cf, "by order of the other CF");
    } else if (order.slot != 0) {
        note_order(cf, &order);
    }
}
