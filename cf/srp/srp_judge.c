#include "cf/srp/srp_judge.h"

#include "cf/srp/srp_phase.h"

static bool
we_win(const struct srp *srp)
{
    return srp_wins((uint8_t)srp->state, &srp->rank, srp->peer.state, &srp->peer.rank);
}

/* Has the speaker heard our hello `seq`, or a later one? Then it lived after we said that. */
static bool
has_heard(const struct srp *srp, const struct srp_hello *h, uint64_t seq)
{
    return h->heard_incarnation == srp->incarnation && h->heard_cf_epoch == srp->setup.cf_epoch &&
           h->heard_seq >= seq && h->heard_seq <= srp->seq;
}

/* Say hello now, and want an answer. */
static void
ask(struct srp *srp, struct srp_result *r)
{
    srp->asks = true;
    r->actions |= SRP_DO_HELLO;
}

/* A frame of the past may look like news. It must prove that its speaker lives: by hearing
 * what we say now. We tell it what we heard of it, since it may ask the same of us. */
static bool
is_alive(struct srp *srp, const struct srp_hello *h, struct srp_result *r)
{
    bool asked = srp->other.incarnation == h->incarnation;

    if (asked && has_heard(srp, h, srp->other.proof_seq))
        return true;
    srp->other = (struct srp_other){
        .incarnation = h->incarnation,
        .cf_epoch = h->cf_epoch,
        .seq = h->seq,
        .state = h->state,
        .proof_seq = asked ? srp->other.proof_seq : srp->seq + 1,
        .is_last = true,
    };
    ask(srp, r);
    return false;
}

/* Of an older incarnation, and yet news? Either a dead peer starts up, and its clock was set
 * back; or one CF of the chassis had begun anew while the other, that still holds its state,
 * was stopped, and now goes on: above every epoch that anybody has heard of. Of the same CF
 * epoch it is a CF of the same slot, hence the successor of the one heard before. Or that one stands
 * by for us, who serve, and the younger one is silent: it takes nothing away, and without its hellos
 * nobody would know of a Standby to hand over to. */
static bool
may_be_back(const struct srp *srp, const struct srp_hello *h)
{
    bool starts = !srp->peer_known && srp_level(h->state, &h->rank) == 0;
    bool follows = !srp->peer_known && srp->state == CHASSIS_ACTIVE && h->state == CHASSIS_STANDBY;

    return starts || follows ||
           (h->cf_epoch >= srp->peer.cf_epoch && h->epoch > srp->peer.epoch &&
            h->epoch > srp->epoch);
}

/* Two that serve, of which we take the other's hellos for those of the past, since it has claimed a
 * higher epoch. It may want a proof that we live before it yields: so it is answered. */
static bool
may_be_dual(const struct srp *srp, const struct srp_hello *h)
{
    return srp->state == CHASSIS_ACTIVE && h->state == CHASSIS_ACTIVE &&
           h->cf_epoch == srp->peer.cf_epoch;
}

/* Is this hello newer than all heard before? A chassis incarnation, then its CFs by epoch,
 * then the hellos of one CF by number. The epoch of one incarnation never falls: unless the
 * peer had been silent, and a CF with an older memory of it goes on, or it had lied. */
static bool
is_fresh(struct srp *srp, const struct srp_hello *h, struct srp_result *r)
{
    const struct srp_hello *known = &srp->peer;
    bool fell =
        h->cf_epoch > known->cf_epoch || (!srp->peer_known && h->cf_epoch == known->cf_epoch);

    if (known->incarnation == 0) /* one that serves already gives that up for the living only */
        return srp->state == CHASSIS_INIT || is_alive(srp, h, r);
    if (h->incarnation != known->incarnation) /* answered in any case: it may ask the same of us */
        return is_alive(srp, h, r) && (h->incarnation > known->incarnation || may_be_back(srp, h));
    if (h->epoch < known->epoch)
        return (fell || may_be_dual(srp, h)) && is_alive(srp, h, r) && fell;
    return h->cf_epoch == known->cf_epoch ? h->seq > known->seq : h->cf_epoch > known->cf_epoch;
}

