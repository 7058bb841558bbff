#include "tests/unit/ckpt_rig.h"

/* An audit between two copies: what differs is found, counted, and made good where that is asked. */

static void
filled(void)
{
    for (uint32_t slot = 1; slot <= SLOTS; slot++)
        put(slot, 100 + slot);
    pump(NULL, 0);
    ck_assert(synced());
}

/* Nobody told it: two records fall out of step, one is lost, one should not be there. */
static void
spoil(void)
{
    theirs.value[1] = 7;
    theirs.part[SLOTS][0] = 7;
    theirs.value[2] = 0;
    take(3);
    pump(NULL, 0);
    theirs.value[3] = 9;
}

static const struct ckpt_audit_result *
audited(uint32_t run, bool sync, struct rng *rng, unsigned loss)
{
    ckpt_tx_audit(tx, now, run, sync);
    for (int i = 0; i < 4000 && ckpt_tx_audit_result(tx)->state == CKPT_AUDIT_RUNS; i++) {
        pump(rng, loss);
        pass(10 * US_PER_MS);
    }
    return ckpt_tx_audit_result(tx);
}

static void
counts_are(const struct ckpt_audit_result *r, uint32_t missing, uint32_t stale, uint32_t extra,
           uint32_t made_good)
{
    ck_assert_int_eq(r->state, CKPT_AUDIT_COMPLETE);
    ck_assert_uint_eq(r->counts.missing, missing);
    ck_assert_uint_eq(r->counts.stale, stale);
    ck_assert_uint_eq(r->counts.extra, extra);
    ck_assert_uint_eq(r->counts.synced, made_good);
}

START_TEST(two_that_are_alike_cost_a_digest_a_bucket)
{
    uint64_t before;

    filled();
    before = ckpt_tx_stats(tx)->octets;
    counts_are(audited(1, false, NULL, 0), 0, 0, 0, 0);
    ck_assert_uint_eq(ckpt_tx_audit_result(tx)->counts.items, SLOTS);
    ck_assert_uint_lt(ckpt_tx_stats(tx)->octets - before, 200);
    ck_assert_uint_eq(rx.audit.differ_n, 0);
}
END_TEST

START_TEST(without_sync_differences_are_counted_and_stay)
{
    filled();
    spoil();
    counts_are(audited(1, false, NULL, 0), 1, 2, 1, 0);
    ck_assert_uint_eq(theirs.value[1], 7);
    ck_assert_uint_eq(theirs.value[2], 0);
    ck_assert_uint_eq(theirs.value[3], 9);
    counts_are(audited(2, false, NULL, 0), 1, 2, 1, 0); /* and are found again */
}
END_TEST

START_TEST(with_sync_both_are_alike_afterwards)
{
    filled();
    spoil();
    counts_are(audited(1, true, NULL, 0), 1, 2, 1, 4);
    assert_same();
    counts_are(audited(2, false, NULL, 0), 0, 0, 0, 0);
}
END_TEST

/* What is not told yet goes before the digest: an audit never takes it for a difference. */
START_TEST(changes_under_way_are_no_differences)
{
    filled();
    ckpt_tx_audit(tx, now, 1, false);
    for (uint32_t i = 0; ckpt_tx_audit_result(tx)->state == CKPT_AUDIT_RUNS; i++) {
        uint32_t slot = 1 + i % SLOTS;

        put(slot, 1000 + i);
        ours.part[slot][0] = i;
        ckpt_tx_part(tx, slot, 0);
        size_t len = from_tx();

        if (len > 0)
            (void)give_rx(len);
        pump(NULL, 0);
        pass(5 * US_PER_MS);
        ck_assert_uint_lt(i, 1000);
    }
    counts_are(ckpt_tx_audit_result(tx), 0, 0, 0, 0);
}
END_TEST

START_TEST(traffic_alone_is_no_difference)
{
    filled();
    ours.part[5][1] = 77; /* it will be told in its time */
    counts_are(audited(1, false, NULL, 0), 0, 0, 0, 0);
}
END_TEST

START_TEST(the_young_are_not_compared)
{
    start_sender(10, 60 * US_PER_S, false);
    put(1, 100);
    pump(NULL, 0);
    counts_are(audited(1, true, NULL, 0), 0, 0, 0, 0);
    ck_assert_uint_eq(theirs.value[1], 0);
}
END_TEST

START_TEST(lost_messages_delay_an_audit_and_change_no_result)
{
    struct rng rng = {.state = (uint64_t)_i + 1};

    filled();
    spoil();
    for (uint32_t run = 1; run < 200; run++) {
        const struct ckpt_audit_result *r = audited(run, true, &rng, 200);

        ck_assert_int_ne(r->state, CKPT_AUDIT_RUNS);
        for (int i = 0; i < 10; i++) {
            pump(NULL, 0);
            pass(CKPT_BEAT_US);
        }
        if (r->state == CKPT_AUDIT_COMPLETE)
            break; /* others were aborted, when a lost frame ended the stream */
    }
    ck_assert_int_eq(ckpt_tx_audit_result(tx)->state, CKPT_AUDIT_COMPLETE);
    assert_same();
}
END_TEST

