#include <string.h>

#include "cf/show_traps.h"
#include "cf/trap/traps.h"
#include "tests/unit/unit.h"

static const mono_t zero = {.us = 5000000};
static struct traps traps;

static void
setup(void)
{
    traps_init(&traps, true);
}

static struct trap
of(uint8_t id)
{
    return (struct trap){.id = id,
                         .wall_us = INT64_C(1772503807) * US_PER_S, /* 2026-03-03 02:10:07 */
                         .at = zero,
                         .context = "srp",
                         .srp_addr = 0xc0000201,
                         .peer = 0xc6336401,
                         .port = 1812,
                         .reason = 9,
                         .slot = 4,
                         .to_slot = 5,
                         .endpoint = "gy",
                         .name = "aaa1"};
}

static bool
raise_id(uint8_t id)
{
    struct trap trap = of(id);

    return traps_raise(&traps, &trap);
}

static bool
raise_slot(uint8_t id, uint8_t slot)
{
    struct trap trap = of(id);

    trap.slot = slot;
    return traps_raise(&traps, &trap);
}

static mono_t
later(int64_t us)
{
    return mono_after(zero, us);
}

/* How many may be sent at `now`. */
static unsigned
send_all(mono_t now)
{
    struct trap out;
    unsigned n = 0;

    while (traps_next(&traps, now, &out))
        n++;
    return n;
}

/* ---- alarms and what clears them ------------------------------------------------------------ */

START_TEST(a_clear_is_raised_only_while_its_alarm_stands)
{
    ck_assert(!raise_id(TRAP_CONFIG_IN));
    ck_assert(raise_id(TRAP_CONFIG_OUT));
    ck_assert(raise_id(TRAP_CONFIG_IN));
    ck_assert(!raise_id(TRAP_CONFIG_IN));
    ck_assert_uint_eq(traps.history_n, 2);
    ck_assert_uint_eq(traps.counts[TRAP_CONFIG_IN].generated, 1);
}
END_TEST

START_TEST(an_alarm_that_stands_is_not_raised_again_until_it_was_cleared)
{
    ck_assert(raise_id(TRAP_SRP_CONN_DOWN));
    ck_assert(!raise_id(TRAP_SRP_CONN_DOWN));
    ck_assert(raise_id(TRAP_SRP_CONN_UP));
    ck_assert(raise_id(TRAP_SRP_CONN_DOWN));
    ck_assert_uint_eq(traps.counts[TRAP_SRP_CONN_DOWN].generated, 2);
}
END_TEST

START_TEST(the_card_of_one_slot_does_not_clear_the_alarm_of_another)
{
    ck_assert(raise_slot(TRAP_SPOF, 5));
    ck_assert(!raise_slot(TRAP_SPOF_CLEAR, 4));
    ck_assert(raise_slot(TRAP_SPOF, 4));
    ck_assert(raise_slot(TRAP_SPOF_CLEAR, 5));
    ck_assert(!raise_slot(TRAP_SPOF_CLEAR, 5));
    ck_assert(raise_slot(TRAP_SPOF_CLEAR, 4));
    ck_assert_uint_eq(traps.standing_n, 0);
}
END_TEST

START_TEST(what_comes_up_for_the_first_time_is_told_and_clears_only_its_own_alarm)
{
    static const uint8_t ups[][2] = {
        {TRAP_CARD_UP, TRAP_CARD_DOWN}, {TRAP_BGP_UP, TRAP_BGP_DOWN}, {TRAP_BFD_UP, TRAP_BFD_DOWN}};

    for (size_t i = 0; i < sizeof ups / sizeof *ups; i++) {
        struct trap up = of(ups[i][0]), down = of(ups[i][1]);

        ck_assert_msg(traps_raise(&traps, &up), "%s at first", trap_name(up.id));
        ck_assert(traps_raise(&traps, &down));
        up.slot++;
        up.peer++;
        ck_assert(traps_raise(&traps, &up));
        ck_assert_msg(traps_stands(&traps, &down), "%s of another", trap_name(up.id));
        up.slot--;
        up.peer--;
        ck_assert(traps_raise(&traps, &up));
        ck_assert(!traps_stands(&traps, &down));
    }
}
END_TEST