/* ---- hellos ----------------------------------------------------------------------------- */

/* Does the peer know who we are, and in which state? If not, it is told at once. */
static bool
knows_us(const struct srp *srp, const struct srp_hello *h)
{
    return h->heard_seq != 0 && h->heard_state == srp->state &&
           h->heard_incarnation == srp->incarnation && h->heard_cf_epoch == srp->setup.cf_epoch;
}

/* Take in a hello: from here on it is what we know of the peer. */
static unsigned
hear(struct srp *srp, const struct srp_event *ev)
{
    const struct srp_hello *h = &ev->hello;
    bool changed =
        !srp->peer_known || srp->peer.state != h->state || srp->peer.incarnation != h->incarnation;
    bool reborn = srp->peer_known && srp->peer.incarnation != h->incarnation;

    if (!srp->peer_known || reborn || h->heard_seq != srp->peer.heard_seq)
        srp->echoed = ev->now;
    if (srp->peer.incarnation != h->incarnation)
        srp->answer_id = srp->validated_id = 0; /* it counts anew */
    if (h->switch_id < srp->answer_id)
        srp->answer_id = 0; /* likewise a CF that began again from nothing */
    if (h->state != CHASSIS_PENDING_STANDBY)
        srp->answer = SRP_READY; /* what was refused is over */
    srp->peer = *h;
    srp->other.is_last = false;
    if (srp->other.incarnation == h->incarnation)
        srp->other.incarnation = 0; /* proven; another doubt asks for another proof */
    srp->heard_any = srp->peer_known = true;
    srp->heard = ev->now;
    srp->loss_at = mono_after(ev->now, srp->setup.hello_us * 3 / 2);
    srp->counters.hellos_received++;
    return (changed ? SRP_DO_PEER : 0u) | (knows_us(srp, h) && !h->asks ? 0u : SRP_DO_HELLO);
}

/* A CF that goes on may have missed the peer's request, which the other CF granted: whoever left
 * says why until it serves again. A takeover for servers is not handed back for servers, so that is
 * wanted no longer, until the monitors know. */
static unsigned
learn_cause(struct srp *srp)
{
    const struct srp_hello *peer = &srp->peer;
    bool took = srp->state == CHASSIS_ACTIVE || srp->state == CHASSIS_PENDING_ACTIVE;
    bool left = peer->state == CHASSIS_STANDBY ||
                (peer->state == CHASSIS_PENDING_STANDBY && peer->phase >= SRP_WITHDRAW);
    bool first = srp->untold;

    srp->untold = false;
    if (!first || !took || !left || peer->reason == srp->reason ||
        (peer->reason != SRP_AAA_FAILURE && peer->reason != SRP_DIAMETER_FAILURE))
        return 0;
    srp->reason = (enum srp_reason)peer->reason;
    if (srp->monitors_want == peer->reason)
        srp->monitors_want = SRP_NOT_DEFINED;
    if (srp->want.reason == peer->reason)
        srp->want = (struct srp_want){.reason = SRP_NOT_DEFINED};
    return SRP_DO_CAUSE;
}

