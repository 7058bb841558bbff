/* A session manager's configuration changes under its calls, and under the records of its peer. */
#include <stdio.h>

#include "common/base/err.h"
#include "smgr_rig.h"

#define NET_2 0x7f0b0000u /* 127.11.0.0/24 */
#define M24   0xffffff00u

static void *index_memory[2];
static struct smgr_setup setup; /* what is to be configured next */
static struct names named[SMGR_MAPS];

static void
begin(void)
{
    set_up();
    memcpy(named, rig_names, sizeof named);
    setup = (struct smgr_setup){
        .sess = {.pool_n = 1, .pools = {{.net = NET, .mask = M24}}},
        .names = named,
        .config = 7,
        .ready_beats = CKPT_BEATS_AGGRESSIVE,
    };
}

static void
end(void)
{
    tear_down();
    for (unsigned i = 0; i < 2; i++) {
        free(index_memory[i]);
        index_memory[i] = NULL;
    }
}

static size_t
change(struct smgr *smgr)
{
    void **memory = &index_memory[smgr == west], *fresh;
    size_t size, left_out;

    ck_assert_int_eq(smgr_change_size(smgr, &setup, &size), 0);
    fresh = size ? calloc(1, size) : NULL;
    left_out = smgr_change(smgr, now, &setup, fresh);
    if (fresh) {
        free(*memory);
        *memory = fresh;
    }
    return left_out;
}

static void
names_become(enum smgr_map map, const char *a, const char *b, const char *c)
{
    const char *const of[] = {a, b, c};

    memset(&named[map], 0, sizeof named[map]);
    for (unsigned i = 0; i < 3 && of[i]; i++)
        (void)snprintf(named[map].of[i], NAME_ROOM, "%s", of[i]);
}

static void
east_serves(void)
{
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 1));
    pass_s(2);
    ck_assert(status_of(east).synced);
}

static const struct sess *
copy(uint64_t imsi)
{
    return sess_by_imsi(smgr_table(west), imsi, 5);
}

static struct sess *
opened_of(uint64_t imsi, uint8_t apn)
{
    struct sess *sess = opened(east, imsi);

    sess->apn = apn;
    sess_changed(smgr_table(east), sess);
    return sess;
}

static uint64_t
maps_heard(struct smgr *smgr)
{
    return smgr_rx_stats(smgr)->macro_received[SMGR_APNS];
}

START_TEST(one_without_any_configuration_gets_all_of_it_later)
{
    static const struct names nothing[SMGR_MAPS];
    struct smgr_setup empty = {.sess = {.instance = 1, .instances = 1, .capacity = 16},
                               .names = nothing,
                               .incarnation = 3,
                               .ready_beats = CKPT_BEATS_AGGRESSIVE};
    struct sess *sess;

    free(east);
    east = smgr_init(malloc(smgr_size(&empty)), &empty);
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 1));
    ck_assert_int_eq(sess_open(smgr_table(east), 1, 5, 0, now, &sess), DI_ENOTFOUND);
    ck_assert_uint_eq(smgr_number(east, SMGR_APNS, 0), NAME_NONE);
    ck_assert_uint_eq(change(east), 0);
    ck_assert_uint_eq(smgr_number(east, SMGR_APNS, 1), 1);
    (void)opened_of(1, 1);
    pass_s(2);
    ck_assert(status_of(east).synced);
    ck_assert_uint_eq(copy(1)->apn, 1);
}
END_TEST

START_TEST(calls_keep_their_names_whatever_is_configured_before_them)
{
    east_serves();
    (void)opened_of(1, 1); /* ims */
    names_become(SMGR_APNS, "new", "ims", "internet");
    ck_assert_uint_eq(change(east), 0);
    ck_assert_uint_eq(smgr_number(east, SMGR_APNS, 0), 2);
    ck_assert_uint_eq(smgr_number(east, SMGR_APNS, 1), 1);
    ck_assert_uint_eq(smgr_number(east, SMGR_APNS, 2), 0);
    ck_assert_uint_eq(smgr_configured(east, SMGR_APNS, 2), 0);
    ck_assert_uint_eq(smgr_configured(east, SMGR_APNS, 100), NAME_NONE);
    pump();
    ck_assert_uint_eq(copy(1)->apn, 1);
    ck_assert(status_of(east).tx.told);
}
END_TEST