START_TEST(the_same_bgp_peer_in_another_context_is_another_alarm)
{
    struct trap one = of(TRAP_BGP_DOWN), other = one;

    strcpy(other.context, "isp");
    ck_assert(traps_raise(&traps, &one));
    ck_assert(traps_raise(&traps, &other));
    other.id = TRAP_BGP_UP;
    ck_assert(traps_raise(&traps, &other));
    other.id = TRAP_BGP_DOWN;
    ck_assert(!traps_stands(&traps, &other));
    ck_assert(traps_stands(&traps, &one));
}
END_TEST

START_TEST(a_diameter_peer_clears_its_own_alarm_only)
{
    struct trap down = of(TRAP_DIAMETER_DOWN), up = of(TRAP_DIAMETER_UP), other = up;

    ck_assert(traps_raise(&traps, &down));
    strcpy(other.name, "aaa2");
    ck_assert(!traps_raise(&traps, &other));
    other = up;
    strcpy(other.endpoint, "gx");
    ck_assert(!traps_raise(&traps, &other));
    other = up;
    strcpy(other.context, "isp");
    ck_assert(!traps_raise(&traps, &other));
    other = up;
    other.peer++;
    ck_assert(!traps_raise(&traps, &other));
    ck_assert(traps_raise(&traps, &up));
}
END_TEST

START_TEST(the_server_that_answers_again_need_not_be_the_one_that_fell_silent_last)
{
    struct trap up = of(TRAP_AAA_REACHABLE);

    ck_assert(raise_id(TRAP_AAA_UNREACHABLE));
    up.port = 1645;
    ck_assert(traps_raise(&traps, &up));
}
END_TEST

START_TEST(notifications_without_a_partner_are_raised_each_time)
{
    ck_assert(raise_id(TRAP_SRP_ACTIVE));
    ck_assert(raise_id(TRAP_SRP_ACTIVE));
    ck_assert_uint_eq(traps.standing_n, 0);
}
END_TEST

START_TEST(an_alarm_that_finds_no_room_to_stand_is_counted_and_not_raised)
{
    struct trap trap = of(TRAP_BGP_DOWN);

    for (uint32_t i = 0; i < TRAPS_STANDING; i++, trap.peer++)
        ck_assert(traps_raise(&traps, &trap));
    ck_assert(!traps_raise(&traps, &trap));
    ck_assert_uint_eq(traps.counts[TRAP_BGP_DOWN].discarded, 1);
    ck_assert_uint_eq(traps.counts[TRAP_BGP_DOWN].generated, TRAPS_STANDING);
}
END_TEST

/* What another CF has raised is known here, but was not raised here. */
START_TEST(an_alarm_of_the_cf_before_stands_and_can_be_cleared)
{
    struct trap down = of(TRAP_SRP_CONN_DOWN), peer = of(TRAP_DIAMETER_DOWN);

    traps_stand(&traps, &down);
    traps_stand(&traps, &peer);
    traps_stand(&traps, &peer);
    ck_assert_uint_eq(traps.standing_n, 2);
    ck_assert_uint_eq(traps.history_n, 0);
    ck_assert(traps_stands(&traps, &down));
    ck_assert(!raise_id(TRAP_SRP_CONN_DOWN));
    ck_assert(raise_id(TRAP_SRP_CONN_UP));
    ck_assert(raise_id(TRAP_DIAMETER_UP));
    ck_assert(raise_id(TRAP_SRP_CONN_DOWN));
}
END_TEST

START_TEST(an_alarm_of_long_ago_can_be_forgotten_and_is_raised_again)
{
    ck_assert(raise_id(TRAP_SRP_CONN_DOWN));
    traps_forget(&traps);
    ck_assert_uint_eq(traps.standing_n, 0);
    ck_assert(!raise_id(TRAP_SRP_CONN_UP));
    ck_assert(raise_id(TRAP_SRP_CONN_DOWN));
}
END_TEST

START_TEST(alarms_and_what_clears_them_are_known_as_such)
{
    ck_assert(trap_is_paired(TRAP_SRP_CONN_DOWN));
    ck_assert(trap_is_paired(TRAP_SRP_CONN_UP));
    ck_assert(trap_is_paired(TRAP_CARD_UP));
    ck_assert(!trap_is_paired(TRAP_SRP_ACTIVE));
    ck_assert(!trap_is_paired(TRAP_CF_SWITCH_START));
}
END_TEST