/* What a hello means to a chassis that leaves. */
static enum srp_input
judge_leaving(struct srp *srp)
{
    bool agreed = srp->phase >= SRP_WITHDRAW && srp->phase <= SRP_HANDED;

    switch (srp->peer.state) {
    case CHASSIS_ACTIVE: /* we win no longer: it is ahead of us */
        if (agreed && srp->phase != SRP_HANDED && srp_agreed(srp))
            return IN_NOTHING; /* early: our part is still to be done */
        return IN_PEER_ACTIVE_WINS;
    case CHASSIS_PENDING_ACTIVE:
        return IN_PEER_PENDING_WINS;
    case CHASSIS_STANDBY:
        if (srp->phase == SRP_REQUEST && srp->peer.answer_id == srp->switch_id &&
            srp->peer.answer != SRP_READY) {
            srp->refusal = srp->peer.answer;
            srp->refusal_sessmgrs = srp->peer.answer_sessmgrs;
            srp->counters.refused_by_peer++;
            return IN_REFUSED;
        }
        if (srp->phase == SRP_FLUSH ||
            (srp->phase == SRP_REQUEST && srp->peer.answer_id != srp->switch_id))
            return IN_PEER_IDLE_LOSES;
        srp->refusal = SRP_GIVEN_UP; /* it had agreed, whether or not we heard that */
        return IN_REFUSED;
    case CHASSIS_PENDING_STANDBY:
        if (!we_win(srp))
            return IN_PEER_IDLE_WINS;
        break;
    default: /* it started anew */
        break;
    }
    srp->refusal = SRP_PEER_NOT_STANDBY;
    return IN_REFUSED;
}

/* The peer asks us to take over, and we have not answered yet. */
static bool
is_asked(const struct srp *srp)
{
    const struct srp_hello *peer = &srp->peer;

    return srp->state == CHASSIS_STANDBY && peer->state == CHASSIS_PENDING_STANDBY &&
           peer->phase == SRP_REQUEST && peer->switch_id != 0 && peer->switch_id != srp->answer_id;
}

static enum srp_input
answer_request(struct srp *srp, struct srp_result *r)
{
    srp->answer_id = srp->peer.switch_id;
    srp->answer = (uint8_t)srp_standby_readiness(srp, srp->peer.forced, &srp->answer_sessmgrs);
    r->actions |= SRP_DO_HELLO;
    if (srp->answer != SRP_READY)
        return IN_PEER_IDLE_WINS;
    srp->planned = true;
    srp->forced = srp->peer.forced;
    srp->post_us = srp->peer.post_s * US_PER_S;
    return IN_ASKED;
}

/* Both directions of srp validate-switchover. */
static void
validate(struct srp *srp, mono_t now, struct srp_result *r)
{
    const struct srp_hello *peer = &srp->peer;

    if (peer->validate_id != srp->validated_id) {
        srp->validated_id = peer->validate_id;
        srp->validated = (uint8_t)srp_standby_readiness(srp, false, &srp->validated_sessmgrs);
        r->actions |= peer->validate_id ? (unsigned)SRP_DO_HELLO : 0u;
    }
    if (srp->validation.id != 0 && !srp->validation.known &&
        peer->validated_id == srp->validation.id)
        srp->validation = (struct srp_validation){
            .id = srp->validation.id,
            .known = true,
            .remote = true,
            .refusal = peer->validated,
            .sessmgrs = peer->answer_sessmgrs,
            .at = now,
        };
}

static enum srp_input
judge_hello(struct srp *srp, struct srp_result *r)
{
    bool win = we_win(srp);

    if (srp->state == CHASSIS_PENDING_STANDBY)
        return judge_leaving(srp);
    if (is_asked(srp))
        return answer_request(srp, r);
    switch (srp->peer.state) {
    case CHASSIS_ACTIVE:
        if (srp->state == CHASSIS_ACTIVE && !win && srp->proof_seq != 0 &&
            !has_heard(srp, &srp->peer, srp->proof_seq)) {
            ask(srp, r); /* said before we slept? a living peer will answer */
            return IN_NOTHING;
        }
        return win ? IN_PEER_SERVES_LOSES : IN_PEER_ACTIVE_WINS;
    case CHASSIS_PENDING_ACTIVE:
        return win ? IN_PEER_SERVES_LOSES : IN_PEER_PENDING_WINS;
    default:
        return win ? IN_PEER_IDLE_LOSES : IN_PEER_IDLE_WINS;
    }
}

