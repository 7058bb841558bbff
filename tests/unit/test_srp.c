#include "cf/srp/srp_fsm.h"
#include "tests/unit/unit.h"

/* One chassis, and a peer that says what the test wants it to say. */

enum { HELLO = 1000000, DEAD = 3500000, DELAY = 2000000 };

static const mono_t zero = {.us = 1000000000};

static struct srp_setup
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
    };
}

static struct srp_hello
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
        .restart = 77,
    };
}

static struct srp_result
hear(struct srp *srp, mono_t now, struct srp_hello hello)
{
    struct srp_event ev = {.now = now, .type = SRP_EV_HELLO, .hello = hello};

    return srp_step(srp, &ev);
}

static struct srp_result
tick(struct srp *srp, mono_t now)
{
    struct srp_event ev = {.now = now, .type = SRP_EV_TICK};

    return srp_step(srp, &ev);
}

static struct srp_result
tell(struct srp *srp, mono_t now, enum srp_event_type type, uint64_t epoch)
{
    struct srp_event ev = {.now = now, .type = type, .epoch = epoch};

    return srp_step(srp, &ev);
}

/* Call it whenever it asks to be, until `until`; stops as soon as the state changes. */
static mono_t
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
static struct srp
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
static struct srp
active(void)
{
    struct srp_setup setup = setup_of(SRP_PRIMARY);
    struct srp srp;
    struct srp_hello hello = peer_hello(CHASSIS_INIT, 34);

    srp_init(&srp, &setup, zero);
    hello.rank.mode = SRP_BACKUP;
    (void)hear(&srp, zero, hello);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    return srp;
}

/* ---- starting ------------------------------------------------------------------------------ */

START_TEST(start_values_of_the_route_modifier_depend_on_the_mode)
{
    struct srp_setup primary = setup_of(SRP_PRIMARY), backup = setup_of(SRP_BACKUP);
    struct srp srp;

    srp_init(&srp, &primary, zero);
    ck_assert_uint_eq(srp.rank.route_modifier, 33);
    ck_assert_int_eq(srp.state, CHASSIS_INIT);
    ck_assert_int_le(srp_deadline(&srp).us, zero.us); /* the first hello is due at once */
    srp_init(&srp, &backup, zero);
    ck_assert_uint_eq(srp.rank.route_modifier, 34);
}
END_TEST

START_TEST(alone_it_serves_after_the_delay_and_the_dead_interval)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    (void)idle(&srp, mono_after(zero, DELAY + DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_INIT);
    (void)idle(&srp, mono_after(zero, DELAY + DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_uint_eq(srp.rank.route_modifier, 34); /* nobody to agree on a lower one with */
    ck_assert_uint_eq(srp.restart, 9);
    ck_assert_uint_gt(srp.epoch, 0);
}
END_TEST

START_TEST(own_sleep_during_start_up_is_no_proof_of_being_alone)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp srp;

    srp_init(&srp, &setup, zero);
    (void)tick(&srp, zero);
    (void)tick(&srp, mono_after(zero, 100 * DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_INIT);
}
END_TEST

START_TEST(winner_of_the_first_election_serves_with_the_base_route_modifier)
{
    struct srp srp = active();

    ck_assert_uint_eq(srp.rank.route_modifier, 2);
    ck_assert_uint_eq(srp.restart, 9);
    ck_assert_uint_gt(srp.epoch, 2);
}
END_TEST

START_TEST(loser_of_the_first_election_stands_by)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp srp;

    srp_init(&srp, &setup, zero);

    struct srp_result r = hear(&srp, zero, peer_hello(CHASSIS_INIT, 33));

    ck_assert_int_eq(r.to, CHASSIS_STANDBY);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_HELLO);
}
END_TEST

