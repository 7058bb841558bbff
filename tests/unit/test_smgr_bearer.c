#include "sf/sess_bearer.h"
#include "smgr_rig.h"

/* Bearers beside the default one, between two session managers. */

static struct sess *call;

static struct sess *
joined(struct smgr *smgr, struct sess *to, uint8_t ebi)
{
    struct sess *sess = NULL;

    ck_assert_int_eq(sess_reserve(smgr_table(smgr), to, now, &sess), 0);
    sess_join(smgr_table(smgr), sess, ebi, now);
    *sess_rule(smgr_table(smgr), sess) =
        (struct sess_rule){.name = "voice", .qci = 1, .filter_n = 1, .filters = {{.protocol = 17}}};
    sess_changed(smgr_table(smgr), sess);
    return sess;
}

static void
set_up_call(void)
{
    set_up();
    (void)smgr_role(east, now, SMGR_ACTIVE, 1);
    call = opened(east, 1);
    pump();
}

static struct sess *
at_west(uint8_t ebi)
{
    return sess_by_imsi(smgr_table(west), 1, ebi);
}

static uint64_t
sent(uint8_t cmd)
{
    return smgr_tx_stats(east)->delete_cmd_sent[cmd];
}

START_TEST(bearer_and_its_rule_reach_the_standby)
{
    const struct sess *sess = joined(east, call, 6);

    pump();
    ck_assert_ptr_nonnull(at_west(6));
    ck_assert_uint_eq(at_west(6)->teid, sess->teid);
    ck_assert_uint_eq(at_west(6)->lbi, 5);
    ck_assert_mem_eq(sess_rule(smgr_table(west), at_west(6)), sess_rule(smgr_table(east), sess),
                     sizeof(struct sess_rule));
    ck_assert_uint_eq(status_of(west).sessions, 1);
    ck_assert_uint_eq(status_of(west).bearers, 1);
    ck_assert_uint_eq(smgr_ledger(west)->crr_created, 1);
}
END_TEST

START_TEST(end_of_a_secondary_context_is_told_by_its_own_cmd_id)
{
    struct sess *sess = joined(east, call, 6);

    pump();
    sess_close(smgr_table(east), sess);
    pump();
    ck_assert_ptr_null(at_west(6));
    ck_assert_ptr_nonnull(at_west(5));
    ck_assert_uint_eq(sent(117), 1);
    ck_assert_uint_eq(sent(1), 0);
    ck_assert_uint_eq(smgr_rx_stats(west)->delete_cmd_received[117], 1);
    ck_assert_uint_eq(smgr_ledger(west)->crr_deleted, 0);
    ck_assert_uint_eq(status_of(east).tx.tombstones, 0);
}
END_TEST

START_TEST(end_of_a_dedicated_bearer_is_told_by_that_of_its_rule)
{
    struct sess *sess;

    call->gtp_version = 2;
    sess = joined(east, call, 6);
    pump();
    sess_close(smgr_table(east), sess);
    pump();
    ck_assert_ptr_null(at_west(6));
    ck_assert_uint_eq(sent(178), 1);
}
END_TEST

START_TEST(end_of_a_call_ends_its_bearers_on_both_sides)
{
    (void)joined(east, call, 6);
    (void)joined(east, call, 7);
    pump();
    sess_close(smgr_table(east), call);
    pump();
    ck_assert_uint_eq(sent(1), 1);
    ck_assert_uint_eq(sent(117), 2);
    ck_assert_uint_eq(status_of(west).sessions, 0);
    ck_assert_uint_eq(status_of(west).bearers, 0);
    ck_assert_uint_eq(smgr_ledger(west)->crr_deleted, 1);
}
END_TEST

START_TEST(bearers_go_on_after_a_takeover)
{
    (void)joined(east, call, 6);
    (void)joined(east, call, 7);
    pump();
    (void)smgr_role(west, now, SMGR_ACTIVE, 2);

    struct smgr_audit audit = smgr_audit(west, now);

    ck_assert_uint_eq(audit.purged + audit.bearers_purged, 0);
    ck_assert_uint_eq(sess_table_stats(smgr_table(west))->recovered, 1);
    ck_assert_uint_eq(at_west(5)->bearers, 1u << 6 | 1u << 7);
    sess_close(smgr_table(west), at_west(5));
    ck_assert_uint_eq(status_of(west).bearers, 0);
}
END_TEST

START_TEST(orphan_is_closed_by_the_audit_and_its_end_is_told)
{
    struct sess *sess = joined(east, call, 6);

    pump();
    (void)sess_drop(smgr_table(west), call->teid);
    (void)smgr_role(west, now, SMGR_ACTIVE, 2);
    (void)smgr_role(east, now, SMGR_STANDBY, 2);
    pass_s(1);
    ck_assert_ptr_eq(sess_by_imsi(smgr_table(east), 1, 6), sess);

    struct smgr_audit audit = smgr_audit(west, now);

    ck_assert_uint_eq(audit.purged, 0); /* no call is lost by it */
    ck_assert_uint_eq(audit.bearers_purged, 1);
    ck_assert_uint_eq(smgr_ledger(west)->audit_failed, 0);
    pass_s(1);
    ck_assert_uint_eq(status_of(east).bearers, 0);
    ck_assert_uint_eq(smgr_tx_stats(west)->delete_cmd_sent[117], 1);
}
END_TEST

