#include "cf/cards.h"

#include <string.h>

#include "common/conf/topo.h"

void
cards_init(struct cards *cards)
{
    memset(cards, 0, sizeof *cards);
}

void
cards_set(struct cards *cards, uint8_t slot, uint8_t type, bool spare, uint8_t sessmgr)
{
    if (slot >= 1 && slot <= CARDS_SLOTS)
        cards->slots[slot] = (struct card){.type = type, .spare = spare, .sessmgr = sessmgr};
}

void
cards_add(struct cards *cards, uint8_t slot, uint8_t sessmgr)
{
    uint16_t row = slot;

    if (slot < 1 || slot > CARDS_SLOTS || cards->more == CARDS_MORE)
        return;
    while (cards->slots[row].next)
        row = cards->slots[row].next;
    cards->slots[row].next = (uint16_t)(CARDS_SLOTS + ++cards->more);
    cards->slots[cards->slots[row].next] =
        (struct card){.type = cards->slots[slot].type, .sessmgr = sessmgr, .slot = slot};
}

uint16_t
cards_rows(const struct cards *cards)
{
    return (uint16_t)(CARDS_SLOTS + cards->more);
}

uint16_t
cards_row(const struct cards *cards, uint8_t slot, uint8_t sessmgr)
{
    uint16_t row = slot <= CARDS_SLOTS ? slot : 0;

    while (row && cards->slots[row].sessmgr != sessmgr)
        row = cards->slots[row].next;
    return row;
}

/* Out of bounds is nobody's. */
static uint16_t
within(uint16_t row)
{
    return row <= CARDS_ROWS ? row : 0;
}

static struct cards_calls
calls_of(const struct card *card)
{
    return (struct cards_calls){
        .opened = card->status.calls.opened,
        .closed = card->status.calls.closed,
        .audit_failed = card->status.calls.audit_failed,
        .superseded = card->status.calls.superseded,
    };
}

/* It has its calls in the epoch of the takeover: what it counts from here on is new. */
static void
mark_taken_over(struct card *card)
{
    const struct card_status *s = &card->status;

    if (card->mark_epoch == 0 || s->srp_epoch < card->mark_epoch ||
        (s->state != CHASSIS_PENDING_ACTIVE && s->state != CHASSIS_ACTIVE))
        return;
    card->mark = calls_of(card);
    card->mark_epoch = 0;
}

bool
cards_heard(struct cards *cards, uint16_t row, const struct card_status *status, mono_t now)
{
    struct card *card = &cards->slots[within(row)];

    if (card->type == CARD_EMPTY || status->type != card->type)
        return false;
    if (!card->alive)
        card->since = now;
    card->alive = true;
    card->status = *status;
    mark_taken_over(card);
    return true;
}

bool
cards_alive(const struct cards *cards, uint16_t row)
{
    return cards->slots[within(row)].alive;
}

bool
cards_there(const struct cards *cards, uint8_t slot)
{
    uint16_t row = slot <= CARDS_SLOTS ? slot : 0;

    while (row && !cards->slots[row].alive)
        row = cards->slots[row].next;
    return row != 0;
}

struct cards_whole
cards_whole(const struct cards *cards, uint8_t slot)
{
    uint16_t row = slot <= CARDS_SLOTS ? slot : 0;
    struct cards_whole whole = {
        .sessmgr = cards->slots[row].sessmgr, .peer_ready = true, .synced = true};

    for (; row; row = cards->slots[row].next) {
        const struct card *card = &cards->slots[row];

        whole.sessmgrs += card->sessmgr != 0;
        whole.alive |= card->alive;
        whole.peer_ready &= card->status.peer_ready;
        whole.synced &= card->status.synced;
        whole.sessions += card->status.sessions;
        whole.calls_lost += card->calls_lost;
    }
    return whole;
}