START_TEST(newcomer_never_pre_empts_one_that_serves)
{
    static const enum chassis_state serving[] = {CHASSIS_ACTIVE, CHASSIS_PENDING_ACTIVE};
    struct srp_setup setup = setup_of(SRP_PRIMARY);
    struct srp srp;
    struct srp_hello hello = peer_hello(serving[_i], 34);

    setup.rank.priority = 1;
    hello.rank.mode = SRP_BACKUP;
    hello.rank.priority = 255;
    srp_init(&srp, &setup, zero);
    for (int i = 1; i < 100; i++) {
        hello.seq = (uint64_t)i;
        (void)hear(&srp, mono_after(zero, (int64_t)i * HELLO), hello);
        ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    }
}
END_TEST

/* ---- silence -------------------------------------------------------------------------------- */

START_TEST(takeover_comes_exactly_at_the_dead_interval)
{
    struct srp srp = standby();
    uint64_t epoch = srp.epoch;

    (void)idle(&srp, mono_after(zero, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);

    struct srp_result r = tick(&srp, mono_after(zero, DEAD));

    ck_assert_int_eq(r.from, CHASSIS_STANDBY);
    ck_assert_int_eq(r.to, CHASSIS_PENDING_ACTIVE);
    ck_assert_int_eq(r.reason, SRP_DEAD_TIMER_EXPIRY);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_RECOVER);
    ck_assert(r.actions & SRP_DO_HELLO);
    ck_assert(r.actions & SRP_DO_PEER);
    ck_assert_uint_gt(srp.epoch, epoch);
    ck_assert(!srp.peer_known);
    ck_assert_uint_eq(srp.rank.route_modifier, 3); /* unplanned: it keeps its own */
    ck_assert_uint_eq(srp.restart, 77);            /* the peer's: clients see no restart */
    ck_assert_uint_eq(srp.counters.switchovers[SRP_DEAD_TIMER_EXPIRY], 1);
}
END_TEST

START_TEST(deadline_names_the_instant_of_the_takeover)
{
    struct srp srp = standby();

    for (mono_t due; (due = srp_deadline(&srp)).us < zero.us + DEAD;)
        (void)tick(&srp, due);
    ck_assert_int_eq(srp_deadline(&srp).us, zero.us + DEAD);
}
END_TEST

