/* srp_two.h - two chassis joined by a link without loss, which may be cut
 *
 * Whole faulty networks are the simulator's business; here each story is told once, step by step.
 *
 * Ownership  plain values
 * Time       virtual
 * Errors     check's assertions
 * Threads    the test's
 */
#ifndef VPCLAB_SRP_TWO_H
#define VPCLAB_SRP_TWO_H

#include "tests/unit/srp_one.h"

enum { WIRE = 5000, INFLIGHT = 64 };

struct flight {
    mono_t due;
    int to;
    struct srp_hello hello;
};

struct pair {
    struct srp chassis[2];
    bool up[2], cut;
    bool recovers; /* cards commit at once */
    struct flight sky[INFLIGHT];
    size_t n;
    unsigned sent;
    enum srp_refusal refusal; /* of the last command */
    unsigned phases[2];       /* phases gone through: bits */
    bool was_pending[2];
    int64_t both_active_us;
    mono_t now;
};

static const struct srp_setup setups[2] = {
    {.rank = {.mode = SRP_PRIMARY, .priority = 10, .mac = {2, 0, 0, 0, 0, 1}, .addr = 0x7f000101},
     .peer_addr = 0x7f000102,
     .hello_us = HELLO,
     .dead_us = DEAD,
     .delay_us = DELAY,
     .rm_threshold = 16,
     .rm_delta = 1,
     .incarnation = 1,
     .cf_epoch = 2,
     .restart = 40,
     .standby_announce_us = -1,
     .retry_us = 60 * US_PER_S,
     .retries = 3},
    {.rank = {.mode = SRP_BACKUP, .priority = 20, .mac = {2, 0, 0, 0, 0, 2}, .addr = 0x7f000102},
     .peer_addr = 0x7f000101,
     .hello_us = HELLO,
     .dead_us = DEAD,
     .delay_us = DELAY,
     .rm_threshold = 16,
     .rm_delta = 1,
     .incarnation = 1,
     .cf_epoch = 2,
     .restart = 60,
     .standby_announce_us = -1,
     .retry_us = 60 * US_PER_S,
     .retries = 3},
};

static inline void
give(struct pair *pair, int i, struct srp_event ev)
{
    struct srp *srp = &pair->chassis[i];

    ev.now = pair->now;

    struct srp_result r = srp_step(srp, &ev);

    if (ev.type == SRP_EV_SWITCHOVER || ev.type == SRP_EV_TERMINATE)
        pair->refusal = r.refusal;

    pair->phases[i] |= 1u << srp->phase;
    pair->was_pending[i] |= r.to == CHASSIS_PENDING_ACTIVE || r.to == CHASSIS_PENDING_STANDBY;
    if (r.actions & SRP_DO_HELLO) {
        struct srp_hello hello = srp_next_hello(srp);

        pair->sent++;
        if (!pair->cut) {
            ck_assert_uint_lt(pair->n, INFLIGHT);
            pair->sky[pair->n++] =
                (struct flight){.due = mono_after(pair->now, WIRE), .to = !i, .hello = hello};
        }
    }
    if ((r.actions & SRP_DO_ROLE) && pair->recovers)
        give(pair, i, (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(srp)});
}

static inline void
start(struct pair *pair, int i)
{
    struct srp_setup setup = setups[i];

    setup.incarnation = pair->chassis[i].incarnation + 1;
    srp_init(&pair->chassis[i], &setup, pair->now);
    pair->up[i] = true;
    pair->was_pending[i] = false;
}

static inline mono_t
next_due(const struct pair *pair)
{
    mono_t due = pair->n ? pair->sky[0].due : MONO_NEVER;

    for (int i = 0; i < 2; i++)
        if (pair->up[i])
            due = mono_earlier(due, srp_deadline(&pair->chassis[i]));
    return due;
}

static inline bool
are(const struct pair *pair, enum chassis_state first, enum chassis_state second)
{
    return pair->chassis[0].state == first && pair->chassis[1].state == second;
}

static inline void
pass_time(struct pair *pair, mono_t to)
{
    if (to.us <= pair->now.us)
        return;
    if (pair->up[0] && pair->up[1] && are(pair, CHASSIS_ACTIVE, CHASSIS_ACTIVE))
        pair->both_active_us += mono_between(pair->now, to);
    pair->now = to;
}

/* Deliver the hello that left first; the wire delays all alike. */
static inline void
deliver(struct pair *pair)
{
    struct flight first = pair->sky[0];
    struct srp_event ev = {.type = SRP_EV_HELLO, .hello = first.hello};

    memmove(&pair->sky[0], &pair->sky[1], --pair->n * sizeof first);
    if (pair->up[first.to])
        give(pair, first.to, ev);
}

static inline void
pass(struct pair *pair, int64_t us)
{
    mono_t until = mono_after(pair->now, us);
    mono_t due;

    while ((due = next_due(pair)).us <= until.us) {
        struct srp_event tick = {.type = SRP_EV_TICK};

        pass_time(pair, due);
        if (pair->n && mono_reached(pair->now, pair->sky[0].due))
            deliver(pair);
        else
            for (int i = 0; i < 2; i++)
                if (pair->up[i] && mono_reached(pair->now, srp_deadline(&pair->chassis[i])))
                    give(pair, i, tick);
    }
    pass_time(pair, until);
}

static inline struct pair
settled(void)
{
    struct pair pair = {.now = {.us = 1000000000}, .recovers = true};

    start(&pair, 0);
    start(&pair, 1);
    pass(&pair, 5 * HELLO);
    ck_assert(are(&pair, CHASSIS_ACTIVE, CHASSIS_STANDBY));
    pair.both_active_us = 0;
    pair.was_pending[0] = pair.was_pending[1] = false;
    return pair;
}

/* A settled pair whose link and cards are known to both: ready to switch over. */
static inline struct pair
ready(void)
{
    struct pair pair = settled();

    for (int i = 0; i < 2; i++) {
        give(&pair, i, (struct srp_event){.type = SRP_EV_LINK, .up = true});
        give(&pair, i,
             (struct srp_event){.type = SRP_EV_CARDS, .cards = good_cards(&pair.chassis[i])});
    }
    pass(&pair, 2 * HELLO);
    pair.phases[0] = pair.phases[1] = 0;
    return pair;
}

static inline void
initiate(struct pair *pair, int i, bool force)
{
    give(pair, i,
         (struct srp_event){.type = SRP_EV_SWITCHOVER,
                            .force = force,
                            .timeout_us = 10 * HELLO,
                            .post_us = 100 * HELLO});
}

static inline void
modifiers_are(const struct pair *pair, unsigned first, unsigned second)
{
    ck_assert_uint_eq(pair->chassis[0].rank.route_modifier, first);
    ck_assert_uint_eq(pair->chassis[1].rank.route_modifier, second);
}

#endif
