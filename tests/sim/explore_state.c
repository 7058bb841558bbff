#include <stdlib.h>

#include "common/base/rng.h"
#include "explore_world.h"

/* Which worlds are alike? Instants count relative to now and only where something waits for
 * them; numbers that are compared, never counted (sequence numbers, epochs, incarnations), are
 * replaced by their rank. Fields that only tell a story (counters, reasons) are left out. */

/* ---- ranks -------------------------------------------------------------------------------- */

enum { VALUES = 40 };

struct ranks {
    uint64_t value[VALUES];
    size_t n;
};

static void
note(struct ranks *r, uint64_t value)
{
    for (size_t i = 0; i < r->n; i++)
        if (r->value[i] == value)
            return;
    if (value != 0)
        r->value[r->n++] = value;
}

/* 0 stays 0; the lowest other value is 1, and so on. */
static uint64_t
rank_of(const struct ranks *r, uint64_t value)
{
    uint64_t rank = value != 0;

    for (size_t i = 0; i < r->n; i++)
        rank += r->value[i] < value;
    return rank;
}

/* Of one chassis; epochs are shared. */
struct numbers {
    struct ranks incarnation, cf, hello;
};

/* CFs are compared within one life of a chassis only, */
static uint64_t
cf_of(uint64_t incarnation, uint64_t cf_epoch)
{
    return incarnation << 16 | cf_epoch;
}

/* and sequence numbers among hellos of one CF. */
static uint64_t
age_of(const struct srp_hello *h)
{
    return cf_of(h->incarnation, h->cf_epoch) << 32 | h->seq;
}

static void
note_hello(struct numbers *sender, struct ranks *epochs, const struct srp_hello *h)
{
    note(&sender->incarnation, h->incarnation);
    note(&sender->cf, cf_of(h->incarnation, h->cf_epoch));
    note(&sender->hello, age_of(h));
    note(epochs, h->epoch / 2);
}

static void
note_snapshot(struct numbers *peer, struct ranks *epochs, const struct srp_snapshot *s)
{
    note(&peer->incarnation, s->peer_incarnation);
    note(&peer->cf, cf_of(s->peer_incarnation, s->peer_cf_epoch));
    note(epochs, s->epoch / 2);
    note(epochs, s->peer_epoch / 2);
}

/* How many of them may still be adopted. */
static int
snapshots(const struct xworld *w, int i)
{
    return w->left.faults == 0 || !w->alive[i] ? 0 : 1 + w->may_be_late[i];
}

static void
note_world(struct numbers n[2], struct ranks *epochs, const struct xworld *w)
{
    for (int i = 0; i < 2; i++) {
        const struct srp *srp = &w->core[i];

        note(&n[i].incarnation, srp->incarnation);
        note(&n[i].cf, cf_of(srp->incarnation, srp->setup.cf_epoch));
        note(epochs, srp->epoch / 2);
        note(epochs, srp->role.srp_epoch / 2);
        note(epochs, w->committed[i] / 2);
        note_hello(&n[!i], epochs, &srp->peer);
        note(&n[!i].incarnation, srp->other.incarnation);
        note(&n[!i].cf, cf_of(srp->other.incarnation, srp->other.cf_epoch));
        note(&n[!i].hello,
             cf_of(srp->other.incarnation, srp->other.cf_epoch) << 32 | srp->other.seq);
        for (int k = 0; k < snapshots(w, i); k++)
            note_snapshot(&n[!i], epochs, k == 0 ? &w->said[i] : &w->late[i]);
        for (size_t k = 0; k < w->to[i].n; k++)
            note_hello(&n[!i], epochs, &w->to[i].hello[k]);
    }
}

/* ---- hashing ------------------------------------------------------------------------------ */

static void
feed(struct xhash *h, uint64_t value)
{
    h->a = mix64(h->a ^ value) + UINT64_C(0x9e3779b97f4a7c15);
    h->b = mix64(h->b + value * UINT64_C(0xd6e8feb86659fd93) + 1);
}

/* The lowest bit of an epoch says who started it. */
static void
feed_epoch(struct xhash *h, const struct ranks *epochs, uint64_t epoch)
{
    feed(h, rank_of(epochs, epoch / 2) * 2 + epoch % 2);
}

static void
feed_rank(struct xhash *h, const struct srp_rank *rank)
{
    feed(h, (uint64_t)rank->route_modifier << 16 | (uint64_t)rank->priority << 8 | rank->fresh);
}

/* Of a number that is echoed it matters whether it proves what its sender asks. */
static unsigned
echo_of(uint64_t seq, const struct srp *sender)
{
    return seq == 0 ? 0 : seq < sender->proof_seq ? 1 : 2;
}