/* A call that is old enough is with the standby: a bearer it gets now must not be missing there. */
START_TEST(bearer_is_as_old_as_its_call)
{
    free(east);
    east = manager_with(11, 7, 60 * US_PER_S);
    (void)smgr_role(east, now, SMGR_ACTIVE, 2);
    call = opened(east, 1);
    pass_s(61);
    ck_assert_ptr_nonnull(at_west(5));
    (void)joined(east, call, 6);
    pump();
    ck_assert_ptr_nonnull(at_west(6));
}
END_TEST

/* In a planned switchover the one that leaves may still count on a bearer, or end it. */
START_TEST(last_words_about_bearers_are_merged)
{
    struct sess *kept = joined(east, call, 6), *ended = joined(east, call, 7);

    pump();
    (void)smgr_obey(west, now, &(struct smgr_order){.role = SMGR_HOLD, .epoch = 2, .drain = true});
    kept->counters.up_packets = 5;
    sess_changed_part(smgr_table(east), kept, sess_stats_part(kept));
    sess_close(smgr_table(east), ended);
    pump();
    ck_assert_uint_eq(at_west(6)->counters.up_packets, 5);
    ck_assert_ptr_null(at_west(7));
    ck_assert_uint_eq(at_west(5)->bearers, 1u << 6);
    sess_close(smgr_table(east), call);
    pump();
    ck_assert_uint_eq(status_of(west).sessions, 0);
    ck_assert_uint_eq(status_of(west).bearers, 0);
}
END_TEST

/* The address is the session's: a record of a bearer must not push that out. */
START_TEST(bearer_that_moved_to_another_slot_replaces_only_its_former_self)
{
    struct sess *sess = joined(east, call, 6);

    pump();
    smgr_disconnected(east, now);
    smgr_disconnected(west, now);
    sess_close(smgr_table(east), sess);
    (void)joined(east, call, 6);
    pass_s(5);
    ck_assert(status_of(east).synced);
    ck_assert_ptr_nonnull(at_west(5));
    ck_assert_uint_eq(at_west(6)->teid, sess_by_imsi(smgr_table(east), 1, 6)->teid);
    ck_assert_uint_eq(status_of(west).bearers, 1);
}
END_TEST

START_TEST(filters_of_a_secondary_context_change_with_its_update)
{
    struct sess *sess = joined(east, call, 6);
    struct sess_rule *rule = sess_rule(smgr_table(east), sess);

    pump();
    rule->filter_n = 2;
    rule->filters[1] = (struct gtp_filter){.id = 1, .protocol = 6, .port_high = 9};
    sess->peer_user_teid = 77;
    sess_changed_part(smgr_table(east), sess, SESS_GGSN_UPDATE);
    sess_changed_part(smgr_table(east), call, SESS_GGSN_UPDATE);
    pump();
    ck_assert_uint_eq(at_west(6)->peer_user_teid, 77);
    ck_assert_mem_eq(sess_rule(smgr_table(west), at_west(6)), rule, sizeof *rule);
    ck_assert_uint_eq(smgr_rx_stats(west)->part_refused[171], 0);
}
END_TEST

START_TEST(changed_rule_reaches_the_standby_with_its_qos)
{
    struct sess *sess = joined(east, call, 6);
    struct sess_rule *rule = sess_rule(smgr_table(east), sess);

    pump();
    memcpy(rule->name, "video", 6);
    rule->qci = 2;
    rule->filter_n = 0;
    rule->filters[0] = (struct gtp_filter){0};
    sess->qos_len = 2;
    sess->qos[1] = 2;
    sess_changed_part(smgr_table(east), sess, SESS_RULE);
    pump();
    ck_assert_mem_eq(sess_rule(smgr_table(west), at_west(6)), rule, sizeof *rule);
    ck_assert_uint_eq(at_west(6)->qos[1], 2);
    ck_assert_uint_eq(smgr_tx_stats(east)->part_sent[SESS_RULE], 1);
    ck_assert_uint_eq(smgr_rx_stats(west)->part_refused[43], 0);
}
END_TEST

