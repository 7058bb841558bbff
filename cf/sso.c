#include "cf/sso.h"

#include <assert.h>
#include <string.h>

const char *
sso_state_name(enum sso_state state)
{
    static const char *const names[SSO_STATE_N] = {
#define X(name, text) [name] = text,
        SSO_STATES(X)
#undef X
    };

    return state < SSO_STATE_N ? names[state] : "unknown";
}

void
sso_init(struct sso *sso, uint8_t slot, bool has_peer, mono_t now)
{
    memset(sso, 0, sizeof *sso);
    sso->slot = slot;
    sso->has_peer = has_peer;
    sso->started = sso->last = sso->hello_at = sso->heard = now;
}

/* The lowest bit of an epoch is the slot, so both never use the same. */
static unsigned
slot_of(uint64_t epoch)
{
    return (unsigned)(epoch & 1) + 1;
}

static uint64_t
next_epoch(const struct sso *sso)
{
    return (sso->epoch / 2 + 1) * 2 + (sso->slot - 1u);
}

static void
enter(struct sso *sso, enum sso_state to, struct sso_result *r)
{
    if (to == SSO_ACTIVE) {
        sso->epoch = next_epoch(sso);
        sso->switchovers += sso->state == SSO_STANDBY;
    }
    sso->state = to;
    r->actions |= SSO_DO_HELLO | (to == SSO_ACTIVE ? SSO_DO_ACTIVE : SSO_DO_STANDBY);
}

/* Nobody but us can be active: at the start when the other was never heard, later when it
 * fell silent. */
static void
alone(struct sso *sso, struct sso_result *r)
{
    if (sso->state != SSO_ACTIVE)
        enter(sso, SSO_ACTIVE, r);
}

static void
lose_peer(struct sso *sso, struct sso_result *r)
{
    sso->peer_alive = false;
    r->actions |= SSO_DO_PEER;
    alone(sso, r);
}

static bool
is_fresh(const struct sso *sso, const struct sso_hello *h)
{
    if (h->slot == sso->slot)
        return false;
    if (h->incarnation != sso->peer.incarnation)
        return h->incarnation > sso->peer.incarnation;
    return h->seq > sso->peer.seq;
}

/* A card obeys an epoch above ours. If the other CF started it, it may have taken over while
 * we were stopped, and knows more than we do: not raised against, but asked. Silence or a
 * hello tells. */
static void
rise(struct sso *sso, const struct sso_event *ev, struct sso_result *r)
{
    if (ev->epoch <= sso->epoch)
        return;
    sso->epoch = ev->epoch;
    if (sso->state != SSO_ACTIVE)
        return;
    if (sso->has_peer && slot_of(ev->epoch) != sso->slot) {
        sso->heard = ev->now;
        enter(sso, SSO_BOOTING, r);
    } else {
        sso->epoch = next_epoch(sso);
        r->actions |= SSO_DO_EPOCH;
    }
}

/* Back to Booting: the hello that says so makes the one that stands by step up, at once. Should it
 * have died in this moment, its silence makes us go on. */
static void
yield(struct sso *sso, const struct sso_event *ev, struct sso_result *r)
{
    if (sso->state != SSO_ACTIVE || !sso->peer_alive || sso->peer.state != SSO_STANDBY)
        return;
    sso->heard = ev->now;
    r->yields = true;
    enter(sso, SSO_BOOTING, r);
}

/* Both active after a cut: the higher epoch stays, since the cards obey it already. */
static void
hear(struct sso *sso, const struct sso_event *ev, struct sso_result *r)
{
    const struct sso_hello *h = &ev->hello;
    bool first = !sso->peer_alive || h->incarnation != sso->peer.incarnation;
    bool outranked = h->epoch > sso->epoch;

    if (first || h->state != sso->peer.state)
        r->actions |= SSO_DO_PEER | SSO_DO_HELLO;
    sso->peer = *h;
    sso->peer_alive = true;
    sso->heard = ev->now;
    if (outranked && (sso->state != SSO_ACTIVE || h->state == SSO_ACTIVE))
        sso->epoch = h->epoch;

    if (h->state == SSO_ACTIVE) {
        if (sso->state == SSO_BOOTING || (sso->state == SSO_ACTIVE && outranked))
            enter(sso, SSO_STANDBY, r);
    } else if (!mono_reached(ev->now, sso->doubt_until)) {
        return; /* what it was while we slept: it says what it is within one interval */
    } else if (sso->state == SSO_BOOTING && h->state == SSO_BOOTING && sso->slot < h->slot) {
        enter(sso, SSO_ACTIVE, r); /* a Standby knows more than we do: it steps up, not we */
    } else if (sso->state == SSO_STANDBY && (h->state == SSO_BOOTING || sso->slot < h->slot)) {
        enter(sso, SSO_ACTIVE, r); /* the active one restarted, or gave up: somebody must */
    }
}

/* As in srp_fsm.c: silence counts only while we listened; and hellos that waited for us are
 * no reason to step up, the CF that restarted then may lead now. */
static void
forgive_sleep(struct sso *sso, mono_t now)
{
    int64_t gap = mono_between(sso->last, now);

    if (gap <= SSO_HELLO_US * 3 / 2)
        return;
    sso->heard = mono_after(sso->heard, gap);
    sso->doubt_until = mono_after(now, SSO_HELLO_US);
}

struct sso_result
sso_step(struct sso *sso, const struct sso_event *ev)
{
    struct sso_result r = {.from = sso->state};

    assert(ev->now.us >= sso->last.us);
    forgive_sleep(sso, ev->now);
    sso->last = ev->now;

    switch (ev->type) {
    case SSO_EV_HELLO:
        if (is_fresh(sso, &ev->hello))
            hear(sso, ev, &r);
        else
            sso->stale++;
        break;
    case SSO_EV_FLOOR:
        rise(sso, ev, &r);
        break;
    case SSO_EV_YIELD:
        yield(sso, ev, &r);
        break;
    case SSO_EV_TICK:
        if (!sso->has_peer)
            alone(sso, &r);
        else if (mono_between(sso->heard, ev->now) >= SSO_DEAD_US &&
                 (sso->peer_alive || sso->state == SSO_BOOTING))
            lose_peer(sso, &r);
        break;
    }
    if (mono_reached(ev->now, sso->hello_at))
        r.actions |= SSO_DO_HELLO;
    if (r.actions & SSO_DO_HELLO)
        sso->hello_at = mono_after(ev->now, SSO_HELLO_US);
    r.to = sso->state;
    return r;
}

mono_t
sso_deadline(const struct sso *sso)
{
    bool waiting = sso->has_peer && (sso->peer_alive || sso->state == SSO_BOOTING);

    return waiting ? mono_earlier(sso->hello_at, mono_after(sso->heard, SSO_DEAD_US))
                   : sso->hello_at;
}