/* A request of the peer's that we were about to grant ends with what it says now. */
static enum srp_input
judge_coming(struct srp *srp, enum srp_input in)
{
    if (srp->state == CHASSIS_PENDING_ACTIVE && srp->planned &&
        (in == IN_PEER_ACTIVE_WINS || in == IN_PEER_PENDING_WINS))
        srp->refusal = SRP_TAKEN_BACK;
    return in;
}

/* Does the peer that leaves still have its sessions, so that it can go on in our place? */
static bool
may_fall_back(const struct srp *srp)
{
    return srp->state == CHASSIS_PENDING_ACTIVE && srp->planned && srp->phase <= SRP_ANNOUNCE &&
           srp->peer_known && srp->peer.state == CHASSIS_PENDING_STANDBY;
}

static enum srp_input
fall_back(struct srp *srp, enum srp_refusal why)
{
    srp->refusal = (uint8_t)why;
    return IN_UNFIT;
}

/* Why a chassis that leaves as planned will be Active again. */
static void
give_reason(struct srp *srp, enum srp_refusal why)
{
    if (srp->state == CHASSIS_PENDING_STANDBY && srp->planned)
        srp->refusal = (uint8_t)why;
}

static enum srp_input
judge_time(struct srp *srp, mono_t now, unsigned *actions)
{
    bool bfd = mono_reached(now, srp_chassis_bfd_at(srp));

    if (mono_reached(now, srp_no_validation_at(srp))) {
        srp->validation.known = true;
        srp->validation.refusal = SRP_NO_RESPONSE;
        srp->validation.at = now;
    }
    if (mono_reached(now, srp_dead_at(srp))) {
        if (srp->state == CHASSIS_INIT)
            return IN_ALONE;
        srp->peer_known = false; /* its next hello is believed, whatever its incarnation */
        *actions |= SRP_DO_PEER;
        give_reason(srp, SRP_NO_RESPONSE);
        if (srp->state != CHASSIS_STANDBY || !srp->setup.ignore_dead)
            return IN_DEAD;
    }
    if (bfd)
        return IN_CHASSIS_BFD;
    if (mono_reached(now, srp_no_response_at(srp))) {
        srp->refusal = SRP_NO_RESPONSE;
        return IN_REFUSED;
    }
    if (!mono_reached(now, srp_pending_over_at(srp)))
        return IN_NOTHING;
    give_reason(srp, SRP_LATE);
    return may_fall_back(srp) ? fall_back(srp, SRP_LATE) : IN_PENDING_OVER;
}

/* ---- other events ------------------------------------------------------------------------ */

static void
count_losses(struct srp *srp, mono_t now)
{
    while (srp->peer_known && srp->link_up && mono_reached(now, srp->loss_at)) {
        srp->counters.hello_losses++;
        srp->loss_at = mono_after(srp->loss_at, srp->setup.hello_us);
    }
}

/* A card has obeyed an order that we know nothing of. The epoch that we start must lie above it. If
 * we go on for another CF, one led meanwhile that could not tell us: if the pair's route modifier
 * rose with it, ours must, or the pair would fall back. A start value is of no pair. */
static void
rise(struct srp *srp, const struct srp_event *ev, struct srp_result *r)
{
    uint8_t modifier = ev->route_modifier;

    if (ev->epoch <= srp->epoch)
        return;
    srp->epoch = ev->epoch;
    if (srp->goes_on && modifier > srp->rank.route_modifier && modifier < SRP_RM_START_PRIMARY) {
        srp->rank.route_modifier = modifier;
        r->actions |= SRP_DO_HELLO;
    }
    if (srp->state == CHASSIS_ACTIVE || srp_is_pending(srp->state))
        srp->epoch = srp_next_epoch(srp);
}

