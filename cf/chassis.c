#include <stdio.h>
#include <stdlib.h>

#include "cf/cf.h"
#include "common/loop/clock.h"
#include "common/loop/log.h"

/* ---- orders to the cards ----------------------------------------------------------------- */

static void
send_role(struct cf *cf, struct bus_peer *peer)
{
    uint8_t bytes[32];
    struct wr wr = wr_over(bytes, sizeof bytes);

    role_put(&wr, &cf->srp.role);
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
chassis_tell(struct cf *cf, struct bus_peer *peer)
{
    if (cf->leading)
        send_config(cf, peer);
}

void
chassis_orders(struct cf *cf)
{
    if (!cf->leading)
        return;
    nacks_tell_all(cf);
    send_config(cf, NULL);
    send_role(cf, NULL);
}

/* ---- calls lost ------------------------------------------------------------------------- */

static void
say_losses(const struct cf *cf)
{
    const struct loss *loss = &cf->losses.kept[cf->losses.n - 1];
    char what[160];

    for (unsigned i = 0; i < LOSS_CAUSE_N; i++) {
        if (loss->by_cause[i] == 0)
            continue;
        (void)snprintf(what, sizeof what, "%u calls: %s", loss->by_cause[i],
                       loss_cause_text((enum loss_cause)i));
        log_event("calls.lost", NULL, NULL, what, cf->srp.epoch);
    }
}

static void
end_losses(struct cf *cf)
{
    if (!cf->losses.under_way)
        return;
    losses_taken_over(&cf->losses, &cf->cards, clock_now(), cf->srp.planned, cf->srp.forced,
                      cf->conf.srp.duration_non_ims_s != 0);
    say_losses(cf);
}

/* Calls that the peer says it has: no more than would fit into it, whatever it says. */
static uint32_t
peer_sessions(const struct cf *cf)
{
    const struct topo *topo = &cf->node->topo;
    uint64_t room = (uint64_t)topo->sessions * topo->instances[!cf->node->instance].sessmgr_n;

    return cf->srp.peer.sessions < room ? cf->srp.peer.sessions : (uint32_t)room;
}

static void
count_losses(struct cf *cf, const struct srp_result *r)
{
    if (r->from == CHASSIS_STANDBY && r->to == CHASSIS_PENDING_ACTIVE) {
        losses_take_over(&cf->losses, &cf->cards, clock_now(), clock_wall_us(),
                         (uint8_t)cf->srp.reason, cf->srp.epoch, peer_sessions(cf));
    } else if (r->to == CHASSIS_PENDING_STANDBY && r->from != r->to && !cf->srp.planned) {
        losses_stand_down(&cf->losses, &cf->cards, clock_now(), clock_wall_us(),
                          (uint8_t)cf->srp.reason);
    } else if ((r->from == CHASSIS_PENDING_ACTIVE && r->to == CHASSIS_STANDBY) ||
               (r->from == CHASSIS_PENDING_STANDBY && r->to == CHASSIS_ACTIVE)) {
        losses_forget(&cf->losses);
    }
    if (r->actions & SRP_DO_LEDGER)
        end_losses(cf);
}

/* The loser of two Actives: its session managers have told what they dropped. */
static void
end_yield(struct cf *cf)
{
    const struct srp *srp = &cf->srp;

    if (srp->state != CHASSIS_STANDBY || !cf->losses.under_way ||
        srp->cards.order != srp->role.order || !(srp->cards.done & DONE_COMMITTED))
        return;
    losses_stood_down(&cf->losses, &cf->cards, clock_now());
    say_losses(cf);
}

/* ---- carrying out what the SRP core asks ----------------------------------------------- */

static void
report(struct cf *cf, const struct srp_result *r)
{
    const struct srp *srp = &cf->srp;
    char why[REFUSAL_TEXT];

    if (r->from != r->to)
        log_event("srp.state", chassis_state_name(r->from), chassis_state_name(r->to),
                  srp_reason_name(r->reason), srp->epoch);
    if (r->phase_from != r->phase_to)
        log_event("srp.phase", srp_phase_name(r->phase_from), srp_phase_name(r->phase_to),
                  srp_reason_name(r->reason), srp->epoch);
    if (r->rolled_back) {
        refusal_text((enum srp_refusal)srp->refusal, srp->refusal_sessmgrs, why, sizeof why);
        log_event("srp.rolled-back", NULL, chassis_state_name(r->to), why, srp->epoch);
    }
    if (r->actions & SRP_DO_PEER)
        log_event("srp.peer", NULL, srp->peer_known ? chassis_state_name(srp->peer.state) : "dead",
                  srp->link_up ? "connection up" : "connection down", srp->peer.epoch);
}

static void
perform(struct cf *cf, const struct srp_result *r)
{
    report(cf, r);
    restart_keep(cf);
    if ((r->actions & (SRP_DO_ROLE | SRP_DO_PEER | SRP_DO_SHARE)) || r->phase_from != r->phase_to)
        cf_pair_say(cf); /* first: what the cards know, the other CF must know, too */
    if (r->actions & SRP_DO_ROLE)
        send_role(cf, NULL);
    if (r->actions & SRP_DO_HELLO)
        srp_link_hello(cf);
    count_losses(cf, r);
    if ((r->actions & SRP_DO_PEER) && !cf->srp.peer_known)
        validate_reset(cf->validate);
    notify_step(cf, r);
    if (r->actions & SRP_DO_CAUSE)
        monitors_cause(cf->monitors, cf->srp.peer.reason);
    if (r->from != r->to)
        monitors_role(cf->monitors, r->to, (uint8_t)r->reason);
    if (r->from != r->to || (r->actions & SRP_DO_PEER))
        audits_look(cf);
}

struct srp_result
chassis_step(struct cf *cf, const struct srp_event *ev)
{
    struct srp_result r = {.from = cf->srp.state, .to = cf->srp.state};

    if (!cf->leading || cf->reloading) /* silent: this life is over */
        return r;
    r = srp_step(&cf->srp, ev);
    if (ev->type == SRP_EV_HELLO && !r.stale) {
        losses_heard(&cf->losses, &cf->cards);
        peer_check(cf);
    }
    perform(cf, &r);
    timer_at(&cf->srp_timer, srp_deadline(&cf->srp));
    return r;
}

void
chassis_tick(void *arg)
{
    struct cf *cf = arg;

    (void)usage_look(&cf->usage); /* for display */
    notify_tick(cf);
    (void)chassis_step(arg, &(struct srp_event){.now = clock_now(), .type = SRP_EV_TICK});
}

void
chassis_monitor(struct cf *cf)
{
    const struct monitor *core = monitors_core(cf->monitors);

    (void)chassis_step(cf, &(struct srp_event){
                               .now = clock_now(),
                               .type = SRP_EV_MONITOR,
                               .reason = monitor_wants(core),
                               .monitors = monitor_down(core),
                               .chassis_bfd_down = monitor_chassis_bfd_down(core),
                               .chassis_bfd_fell = monitor_chassis_bfd_fell(core),
                           });
}

/* Said whenever something changed: a switchover is judged by what was said last. */
void
chassis_cards(struct cf *cf)
{
    const struct srp_cards *was = &cf->srp.cards;
    struct cards_totals t = cards_totals(&cf->cards);
    struct srp_cards cards = {
        .order = cf->srp.role.order,
        .done = cards_done(&cf->cards, cf->sso.epoch, cf->srp.role.order, cf->srp.forced),
        .serviceable = cards_serviceable(&cf->cards),
        .sessmgrs = (uint8_t)t.sessmgrs,
        .ready = (uint8_t)t.ready,
        .synced = t.sessmgrs > 0 && t.synced == t.sessmgrs,
        .sessions = t.sessions,
    };

    if (cards.order != was->order || cards.done != was->done || cards.ready != was->ready ||
        cards.serviceable != was->serviceable || cards.synced != was->synced ||
        cards.sessions != was->sessions || cards.sessmgrs != was->sessmgrs)
        (void)chassis_step(
            cf, &(struct srp_event){.now = clock_now(), .type = SRP_EV_CARDS, .cards = cards});
    end_yield(cf);
    notify_obeyed(cf);
    audits_look(cf);
}

bool
chassis_spof(const struct cf *cf, uint8_t slot)
{
    if (cf->cards.slots[slot].type == CARD_CF)
        return !cf->sso.peer_alive || cf->sso.peer.state != SSO_STANDBY;
    return cards_spof(&cf->cards, slot);
}

/* ---- cards ------------------------------------------------------------------------------- */

/* Each session manager of an SF has a link, and a row of the card table, of its own. */
static uint16_t
row_of(const struct cf *cf, const struct bus_peer *peer)
{
    return cards_row(&cf->cards, peer->slot, peer->hello.sessmgr);
}

void
chassis_card_new(struct cf *cf, struct bus_peer *peer)
{
    cards_back(&cf->cards, row_of(cf, peer), peer->heard.incarnation);
    chronicle_back(&cf->chronicle, peer->slot, peer->heard.incarnation);
    if (!cf->leading)
        return;
    nacks_tell(cf, peer); /* first: it will not complain before it knows */
    send_config(cf, peer);
    send_role(cf, peer);
}

static void
card_name(const struct bus_peer *peer, char out[32])
{
    (void)snprintf(out, 32, "%s%u", card_type_name((enum card_type)peer->hello.type), peer->slot);
}

static void
say_card_up(struct cf *cf, const struct bus_peer *peer)
{
    char what[32];

    card_name(peer, what);
    log_event("card.up", "Offline", what, NULL, cf->sso.epoch);
    notify_card_up(cf, peer->slot);
}

void
chassis_rise(struct cf *cf, const struct card_status *status)
{
    uint64_t floor = cards_floor(status, cf->sso.epoch, (uint8_t)cf->srp.state, cf->srp.epoch);

    if (floor > cf->srp.epoch)
        (void)chassis_step(cf, &(struct srp_event){.now = clock_now(),
                                                   .type = SRP_EV_FLOOR,
                                                   .epoch = floor,
                                                   .route_modifier = cards_modifier(status)});
}

/* For display: the most calls of both generations that the Active chassis had. */
static void
note_peaks(struct cf *cf, int64_t now_us)
{
    uint32_t v1 = 0, v2 = 0;

    for (uint16_t row = 1; row <= cards_rows(&cf->cards); row++) {
        const struct card *card = &cf->cards.slots[row];

        if (!card->alive || card->sessmgr == 0)
            continue;
        v1 += card->status.sessions - card->status.sessions_v2;
        v2 += card->status.sessions_v2;
    }
    chronicle_peaks(&cf->chronicle, v1, v2, now_us);
}

/* ... and what a session manager counted. */
static void
note_calls(struct cf *cf, uint16_t row)
{
    const struct card *card = &cf->cards.slots[row];
    int64_t now_us = clock_wall_us();

    if (card->sessmgr == 0)
        return;
    chronicle_calls(&cf->chronicle, row, card->incarnation, &card->status.calls, now_us);
    if (cf->leading && cf->srp.state == CHASSIS_ACTIVE)
        note_peaks(cf, now_us);
}

/* A card reports. What it has not got yet is ordered again. A standby CF listens, too: what
 * it starts later must lie above all that the cards know. */
void
chassis_card(struct cf *cf, struct bus_peer *peer, const struct card_status *status)
{
    bool was_there = cards_there(&cf->cards, peer->slot);

    if (!cards_heard(&cf->cards, row_of(cf, peer), status, clock_now()))
        return;
    note_calls(cf, row_of(cf, peer));
    if (!was_there)
        monitors_card(cf->monitors, false);
    if (status->cf_epoch > cf->sso.epoch)
        cf_pair_floor(cf, status->cf_epoch);
    if (!cf->leading)
        return;
    if (!was_there)
        say_card_up(cf, peer);
    chassis_rise(cf, status);
    nacks_heard(cf, peer, status);
    if (status->config != cf->generation)
        send_config(cf, peer);
    if (status->order != cf->srp.role.order || status->cf_epoch != cf->sso.epoch)
        send_role(cf, peer);
    chassis_cards(cf);
}

static void
say_calls_lost(struct cf *cf, const struct bus_peer *peer, uint32_t lost)
{
    bool several = cards_whole(&cf->cards, peer->slot).sessmgrs > 1;
    char what[32], which[32] = "", how[160];

    if (!lost)
        return;
    card_name(peer, what);
    if (several)
        (void)snprintf(which, sizeof which, ", sessmgr %u", peer->hello.sessmgr);
    (void)snprintf(how, sizeof how, "%u calls of %s%s: card failure, session recovery is off", lost,
                   what, which);
    log_event("calls.lost", NULL, NULL, how, cf->srp.epoch);
}

static struct crash
crash_of(const struct cf *cf, const struct bus_peer *peer)
{
    const struct card *card = &cf->cards.slots[row_of(cf, peer)];

    return (struct crash){
        .wall_us = clock_wall_us(),
        .slot = peer->slot,
        .type = card->type,
        .pid = card->status.pid_hint,
        .incarnation = card->incarnation,
    };
}

/* The card is down when the last of its session managers is gone. With one that had not reported, as
 * a halted one does not, goes nothing that was there. */
void
chassis_card_gone(struct cf *cf, const struct bus_peer *peer)
{
    bool serving = cf->leading && cf->srp.state == CHASSIS_ACTIVE;
    struct crash crash = crash_of(cf, peer);
    uint32_t lost;
    char what[32];

    if (!cards_alive(&cf->cards, row_of(cf, peer)))
        return;
    lost = cards_gone(&cf->cards, row_of(cf, peer), serving, clock_now());
    chronicle_gone(&cf->chronicle, &crash);
    if (cf->leading && !cards_there(&cf->cards, peer->slot)) {
        card_name(peer, what);
        log_event("card.down", what, "Offline", "card failure", cf->sso.epoch);
        notify_card_down(cf, peer->slot);
    }
    monitors_card(cf->monitors, true);
    if (!cf->leading)
        return;
    say_calls_lost(cf, peer, lost);
    chassis_cards(cf);
}