/* `to` has heard it, or will. */
static void
feed_hello(struct xhash *h, const struct numbers *sender, const struct ranks *epochs,
           const struct srp_hello *hello, const struct xworld *w, int to)
{
    bool heard = hello == &w->core[to].peer;

    feed(h, rank_of(&sender->incarnation, hello->incarnation) << 40 |
                rank_of(&sender->cf, cf_of(hello->incarnation, hello->cf_epoch)) << 32 |
                rank_of(&sender->hello, age_of(hello)) << 16 |
                echo_of(hello->seq, &w->core[!to]) << 12 |
                echo_of(hello->heard_seq, &w->core[to]) << 8 | (heard ? 0u : hello->heard_state));
    feed_epoch(h, epochs, hello->epoch);
    feed_rank(h, &hello->rank);
    feed(h, (uint64_t)hello->state << 40 | (uint64_t)hello->phase << 32 |
                (uint64_t)hello->sessmgrs_ready << 16 | (uint64_t)hello->answer << 8 |
                (uint64_t)(hello->forced && hello->phase == SRP_REQUEST) << 1 | hello->asks);
    feed(h, (uint64_t)hello->switch_id << 32 | hello->answer_id);
    feed(h, hello->monitors);
}

static void
feed_between(struct xhash *h, mono_t mark, mono_t now)
{
    feed(h, (uint64_t)mono_between(mark, now));
}

/* One that was stopped for long forgets that time: for it, it is still when it was stopped. */
static void
feed_times(struct xhash *h, const struct xworld *w, int i)
{
    const struct srp *srp = &w->core[i];
    mono_t now = w->now;

    if (w->stopped[i] && mono_between(srp->last, now) > srp->setup.hello_us * 3 / 2) {
        now = srp->last;
        feed(h, 1);
    } else {
        feed_between(h, srp->hello_at, now);
        if (w->stopped[i])
            feed_between(h, srp->last, now);
    }
    if (srp->state == CHASSIS_INIT)
        feed_between(h, srp->started, now);
    if (srp->peer_known || (srp->setup.ignore_dead && srp->heard_any))
        feed_between(h, srp->heard, now);
    if (srp->state == CHASSIS_PENDING_ACTIVE || srp->state == CHASSIS_PENDING_STANDBY)
        feed_between(h, srp->entered, now);
    if (srp->phase != SRP_SETTLED)
        feed_between(h, srp->phase_at, now);
    if (srp->phase >= SRP_WITHDRAW && srp->phase <= SRP_HANDED)
        feed_between(h, srp->agreed_at, now);
    if (srp->want.reason != SRP_NOT_DEFINED && srp->want.at.us != MONO_NEVER.us)
        feed_between(h, srp->want.at, w->now);
}

/* A life of the peer that is asked to prove itself, and whether it is to be asked now. */
static void
feed_other(struct xhash *h, const struct numbers *peer, const struct srp *srp)
{
    const struct srp_other *other = &srp->other;
    uint64_t cf = cf_of(other->incarnation, other->cf_epoch);

    feed(h, rank_of(&peer->incarnation, other->incarnation) << 40 | rank_of(&peer->cf, cf) << 32 |
                rank_of(&peer->hello, cf << 32 | other->seq) << 16 | (uint64_t)other->state << 8 |
                (uint64_t)(other->proof_seq > srp->seq) << 2 | (uint64_t)other->is_last << 1 |
                srp->asks);
}

static void
feed_core(struct xhash *h, const struct xworld *w, int i, const struct numbers n[2],
          const struct ranks *epochs)
{
    const struct srp *srp = &w->core[i];
    const struct role_body *role = &srp->role;
    const struct srp_cards *cards = &srp->cards;
    bool changes = srp->phase != SRP_SETTLED;

    feed(h, (uint64_t)srp->state << 8 | srp->phase);
    feed_rank(h, &srp->rank);
    feed_epoch(h, epochs, srp->epoch);
    feed(h, rank_of(&n[i].incarnation, srp->incarnation) << 40 |
                rank_of(&n[i].cf, cf_of(srp->incarnation, srp->setup.cf_epoch)) << 32 |
                (srp->proof_seq > srp->seq));
    feed_times(h, w, i);
    feed_epoch(h, epochs, role->srp_epoch);
    feed(h, (uint64_t)role->route_modifier << 24 | (uint64_t)role->gates << 16 |
                (uint64_t)role->state << 8 | (uint64_t)role->announce << 3 |
                (uint64_t)role->flush << 2 | (uint64_t)role->drain << 1 | role->audit);
    feed(h, (uint64_t)(cards->order == role->order) << 24 | (uint64_t)cards->done << 8 |
                (uint64_t)cards->ready << 4 | (uint64_t)cards->serviceable << 1 | cards->synced);
    feed(h, (uint64_t)(changes && srp->planned) | (uint64_t)(changes && srp->forced) << 1 |
                (uint64_t)srp->link_up << 2 | (uint64_t)srp->heard_any << 3 |
                (uint64_t)srp->peer_known << 4);
    feed(h, (uint64_t)srp->timeout_us << 32 ^ (uint64_t)srp->post_us);
    feed(h, (uint64_t)srp->switch_id << 32 | srp->answer_id);
    feed(h, (uint64_t)srp->answer << 24 | (uint64_t)srp->want.reason << 16 |
                (uint64_t)srp->want.forced << 9 | (uint64_t)(srp->want.at.us == INT64_MAX) << 8 |
                srp->want.left);
    feed(h, (uint64_t)srp->monitors << 2 | (uint64_t)srp->chassis_bfd_fell << 1 |
                srp->chassis_bfd_down);
    feed_hello(h, &n[!i], epochs, &srp->peer, w, i);
    feed_other(h, &n[!i], srp);
}

