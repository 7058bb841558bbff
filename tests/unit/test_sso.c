#include "cf/sso.h"
#include "tests/unit/unit.h"

/* Two control functions whose card bus may be cut, in virtual time. */
struct cfs {
    struct sso cf[2];
    uint64_t incarnation[2], seq[2];
    bool up[2], cut;
    unsigned did[2]; /* actions of each since they were last looked at */
    mono_t now;
};

static const mono_t zero = {.us = 1000000000};

static struct sso_result
step(struct cfs *cfs, int i, struct sso_event ev)
{
    ev.now = cfs->now;

    struct sso_result r = sso_step(&cfs->cf[i], &ev);

    cfs->did[i] |= r.actions;
    return r;
}

static struct sso_hello
hello_of(struct cfs *cfs, int i)
{
    const struct sso *cf = &cfs->cf[i];

    return (struct sso_hello){
        .slot = cf->slot,
        .state = (uint8_t)cf->state,
        .epoch = cf->epoch,
        .incarnation = cfs->incarnation[i],
        .seq = ++cfs->seq[i],
    };
}

/* Deliver hellos until neither has one to send; a pair that never rests fails here. */
static void
speak(struct cfs *cfs, int i, unsigned actions)
{
    for (int turns = 0; actions & SSO_DO_HELLO; turns++) {
        struct sso_event ev = {.type = SSO_EV_HELLO, .hello = hello_of(cfs, i)};

        ck_assert_int_lt(turns, 10);
        i = !i;
        if (cfs->cut || !cfs->up[i])
            return;
        actions = step(cfs, i, ev).actions;
    }
}

static void
start(struct cfs *cfs, int i)
{
    cfs->up[i] = true;
    cfs->incarnation[i]++;
    cfs->seq[i] = 0;
    cfs->did[i] = 0;
    sso_init(&cfs->cf[i], (uint8_t)(i + 1), true, cfs->now);
}

static struct cfs
two(void)
{
    return (struct cfs){.now = zero};
}

/* Let virtual time pass, each of the two called when it asked to be. */
static void
pass(struct cfs *cfs, int64_t us)
{
    mono_t until = mono_after(cfs->now, us);

    for (;;) {
        mono_t due[2];

        for (int i = 0; i < 2; i++)
            due[i] = cfs->up[i] ? sso_deadline(&cfs->cf[i]) : MONO_NEVER;

        int i = due[1].us < due[0].us;

        if (due[i].us > until.us)
            break;
        cfs->now = due[i].us > cfs->now.us ? due[i] : cfs->now;

        struct sso_event tick = {.type = SSO_EV_TICK};

        speak(cfs, i, step(cfs, i, tick).actions);
    }
    cfs->now = until;
}

static void
both_run(struct cfs *cfs)
{
    *cfs = two();
    start(cfs, 0);
    start(cfs, 1);
    pass(cfs, 2 * SSO_HELLO_US);
    cfs->did[0] = cfs->did[1] = 0;
}

static bool
roles(const struct cfs *cfs, enum sso_state first, enum sso_state second)
{
    return cfs->cf[0].state == first && cfs->cf[1].state == second;
}

START_TEST(lowest_slot_wins_the_first_election)
{
    struct cfs cfs = two();

    start(&cfs, _i); /* whichever of them starts first */
    start(&cfs, !_i);
    pass(&cfs, SSO_HELLO_US);
    ck_assert(roles(&cfs, SSO_ACTIVE, SSO_STANDBY));
    ck_assert(cfs.did[0] & SSO_DO_ACTIVE);
    ck_assert(cfs.did[1] & SSO_DO_STANDBY);
    ck_assert(!(cfs.did[1] & SSO_DO_ACTIVE));
    ck_assert(cfs.cf[1].epoch == cfs.cf[0].epoch);
}
END_TEST

START_TEST(a_cf_that_hears_nobody_serves_after_three_seconds)
{
    struct cfs cfs = two();

    start(&cfs, 1);
    pass(&cfs, SSO_DEAD_US - 1);
    ck_assert_int_eq(cfs.cf[1].state, SSO_BOOTING);
    pass(&cfs, 1);
    ck_assert_int_eq(cfs.cf[1].state, SSO_ACTIVE);
    ck_assert_uint_gt(cfs.cf[1].epoch, 0);
}
END_TEST