uint32_t
cards_gone(struct cards *cards, uint16_t row, bool serving, mono_t now)
{
    struct card *card = &cards->slots[within(row)];
    uint32_t lost = serving && card->alive ? card->status.sessions : 0;
    struct card_calls calls = card->status.calls;
    uint8_t of = within(row) > CARDS_SLOTS ? card->slot : (uint8_t)within(row);

    card->lost_last = lost;
    if (card->alive) {
        card->alive = false;
        cards->slots[of].deaths += !cards_there(cards, of);
    }
    card->since = now;
    card->calls_lost += lost;
    cards->calls_lost += lost;
    memset(&card->status, 0, sizeof card->status);
    card->status.calls = calls; /* of a card that was only silent: a mark may be set meanwhile */
    return lost;
}

void
cards_back(struct cards *cards, uint16_t row, uint64_t incarnation)
{
    struct card *card = &cards->slots[within(row)];

    if (card->incarnation == incarnation) {
        card->calls_lost -= card->lost_last;
        cards->calls_lost -= card->lost_last;
    }
    if (card->incarnation != incarnation) {
        card->mark = (struct cards_calls){0};
        card->status.calls = (struct card_calls){0};
    }
    card->incarnation = incarnation;
    card->lost_last = 0;
}

/* A card that takes part in serving: the demux, and the session managers but not the spare. */
static bool
takes_part(const struct card *card)
{
    return card->type == CARD_DEMUX || (card->type == CARD_SF && card->sessmgr != 0);
}

bool
cards_committed(const struct cards *cards, uint8_t state, uint64_t srp_epoch)
{
    unsigned sessmgrs = 0;

    for (uint16_t row = 1; row <= cards_rows(cards); row++) {
        const struct card *card = &cards->slots[row];

        if (!card->alive || !takes_part(card))
            continue;
        if (card->status.state != state || card->status.srp_epoch != srp_epoch)
            return false;
        sessmgrs += card->sessmgr != 0;
    }
    return sessmgrs > 0;
}

/* Bits that hold for every card that reports `yes`, taken from `all`. */
static unsigned
unless(bool no, unsigned all, unsigned bit)
{
    return no ? all & ~bit : all;
}

unsigned
cards_done(const struct cards *cards, uint64_t cf_epoch, uint32_t order, bool forced)
{
    unsigned done = DONE_COMMITTED | DONE_FLUSHED | DONE_WITHDRAWN | DONE_AUDITED | DONE_TOLD;
    unsigned sessmgrs = 0;

    for (uint16_t row = 1; row <= cards_rows(cards); row++) {
        const struct card *card = &cards->slots[row];
        const struct card_status *s = &card->status;

        if (!card->alive || !takes_part(card))
            continue;
        if (s->cf_epoch != cf_epoch || s->order != order)
            return 0;
        if (card->type == CARD_DEMUX) {
            done |= s->announced ? (unsigned)DONE_ANNOUNCED : 0u;
            done |= s->announced && s->converged ? (unsigned)DONE_CONVERGED : 0u;
            done = unless(s->announced, done, DONE_WITHDRAWN);
            continue;
        }
        sessmgrs++;
        done = unless(!s->flushed && !(forced && !s->peer_ready), done, DONE_FLUSHED);
        done = unless(s->peer_ready && !s->flushed, done, DONE_TOLD);
        done = unless(!s->audited, done, DONE_AUDITED);
    }
    return sessmgrs > 0 ? done : done & DONE_WITHDRAWN;
}

uint64_t
cards_floor(const struct card_status *status, uint64_t cf_epoch, uint8_t state, uint64_t srp_epoch)
{
    bool serves = state != CHASSIS_INIT && state != CHASSIS_STANDBY;

    if (serves && status->state == CHASSIS_STANDBY && status->srp_epoch == srp_epoch &&
        status->cf_epoch != cf_epoch)
        return srp_epoch + 1;
    return status->srp_epoch;
}

uint8_t
cards_modifier(const struct card_status *status)
{
    return status->state == CHASSIS_INIT ? 0 : status->route_modifier;
}

const struct card_status *
cards_above(const struct cards *cards, uint64_t cf_epoch, uint8_t state, uint64_t srp_epoch)
{
    const struct card_status *above = NULL;
    uint64_t most = srp_epoch;

    for (uint16_t row = 1; row <= cards_rows(cards); row++) {
        const struct card *card = &cards->slots[row];
        uint64_t floor =
            card->alive ? cards_floor(&card->status, cf_epoch, state, srp_epoch) : srp_epoch;

        if (floor > most) {
            most = floor;
            above = &card->status;
        }
    }
    return above;
}