/* Each gated pair of the catalogue, and in it what number clears which. */
START_TEST(every_gated_clear_of_the_catalogue_has_its_alarm)
{
    unsigned pairs = 0;

    for (uint8_t id = 0; id < TRAP_N; id++) {
        setup();
        if (raise_id(id))
            continue;
        pairs++;
        for (uint8_t alarm = 0; alarm < TRAP_N; alarm++)
            if (alarm != id)
                (void)raise_id(alarm);
        ck_assert_msg(raise_id(id), "%s clears nothing", trap_name(id));
    }
    ck_assert_uint_eq(pairs, 5);
}
END_TEST

/* ---- history --------------------------------------------------------------------------------- */

START_TEST(the_history_gives_the_newest_first)
{
    ck_assert_ptr_null(traps_at(&traps, 0));
    (void)raise_id(TRAP_SYSTEM_STARTUP);
    (void)raise_id(TRAP_SRP_STANDBY);
    ck_assert_uint_eq(traps_at(&traps, 0)->id, TRAP_SRP_STANDBY);
    ck_assert_uint_eq(traps_at(&traps, 1)->id, TRAP_SYSTEM_STARTUP);
    ck_assert_ptr_null(traps_at(&traps, 2));
}
END_TEST

START_TEST(the_history_forgets_the_oldest)
{
    struct trap trap = of(TRAP_CARD_ACTIVE);

    for (int i = 0; i < TRAPS_HISTORY + 3; i++) {
        trap.wall_us = i;
        ck_assert(traps_raise(&traps, &trap));
    }
    ck_assert_int_eq(traps_at(&traps, 0)->wall_us, TRAPS_HISTORY + 2);
    ck_assert_int_eq(traps_at(&traps, TRAPS_HISTORY - 1)->wall_us, 3);
    ck_assert_ptr_null(traps_at(&traps, TRAPS_HISTORY));
}
END_TEST

START_TEST(forgetting_the_history_leaves_what_stands_and_what_was_counted)
{
    (void)raise_id(TRAP_SYSTEM_STARTUP);
    (void)raise_id(TRAP_SRP_CONN_DOWN);
    traps_clear_history(&traps);
    ck_assert_ptr_null(traps_at(&traps, 0));
    ck_assert_uint_eq(traps.counts[TRAP_SRP_CONN_DOWN].generated, 1);
    ck_assert_uint_eq(traps.standing_n, 1);
    traps_clear_counts(&traps);
    ck_assert_uint_eq(traps.counts[TRAP_SRP_CONN_DOWN].generated, 0);
    ck_assert(raise_id(TRAP_SRP_CONN_UP)); /* it stood */
    ck_assert_uint_eq(traps_at(&traps, 0)->id, TRAP_SRP_CONN_UP);
    ck_assert_ptr_null(traps_at(&traps, 1));
}
END_TEST

/* ---- queue and pacing -------------------------------------------------------------------------- */

START_TEST(they_are_sent_in_the_order_in_which_they_were_raised)
{
    struct trap out;

    (void)raise_id(TRAP_SWITCH_INITIATED);
    (void)raise_id(TRAP_SRP_STANDBY);
    ck_assert(traps_next(&traps, zero, &out));
    ck_assert_uint_eq(out.id, TRAP_SWITCH_INITIATED);
    ck_assert(traps_next(&traps, zero, &out));
    ck_assert_uint_eq(out.id, TRAP_SRP_STANDBY);
    ck_assert(!traps_next(&traps, zero, &out));
    ck_assert_int_eq(traps_deadline(&traps, zero).us, MONO_NEVER.us);
}
END_TEST

