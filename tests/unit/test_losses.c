#include "cf/losses.h"

#include <string.h>

#include "tests/unit/unit.h"

enum { REASON = 9, WALL = 1000 };

static const mono_t began = {.us = 5000000};

static mono_t
later(int64_t us)
{
    return mono_after(began, us);
}

static struct losses
under_way(uint32_t before)
{
    struct losses losses = {0};

    losses_begin(&losses, began, WALL, REASON, before);
    return losses;
}

static uint32_t
all_causes(const struct loss *loss)
{
    uint32_t sum = 0;

    for (unsigned i = 0; i < LOSS_CAUSE_N; i++)
        sum += loss->by_cause[i];
    return sum;
}

/* The one entry of a takeover that ended with these facts. */
static struct loss
end_with(uint32_t before, struct loss_facts facts)
{
    struct losses losses = under_way(before);

    losses_end(&losses, later(2000), &facts);
    ck_assert_uint_eq(losses.n, 1);
    ck_assert_uint_eq(all_causes(&losses.kept[0]), losses.kept[0].lost);
    ck_assert_uint_eq(losses.kept[0].before, losses.kept[0].recovered + losses.kept[0].lost);
    return losses.kept[0];
}

/* ---- one entry ---------------------------------------------------------------------------- */

START_TEST(an_entry_tells_number_start_duration_and_reason)
{
    struct loss loss = end_with(7, (struct loss_facts){.recovered = 7});

    ck_assert_uint_eq(loss.number, 1);
    ck_assert_int_eq(loss.wall_us, WALL);
    ck_assert_int_eq(loss.took_us, 2000);
    ck_assert_uint_eq(loss.reason, REASON);
}
END_TEST

START_TEST(a_takeover_that_loses_nothing_has_no_cause)
{
    struct loss loss =
        end_with(7, (struct loss_facts){.recovered = 7, .forced = true, .young = true});

    ck_assert_uint_eq(loss.lost, 0);
    ck_assert_uint_eq(all_causes(&loss), 0);
}
END_TEST

START_TEST(calls_the_peer_had_not_told_yet_are_calls_and_not_a_negative_loss)
{
    struct loss loss = end_with(7, (struct loss_facts){.recovered = 9});

    ck_assert_uint_eq(loss.before, 9);
    ck_assert_uint_eq(loss.recovered, 9);
    ck_assert_uint_eq(loss.lost, 0);
}
END_TEST

START_TEST(with_a_checkpoint_duration_what_is_missing_was_too_young)
{
    struct loss loss = end_with(10, (struct loss_facts){.recovered = 6, .young = true});

    ck_assert_uint_eq(loss.lost, 4);
    ck_assert_uint_eq(loss.by_cause[LOSS_YOUNG], 4);
}
END_TEST

START_TEST(without_one_it_was_in_flight)
{
    struct loss loss = end_with(10, (struct loss_facts){.recovered = 6});

    ck_assert_uint_eq(loss.by_cause[LOSS_IN_FLIGHT], 4);
}
END_TEST

START_TEST(a_session_manager_without_its_peer_is_the_narrower_cause)
{
    struct loss loss =
        end_with(10, (struct loss_facts){.recovered = 6, .not_ready = true, .young = true});

    ck_assert_uint_eq(loss.by_cause[LOSS_NOT_READY], 4);
    ck_assert_uint_eq(loss.by_cause[LOSS_YOUNG], 0);
}
END_TEST

START_TEST(who_forced_the_switchover_over_it_is_named_instead)
{
    struct loss loss =
        end_with(10, (struct loss_facts){.recovered = 6, .not_ready = true, .forced = true});

    ck_assert_uint_eq(loss.by_cause[LOSS_FORCED], 4);
    ck_assert_uint_eq(loss.by_cause[LOSS_NOT_READY], 0);
}
END_TEST