START_TEST(standby_takes_over_after_three_seconds_of_silence)
{
    struct cfs cfs;

    both_run(&cfs);
    pass(&cfs, SSO_HELLO_US / 2);

    int64_t silent = mono_between(cfs.cf[1].heard, cfs.now);
    uint64_t epoch = cfs.cf[0].epoch;

    cfs.up[0] = false;
    pass(&cfs, SSO_DEAD_US - silent - 1);
    ck_assert_int_eq(cfs.cf[1].state, SSO_STANDBY);
    pass(&cfs, 1);
    ck_assert_int_eq(cfs.cf[1].state, SSO_ACTIVE);
    ck_assert_uint_gt(cfs.cf[1].epoch, epoch);
    ck_assert(cfs.did[1] & SSO_DO_ACTIVE);
    ck_assert(cfs.did[1] & SSO_DO_PEER);
    ck_assert_uint_eq(cfs.cf[1].switchovers, 1);
}
END_TEST

START_TEST(slot_1_coming_back_takes_nothing_back)
{
    struct cfs cfs;

    both_run(&cfs);
    cfs.up[0] = false;
    pass(&cfs, 2 * SSO_DEAD_US);

    uint64_t epoch = cfs.cf[1].epoch;

    start(&cfs, 0);
    pass(&cfs, 10 * SSO_DEAD_US);
    ck_assert(roles(&cfs, SSO_STANDBY, SSO_ACTIVE));
    ck_assert_uint_eq(cfs.cf[1].epoch, epoch);
    ck_assert_uint_eq(cfs.cf[0].epoch, epoch);
    ck_assert(!(cfs.did[0] & SSO_DO_ACTIVE));
}
END_TEST

START_TEST(loss_of_the_standby_does_not_touch_the_active)
{
    struct cfs cfs;

    both_run(&cfs);

    uint64_t epoch = cfs.cf[0].epoch;

    cfs.up[1] = false;
    pass(&cfs, 2 * SSO_DEAD_US);
    ck_assert_int_eq(cfs.cf[0].state, SSO_ACTIVE);
    ck_assert_uint_eq(cfs.cf[0].epoch, epoch);
    ck_assert(!cfs.cf[0].peer_alive);
    ck_assert(cfs.did[0] & SSO_DO_PEER);
    ck_assert(!(cfs.did[0] & (SSO_DO_ACTIVE | SSO_DO_STANDBY | SSO_DO_EPOCH)));
}
END_TEST

START_TEST(of_two_active_the_higher_epoch_stays)
{
    struct cfs cfs;

    both_run(&cfs);
    cfs.cut = true;
    pass(&cfs, 2 * SSO_DEAD_US);
    ck_assert(roles(&cfs, SSO_ACTIVE, SSO_ACTIVE));

    uint64_t epoch = cfs.cf[1].epoch;

    ck_assert_uint_gt(epoch, cfs.cf[0].epoch);
    cfs.cut = false;
    pass(&cfs, SSO_HELLO_US);
    ck_assert(roles(&cfs, SSO_STANDBY, SSO_ACTIVE));
    ck_assert_uint_eq(cfs.cf[1].epoch, epoch);
    ck_assert(cfs.did[0] & SSO_DO_STANDBY);
}
END_TEST

START_TEST(active_restarted_before_the_dead_time_leaves_the_role_to_the_standby)
{
    struct cfs cfs;

    both_run(&cfs);
    if (_i == 1) { /* let slot 2 be the active one */
        cfs.up[0] = false;
        pass(&cfs, 2 * SSO_DEAD_US);
        start(&cfs, 0);
        pass(&cfs, 2 * SSO_HELLO_US);
    }
    ck_assert_int_eq(cfs.cf[_i].state, SSO_ACTIVE);

    uint64_t epoch = cfs.cf[_i].epoch;

    start(&cfs, _i);
    pass(&cfs, SSO_HELLO_US);
    ck_assert_int_eq(cfs.cf[_i].state, SSO_STANDBY);
    ck_assert_int_eq(cfs.cf[!_i].state, SSO_ACTIVE);
    ck_assert_uint_gt(cfs.cf[!_i].epoch, epoch);
    ck_assert(!(cfs.did[_i] & SSO_DO_ACTIVE)); /* it never served without its state */
}
END_TEST