START_TEST(a_new_mapping_is_told_once_and_before_calls_that_need_it)
{
    uint64_t heard;

    east_serves();
    names_become(SMGR_APNS, "internet", "ims", "new");
    (void)change(west);
    heard = maps_heard(west);
    (void)change(east);
    (void)change(east); /* the same: nothing to tell */
    (void)opened_of(1, 2);
    pump();
    ck_assert_uint_eq(maps_heard(west), heard + 1);
    ck_assert_uint_eq(copy(1)->apn, 2);
    ck_assert(status_of(east).synced);
    (void)change(east);
    pass_s(2);
    ck_assert_uint_eq(maps_heard(west), heard + 1);
}
END_TEST

START_TEST(a_number_is_free_again_when_its_last_call_ended)
{
    struct sess *sess;

    east_serves();
    sess = opened_of(1, 1);
    names_become(SMGR_APNS, "internet", NULL, NULL);
    (void)change(east);
    names_become(SMGR_APNS, "internet", "other", NULL);
    (void)change(east);
    ck_assert_uint_eq(smgr_number(east, SMGR_APNS, 1), 2);
    ck_assert_uint_eq(smgr_configured(east, SMGR_APNS, 1), NAME_NONE);
    pump();
    ck_assert_uint_eq(copy(1)->apn, 1); /* what the Standby has of before, it has still */
    sess_close(smgr_table(east), sess);
    pump();
    names_become(SMGR_APNS, "internet", "third", "other");
    (void)change(east);
    ck_assert_uint_eq(smgr_number(east, SMGR_APNS, 1), 1);
    ck_assert_uint_eq(smgr_number(east, SMGR_APNS, 2), 2);
}
END_TEST

/* The peer told its names before ours changed: they mean what they mean now. */
START_TEST(a_standby_reads_the_mapping_with_its_new_names)
{
    east_serves();
    names_become(SMGR_APNS, "x", "internet", "ims");
    (void)change(west); /* internet and ims keep 0 and 1, x is 2 */
    names_become(SMGR_APNS, "ims", "internet", "x");
    (void)change(west);
    (void)opened_of(1, 0);
    (void)opened_of(2, 1);
    pump();
    ck_assert_uint_eq(copy(1)->apn, 0);
    ck_assert_uint_eq(copy(2)->apn, 1);
    ck_assert_uint_eq(smgr_configured(west, SMGR_APNS, copy(2)->apn), 0);
    ck_assert(status_of(east).synced);
}
END_TEST

START_TEST(what_found_no_name_on_the_standby_comes_when_it_has_one)
{
    const struct ckpt_rx_stats *rx = smgr_rx_stats(west);

    east_serves();
    (void)opened_of(1, 0);
    names_become(SMGR_APNS, "internet", "ims", "new");
    (void)change(east);
    (void)opened_of(2, 2);
    pass_s(2);
    ck_assert_ptr_null(copy(2));
    ck_assert_uint_eq(rx->resyncs, 1);
    (void)change(west);
    ck_assert_ptr_nonnull(copy(1));
    pass_s(3);
    ck_assert_ptr_nonnull(copy(1));
    ck_assert_ptr_nonnull(copy(2));
    ck_assert_uint_eq(copy(2)->apn, 2);
    ck_assert(status_of(east).synced && status_of(west).synced);
    ck_assert_uint_eq(rx->resyncs, 2);
    (void)change(west); /* nothing is missing: nothing is asked for */
    pass_s(3);
    ck_assert_uint_eq(rx->resyncs, 2);
}
END_TEST

START_TEST(what_found_no_pool_on_the_standby_comes_when_it_has_one)
{
    struct sess *sess;

    east_serves();
    setup.sess.pool_n = 2;
    setup.sess.pools[1] = (struct sess_pool){.net = NET_2, .mask = M24};
    (void)change(east);
    ck_assert_int_eq(sess_open(smgr_table(east), 1, 5, 1, now, &sess), 0);
    sess->gtp_version = 1;
    sess_changed(smgr_table(east), sess);
    pass_s(2);
    ck_assert_ptr_null(copy(1));
    setup.sess.pools[0].net = NET_2; /* in another order there */
    setup.sess.pools[1].net = NET;
    (void)change(west);
    pass_s(3);
    ck_assert_uint_eq(copy(1)->ue_addr, NET_2 + 1);
    ck_assert(status_of(east).synced);
}
END_TEST

START_TEST(records_survive_the_removal_of_their_pool_and_are_sessions_after_a_takeover)
{
    uint32_t addr;

    east_serves();
    addr = opened_of(1, 1)->ue_addr;
    pump();
    setup.sess.pools[0].net = NET_2;
    (void)change(west);
    (void)change(east);
    sess_changed(smgr_table(east), sess_by_imsi(smgr_table(east), 1, 5)); /* in full, again */
    pass_s(1);
    ck_assert_uint_eq(copy(1)->ue_addr, addr);
    ck_assert(status_of(east).synced);
    ck_assert(smgr_role(west, now, SMGR_ACTIVE, 2));
    ck_assert_uint_eq(smgr_audit(west, now).purged, 0);
    ck_assert_uint_eq(sess_by_addr(smgr_table(west), addr)->imsi, 1);
    ck_assert_uint_eq(opened(west, 2)->ue_addr, NET_2 + 1);
}
END_TEST