/* Each by its own CMD-ID, and nothing else of the session with it. */
START_TEST(what_signalling_changed_of_a_session_travels_by_itself)
{
    uint64_t full = smgr_tx_stats(east)->full_sent;

    call->ambr_up = 1;
    call->ambr_down = 2;
    call->qos_len = 2;
    call->qos[1] = 5;
    call->rat = 3;
    call->restoring = true;
    sess_changed_part(smgr_table(east), call, SESS_SGX);
    pump();
    ck_assert_uint_eq(at_west(5)->ambr_up, 1);
    ck_assert_uint_eq(at_west(5)->ambr_down, 2);
    ck_assert_uint_eq(at_west(5)->qos[1], 5);
    ck_assert_uint_eq(at_west(5)->rat, 0);
    sess_changed_part(smgr_table(east), call, SESS_CALL);
    pump();
    ck_assert_uint_eq(at_west(5)->rat, 3);
    ck_assert(!at_west(5)->restoring);
    sess_changed_part(smgr_table(east), call, SESS_RESTORATION);
    pump();
    ck_assert(at_west(5)->restoring);
    ck_assert_uint_eq(smgr_tx_stats(east)->full_sent, full);
    ck_assert_uint_eq(smgr_rx_stats(west)->part_received[137], 1);
    ck_assert_uint_eq(smgr_rx_stats(west)->part_received[179], 1);
    ck_assert_uint_eq(smgr_rx_stats(west)->part_received[158], 1);
}
END_TEST

static bool
decodes(enum sess_part part, const void *bytes, size_t len)
{
    struct sess_rule rule = {0};
    struct sess sess = {.lbi = part == SESS_RULE ? 5 : 0};

    return sess_part_decode(&sess, &rule, part, now, bytes, len);
}

START_TEST(parts_that_are_cut_or_impossible_are_refused)
{
    struct sess_rule rule = {.filter_n = 1};
    uint8_t buf[256];

    for (unsigned part = 0; part < SESS_PARTS; part++) {
        struct sess sess = {.lbi = part == SESS_RULE ? 5 : 0, .qos_len = 3};
        struct wr wr = wr_over(buf, sizeof buf);

        sess_part_encode(&wr, &sess, &rule, (enum sess_part)part, now);
        ck_assert(!wr.full && wr_len(&wr) <= 255);
        ck_assert(decodes((enum sess_part)part, buf, wr_len(&wr)));
        for (size_t cut = 0; cut < wr_len(&wr); cut++)
            ck_assert(!decodes((enum sess_part)part, buf, cut));
        ck_assert(!decodes((enum sess_part)part, buf, wr_len(&wr) + 1));
    }
    ck_assert(!decodes(SESS_RESTORATION, "\2", 1));
    ck_assert(!decodes(SESS_RULE, "\0\1\1\5", 4)); /* five filters */
}
END_TEST

/* A rule for a session that is no bearer, as of a peer that went wrong. */
START_TEST(part_that_a_record_has_not_is_refused)
{
    ck_assert(!sess_has_part(call, SESS_RULE) && sess_has_part(call, SESS_CALL));
    ck_assert(sess_has_part(joined(east, call, 6), SESS_RULE));
    ck_assert(!sess_has_part(sess_by_imsi(smgr_table(east), 1, 6), SESS_CALL));
    ck_assert(!sess_has_part(call, SESS_PARTS));
}
END_TEST

/* With four filters, each as long as can be, and the longest name. */
START_TEST(longest_rule_fits_a_part)
{
    struct sess_rule rule = {.name = "fifteen letters", .filter_n = GTP_FILTERS};
    struct sess sess = {.lbi = 5, .qos_len = SESS_QOS};
    uint8_t buf[255];
    struct wr wr = wr_over(buf, sizeof buf);

    sess_part_encode(&wr, &sess, &rule, SESS_GGSN_UPDATE, now);
    ck_assert(!wr.full);
    wr = wr_over(buf, sizeof buf);
    sess_part_encode(&wr, &sess, &rule, SESS_RULE, now);
    ck_assert(!wr.full);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("smgr_bearer");
    TCase *tc = tcase_create("smgr_bearer");

    tcase_add_checked_fixture(tc, set_up_call, tear_down);
    tcase_add_test(tc, bearer_and_its_rule_reach_the_standby);
    tcase_add_test(tc, end_of_a_secondary_context_is_told_by_its_own_cmd_id);
    tcase_add_test(tc, end_of_a_dedicated_bearer_is_told_by_that_of_its_rule);
    tcase_add_test(tc, end_of_a_call_ends_its_bearers_on_both_sides);
    tcase_add_test(tc, bearers_go_on_after_a_takeover);
    tcase_add_test(tc, orphan_is_closed_by_the_audit_and_its_end_is_told);
    tcase_add_test(tc, bearer_is_as_old_as_its_call);
    tcase_add_test(tc, last_words_about_bearers_are_merged);
    tcase_add_test(tc, bearer_that_moved_to_another_slot_replaces_only_its_former_self);
    tcase_add_test(tc, filters_of_a_secondary_context_change_with_its_update);
    tcase_add_test(tc, changed_rule_reaches_the_standby_with_its_qos);
    tcase_add_test(tc, what_signalling_changed_of_a_session_travels_by_itself);
    tcase_add_test(tc, parts_that_are_cut_or_impossible_are_refused);
    tcase_add_test(tc, part_that_a_record_has_not_is_refused);
    tcase_add_test(tc, longest_rule_fits_a_part);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