START_TEST(restarted_slot_1_that_hears_the_standby_first_does_not_serve)
{
    struct cfs cfs;

    both_run(&cfs);
    start(&cfs, 0);

    struct sso_event ev = {.type = SSO_EV_HELLO, .hello = hello_of(&cfs, 1)};
    struct sso_result r = step(&cfs, 0, ev);

    ck_assert_int_eq(r.to, SSO_BOOTING);
    speak(&cfs, 0, r.actions);
    pass(&cfs, SSO_HELLO_US);
    ck_assert(roles(&cfs, SSO_STANDBY, SSO_ACTIVE));
}
END_TEST

START_TEST(an_instance_with_one_cf_serves_at_once)
{
    struct sso cf;
    struct sso_event tick = {.now = zero, .type = SSO_EV_TICK};

    sso_init(&cf, 1, false, zero);
    ck_assert_int_le(sso_deadline(&cf).us, zero.us);

    struct sso_result r = sso_step(&cf, &tick);

    ck_assert_int_eq(r.from, SSO_BOOTING);
    ck_assert_int_eq(r.to, SSO_ACTIVE);
    ck_assert(r.actions & SSO_DO_ACTIVE);

    tick.now = mono_after(zero, 100 * SSO_DEAD_US);
    r = sso_step(&cf, &tick);
    ck_assert_int_eq(r.to, SSO_ACTIVE);
    ck_assert(!(r.actions & (SSO_DO_ACTIVE | SSO_DO_STANDBY)));
}
END_TEST

START_TEST(active_rises_above_an_epoch_the_cards_already_know)
{
    struct cfs cfs;
    struct sso_event floor = {.type = SSO_EV_FLOOR, .epoch = 1000};

    both_run(&cfs);

    struct sso_result r = step(&cfs, 0, floor);

    ck_assert_uint_gt(cfs.cf[0].epoch, 1000);
    ck_assert(r.actions & SSO_DO_EPOCH);
    ck_assert_int_eq(r.to, SSO_ACTIVE);

    uint64_t epoch = cfs.cf[0].epoch;

    r = step(&cfs, 0, floor);
    ck_assert_uint_eq(cfs.cf[0].epoch, epoch);
    ck_assert(!(r.actions & SSO_DO_EPOCH));
}
END_TEST

/* Stopped while the other took over, and the cards are heard before the other CF is. */
START_TEST(active_that_was_replaced_unawares_asks_before_it_leads_again)
{
    struct cfs cfs;
    struct sso_event floor = {.type = SSO_EV_FLOOR, .epoch = 1001};

    both_run(&cfs);

    struct sso_result r = step(&cfs, 0, floor);

    ck_assert_int_eq(r.to, SSO_BOOTING);
    ck_assert(r.actions & SSO_DO_STANDBY);
    ck_assert_uint_eq(cfs.cf[0].epoch, 1001); /* not raised against the other */
    cfs.up[1] = false;
    pass(&cfs, 2 * SSO_DEAD_US);
    ck_assert_int_eq(cfs.cf[0].state, SSO_ACTIVE); /* nobody else is there */
    ck_assert_uint_gt(cfs.cf[0].epoch, 1001);
}
END_TEST

START_TEST(standby_remembers_the_floor_for_its_own_takeover)
{
    struct cfs cfs;
    struct sso_event floor = {.type = SSO_EV_FLOOR, .epoch = 1000};

    both_run(&cfs);
    ck_assert(!(step(&cfs, 1, floor).actions & SSO_DO_EPOCH));
    cfs.up[0] = false;
    pass(&cfs, 2 * SSO_DEAD_US);
    ck_assert_int_eq(cfs.cf[1].state, SSO_ACTIVE);
    ck_assert_uint_gt(cfs.cf[1].epoch, 1000);
}
END_TEST

START_TEST(two_that_take_over_at_once_never_share_an_epoch)
{
    for (uint64_t known = 0; known < 100; known++) {
        struct sso cf[2];

        for (int i = 0; i < 2; i++) {
            struct sso_event ev = {.now = zero, .type = SSO_EV_FLOOR, .epoch = known};

            sso_init(&cf[i], (uint8_t)(i + 1), false, zero);
            (void)sso_step(&cf[i], &ev);
            ev.type = SSO_EV_TICK;
            (void)sso_step(&cf[i], &ev);
            ck_assert_int_eq(cf[i].state, SSO_ACTIVE);
            ck_assert_uint_gt(cf[i].epoch, known);
        }
        ck_assert_uint_ne(cf[0].epoch, cf[1].epoch);
    }
}
END_TEST