START_TEST(a_shorter_duration_holds_for_calls_that_wait_already)
{
    free(east);
    east = manager_with(1, 7, 60 * US_PER_S);
    east_serves();
    (void)opened(east, 1);
    pass_s(10);
    ck_assert_ptr_null(copy(1));
    setup.duration_us[SMGR_NON_IMS] = 5 * US_PER_S;
    setup.duration_us[SMGR_IMS] = 60 * US_PER_S;
    (void)change(east);
    ck_assert_int_le(smgr_deadline(east).us, now.us);
    pump();
    ck_assert_ptr_nonnull(copy(1));
    (void)opened(east, 2);
    pass_s(4);
    ck_assert_ptr_null(copy(2));
    pass_s(2);
    ck_assert_ptr_nonnull(copy(2));
}
END_TEST

START_TEST(a_longer_duration_holds_for_calls_that_wait_already)
{
    free(east);
    east = manager_with(1, 7, 10 * US_PER_S);
    east_serves();
    (void)opened(east, 1);
    pass_s(5);
    setup.duration_us[SMGR_NON_IMS] = setup.duration_us[SMGR_IMS] = 30 * US_PER_S;
    (void)change(east);
    pass_s(20);
    ck_assert_ptr_null(copy(1));
    pass_s(6);
    ck_assert_ptr_nonnull(copy(1));
}
END_TEST

START_TEST(another_periodic_interval_holds_at_once)
{
    uint64_t told;

    east_serves();
    (void)opened(east, 1);
    pass_s(60);
    setup.periodic_us = 60 * US_PER_S;
    (void)change(east);
    told = smgr_tx_stats(east)->full_sent;
    pass_s(61);
    ck_assert_uint_eq(smgr_tx_stats(east)->full_sent, told + 1);
    setup.periodic_us = 3600 * US_PER_S;
    (void)change(east);
    pass_s(120);
    ck_assert_uint_eq(smgr_tx_stats(east)->full_sent, told + 1);
}
END_TEST

START_TEST(compression_is_negotiated_by_the_next_stream_only)
{
    east_serves();
    setup.lz4 = true;
    (void)change(east);
    (void)change(west);
    (void)opened(east, 1);
    pass_s(3);
    ck_assert_int_eq(status_of(east).tx.algo, CKPT_ZLIB);
    ck_assert_int_eq(status_of(west).rx.algo, CKPT_ZLIB);
    smgr_disconnected(east, now);
    smgr_disconnected(west, now);
    pass_s(3);
    ck_assert_int_eq(status_of(east).tx.algo, CKPT_LZ4);
    ck_assert_int_eq(status_of(west).rx.algo, CKPT_LZ4);
    ck_assert(status_of(east).synced);
    setup.lz4 = false;
    (void)change(east);
    pass_s(3);
    ck_assert_int_eq(status_of(east).tx.algo, CKPT_LZ4);
}
END_TEST

/* The OPEN is under way, offering LZ4, when LZ4 is taken back: the answer is to another stream. */
START_TEST(compression_changed_while_a_stream_opens_delays_it_only)
{
    static uint8_t message[CKPT_MESSAGE];
    size_t len;

    setup.lz4 = true;
    (void)change(east);
    (void)change(west);
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 1));
    len = smgr_next(east, now, message, sizeof message, NULL);
    ck_assert_uint_gt(len, 0);
    (void)smgr_receive(west, now, message, len);
    setup.lz4 = false;
    (void)change(east);
    pass_s(3);
    ck_assert(status_of(east).synced);
    ck_assert_int_eq(status_of(east).tx.algo, CKPT_ZLIB);
}
END_TEST

START_TEST(a_standby_that_is_ready_stays_so_when_recovery_turns_normal)
{
    east_serves();
    (void)opened(east, 1);
    setup.ready_beats = CKPT_BEATS;
    (void)change(west);
    ck_assert(status_of(west).connected);
    pump();
    ck_assert_ptr_nonnull(copy(1));
    smgr_disconnected(east, now);
    smgr_disconnected(west, now);
    pass_s(2);
    ck_assert(!status_of(west).connected);
    pass_s((unsigned)((CKPT_BEATS + 1) * CKPT_BEAT_US / US_PER_S));
    ck_assert(status_of(west).connected);
}
END_TEST