/* The peer had compared and was stopped; meanwhile slots were short, and deletes were given up. */
START_TEST(a_result_of_before_deletes_were_given_up_is_not_the_last_word)
{
    static uint8_t held[8][CKPT_MESSAGE];
    size_t lens[8], n = 0, len;

    filled();
    ckpt_tx_audit(tx, now, 1, true);
    while ((len = from_tx()))
        (void)give_rx(len);
    while ((len = from_rx())) {
        ck_assert_uint_lt(n, 8);
        memcpy(held[n], message, len);
        lens[n++] = len;
    }
    ck_assert_uint_gt(n, 0);
    take(5);
    pass(CKPT_BEAT_US);
    ck_assert_uint_eq(ckpt_tx_give_up(tx, now), 1);
    ck_assert_uint_ne(theirs.value[5], 0);
    for (size_t i = 0; i < n; i++) {
        memcpy(message, held[i], lens[i]);
        (void)give_tx(lens[i]);
    }
    ck_assert_int_eq(ckpt_tx_audit_result(tx)->state, CKPT_AUDIT_RUNS);
    for (int i = 0; i < 400 && ckpt_tx_audit_result(tx)->state == CKPT_AUDIT_RUNS; i++) {
        pump(NULL, 0);
        pass(10 * US_PER_MS);
    }
    counts_are(ckpt_tx_audit_result(tx), 0, 0, 0, 0);
    assert_same();
}
END_TEST

START_TEST(a_stream_that_ends_ends_the_audit)
{
    filled();
    ckpt_tx_audit(tx, now, 1, false);
    ck_assert_uint_gt(from_tx(), 0);
    ckpt_tx_disconnected(tx, now);
    ck_assert_int_eq(ckpt_tx_audit_result(tx)->state, CKPT_AUDIT_ABORTED);
}
END_TEST

/* Else it would wait for ever for what the peer cannot take. */
START_TEST(what_cannot_be_made_good_is_not_waited_for)
{
    filled();
    spoil();
    rx.fault = (struct ckpt_fault){.cmd = CKPT_FULL, .times = UINT32_MAX};
    counts_are(audited(1, true, NULL, 0), 1, 2, 1, 1);
}
END_TEST

/* Its next step is due, and cannot be made: whoever waits for the deadline must not wake for it. */
START_TEST(an_audit_without_credit_waits_for_an_acknowledgement)
{
    filled();
    for (uint32_t slot = 1; slot <= rx.setup.credit; slot++) {
        put(slot, 1000 + slot);
        ck_assert_int_eq(give_rx(from_tx()), CKPT_OK);
    }
    ckpt_tx_audit(tx, now, 1, false);
    ck_assert_uint_eq(from_tx(), 0);
    ck_assert_int_gt(ckpt_tx_deadline(tx).us, now.us);
    ck_assert_int_eq(give_tx(from_rx()), CKPT_OK);
    ck_assert_int_le(ckpt_tx_deadline(tx).us, now.us);
    pump(NULL, 0);
    counts_are(ckpt_tx_audit_result(tx), 0, 0, 0, 0);
}
END_TEST

START_TEST(malformed_audits_are_refused)
{
    struct ckpt_msg msg = {
        .type = CKPT_AUDIT,
        .ids = {.instance = 1, .sender = 10, .receiver = 20, .epoch = 1, .stream = 1},
        .audit = {.run = 1, .kind = CKPT_AUDIT_BUCKETS}};
    struct wr wr = wr_over(message, sizeof message);

    ckpt_encode(&wr, &msg);
    wr_u8(&wr, 1);
    ck_assert_int_eq(give_tx(wr_len(&wr)), CKPT_MALFORMED); /* no whole number */
    for (unsigned i = 1; i < 4 * (CKPT_ASKED + 1); i++)
        wr_u8(&wr, 1);
    ck_assert_int_eq(give_tx(wr_len(&wr)), CKPT_MALFORMED); /* too many */
    msg.audit.kind = CKPT_AUDIT_KINDS;
    wr = wr_over(message, sizeof message);
    ckpt_encode(&wr, &msg);
    ck_assert_int_eq(give_tx(wr_len(&wr)), CKPT_MALFORMED);
}
END_TEST

START_TEST(buckets_and_slots_that_cannot_be_are_ignored)
{
    filled();
    ckpt_tx_audit(tx, now, 1, true);
    for (unsigned kind = CKPT_AUDIT_BUCKETS; kind <= CKPT_AUDIT_SLOTS; kind++) {
        struct ckpt_msg msg = {.type = CKPT_AUDIT,
                               .ids = {.instance = 1,
                                       .sender = 10,
                                       .receiver = 20,
                                       .epoch = 1,
                                       .stream = sender().stream},
                               .audit = {.run = 1, .kind = (uint8_t)kind}};
        struct wr wr = wr_over(message, sizeof message);

        ckpt_encode(&wr, &msg);
        wr_u32(&wr, UINT32_MAX);
        wr_u32(&wr, CKPT_BUCKETS);
        wr_u32(&wr, SLOTS + 1);
        ck_assert_int_eq(give_tx(wr_len(&wr)), CKPT_OK);
    }
    counts_are(audited(1, true, NULL, 0), 0, 0, 0, 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("ckpt_audit");
    TCase *tcase = tcase_create("ckpt_audit");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, two_that_are_alike_cost_a_digest_a_bucket);
    tcase_add_test(tcase, without_sync_differences_are_counted_and_stay);
    tcase_add_test(tcase, with_sync_both_are_alike_afterwards);
    tcase_add_test(tcase, changes_under_way_are_no_differences);
    tcase_add_test(tcase, traffic_alone_is_no_difference);
    tcase_add_test(tcase, the_young_are_not_compared);
    tcase_add_loop_test(tcase, lost_messages_delay_an_audit_and_change_no_result, 0, 10);
    tcase_add_test(tcase, a_result_of_before_deletes_were_given_up_is_not_the_last_word);
    tcase_add_test(tcase, a_stream_that_ends_ends_the_audit);
    tcase_add_test(tcase, what_cannot_be_made_good_is_not_waited_for);
    tcase_add_test(tcase, an_audit_without_credit_waits_for_an_acknowledgement);
    tcase_add_test(tcase, malformed_audits_are_refused);
    tcase_add_test(tcase, buckets_and_slots_that_cannot_be_are_ignored);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