START_TEST(own_sleep_is_not_the_silence_of_the_other)
{
    struct cfs cfs;
    struct sso_event tick = {.type = SSO_EV_TICK};

    both_run(&cfs);
    cfs.now = mono_after(cfs.now, 60 * SSO_DEAD_US); /* nobody was called meanwhile */
    ck_assert_int_eq(step(&cfs, 1, tick).to, SSO_STANDBY);
    cfs.up[0] = false;
    pass(&cfs, SSO_DEAD_US + SSO_HELLO_US);
    ck_assert_int_eq(cfs.cf[1].state, SSO_ACTIVE); /* silence after it does count */
}
END_TEST

/* Slot 1 died, restarted and led again while slot 2 slept; its hellos of then still wait. */
START_TEST(hellos_that_waited_while_it_slept_do_not_make_it_step_up)
{
    struct cfs cfs;
    struct sso_event ev = {.type = SSO_EV_HELLO};

    both_run(&cfs);
    ev.hello = hello_of(&cfs, 0);
    ev.hello.incarnation++;
    ev.hello.epoch = 0;
    ev.hello.state = SSO_BOOTING;
    cfs.now = mono_after(cfs.now, 10 * SSO_DEAD_US);
    ck_assert_int_eq(step(&cfs, 1, ev).to, SSO_STANDBY);
    ev.hello.seq++;
    cfs.now = mono_after(cfs.now, SSO_HELLO_US); /* it still says so: that is news */
    ck_assert_int_eq(step(&cfs, 1, ev).to, SSO_ACTIVE);
}
END_TEST

START_TEST(stale_hello_is_counted_and_changes_nothing)
{
    struct cfs cfs;

    both_run(&cfs);
    ck_assert_uint_gt(cfs.seq[0], 1);
    start(&cfs, 0); /* a second start, so that there is an older one */
    pass(&cfs, SSO_HELLO_US);

    const struct sso_hello good = hello_of(&cfs, 0);
    struct sso_hello older = good, repeated = good, own = good;

    older.incarnation--;
    older.seq += 100;
    repeated.seq = cfs.cf[1].peer.seq;
    own.slot = 2;
    for (int i = 0; i < 3; i++) {
        struct sso_event ev = {.type = SSO_EV_HELLO,
                               .hello = i == 0   ? older
                                        : i == 1 ? repeated
                                                 : own};
        struct sso before = cfs.cf[1];

        before.last = cfs.now;
        before.stale++;
        ev.hello.state = SSO_ACTIVE;
        ev.hello.epoch = 5000;
        ck_assert_uint_eq(step(&cfs, 1, ev).actions & ~(unsigned)SSO_DO_HELLO, 0);
        before.hello_at = cfs.cf[1].hello_at;
        ck_assert_mem_eq(&cfs.cf[1], &before, sizeof before);
    }
}
END_TEST

START_TEST(hellos_go_out_each_second)
{
    struct cfs cfs;

    both_run(&cfs);
    cfs.seq[0] = cfs.seq[1] = 1000;
    pass(&cfs, 60 * SSO_HELLO_US);
    ck_assert_uint_ge(cfs.seq[0], 1060);
    ck_assert_uint_le(cfs.seq[0], 1061);
    ck_assert_uint_ge(cfs.seq[1], 1060);
    ck_assert_uint_le(cfs.seq[1], 1061);
}
END_TEST

START_TEST(active_that_yields_hands_over_at_once_and_with_a_higher_epoch)
{
    struct cfs cfs;
    struct sso_result r;
    uint64_t epoch;

    both_run(&cfs);
    epoch = cfs.cf[0].epoch;
    r = step(&cfs, 0, (struct sso_event){.type = SSO_EV_YIELD});
    ck_assert(r.yields);
    ck_assert(r.actions & SSO_DO_STANDBY);
    ck_assert(r.actions & SSO_DO_HELLO);
    speak(&cfs, 0, r.actions); /* no time passes */
    ck_assert(roles(&cfs, SSO_STANDBY, SSO_ACTIVE));
    ck_assert_uint_gt(cfs.cf[1].epoch, epoch);
    ck_assert_uint_eq(cfs.cf[1].switchovers, 1);
    pass(&cfs, 10 * SSO_DEAD_US);
    ck_assert(roles(&cfs, SSO_STANDBY, SSO_ACTIVE));
}
END_TEST