START_TEST(nacks_follow_the_configuration)
{
    setup.nack = (struct ckpt_nack_setup){
        .on = {[CKPT_MACRO] = true}, .max_response = {[CKPT_MACRO] = 1}, .window_us = US_PER_S};
    east_serves();
    smgr_set_fault(west, &(struct ckpt_fault){.cmd = CKPT_FULL, .times = 2});
    (void)opened(east, 1);
    pass_s(2);
    ck_assert_uint_eq(smgr_nacks(west)->sent[CKPT_MACRO], 0);
    ck_assert_ptr_null(copy(1));
    (void)change(west); /* from now on, and also of what failed before */
    (void)opened(east, 2);
    pass_s(2);
    ck_assert_uint_eq(smgr_nacks(west)->sent[CKPT_MACRO], 2);
    ck_assert_ptr_nonnull(copy(1));
    ck_assert_ptr_nonnull(copy(2));
    setup.nack.on[CKPT_MACRO] = false;
    (void)change(west);
    smgr_set_fault(west, &(struct ckpt_fault){.cmd = CKPT_FULL, .times = 1});
    (void)opened(east, 3);
    pass_s(2);
    ck_assert_uint_eq(smgr_nacks(west)->sent[CKPT_MACRO], 2);
    ck_assert_ptr_null(copy(3));
}
END_TEST

START_TEST(a_checksum_of_the_peer_is_compared_with_the_new_one)
{
    east_serves();
    ck_assert(!status_of(west).rx.config_differs);
    setup.config = 8;
    (void)change(west);
    ck_assert(status_of(west).rx.config_differs);
    setup.config = 7;
    (void)change(west);
    ck_assert(!status_of(west).rx.config_differs);
}
END_TEST

START_TEST(too_many_removed_pools_are_refused_before_anything_changes)
{
    struct smgr_setup big = {.sess = {.instance = 1, .instances = 1, .capacity = 200},
                             .names = rig_names,
                             .incarnation = 3};
    size_t size = 1;
    int rc = 0;

    free(east);
    east = smgr_init(malloc(smgr_size(&big)), &big);
    ck_assert(smgr_role(east, now, SMGR_ACTIVE, 1));
    for (uint32_t i = 0; rc == 0; i++) {
        setup.sess.pools[0] = (struct sess_pool){.net = NET_2 + 16 * i, .mask = 0xfffffff0u};
        rc = smgr_change_size(east, &setup, &size);
        if (rc == 0) {
            (void)change(east);
            (void)opened(east, 10 + i);
        }
    }
    ck_assert_int_eq(rc, DI_EFULL);
    ck_assert_uint_eq(size, 0);
    ck_assert_uint_eq(sess_count(smgr_table(east)), SESS_POOLS_ALL);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr_change");
    TCase *names = tcase_create("names"), *rest = tcase_create("rest");

    tcase_add_checked_fixture(names, begin, end);
    tcase_add_test(names, one_without_any_configuration_gets_all_of_it_later);
    tcase_add_test(names, calls_keep_their_names_whatever_is_configured_before_them);
    tcase_add_test(names, a_new_mapping_is_told_once_and_before_calls_that_need_it);
    tcase_add_test(names, a_number_is_free_again_when_its_last_call_ended);
    tcase_add_test(names, a_standby_reads_the_mapping_with_its_new_names);
    tcase_add_test(names, what_found_no_name_on_the_standby_comes_when_it_has_one);
    tcase_add_test(names, what_found_no_pool_on_the_standby_comes_when_it_has_one);
    suite_add_tcase(suite, names);
    tcase_add_checked_fixture(rest, begin, end);
    tcase_add_test(rest,
                   records_survive_the_removal_of_their_pool_and_are_sessions_after_a_takeover);
    tcase_add_test(rest, a_shorter_duration_holds_for_calls_that_wait_already);
    tcase_add_test(rest, a_longer_duration_holds_for_calls_that_wait_already);
    tcase_add_test(rest, another_periodic_interval_holds_at_once);
    tcase_add_test(rest, compression_is_negotiated_by_the_next_stream_only);
    tcase_add_test(rest, compression_changed_while_a_stream_opens_delays_it_only);
    tcase_add_test(rest, a_standby_that_is_ready_stays_so_when_recovery_turns_normal);
    tcase_add_test(rest, nacks_follow_the_configuration);
    tcase_add_test(rest, a_checksum_of_the_peer_is_compared_with_the_new_one);
    tcase_add_test(rest, too_many_removed_pools_are_refused_before_anything_changes);
    suite_add_tcase(suite, rest);
    return unit_main(suite);
}