START_TEST(a_burst_goes_at_once_and_the_rest_at_the_rate)
{
    for (int i = 0; i < 100; i++)
        (void)raise_id(TRAP_SRP_ACTIVE);
    ck_assert_int_eq(traps_deadline(&traps, zero).us, zero.us);
    ck_assert_uint_eq(send_all(zero), TRAPS_BURST);
    ck_assert_uint_eq(send_all(later(US_PER_S / TRAPS_RATE - 1)), 0);
    ck_assert_uint_eq(send_all(later(US_PER_S / TRAPS_RATE)), 1);
    /* however often it is asked, time is not lost in rounding: 200 ms more are ten more */
    unsigned n = 0;

    for (int64_t us = US_PER_S / TRAPS_RATE; us <= 11 * US_PER_S / TRAPS_RATE; us += 7)
        n += send_all(later(us));
    n += send_all(later(11 * US_PER_S / TRAPS_RATE));
    ck_assert_uint_eq(n, 10);
}
END_TEST

START_TEST(the_deadline_is_the_instant_at_which_the_next_one_goes)
{
    for (int i = 0; i < 60; i++)
        (void)raise_id(TRAP_SRP_ACTIVE);
    for (mono_t now = zero; traps.queue_n > 0; now = traps_deadline(&traps, now)) {
        ck_assert_int_ge(send_all(now), 1);
        ck_assert_uint_eq(send_all(mono_after(traps_deadline(&traps, now), -1)), 0);
    }
    ck_assert_uint_eq(traps.counts[TRAP_SRP_ACTIVE].discarded, 0);
}
END_TEST

START_TEST(a_long_silence_pays_for_one_burst_and_not_for_more)
{
    (void)send_all(zero);
    for (int i = 0; i < 100; i++)
        (void)raise_id(TRAP_SRP_ACTIVE);
    ck_assert_uint_eq(send_all(later(3600 * US_PER_S)), TRAPS_BURST);
}
END_TEST

START_TEST(what_the_queue_cannot_hold_is_counted_and_stays_in_the_history)
{
    for (int i = 0; i < TRAPS_QUEUE + 2; i++)
        ck_assert(raise_id(TRAP_SRP_ACTIVE));
    ck_assert_uint_eq(traps.queue_n, TRAPS_QUEUE);
    ck_assert_uint_eq(traps.counts[TRAP_SRP_ACTIVE].generated, TRAPS_QUEUE + 2);
    ck_assert_uint_eq(traps.counts[TRAP_SRP_ACTIVE].discarded, 2);
    ck_assert_uint_eq(traps.history_n, TRAPS_HISTORY);
}
END_TEST

START_TEST(without_a_target_all_are_kept_for_display_and_counted_as_discarded)
{
    traps_init(&traps, false);
    ck_assert(raise_id(TRAP_SRP_CONN_DOWN));
    ck_assert(raise_id(TRAP_SRP_CONN_UP));
    ck_assert_uint_eq(traps.history_n, 2);
    ck_assert_uint_eq(traps.counts[TRAP_SRP_CONN_UP].discarded, 1);
    ck_assert_uint_eq(send_all(later(US_PER_S)), 0);
    ck_assert_int_eq(traps_deadline(&traps, zero).us, MONO_NEVER.us);
}
END_TEST

/* ---- text ------------------------------------------------------------------------------------- */

static const char *
text_of(uint8_t id)
{
    static char text[TRAP_TEXT_MOST];
    struct trap trap = of(id);

    ck_assert_uint_eq(trap_text(&trap, text, sizeof text), strlen(text));
    return text;
}

START_TEST(each_variable_has_its_words)
{
    ck_assert_str_eq(text_of(TRAP_SRP_ACTIVE), "vpn srp ipaddr 192.0.2.1");
    ck_assert_str_eq(text_of(TRAP_AAA_UNREACHABLE), "vpn srp ipaddr 192.0.2.1 port 1812");
    ck_assert_str_eq(text_of(TRAP_BGP_DOWN), "vpn srp peer 198.51.100.1");
    ck_assert_str_eq(text_of(TRAP_SWITCH_OCCURRED),
                     "vpn srp ipaddr 192.0.2.1 reason deadTimerExpiry");
    ck_assert_str_eq(text_of(TRAP_CARD_DOWN), "card 4");
    ck_assert_str_eq(text_of(TRAP_DIAMETER_UP), "vpn srp peer 198.51.100.1 endpoint gy");
    ck_assert_str_eq(text_of(TRAP_BFD_UP), "vpn srp dst 198.51.100.1");
    ck_assert_str_eq(text_of(TRAP_BFD_DOWN), "vpn srp dst 198.51.100.1");
    ck_assert_str_eq(text_of(TRAP_CF_SWITCH_START), "card 4 to card 5");
    ck_assert_str_eq(text_of(TRAP_SYSTEM_STARTUP), "");
}
END_TEST