START_TEST(force_is_no_cause_while_all_session_managers_had_their_peers)
{
    struct loss loss = end_with(10, (struct loss_facts){.recovered = 6, .forced = true});

    ck_assert_uint_eq(loss.by_cause[LOSS_FORCED], 0);
    ck_assert_uint_eq(loss.by_cause[LOSS_IN_FLIGHT], 4);
}
END_TEST

START_TEST(calls_the_audit_purged_are_told_apart_from_the_rest)
{
    struct loss loss =
        end_with(10, (struct loss_facts){.recovered = 6, .audit_failed = 3, .young = true});

    ck_assert_uint_eq(loss.by_cause[LOSS_AUDIT], 3);
    ck_assert_uint_eq(loss.by_cause[LOSS_YOUNG], 1);
}
END_TEST

START_TEST(what_the_audit_purged_was_there_before_whatever_the_peer_said)
{
    struct loss loss = end_with(10, (struct loss_facts){.recovered = 8, .audit_failed = 5});

    ck_assert_uint_eq(loss.before, 13);
    ck_assert_uint_eq(loss.lost, 5);
    ck_assert_uint_eq(loss.by_cause[LOSS_AUDIT], 5);
}
END_TEST

START_TEST(after_a_flush_what_session_managers_were_told_is_all_there_was)
{
    struct loss loss =
        end_with(9, (struct loss_facts){.recovered = 6, .told = {.in_flight = 1}, .exact = true});

    ck_assert_uint_eq(loss.before, 7); /* two that the hello told of were closed since */
    ck_assert_uint_eq(loss.lost, 1);
}
END_TEST

START_TEST(causes_that_session_managers_know_come_before_what_is_guessed)
{
    struct loss loss = end_with(
        20,
        (struct loss_facts){
            .recovered = 8,
            .young = true,
            .told = {.young = 3, .in_flight = 1, .nack_limit = 2, .nack_off = 1, .not_ready = 4},
        });

    ck_assert_uint_eq(loss.lost, 12);
    ck_assert_uint_eq(loss.by_cause[LOSS_YOUNG], 3 + 1); /* one more is missing, and may be */
    ck_assert_uint_eq(loss.by_cause[LOSS_IN_FLIGHT], 1);
    ck_assert_uint_eq(loss.by_cause[LOSS_NACK_LIMIT], 2);
    ck_assert_uint_eq(loss.by_cause[LOSS_NACK_OFF], 1);
    ck_assert_uint_eq(loss.by_cause[LOSS_NOT_READY], 4);
}
END_TEST

START_TEST(calls_that_session_managers_were_told_of_count_though_no_hello_said_so)
{
    struct loss loss =
        end_with(8, (struct loss_facts){.recovered = 8, .young = true, .told = {.young = 2}});

    ck_assert_uint_eq(loss.before, 10);
    ck_assert_uint_eq(loss.by_cause[LOSS_YOUNG], 2);
}
END_TEST

/* ---- ways to end ---------------------------------------------------------------------------- */

START_TEST(an_end_without_a_beginning_is_no_entry)
{
    struct losses losses = {0};

    losses_end(&losses, began, &(struct loss_facts){.recovered = 3});
    losses_yield(&losses, began, 3);
    ck_assert_uint_eq(losses.n, 0);
    ck_assert_uint_eq(losses.numbers, 0);
}
END_TEST

START_TEST(a_switchover_ends_once)
{
    struct losses losses = under_way(5);

    losses_end(&losses, later(1), &(struct loss_facts){.recovered = 5});
    losses_end(&losses, later(2), &(struct loss_facts){.recovered = 1});
    ck_assert_uint_eq(losses.n, 1);
    ck_assert_uint_eq(losses.kept[0].lost, 0);
}
END_TEST