bool
cards_demux(const struct cards *cards)
{
    for (size_t slot = 1; slot <= CARDS_SLOTS; slot++) {
        if (cards->slots[slot].type == CARD_DEMUX && cards->slots[slot].alive)
            return true;
    }
    return false;
}

bool
cards_serviceable(const struct cards *cards)
{
    bool sessmgr = false;

    for (uint16_t row = 1; row <= cards_rows(cards); row++)
        sessmgr |= cards->slots[row].alive && cards->slots[row].sessmgr != 0;
    return sessmgr && cards_demux(cards);
}

static void
add(struct card_status *sum, const struct card_status *one)
{
#define X(name) sum->ckpt.name += one->ckpt.name;
    CKPT_COUNTERS(X)
#undef X
#define X(name) sum->calls.name += one->calls.name;
    CALL_COUNTERS(X)
#undef X
}

struct cards_totals
cards_totals(const struct cards *cards)
{
    struct cards_totals t = {0};

    for (uint16_t row = 1; row <= cards_rows(cards); row++) {
        const struct card *card = &cards->slots[row];

        if (card->type == CARD_DEMUX && card->alive)
            add(&t.sum, &card->status);
        if (card->sessmgr == 0)
            continue;
        t.sessmgrs++;
        if (!card->alive)
            continue;
        t.alive++;
        t.ready += card->status.peer_ready;
        t.synced += card->status.synced;
        t.lz4 += card->status.lz4;
        t.sessions += card->status.sessions;
        t.sessions_v2 += card->status.sessions_v2;
        add(&t.sum, &card->status);
    }
    return t;
}

void
cards_mark(struct cards *cards, uint64_t epoch)
{
    for (uint16_t row = 1; row <= cards_rows(cards); row++) {
        cards->slots[row].mark = calls_of(&cards->slots[row]);
        cards->slots[row].mark_epoch = epoch;
    }
}

struct cards_calls
cards_since_mark(const struct cards *cards, uint64_t *kept)
{
    struct cards_calls sum = {0};
    uint64_t sessions = 0;

    for (uint16_t row = 1; row <= cards_rows(cards); row++) {
        const struct card *card = &cards->slots[row];
        struct cards_calls now = calls_of(card);

        if (!card->alive || card->sessmgr == 0 || card->mark_epoch != 0)
            continue; /* what it has are records, until it takes part in that epoch */
        sessions += card->status.sessions;
        sum.opened += now.opened - card->mark.opened;
        sum.closed += now.closed - card->mark.closed;
        sum.audit_failed += now.audit_failed - card->mark.audit_failed;
        sum.superseded += now.superseded - card->mark.superseded;
    }
    *kept = sessions + sum.closed > sum.opened ? sessions + sum.closed - sum.opened : 0;
    return sum;
}

struct cards_lost
cards_lost(const struct cards *cards)
{
    struct cards_lost sum = {0};

    for (uint16_t row = 1; row <= cards_rows(cards); row++) {
        const struct card *card = &cards->slots[row];
        const struct card_calls *calls = &card->status.calls;

        if (!card->alive || card->sessmgr == 0 || card->mark_epoch != 0)
            continue;
        sum.young += calls->lost_young;
        sum.in_flight += calls->lost_in_flight;
        sum.nack_limit += calls->lost_nack_limit;
        sum.nack_off += calls->lost_nack_off;
        sum.not_ready += calls->lost_not_ready;
        sum.known += calls->lost_known != 0;
    }
    return sum;
}

bool
cards_spof(const struct cards *cards, uint8_t slot)
{
    const struct card *card = &cards->slots[slot <= CARDS_SLOTS ? slot : 0];

    if (card->type == CARD_EMPTY || card->spare)
        return false;
    for (uint8_t other = 1; other <= CARDS_SLOTS; other++) {
        const struct card *o = &cards->slots[other];

        if (other == slot || !cards_there(cards, other))
            continue;
        if (card->type == CARD_CF ? o->type == CARD_CF : o->type == CARD_SF && o->spare)
            return false;
    }
    return true;
}