START_TEST(a_bfd_session_whose_own_end_is_known_tells_it)
{
    struct trap trap = of(TRAP_BFD_DOWN);
    char text[TRAP_TEXT_MOST];

    trap.self = 0xc0000201;
    (void)trap_text(&trap, text, sizeof text);
    ck_assert_str_eq(text, "vpn srp src 192.0.2.1 dst 198.51.100.1");
}
END_TEST

START_TEST(a_text_that_does_not_fit_ends_after_a_whole_word_and_value)
{
    struct trap trap = of(TRAP_AAA_UNREACHABLE);
    char text[64];

    for (size_t room = 1; room <= sizeof text; room++) {
        ck_assert_uint_lt(trap_text(&trap, text, room), room);
        ck_assert(strcmp(text, "") == 0 || strcmp(text, "vpn srp") == 0 ||
                  strcmp(text, "vpn srp ipaddr 192.0.2.1") == 0 ||
                  strcmp(text, "vpn srp ipaddr 192.0.2.1 port 1812") == 0 ||
                  strcmp(text, "vpn srp port 1812") == 0);
    }
}
END_TEST

START_TEST(the_longest_text_fits)
{
    struct trap trap = of(TRAP_DIAMETER_DOWN);
    char text[TRAP_TEXT_MOST];

    memset(trap.context, 'c', TRAPS_TEXT - 1);
    memset(trap.endpoint, 'e', TRAPS_TEXT - 1);
    trap.peer = 0xffffffff;
    ck_assert_uint_eq(trap_text(&trap, text, sizeof text),
                      strlen("vpn  peer 255.255.255.255 endpoint ") + 2 * (TRAPS_TEXT - 1));
}
END_TEST

/* ---- show ------------------------------------------------------------------------------------ */

static char shown[4096];

static const char *
show_history(bool verbose)
{
    FILE *out = fmemopen(shown, sizeof shown, "w");

    show_trap_history(&traps, out, verbose);
    ck_assert_int_eq(fclose(out), 0);
    return shown;
}

START_TEST(the_history_is_shown_oldest_first_in_the_layout_of_the_emulated_system)
{
    (void)raise_id(TRAP_SYSTEM_STARTUP);
    (void)raise_id(TRAP_SWITCH_OCCURRED);
    ck_assert_str_eq(
        show_history(false),
        "Tue Mar 03 02:10:07 2026 Internal trap notification 1028 (SystemStartup)\n"
        "Tue Mar 03 02:10:07 2026 Internal trap notification 1278 (SRPSwitchoverOccured) vpn "
        "srp ipaddr 192.0.2.1 reason deadTimerExpiry\n");
}
END_TEST

START_TEST(the_verbose_history_adds_the_name_in_the_mib)
{
    (void)raise_id(TRAP_SRP_ACTIVE);
    ck_assert_str_eq(show_history(true),
                     "Tue Mar 03 02:10:07 2026 Internal trap notification 120 (SRPActive) vpn srp "
                     "ipaddr 192.0.2.1 [starSRPActive]\n");
}
END_TEST

START_TEST(the_notifies_are_shown_with_a_row_for_each_kind_that_was_raised)
{
    FILE *out = fmemopen(shown, sizeof shown, "w");

    (void)raise_id(TRAP_CARD_DOWN);
    (void)raise_slot(TRAP_CARD_DOWN, 5);
    show_snmp_notifies(&traps, out);
    ck_assert_int_eq(fclose(out), 0);
    ck_assert_str_eq(shown,
                     "SNMP Notification Statistics:\n"
                     "  Total Notifications Generated:    2\n"
                     "  Total Notifications Discarded:    0\n"
                     "  Notifications Waiting:            2\n"
                     "  Alarms Standing:                  2\n"
                     "\n"
                     "Trap Name                           #Gen  #Disc Disable Last Generated\n"
                     "------------------------------- -------- ------ ------- "
                     "-------------------\n"
                     "CardDown                               2      0 No      "
                     "2026:03:03:02:10:07\n");
}
END_TEST