START_TEST(a_hello_in_time_puts_the_takeover_off)
{
    struct srp srp = standby();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);
    mono_t at = mono_after(zero, DEAD - 1);

    (void)idle(&srp, at);
    hello.seq = 2;
    (void)hear(&srp, at, hello);
    (void)idle(&srp, mono_after(at, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    (void)idle(&srp, mono_after(at, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
}
END_TEST

START_TEST(loss_of_the_connection_is_no_death)
{
    struct srp srp = standby();
    struct srp_event down = {.now = zero, .type = SRP_EV_LINK};

    srp.link_up = true;
    ck_assert_int_eq(srp_step(&srp, &down).to, CHASSIS_STANDBY);
    ck_assert_uint_eq(srp.counters.connection_losses, 1);
    (void)idle(&srp, mono_after(zero, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    ck_assert_uint_eq(srp.counters.hello_losses, 0); /* none is lost where none can come */
}
END_TEST

START_TEST(silence_on_a_standing_connection_counts_as_hellos_lost)
{
    struct srp srp = standby();
    struct srp_event up = {.now = zero, .type = SRP_EV_LINK, .up = true};

    ck_assert(srp_step(&srp, &up).actions & SRP_DO_HELLO);
    (void)idle(&srp, mono_after(zero, DEAD - 1));
    ck_assert_uint_eq(srp.counters.hello_losses,
                      2); /* due at 1 s and 2 s; 3 s has half a second left */
    ck_assert_uint_eq(srp.counters.connection_losses, 0);
}
END_TEST

START_TEST(own_sleep_is_not_the_silence_of_the_peer)
{
    struct srp srp = standby();
    mono_t awake = mono_after(zero, 60 * DEAD);
    uint64_t lost = srp.counters.hello_losses;

    srp.link_up = true;
    (void)tick(&srp, mono_after(zero, HELLO));
    (void)tick(&srp, awake);
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    ck_assert_uint_eq(srp.counters.hello_losses, lost);
    ck_assert(srp_peer_hears_us(&srp, awake));
    (void)idle(&srp, mono_after(awake, DEAD)); /* silence after it does count */
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
}
END_TEST

START_TEST(active_does_not_move_when_its_peer_dies)
{
    struct srp srp = active();
    uint64_t epoch = srp.epoch;

    (void)idle(&srp, mono_after(zero, 10 * DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert(!srp.peer_known);
    ck_assert_uint_eq(srp.epoch, epoch);
    ck_assert_uint_eq(srp.rank.route_modifier, 2);
}
END_TEST

/* ---- pending states -------------------------------------------------------------------------- */

static struct srp
pending_active(void)
{
    struct srp srp = standby();

    (void)idle(&srp, mono_after(zero, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
    return srp;
}

START_TEST(recovery_of_its_own_epoch_makes_it_active)
{
    struct srp srp = pending_active();
    struct srp_result r = tell(&srp, srp.last, SRP_EV_RECOVERED, srp.epoch);

    ck_assert_int_eq(r.to, CHASSIS_ACTIVE);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_HELLO);
}
END_TEST

START_TEST(late_end_of_an_older_recovery_is_ignored)
{
    struct srp srp = pending_active();
    uint64_t older = srp.epoch;
    struct srp_result r = tell(&srp, srp.last, SRP_EV_FLOOR, older + 10);

    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_RECOVER); /* once more, for the new epoch */
    ck_assert_uint_gt(srp.epoch, older + 10);
    ck_assert_int_eq(tell(&srp, srp.last, SRP_EV_RECOVERED, older).to, CHASSIS_PENDING_ACTIVE);
    ck_assert_int_eq(tell(&srp, srp.last, SRP_EV_RECOVERED, srp.epoch).to, CHASSIS_ACTIVE);
}
END_TEST

START_TEST(recovery_means_nothing_outside_pending_active)
{
    struct srp a = active(), s = standby();

    ck_assert_int_eq(tell(&a, zero, SRP_EV_RECOVERED, a.epoch).to, CHASSIS_ACTIVE);
    ck_assert_int_eq(tell(&s, zero, SRP_EV_RECOVERED, s.epoch).to, CHASSIS_STANDBY);
}
END_TEST

START_TEST(pending_active_ends_within_the_dead_interval)
{
    struct srp srp = pending_active();
    mono_t entered = srp.entered;

    (void)idle(&srp, mono_after(entered, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
    (void)idle(&srp, mono_after(entered, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_int_eq(srp.reason, SRP_FORCE_STATE_CHANGE);
}
END_TEST

static struct srp
pending_standby(struct srp_hello *winner)
{
    struct srp srp = active();

    *winner = peer_hello(CHASSIS_ACTIVE, 1);
    winner->seq = 2;
    winner->epoch = 6;

    struct srp_result r = hear(&srp, zero, *winner);

    ck_assert_int_eq(r.to, CHASSIS_PENDING_STANDBY);
    ck_assert_int_eq(r.reason, SRP_DUAL_ACTIVE);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_HELLO);
    return srp;
}

START_TEST(pending_standby_stands_by_once_the_peer_serves)
{
    struct srp_hello winner;
    struct srp srp = pending_standby(&winner);

    winner.seq++;
    ck_assert_int_eq(hear(&srp, zero, winner).to, CHASSIS_STANDBY);
    ck_assert_uint_eq(srp.rank.route_modifier, 2);
    ck_assert_uint_eq(srp.epoch, 6);
}
END_TEST

START_TEST(pending_standby_serves_again_when_the_peer_is_gone)
{
    struct srp_hello winner;
    struct srp srp = pending_standby(&winner);
    mono_t entered = srp.entered;

    (void)idle(&srp, mono_after(entered, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_STANDBY);
    (void)idle(&srp, mono_after(entered, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_uint_gt(srp.epoch, 6);
}
END_TEST

START_TEST(pending_standby_ends_even_if_the_peer_stays_pending)
{
    struct srp_hello winner;
    struct srp srp = pending_standby(&winner);

    winner.state = CHASSIS_PENDING_ACTIVE;
    for (int i = 1; i <= 4 && srp.state == CHASSIS_PENDING_STANDBY; i++) {
        mono_t at = mono_after(zero, (int64_t)i * HELLO);

        if (idle(&srp, at).us < at.us)
            break;
        winner.seq++;
        (void)hear(&srp, at, winner);
    }
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
    ck_assert_int_eq(srp.entered.us, zero.us + DEAD);
}
END_TEST

/* ---- a peer that restarts, repeats itself, or is deaf -------------------------------------------- */

START_TEST(standby_takes_over_at_once_from_a_peer_that_lost_its_state)
{
    struct srp srp = standby();
    struct srp_hello reborn = peer_hello(CHASSIS_INIT, 33);

    reborn.incarnation++;
    reborn.epoch = 0;
    reborn.heard_seq = 0;

    struct srp_result r = hear(&srp, mono_after(zero, 1000), reborn);

    ck_assert_int_eq(r.to, CHASSIS_PENDING_ACTIVE);
    ck_assert(r.actions & SRP_DO_RECOVER);
    ck_assert(r.actions & SRP_DO_PEER);
    ck_assert_uint_gt(srp.epoch, 2);
}
END_TEST

START_TEST(stale_hello_changes_nothing_but_its_counter)
{
    struct srp srp = standby();
    struct srp_hello good = peer_hello(CHASSIS_ACTIVE, 2);

    good.seq = 10;
    good.epoch = 10;
    good.cf_epoch = 10;
    (void)hear(&srp, zero, good);

    struct srp_hello stale[4] = {good, good, good, good};

    stale[0].incarnation--; /* an older start of the chassis */
    stale[0].seq = 1000;
    stale[1].epoch--; /* an older epoch of this start */
    stale[1].seq = 1000;
    stale[2].cf_epoch--; /* a control function already replaced */
    stale[2].seq = 1000;
    stale[3].seq = 10; /* heard before */

    struct srp before = srp;

    stale[_i].state = CHASSIS_STANDBY; /* would make us take over, were it believed */
    stale[_i].rank.route_modifier = 15;

    struct srp_result r = hear(&srp, zero, stale[_i]);

    ck_assert(r.stale);
    ck_assert_uint_eq(r.actions, 0);
    ck_assert_int_eq(r.from, r.to);
    before.counters.hellos_stale++;
    ck_assert_mem_eq(&srp, &before, sizeof srp);
}
END_TEST

START_TEST(hellos_of_the_peers_other_cf_are_believed_from_number_one)
{
    struct srp srp = standby();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);

    hello.seq = 1000;
    (void)hear(&srp, zero, hello);
    hello.seq = 1;
    hello.cf_epoch++;
    ck_assert(!hear(&srp, zero, hello).stale);
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
}
END_TEST

START_TEST(older_incarnation_is_believed_only_from_a_dead_peer_that_starts_up)
{
    struct srp srp = active();
    struct srp_hello older = peer_hello(CHASSIS_INIT, 34);

    older.incarnation -= 10;
    ck_assert(hear(&srp, zero, older).stale);
    (void)idle(&srp, mono_after(zero, 2 * DEAD));
    ck_assert(!srp.peer_known);
    older.state = CHASSIS_ACTIVE;
    ck_assert(hear(&srp, srp.last, older).stale);
    older.state = CHASSIS_INIT;
    ck_assert(!hear(&srp, srp.last, older).stale);
    ck_assert_int_eq(srp.state, CHASSIS_ACTIVE);
}
END_TEST

START_TEST(a_peer_whose_echo_stands_still_is_deaf)
{
    struct srp srp = standby();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);
    mono_t now = zero;

    for (int i = 2; i <= 5; i++) {
        now = mono_after(now, HELLO);
        hello.seq++;
        hello.heard_seq++;
        hello.heard_state = CHASSIS_STANDBY;
        (void)hear(&srp, now, hello);
        ck_assert(srp_peer_hears_us(&srp, now));
    }
    for (int i = 0; i < 4; i++) { /* its hellos still come, but echo nothing new */
        now = mono_after(now, HELLO);
        hello.seq++;
        (void)hear(&srp, now, hello);
    }
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    ck_assert(!srp_peer_hears_us(&srp, now));
    hello.seq++;
    hello.heard_seq++;
    (void)hear(&srp, now, hello);
    ck_assert(srp_peer_hears_us(&srp, now));
}
END_TEST

START_TEST(a_peer_with_an_outdated_view_of_us_is_answered_at_once)
{
    struct srp srp = standby();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);

    (void)tick(&srp, zero);
    hello.seq = 2;
    hello.heard_state = CHASSIS_INIT;
    ck_assert(hear(&srp, zero, hello).actions & SRP_DO_HELLO);
    hello.seq = 3;
    hello.heard_state = CHASSIS_STANDBY;
    ck_assert(!(hear(&srp, zero, hello).actions & SRP_DO_HELLO));
    hello.seq = 4;
    hello.heard_seq = 0;
    ck_assert(hear(&srp, zero, hello).actions & SRP_DO_HELLO);
}
END_TEST

/* ---- route modifier, epochs, adoption ------------------------------------------------------------ */

START_TEST(standby_is_one_delta_above_the_active)
{
    for (uint8_t rm = 2; rm <= 15; rm++) {
        struct srp srp = standby();
        struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, rm);

        hello.seq = 2;
        (void)hear(&srp, zero, hello);
        ck_assert_uint_eq(srp.rank.route_modifier, rm + 1u);
    }
}
END_TEST

START_TEST(pair_returns_to_the_base_beyond_the_threshold)
{
    struct srp s = standby(), a = active();
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 16);

    hello.seq = 2;
    (void)hear(&s, zero, hello); /* would get 17 */
    ck_assert_uint_eq(s.rank.route_modifier, 3);

    a.rank.route_modifier = 16;
    hello = peer_hello(CHASSIS_STANDBY, 3);
    hello.seq = 2;

    struct srp_result r = hear(&a, zero, hello);

    ck_assert_uint_eq(a.rank.route_modifier, 2);
    ck_assert(r.actions & SRP_DO_ROLE); /* announced with the new one */
    ck_assert(r.actions & SRP_DO_HELLO);
    a.rank.route_modifier = 15;
    hello.seq = 3;
    (void)hear(&a, zero, hello); /* 15/16 is still within */
    ck_assert_uint_eq(a.rank.route_modifier, 15);
}
END_TEST

START_TEST(a_delta_and_threshold_of_the_operator_are_followed)
{
    struct srp_setup setup = setup_of(SRP_BACKUP);
    struct srp srp;
    struct srp_hello hello = peer_hello(CHASSIS_ACTIVE, 2);

    setup.rm_delta = 4;
    setup.rm_threshold = 10;
    srp_init(&srp, &setup, zero);
    (void)hear(&srp, zero, hello);
    ck_assert_uint_eq(srp.rank.route_modifier, 6);
    hello.seq++;
    hello.rank.route_modifier = 6;
    (void)hear(&srp, zero, hello);
    ck_assert_uint_eq(srp.rank.route_modifier, 10);
    hello.seq++;
    hello.rank.route_modifier = 7;
    (void)hear(&srp, zero, hello);
    ck_assert_uint_eq(srp.rank.route_modifier, 6); /* 11 > 10: base and delta */
}
END_TEST

START_TEST(epochs_of_the_two_chassis_differ_in_their_lowest_bit)
{
    for (uint64_t known = 0; known < 100; known++) {
        uint64_t epoch[2];

        for (int i = 0; i < 2; i++) {
            struct srp srp = active();

            if (i == 1) {
                srp.setup.rank.addr = 0x7f000102;
                srp.setup.peer_addr = 0x7f000101;
            }
            srp.epoch = known;
            (void)tell(&srp, zero, SRP_EV_FLOOR, known + 1);
            epoch[i] = srp.epoch;
            ck_assert_uint_gt(epoch[i], known + 1);
        }
        ck_assert_uint_ne(epoch[0], epoch[1]);
    }
}
END_TEST

START_TEST(floor_lifts_one_that_serves_and_is_remembered_by_one_that_does_not)
{
    struct srp a = active(), s = standby();
    uint64_t epoch = a.epoch;

    ck_assert_uint_eq(tell(&a, zero, SRP_EV_FLOOR, epoch).actions & SRP_DO_ROLE, 0);
    ck_assert_uint_eq(a.epoch, epoch);
    ck_assert(tell(&a, zero, SRP_EV_FLOOR, 1000).actions & SRP_DO_ROLE);
    ck_assert_uint_gt(a.epoch, 1000);
    ck_assert_int_eq(a.state, CHASSIS_ACTIVE);

    ck_assert_uint_eq(tell(&s, zero, SRP_EV_FLOOR, 1000).actions & SRP_DO_ROLE, 0);
    (void)idle(&s, mono_after(zero, DEAD));
    ck_assert_uint_gt(s.epoch, 1000);
}
END_TEST

START_TEST(active_stays_above_an_epoch_its_peer_knows)
{
    struct srp srp = active();
    struct srp_hello hello = peer_hello(CHASSIS_STANDBY, 3);

    hello.seq = 2;
    hello.epoch = 50;

    struct srp_result r = hear(&srp, zero, hello);

    ck_assert_int_eq(r.to, CHASSIS_ACTIVE);
    ck_assert_uint_gt(srp.epoch, 50);
    ck_assert(r.actions & SRP_DO_ROLE);
    ck_assert(r.actions & SRP_DO_HELLO);
}
END_TEST

START_TEST(other_cf_goes_on_with_state_and_role)
{
    struct srp made[] = {active(), standby(), pending_active()};
    const struct srp *old = &made[_i];
    struct srp_setup setup = old->setup;
    struct srp_snapshot snapshot = srp_snapshot(old);
    mono_t now = mono_after(old->last, HELLO);
    struct srp srp;

    setup.cf_epoch++;
    srp_adopt(&srp, &setup, &snapshot, now);
    ck_assert_int_eq(srp.state, old->state);
    ck_assert(srp.epoch == old->epoch);
    ck_assert(srp.incarnation == old->incarnation);
    ck_assert_uint_eq(srp.rank.route_modifier, old->rank.route_modifier);
    ck_assert_uint_eq(srp.rank.priority, old->rank.priority);
    ck_assert_uint_eq(srp.restart, old->restart);
    ck_assert(srp.recovering == old->recovering);
    ck_assert(srp.peer_known == old->peer_known);

    struct srp_hello hello = srp_next_hello(&srp);

    ck_assert(hello.cf_epoch == old->setup.cf_epoch + 1);
    ck_assert(hello.incarnation == old->incarnation);
    ck_assert_uint_eq(hello.seq, 1);

    struct srp_snapshot again = srp_snapshot(&srp);

    ck_assert_int_eq(again.state, snapshot.state);
    ck_assert(again.epoch == snapshot.epoch);
    ck_assert(again.peer_epoch == snapshot.peer_epoch);
    ck_assert(again.peer_incarnation == snapshot.peer_incarnation);
    ck_assert_uint_eq(again.peer_route_modifier, snapshot.peer_route_modifier);
}
END_TEST

START_TEST(dead_interval_starts_anew_for_the_cf_that_goes_on)
{
    struct srp old = standby(), srp;
    struct srp_snapshot snapshot = srp_snapshot(&old);
    mono_t now = mono_after(zero, 10 * DEAD);

    srp_adopt(&srp, &old.setup, &snapshot, now);
    (void)idle(&srp, mono_after(now, DEAD - 1));
    ck_assert_int_eq(srp.state, CHASSIS_STANDBY);
    (void)idle(&srp, mono_after(now, DEAD));
    ck_assert_int_eq(srp.state, CHASSIS_PENDING_ACTIVE);
}
END_TEST

START_TEST(recovery_ends_also_under_the_cf_that_goes_on)
{
    struct srp old = pending_active(), srp;
    struct srp_snapshot snapshot = srp_snapshot(&old);

    srp_adopt(&srp, &old.setup, &snapshot, old.last);
    ck_assert_int_eq(tell(&srp, old.last, SRP_EV_RECOVERED, old.epoch).to, CHASSIS_ACTIVE);
}
END_TEST

START_TEST(reasons_have_the_names_of_the_mib)
{
    ck_assert_str_eq(srp_reason_name(SRP_NOT_DEFINED), "notDefined");
    ck_assert_int_eq(SRP_DUAL_ACTIVE, 7);
    ck_assert_str_eq(srp_reason_name(SRP_DUAL_ACTIVE), "dualActive");
    ck_assert_int_eq(SRP_DEAD_TIMER_EXPIRY, 9);
    ck_assert_str_eq(srp_reason_name(SRP_DEAD_TIMER_EXPIRY), "deadTimerExpiry");
    ck_assert_int_eq(SRP_EGQC_FAILURE, 12);
    ck_assert_str_eq(srp_reason_name(SRP_REASON_N), "unknown");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("srp");
    TCase *life = tcase_create("life"), *agreed = tcase_create("agreed");

    tcase_add_test(life, start_values_of_the_route_modifier_depend_on_the_mode);
    tcase_add_test(life, alone_it_serves_after_the_delay_and_the_dead_interval);
    tcase_add_test(life, own_sleep_during_start_up_is_no_proof_of_being_alone);
    tcase_add_test(life, winner_of_the_first_election_serves_with_the_base_route_modifier);
    tcase_add_test(life, loser_of_the_first_election_stands_by);
    tcase_add_loop_test(life, newcomer_never_pre_empts_one_that_serves, 0, 2);
    tcase_add_test(life, takeover_comes_exactly_at_the_dead_interval);
    tcase_add_test(life, deadline_names_the_instant_of_the_takeover);
    tcase_add_test(life, a_hello_in_time_puts_the_takeover_off);
    tcase_add_test(life, loss_of_the_connection_is_no_death);
    tcase_add_test(life, silence_on_a_standing_connection_counts_as_hellos_lost);
    tcase_add_test(life, own_sleep_is_not_the_silence_of_the_peer);
    tcase_add_test(life, active_does_not_move_when_its_peer_dies);
    tcase_add_test(life, recovery_of_its_own_epoch_makes_it_active);
    tcase_add_test(life, late_end_of_an_older_recovery_is_ignored);
    tcase_add_test(life, recovery_means_nothing_outside_pending_active);
    tcase_add_test(life, pending_active_ends_within_the_dead_interval);
    tcase_add_test(life, pending_standby_stands_by_once_the_peer_serves);
    tcase_add_test(life, pending_standby_serves_again_when_the_peer_is_gone);
    tcase_add_test(life, pending_standby_ends_even_if_the_peer_stays_pending);
    tcase_add_test(life, standby_takes_over_at_once_from_a_peer_that_lost_its_state);
    tcase_add_loop_test(life, stale_hello_changes_nothing_but_its_counter, 0, 4);
    tcase_add_test(life, hellos_of_the_peers_other_cf_are_believed_from_number_one);
    tcase_add_test(life, older_incarnation_is_believed_only_from_a_dead_peer_that_starts_up);
    tcase_add_test(life, a_peer_whose_echo_stands_still_is_deaf);
    tcase_add_test(life, a_peer_with_an_outdated_view_of_us_is_answered_at_once);
    tcase_add_test(agreed, standby_is_one_delta_above_the_active);
    tcase_add_test(agreed, pair_returns_to_the_base_beyond_the_threshold);
    tcase_add_test(agreed, a_delta_and_threshold_of_the_operator_are_followed);
    tcase_add_test(agreed, epochs_of_the_two_chassis_differ_in_their_lowest_bit);
    tcase_add_test(agreed, floor_lifts_one_that_serves_and_is_remembered_by_one_that_does_not);
    tcase_add_test(agreed, active_stays_above_an_epoch_its_peer_knows);
    tcase_add_loop_test(agreed, other_cf_goes_on_with_state_and_role, 0, 3);
    tcase_add_test(agreed, dead_interval_starts_anew_for_the_cf_that_goes_on);
    tcase_add_test(agreed, recovery_ends_also_under_the_cf_that_goes_on);
    tcase_add_test(agreed, reasons_have_the_names_of_the_mib);
    suite_add_tcase(suite, life);
    suite_add_tcase(suite, agreed);
    return unit_main(suite);
}