START_TEST(the_loser_of_two_actives_lost_what_it_dropped)
{
    struct losses losses = under_way(5);

    losses_yield(&losses, later(3000), 2);
    ck_assert_uint_eq(losses.n, 1);
    ck_assert_uint_eq(losses.kept[0].lost, 2);
    ck_assert_uint_eq(losses.kept[0].recovered, 3);
    ck_assert_uint_eq(losses.kept[0].by_cause[LOSS_DUAL_ACTIVE], 2);
    ck_assert_uint_eq(all_causes(&losses.kept[0]), 2);
    ck_assert_int_eq(losses.kept[0].took_us, 3000);
}
END_TEST

START_TEST(it_cannot_have_dropped_more_than_it_had)
{
    struct losses losses = under_way(5);

    losses_yield(&losses, began, 6);
    ck_assert_uint_eq(losses.kept[0].lost, 5);
    ck_assert_uint_eq(losses.kept[0].recovered, 0);
}
END_TEST

START_TEST(a_switchover_that_ended_where_it_began_leaves_no_entry)
{
    struct losses losses = under_way(5);

    losses_forget(&losses);
    losses_end(&losses, later(1), &(struct loss_facts){.recovered = 1});
    losses_yield(&losses, later(1), 1);
    ck_assert_uint_eq(losses.n, 0);

    losses_begin(&losses, began, WALL, REASON, 5);
    losses_end(&losses, later(1), &(struct loss_facts){.recovered = 4});
    ck_assert_uint_eq(losses.n, 1);
    ck_assert_uint_eq(losses.kept[0].number, 1);
}
END_TEST

START_TEST(a_new_beginning_replaces_one_that_never_ended)
{
    struct losses losses = under_way(5);

    losses_begin(&losses, later(100), WALL + 1, REASON - 1, 8);
    losses_end(&losses, later(150), &(struct loss_facts){.recovered = 8});
    ck_assert_uint_eq(losses.n, 1);
    ck_assert_uint_eq(losses.kept[0].before, 8);
    ck_assert_uint_eq(losses.kept[0].reason, REASON - 1);
    ck_assert_int_eq(losses.kept[0].wall_us, WALL + 1);
    ck_assert_int_eq(losses.kept[0].took_us, 50);
}
END_TEST

/* ---- history ---------------------------------------------------------------------------------- */

static struct losses
history(unsigned entries)
{
    struct losses losses = {0};

    for (unsigned i = 1; i <= entries; i++) {
        losses_begin(&losses, began, WALL, REASON, 100 + i);
        losses_end(&losses, began, &(struct loss_facts){.recovered = 100});
    }
    return losses;
}

START_TEST(ten_are_kept_all_of_them)
{
    struct losses losses = history(10);

    ck_assert_uint_eq(losses.n, 10);
    for (unsigned i = 0; i < 10; i++) {
        ck_assert_uint_eq(losses.kept[i].number, i + 1);
        ck_assert_uint_eq(losses.kept[i].lost, i + 1);
    }
}
END_TEST

START_TEST(the_eleventh_pushes_out_the_oldest_and_is_the_last)
{
    struct losses losses = history(11);

    ck_assert_uint_eq(losses.n, 10);
    for (unsigned i = 0; i < 10; i++) {
        ck_assert_uint_eq(losses.kept[i].number, i + 2);
        ck_assert_uint_eq(losses.kept[i].lost, i + 2);
    }
}
END_TEST

START_TEST(causes_of_an_entry_are_its_own)
{
    struct losses losses = under_way(5);

    losses_yield(&losses, began, 5);
    losses_begin(&losses, began, WALL, REASON, 5);
    losses_end(&losses, began, &(struct loss_facts){.recovered = 4});
    ck_assert_uint_eq(losses.kept[1].by_cause[LOSS_DUAL_ACTIVE], 0);
    ck_assert_uint_eq(all_causes(&losses.kept[1]), 1);
}
END_TEST

