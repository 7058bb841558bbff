#include "cf/srp/srp_judge.h"

/* A configuration that changes under a chassis. Intervals, options and addresses count at once, since
 * all instants are told from them; the configured mode counts between two that start only. */

/* Without an address or a peer there is no chassis redundancy: such a chassis has no calls. It
 * begins anew, and as another life, since its peer must not take it for the one that had them. */
static void
begin_anew(struct srp *srp, const struct srp_setup *setup, mono_t now, struct srp_result *r)
{
    const struct srp was = *srp;

    srp_init(srp, setup, now);
    srp->setup.incarnation = srp->incarnation = was.incarnation + 1;
    srp->epoch = was.epoch;
    srp->seq = was.seq;
    srp->role = was.role; /* the next order says what is new */
    srp->cards = was.cards;
    srp->counters = was.counters;
    srp->monitors = was.monitors;
    srp->link_up = was.link_up;
    srp->switch_id = was.switch_id;
    srp->validation.id = was.validation.id;
    for (unsigned i = 0; i < SRP_INPUTS; i++)
        srp->seen_inputs[i] = was.seen_inputs[i];
    for (unsigned i = 0; i < SRP_STEPS; i++)
        srp->seen_steps[i] = was.seen_steps[i];
    r->actions |= SRP_DO_HELLO | (was.peer_known ? (unsigned)SRP_DO_PEER : 0u);
}

static void
go_on(struct srp *srp, const struct srp_setup *setup, mono_t now, struct srp_result *r)
{
    bool told = srp->setup.checksum != setup->checksum || srp->setup.hello_us != setup->hello_us ||
                srp->setup.dead_us != setup->dead_us || srp->setup.options != setup->options ||
                srp->rank.priority != setup->rank.priority || srp->rank.mode != setup->rank.mode ||
                srp->rank.addr != setup->rank.addr;
    struct srp_rank rank = setup->rank;

    rank.route_modifier = srp->rank.route_modifier;
    rank.fresh = srp->rank.fresh;
    srp->rank = rank;
    srp->setup = *setup;
    srp->hello_at = mono_earlier(srp->hello_at, mono_after(now, setup->hello_us));
    srp->loss_at = mono_after(now, setup->hello_us * 3 / 2);
    r->actions |= told ? (unsigned)SRP_DO_HELLO : 0u;
}

void
srp_configure(struct srp *srp, const struct srp_setup *setup, mono_t now, struct srp_result *r)
{
    struct srp_setup kept = *setup;

    kept.incarnation = srp->setup.incarnation;
    kept.cf_epoch = srp->setup.cf_epoch;
    kept.restart = srp->setup.restart;
    if (kept.off != srp->setup.off)
        begin_anew(srp, &kept, now, r);
    else
        go_on(srp, &kept, now, r);
}
