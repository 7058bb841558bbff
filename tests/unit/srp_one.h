/* srp_one.h - one chassis, and a peer that says what the test wants it to say
 *
 * Ownership  plain values
 * Time       virtual, from `zero`
 * Errors     check's assertions
 * Threads    the test's
 */
#ifndef VPCLAB_SRP_ONE_H
#define VPCLAB_SRP_ONE_H

#include <check.h>

#include "cf/srp/srp_fsm.h"

enum { HELLO = 1000000, DEAD = 3500000, DELAY = 2000000 };

static const mono_t zero = {.us = 1000000000};

static inline struct srp_setup
setup_of(enum srp_mode mode)
{
    return (struct srp_setup){
        .rank = {.mode = (uint8_t)mode,
                 .priority = 125,
                 .mac = {2, 0, 0, 3, 0x1c, 0x2b},
                 .addr = 0x7f000101},
        .peer_addr = 0x7f000102,
        .hello_us = HELLO,
        .dead_us = DEAD,
        .delay_us = DELAY,
        .rm_threshold = 16,
        .rm_delta = 1,
        .incarnation = 100,
        .cf_epoch = 2,
        .restart = 9,
        .standby_announce_us = -1,
        .retry_us = 60 * US_PER_S,
        .retries = 3,
    };
}

static inline struct srp_hello
peer_hello(enum chassis_state state, uint8_t route_modifier)
{
    return (struct srp_hello){
        .incarnation = 50,
        .cf_epoch = 2,
        .seq = 1,
        .epoch = 2,
        .state = (uint8_t)state,
        .rank = {.route_modifier = route_modifier,
                 .mode = SRP_PRIMARY,
                 .priority = 125,
                 .mac = {2, 0, 0, 3, 1, 0x3b},
                 .addr = 0x7f000102},
        .heard_seq = 1,
        .heard_incarnation = 100, /* setup_of() */
        .heard_cf_epoch = 2,
        .restart = 77,
    };
}

static inline struct srp_result
hear(struct srp *srp, mono_t now, struct srp_hello hello)
{
    struct srp_event ev = {.now = now, .type = SRP_EV_HELLO, .hello = hello};

    return srp_step(srp, &ev);
}

static inline struct srp_result
tick(struct srp *srp, mono_t now)
{
    struct srp_event ev = {.now = now, .type = SRP_EV_TICK};

    return srp_step(srp, &ev);
}

static inline struct srp_result
tell(struct srp *srp, mono_t now, enum srp_event_type type, uint64_t epoch)
{
    struct srp_event ev = {.now = now, .type = type, .epoch = epoch};

    return srp_step(srp, &ev);
}

/* What cards that do at once what they are ordered have done. */
static inline unsigned
all_of(const struct role_body *role)
{
    return DONE_COMMITTED | (role->flush ? (unsigned)(DONE_FLUSHED | DONE_TOLD) : 0u) |
           (role->announce ? (unsigned)(DONE_ANNOUNCED | DONE_CONVERGED)
                           : (unsigned)DONE_WITHDRAWN) |
           (role->audit ? (unsigned)DONE_AUDITED : 0u);
}

static inline struct srp_cards
good_cards(const struct srp *srp)
{
    return (struct srp_cards){
        .order = srp->role.order,
        .done = all_of(&srp->role),
        .serviceable = true,
        .sessmgrs = 2,
        .ready = 2,
        .synced = true,
        .sessions = 7,
    };
}

/* Cards report, once, of the order given last. */
static inline struct srp_result
cards(struct srp *srp, mono_t now)
{
    struct srp_event ev = {.now = now, .type = SRP_EV_CARDS, .cards = good_cards(srp)};

    return srp_step(srp, &ev);
}

/* ... and of each order that follows from that, as long as any does. */
static inline void
obedient(struct srp *srp, mono_t now)
{
    while (cards(srp, now).actions & SRP_DO_ROLE)
        ;
}

/* Call it whenever it asks to be, until `until`; stops as soon as the state changes. */
static inline mono_t
idle(struct srp *srp, mono_t until)
{
    enum chassis_state state = srp->state;

    for (;;) {
        mono_t due = srp_deadline(srp);

        if (due.us < srp->last.us)
            due = srp->last;
        if (due.us > until.us)
            return until;
        (void)tick(srp, due);
        if (srp->state != state)
            return due;
    }
}

/* A chassis that has followed an Active of route modifier 2 since `zero`. */
static inline struct srp
standby(void)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    (void)hear(&srp, zero, peer_hello(CHASSIS_ACTIVE, 2));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    return srp;
}

/* A chassis that won a first election at `zero`. */
static inline struct srp
active(void)
{
    struct srp_setup setup = setup_of(SRP_PRIMARY);
    struct srp srp;
    struct srp_hello hello = peer_hello(CHASSIS_INIT, 34);

    srp_init(&srp, &setup, zero);
    hello.rank.mode = SRP_BACKUP;
    (void)hear(&srp, zero, hello);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    (void)srp_next_hello(&srp); /* the peer's hellos say that it heard this one */
    return srp;
}

static inline struct srp
pending_active(void)
{
    struct srp srp = standby();

    (void)idle(&srp, mono_after(zero, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
    return srp;
}

#endif