static enum srp_input
on_link(struct srp *srp, const struct srp_event *ev, struct srp_result *r)
{
    if (srp->link_up && !ev->up)
        srp->counters.connection_losses++;
    if (!srp->link_up && ev->up) {
        srp->loss_at = mono_after(ev->now, srp->setup.hello_us * 3 / 2);
        r->actions |= SRP_DO_HELLO;
    }
    srp->link_up = ev->up;
    return IN_NOTHING;
}

void
srp_has_followed(struct srp *srp, struct srp_result *r)
{
    srp->rank.fresh = false;
    r->actions |= SRP_DO_HELLO | SRP_DO_SHARE;
}

/* A CF that goes on may remember a time before the chassis followed. Until it hears the peer itself, its
 * session managers tell better: a Standby has records of nobody but an Active that it followed. Of a
 * chassis that begins from nothing they may be of a life before. */
static void
learn_records(struct srp *srp, struct srp_result *r)
{
    if (!srp->untold || srp->state != CHASSIS_STANDBY || !srp->rank.fresh ||
        srp->cards.sessions == 0)
        return;
    srp_has_followed(srp, r);
}

static enum srp_input
on_cards(struct srp *srp, const struct srp_event *ev, struct srp_result *r)
{
    /* the peer judges a switchover by what it was told last */
    if (ev->cards.ready != srp->cards.ready || ev->cards.sessmgrs != srp->cards.sessmgrs)
        r->actions |= SRP_DO_HELLO;
    srp->cards = ev->cards;
    learn_records(srp, r);
    return !srp->cards.serviceable && may_fall_back(srp) ? fall_back(srp, SRP_NO_CARDS)
                                                         : IN_NOTHING;
}

static enum srp_input
ask_validation(struct srp *srp, const struct srp_event *ev, struct srp_result *r)
{
    r->refusal = srp_readiness(srp, false, &r->sessmgrs);
    srp->validation = (struct srp_validation){
        .id = srp->validation.id + 1,
        .known = r->refusal != SRP_READY,
        .refusal = (uint8_t)r->refusal,
        .sessmgrs = r->sessmgrs,
        .at = ev->now,
    };
    r->actions |= SRP_DO_HELLO;
    return IN_NOTHING;
}

enum srp_input
srp_judge(struct srp *srp, const struct srp_event *ev, struct srp_result *r)
{
    switch (ev->type) {
    case SRP_EV_HELLO:
        if (!is_fresh(srp, &ev->hello, r)) {
            srp->counters.hellos_stale++;
            r->stale = true;
            return IN_NOTHING;
        }
        r->actions |= hear(srp, ev);
        r->actions |= learn_cause(srp);
        validate(srp, ev->now, r);
        return judge_coming(srp, judge_hello(srp, r));
    case SRP_EV_LINK:
        return on_link(srp, ev, r);
    case SRP_EV_CARDS:
        return on_cards(srp, ev, r);
    case SRP_EV_FLOOR:
        rise(srp, ev, r);
        return IN_NOTHING;
    case SRP_EV_CF_EPOCH: /* hellos of an older one are stale to whoever heard the other CF */
        srp->setup.cf_epoch = ev->epoch;
        r->actions |= SRP_DO_HELLO;
        return IN_NOTHING;
    case SRP_EV_SWITCHOVER:
        return srp_initiate(srp, ev, r);
    case SRP_EV_VALIDATE:
        return ask_validation(srp, ev, r);
    case SRP_EV_TERMINATE:
        r->refusal = srp->state == CHASSIS_ACTIVE ? SRP_READY : SRP_NOT_ACTIVE;
        return IN_NOTHING;
    case SRP_EV_MONITOR:
        srp_note_monitors(srp, ev, r);
        return IN_NOTHING;
    case SRP_EV_SETUP: /* what that means for time is seen as at any tick */
    case SRP_EV_TICK:
        count_losses(srp, ev->now);
        return judge_time(srp, ev->now, &r->actions);
    }
    return IN_NOTHING;
}