static void
feed_snapshot(struct xhash *h, const struct numbers n[2], int i, const struct ranks *epochs,
              const struct srp_snapshot *s)
{
    feed(h, (uint64_t)s->state << 40 | (uint64_t)s->phase << 32 |
                (uint64_t)s->route_modifier << 24 | (uint64_t)s->peer_route_modifier << 16 |
                (uint64_t)s->peer_state << 8 | (uint64_t)s->fresh << 3 |
                (uint64_t)s->peer_known << 2 | (uint64_t)s->planned << 1 | s->forced);
    feed_epoch(h, epochs, s->epoch);
    feed_epoch(h, epochs, s->peer_epoch);
    feed(h, rank_of(&n[!i].incarnation, s->peer_incarnation) << 8 |
                rank_of(&n[!i].cf, cf_of(s->peer_incarnation, s->peer_cf_epoch)));
    feed(h, (uint64_t)s->switch_id << 32 | s->answer_id);
}

struct xhash
xworld_hash(const struct xworld *w)
{
    struct xhash h = {1, 2};
    struct numbers n[2] = {0};
    struct ranks epochs = {0};

    note_world(n, &epochs, w);
    feed(&h, (uint64_t)w->left.faults << 24 | (uint64_t)w->left.switches << 16 |
                 (uint64_t)w->left.monitors << 8 | (uint64_t)w->link << 1 | w->clean);
    feed(&h, (uint64_t)w->options << 1 | w->ignore_dead);
    for (int i = 0; i < 2; i++) {
        feed(&h,
             (uint64_t)w->alive[i] << 3 | (uint64_t)w->stopped[i] << 2 | (uint64_t)w->mute[i] << 1);
        feed_epoch(&h, &epochs, w->committed[i]);
        if (w->alive[i])
            feed_core(&h, w, i, n, &epochs);
        feed(&h, (uint64_t)snapshots(w, i));
        for (int k = 0; k < snapshots(w, i); k++)
            feed_snapshot(&h, n, i, &epochs, k == 0 ? &w->said[i] : &w->late[i]);
        feed(&h, w->to[i].n);
        for (size_t k = 0; k < w->to[i].n; k++)
            feed_hello(&h, &n[!i], &epochs, &w->to[i].hello[k], w, i);
    }
    return h;
}

/* ---- the set ------------------------------------------------------------------------------- */

enum { SET_START = 1 << 16 };

static void *
zeroed(size_t n, size_t size)
{
    void *room = calloc(n, size);

    if (!room)
        abort();
    return room;
}

void
xset_init(struct xset *set)
{
    *set = (struct xset){.size = SET_START, .slot = zeroed(SET_START, sizeof *set->slot)};
}

void
xset_fini(struct xset *set)
{
    free(set->slot);
    *set = (struct xset){0};
}

static struct xhash *
find(const struct xset *set, struct xhash hash)
{
    size_t at = hash.a & (set->size - 1);

    while ((set->slot[at].a | set->slot[at].b) != 0 &&
           (set->slot[at].a != hash.a || set->slot[at].b != hash.b))
        at = (at + 1) & (set->size - 1);
    return &set->slot[at];
}

static void
grow(struct xset *set)
{
    struct xset next = {.size = set->size * 2, .n = set->n};

    next.slot = zeroed(next.size, sizeof *next.slot);
    for (size_t i = 0; i < set->size; i++)
        if ((set->slot[i].a | set->slot[i].b) != 0)
            *find(&next, set->slot[i]) = set->slot[i];
    free(set->slot);
    *set = next;
}

bool
xset_add(struct xset *set, struct xhash hash)
{
    struct xhash *slot = find(set, hash);

    if ((slot->a | slot->b) != 0)
        return false;
    *slot = hash;
    if (++set->n > set->size / 3 * 2)
        grow(set);
    return true;
}