START_TEST(only_an_active_cf_yields_and_only_to_one_that_stands_by)
{
    struct cfs cfs = two();

    start(&cfs, 0);
    ck_assert(!step(&cfs, 0, (struct sso_event){.type = SSO_EV_YIELD}).yields); /* Booting */
    both_run(&cfs);
    ck_assert(!step(&cfs, 1, (struct sso_event){.type = SSO_EV_YIELD}).yields);
    ck_assert(roles(&cfs, SSO_ACTIVE, SSO_STANDBY));
    cfs.up[1] = false;
    pass(&cfs, 2 * SSO_DEAD_US);
    ck_assert(!step(&cfs, 0, (struct sso_event){.type = SSO_EV_YIELD}).yields); /* alone */
    ck_assert_int_eq(cfs.cf[0].state, SSO_ACTIVE);
}
END_TEST

START_TEST(active_that_yields_to_one_that_dies_in_that_moment_goes_on_itself)
{
    struct cfs cfs;

    both_run(&cfs);
    ck_assert(step(&cfs, 0, (struct sso_event){.type = SSO_EV_YIELD}).yields);
    cfs.up[1] = false;
    pass(&cfs, SSO_DEAD_US + SSO_HELLO_US);
    ck_assert_int_eq(cfs.cf[0].state, SSO_ACTIVE);
}
END_TEST

START_TEST(states_have_the_names_the_card_table_prints)
{
    ck_assert_str_eq(sso_state_name(SSO_ACTIVE), "Active");
    ck_assert_str_eq(sso_state_name(SSO_STANDBY), "Standby");
    ck_assert_str_eq(sso_state_name(SSO_STATE_N), "unknown");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("sso");
    TCase *roles_tc = tcase_create("roles"), *epochs = tcase_create("epochs");

    tcase_add_loop_test(roles_tc, lowest_slot_wins_the_first_election, 0, 2);
    tcase_add_test(roles_tc, a_cf_that_hears_nobody_serves_after_three_seconds);
    tcase_add_test(roles_tc, standby_takes_over_after_three_seconds_of_silence);
    tcase_add_test(roles_tc, slot_1_coming_back_takes_nothing_back);
    tcase_add_test(roles_tc, loss_of_the_standby_does_not_touch_the_active);
    tcase_add_test(roles_tc, of_two_active_the_higher_epoch_stays);
    tcase_add_loop_test(roles_tc,
                        active_restarted_before_the_dead_time_leaves_the_role_to_the_standby, 0, 2);
    tcase_add_test(roles_tc, restarted_slot_1_that_hears_the_standby_first_does_not_serve);
    tcase_add_test(roles_tc, an_instance_with_one_cf_serves_at_once);
    tcase_add_test(epochs, active_rises_above_an_epoch_the_cards_already_know);
    tcase_add_test(epochs, active_that_was_replaced_unawares_asks_before_it_leads_again);
    tcase_add_test(epochs, standby_remembers_the_floor_for_its_own_takeover);
    tcase_add_test(epochs, two_that_take_over_at_once_never_share_an_epoch);
    tcase_add_test(epochs, own_sleep_is_not_the_silence_of_the_other);
    tcase_add_test(epochs, hellos_that_waited_while_it_slept_do_not_make_it_step_up);
    tcase_add_test(epochs, stale_hello_is_counted_and_changes_nothing);
    tcase_add_test(epochs, hellos_go_out_each_second);
    tcase_add_test(roles_tc, active_that_yields_hands_over_at_once_and_with_a_higher_epoch);
    tcase_add_test(roles_tc, only_an_active_cf_yields_and_only_to_one_that_stands_by);
    tcase_add_test(roles_tc, active_that_yields_to_one_that_dies_in_that_moment_goes_on_itself);
    tcase_add_test(epochs, states_have_the_names_the_card_table_prints);
    suite_add_tcase(suite, roles_tc);
    suite_add_tcase(suite, epochs);
    return unit_main(suite);
}