START_TEST(a_cleared_history_is_empty_and_its_numbers_go_on)
{
    struct losses losses = history(3);

    losses_clear(&losses);
    ck_assert_uint_eq(losses.n, 0);
    losses_begin(&losses, began, WALL, REASON, 5);
    losses_end(&losses, began, &(struct loss_facts){.recovered = 5});
    ck_assert_uint_eq(losses.n, 1);
    ck_assert_uint_eq(losses.kept[0].number, 4);
}
END_TEST

START_TEST(clearing_forgets_no_switchover_that_is_under_way)
{
    struct losses losses = under_way(5);

    losses_clear(&losses);
    losses_end(&losses, began, &(struct loss_facts){.recovered = 4});
    ck_assert_uint_eq(losses.n, 1);
    ck_assert_uint_eq(losses.kept[0].lost, 1);
}
END_TEST

START_TEST(each_cause_has_a_text_of_its_own)
{
    for (unsigned i = 0; i < LOSS_CAUSE_N; i++) {
        ck_assert_uint_gt(strlen(loss_cause_text((enum loss_cause)i)), 0);
        ck_assert_str_ne(loss_cause_text((enum loss_cause)i), "unknown");
        for (unsigned j = 0; j < i; j++)
            ck_assert_str_ne(loss_cause_text((enum loss_cause)i),
                             loss_cause_text((enum loss_cause)j));
    }
    ck_assert_str_eq(loss_cause_text(LOSS_CAUSE_N), "unknown");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("losses");
    TCase *entry = tcase_create("one entry"), *end = tcase_create("ways to end");
    TCase *kept = tcase_create("history");

    tcase_add_test(entry, an_entry_tells_number_start_duration_and_reason);
    tcase_add_test(entry, a_takeover_that_loses_nothing_has_no_cause);
    tcase_add_test(entry, calls_the_peer_had_not_told_yet_are_calls_and_not_a_negative_loss);
    tcase_add_test(entry, with_a_checkpoint_duration_what_is_missing_was_too_young);
    tcase_add_test(entry, without_one_it_was_in_flight);
    tcase_add_test(entry, a_session_manager_without_its_peer_is_the_narrower_cause);
    tcase_add_test(entry, who_forced_the_switchover_over_it_is_named_instead);
    tcase_add_test(entry, force_is_no_cause_while_all_session_managers_had_their_peers);
    tcase_add_test(entry, calls_the_audit_purged_are_told_apart_from_the_rest);
    tcase_add_test(entry, what_the_audit_purged_was_there_before_whatever_the_peer_said);
    tcase_add_test(entry, after_a_flush_what_session_managers_were_told_is_all_there_was);
    tcase_add_test(entry, causes_that_session_managers_know_come_before_what_is_guessed);
    tcase_add_test(entry, calls_that_session_managers_were_told_of_count_though_no_hello_said_so);
    tcase_add_test(end, an_end_without_a_beginning_is_no_entry);
    tcase_add_test(end, a_switchover_ends_once);
    tcase_add_test(end, the_loser_of_two_actives_lost_what_it_dropped);
    tcase_add_test(end, it_cannot_have_dropped_more_than_it_had);
    tcase_add_test(end, a_switchover_that_ended_where_it_began_leaves_no_entry);
    tcase_add_test(end, a_new_beginning_replaces_one_that_never_ended);
    tcase_add_test(kept, ten_are_kept_all_of_them);
    tcase_add_test(kept, the_eleventh_pushes_out_the_oldest_and_is_the_last);
    tcase_add_test(kept, causes_of_an_entry_are_its_own);
    tcase_add_test(kept, a_cleared_history_is_empty_and_its_numbers_go_on);
    tcase_add_test(kept, clearing_forgets_no_switchover_that_is_under_way);
    tcase_add_test(kept, each_cause_has_a_text_of_its_own);
    suite_add_tcase(suite, entry);
    suite_add_tcase(suite, end);
    suite_add_tcase(suite, kept);
    return unit_main(suite);
}