START_TEST(both_displays_have_their_twin_in_json)
{
    const char *name, *mib, *text, *time, *last;
    int number, generated, discarded;
    json_t *history, *notifies;

    (void)raise_id(TRAP_SRP_CONN_DOWN);
    history = show_trap_history_json(&traps);
    ck_assert_int_eq(json_unpack(history, "[{s:s, s:s, s:s, s:s, s:i}]", "time", &time, "name",
                                 &name, "mib_name", &mib, "text", &text, "number", &number),
                     0);
    ck_assert_str_eq(time, "2026-03-03T02:10:07Z");
    ck_assert_str_eq(name, "SRPConnDown");
    ck_assert_str_eq(mib, "starSRPConnDown");
    ck_assert_str_eq(text, "vpn srp ipaddr 192.0.2.1");
    ck_assert_int_eq(number, 1037);
    notifies = show_snmp_notifies_json(&traps);
    ck_assert_int_eq(json_unpack(notifies, "{s:i, s:i, s:[{s:s, s:i, s:s}]}", "generated",
                                 &generated, "discarded", &discarded, "notifications", "name",
                                 &name, "number", &number, "last_generated", &last),
                     0);
    ck_assert_int_eq(generated, 1);
    ck_assert_int_eq(discarded, 0);
    ck_assert_str_eq(last, "2026:03:03:02:10:07");
    json_decref(history);
    json_decref(notifies);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("traps");
    TCase *tc = tcase_create("traps");

    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_test(tc, a_clear_is_raised_only_while_its_alarm_stands);
    tcase_add_test(tc, an_alarm_that_stands_is_not_raised_again_until_it_was_cleared);
    tcase_add_test(tc, the_card_of_one_slot_does_not_clear_the_alarm_of_another);
    tcase_add_test(tc, the_same_bgp_peer_in_another_context_is_another_alarm);
    tcase_add_test(tc, what_comes_up_for_the_first_time_is_told_and_clears_only_its_own_alarm);
    tcase_add_test(tc, a_diameter_peer_clears_its_own_alarm_only);
    tcase_add_test(tc, the_server_that_answers_again_need_not_be_the_one_that_fell_silent_last);
    tcase_add_test(tc, notifications_without_a_partner_are_raised_each_time);
    tcase_add_test(tc, an_alarm_that_finds_no_room_to_stand_is_counted_and_not_raised);
    tcase_add_test(tc, an_alarm_of_the_cf_before_stands_and_can_be_cleared);
    tcase_add_test(tc, an_alarm_of_long_ago_can_be_forgotten_and_is_raised_again);
    tcase_add_test(tc, alarms_and_what_clears_them_are_known_as_such);
    tcase_add_test(tc, every_gated_clear_of_the_catalogue_has_its_alarm);
    tcase_add_test(tc, the_history_gives_the_newest_first);
    tcase_add_test(tc, forgetting_the_history_leaves_what_stands_and_what_was_counted);
    tcase_add_test(tc, the_history_forgets_the_oldest);
    tcase_add_test(tc, they_are_sent_in_the_order_in_which_they_were_raised);
    tcase_add_test(tc, a_burst_goes_at_once_and_the_rest_at_the_rate);
    tcase_add_test(tc, the_deadline_is_the_instant_at_which_the_next_one_goes);
    tcase_add_test(tc, a_long_silence_pays_for_one_burst_and_not_for_more);
    tcase_add_test(tc, what_the_queue_cannot_hold_is_counted_and_stays_in_the_history);
    tcase_add_test(tc, without_a_target_all_are_kept_for_display_and_counted_as_discarded);
    tcase_add_test(tc, each_variable_has_its_words);
    tcase_add_test(tc, a_bfd_session_whose_own_end_is_known_tells_it);
    tcase_add_test(tc, a_text_that_does_not_fit_ends_after_a_whole_word_and_value);
    tcase_add_test(tc, the_longest_text_fits);
    tcase_add_test(tc, the_history_is_shown_oldest_first_in_the_layout_of_the_emulated_system);
    tcase_add_test(tc, the_verbose_history_adds_the_name_in_the_mib);
    tcase_add_test(tc, the_notifies_are_shown_with_a_row_for_each_kind_that_was_raised);
    tcase_add_test(tc, both_displays_have_their_twin_in_json);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
