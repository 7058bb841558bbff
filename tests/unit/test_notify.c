#include <stdio.h>
#include <string.h>

#include "cf/cf.h"
#include "common/loop/clock.h"
#include "tests/unit/unit.h"

/* What is notified of cards and monitors, and what one control function leaves to the next. */

enum { AAA, BGP, DIAMETER, ROUTER, CHASSIS, TARGETS };
enum { OWN = 2, OTHER = 1, DEMUX = 3, SF = 4, SPARE = 6 };

static const uint32_t BIND = 0xc0000201, PEER = 0xc0000202, NEIGHBOR = 0xc6336401,
                      SERVER = 0xcb007103;

/* ---- what it calls ------------------------------------------------------------------------- */

static struct cf cf;
static struct monitor core;
static struct relay_counters counters;
static unsigned said; /* hellos to the other CF */

void
trap_link_send(struct trap_link *link)
{
    (void)link;
}

void
cf_pair_say(struct cf *of)
{
    ck_assert_ptr_eq(of, &cf);
    said++;
}

struct relay_counters
relay_counters(const struct relay *relay)
{
    (void)relay;
    return counters;
}

static unsigned forgotten; /* times that the peer's configuration was */

void
validate_reset(struct validate *v)
{
    (void)v;
    forgotten++;
}

const struct monitor *
monitors_core(const struct monitors *m)
{
    (void)m;
    return &core;
}

const struct conf_srp_monitor *
monitors_target(const struct monitors *m, uint8_t i)
{
    (void)m;
    return &cf.conf.srp.monitors[i];
}

bool
chassis_spof(const struct cf *of, uint8_t slot)
{
    if (of->cards.slots[slot].type == CARD_CF)
        return !of->sso.peer_alive || of->sso.peer.state != SSO_STANDBY;
    return cards_spof(&of->cards, slot);
}

/* ---- one control function, in slot 2 --------------------------------------------------------- */

static struct node node;

static void
add_monitor(uint8_t kind, const char *context, uint32_t addr)
{
    struct conf_srp_monitor *monitor = &cf.conf.srp.monitors[core.setup.target_n];

    core.setup.targets[core.setup.target_n++].kind = kind; /* numbered alike: monitors_conf.c */
    *monitor = (struct conf_srp_monitor){.kind = kind, .addr = addr};
    (void)snprintf(monitor->context, sizeof monitor->context, "%s", context);
}

static void
configure(void)
{
    struct conf_diameter *diameter = &cf.conf.diameter[0];

    conf_defaults(&cf.conf);
    cf.conf.srp.bind = BIND;
    cf.conf.context_n = 1;
    strcpy(cf.conf.contexts[0], "srp");
    add_monitor(CONF_MONITOR_AAA, "srp", SERVER);
    cf.conf.srp.monitors[AAA].port = 1812;
    add_monitor(CONF_MONITOR_BGP, "dest", NEIGHBOR);
    add_monitor(CONF_MONITOR_DIAMETER, "srp", 0);
    strcpy(cf.conf.srp.monitors[DIAMETER].endpoint, "gy");
    add_monitor(CONF_MONITOR_BFD, "dest", NEIGHBOR);
    add_monitor(CONF_MONITOR_BFD, "srp", PEER);
    cf.conf.srp.monitors[CHASSIS].chassis_to_chassis = true;
    cf.conf.diameter_n = 1;
    strcpy(diameter->endpoint, "gy");
    diameter->peer_n = 2;
    strcpy(diameter->peers[0].name, "one");
    diameter->peers[0].addr = SERVER;
    strcpy(diameter->peers[1].name, "two");
    diameter->peers[1].addr = SERVER + 1;
}

static void
card_reports(uint8_t slot, uint64_t cf_epoch)
{
    struct card_status status = {.type = cf.cards.slots[slot].type, .cf_epoch = cf_epoch};

    ck_assert(cards_heard(&cf.cards, slot, &status, clock_now()));
}

static void
set_up(void)
{
    clock_scale(1);
    memset(&cf, 0, sizeof cf);
    memset(&core, 0, sizeof core);
    memset(&counters, 0, sizeof counters);
    said = forgotten = 0;
    cf.node = &node;
    node.slot = OWN;
    configure();
    traps_init(&cf.traps, true);
    cards_set(&cf.cards, OTHER, CARD_CF, false, 0);
    cards_set(&cf.cards, OWN, CARD_CF, false, 0);
    cards_set(&cf.cards, DEMUX, CARD_DEMUX, false, 0);
    cards_set(&cf.cards, SF, CARD_SF, false, 1);
    cards_set(&cf.cards, SPARE, CARD_SF, true, 0);
    cf.sso.epoch = 5;
    cf.leading = true;
}

/* The last ones raised, oldest first, "60 card 1;5 card 1" */
static const char *
raised(void)
{
    static char text[2048];
    static uint32_t seen;
    size_t len = 0;

    text[0] = '\0';
    if (cf.traps.history_n < seen)
        seen = 0; /* another case */
    for (uint32_t i = cf.traps.history_n - seen; i > 0; i--) {
        const struct trap *trap = traps_at(&cf.traps, i - 1);
        char words[TRAP_TEXT_MOST];

        (void)trap_text(trap, words, sizeof words);
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%u%s%s", len ? "; " : "",
                                trap_number(trap->id), words[0] ? " " : "", words);
    }
    seen = cf.traps.history_n;
    return text;
}

static void
begin(void)
{
    set_up();
    (void)raised();
}

static void
other_is(bool alive, uint64_t incarnation, enum sso_state state)
{
    cf.sso.peer_alive = alive;
    cf.sso.peer.incarnation = incarnation;
    cf.sso.peer.state = (uint8_t)state;
    chassis_cf_peer(&cf);
}

/* As chassis_lead() does; the other CF died. */
static void
take_over(struct alarms alarms)
{
    cf.snapshot_known = true;
    cf.snapshot_at = clock_now();
    cf.alarms = alarms;
    cf.led_at = clock_now();
    notify_adopt(&cf);
    notify_lead(&cf);
}

/* ---- monitors -------------------------------------------------------------------------------- */

START_TEST(a_bgp_session_is_told_with_context_and_peer)
{
    notify_monitor(&cf, BGP, true);
    notify_monitor(&cf, BGP, false);
    notify_monitor(&cf, BGP, false);
    ck_assert_str_eq(raised(), "118 vpn dest peer 198.51.100.1; 119 vpn dest peer 198.51.100.1");
}
END_TEST

START_TEST(a_bfd_session_tells_its_own_end_if_that_is_the_chassis)
{
    notify_monitor(&cf, ROUTER, false);
    notify_monitor(&cf, CHASSIS, false);
    ck_assert_str_eq(raised(), "1277 vpn dest dst 198.51.100.1; "
                               "1277 vpn srp src 192.0.2.1 dst 192.0.2.2");
}
END_TEST

START_TEST(a_diameter_monitor_of_one_peer_tells_its_address)
{
    strcpy(cf.conf.srp.monitors[DIAMETER].peer, "two");
    notify_monitor(&cf, DIAMETER, false);
    ck_assert_str_eq(raised(), "184 vpn srp peer 203.0.113.4 endpoint gy");
}
END_TEST

START_TEST(a_diameter_monitor_of_an_endpoint_tells_the_address_of_its_only_peer)
{
    notify_monitor(&cf, DIAMETER, false);
    ck_assert_str_eq(raised(), "184 vpn srp peer 0.0.0.0 endpoint gy");
    notify_monitor(&cf, DIAMETER, true);
    cf.conf.diameter[0].peer_n = 1;
    notify_monitor(&cf, DIAMETER, false);
    ck_assert_str_eq(raised(), "185 vpn srp peer 0.0.0.0 endpoint gy; "
                               "184 vpn srp peer 203.0.113.3 endpoint gy");
}
END_TEST

START_TEST(single_servers_are_not_told_of_but_end_the_alarm_of_all)
{
    notify_monitor(&cf, AAA, false);
    notify_monitor(&cf, AAA, true);
    ck_assert_str_eq(raised(), "");
    notify_aaa(&cf, AAA, false);
    notify_monitor(&cf, AAA, true);
    notify_aaa(&cf, AAA, true);
    ck_assert_str_eq(raised(), "125 vpn srp ipaddr 192.0.2.1 port 1812; "
                               "124 vpn srp ipaddr 192.0.2.1 port 1812");
}
END_TEST

/* ---- from one CF to the next ------------------------------------------------------------------- */

START_TEST(each_alarm_is_said_to_the_other_cf_at_once)
{
    notify_srp(&cf, TRAP_SRP_ACTIVE);
    ck_assert_uint_eq(said, 0);
    notify_srp(&cf, TRAP_SRP_CONN_DOWN);
    ck_assert_uint_eq(said, 1);
    notify_srp(&cf, TRAP_SRP_CONN_DOWN);
    ck_assert_uint_eq(said, 1);
    notify_srp(&cf, TRAP_SRP_CONN_UP);
    ck_assert_uint_eq(said, 2);
}
END_TEST

START_TEST(what_the_cf_before_left_standing_is_cleared_by_this_one)
{
    struct alarms alarms;

    notify_srp(&cf, TRAP_SRP_CONN_DOWN);
    notify_srp(&cf, TRAP_CONFIG_OUT);
    notify_aaa(&cf, AAA, false);
    for (uint8_t i = BGP; i < TARGETS; i++) {
        notify_monitor(&cf, i, false);
        core.setup.targets[i].state = MONITOR_DOWN;
    }
    core.setup.targets[DIAMETER].state = MONITOR_INIT; /* nobody has looked yet */
    alarms = notify_alarms(&cf);
    traps_init(&cf.traps, true); /* another process */
    (void)raised();
    take_over(alarms);
    ck_assert_str_eq(raised(), "1253 card 1 to card 2; 55 card 2");
    notify_srp(&cf, TRAP_SRP_CONN_DOWN);
    notify_monitor(&cf, DIAMETER, false);
    notify_aaa(&cf, AAA, false);
    ck_assert_str_eq(raised(), ""); /* it was told already */
    notify_srp(&cf, TRAP_SRP_CONN_UP);
    notify_srp(&cf, TRAP_CONFIG_IN);
    notify_monitor(&cf, AAA, true);
    notify_monitor(&cf, DIAMETER, true);
    notify_monitor(&cf, BGP, true);
    ck_assert_str_eq(raised(), "1038 vpn srp ipaddr 192.0.2.1; 129 vpn srp ipaddr 192.0.2.1; "
                               "124 vpn srp ipaddr 192.0.2.1 port 1812; "
                               "185 vpn srp peer 0.0.0.0 endpoint gy; "
                               "118 vpn dest peer 198.51.100.1");
}
END_TEST

START_TEST(what_stood_when_it_led_before_does_not_silence_a_cf)
{
    notify_srp(&cf, TRAP_SRP_CONN_DOWN);
    notify_monitor(&cf, BGP, false);
    (void)raised();
    take_over((struct alarms){0});
    (void)raised();
    notify_srp(&cf, TRAP_SRP_CONN_DOWN);
    notify_monitor(&cf, BGP, false);
    ck_assert_str_eq(raised(), "1037 vpn srp ipaddr 192.0.2.1; 119 vpn dest peer 198.51.100.1");
}
END_TEST

START_TEST(what_changed_while_nobody_led_is_told_by_the_next)
{
    core.setup.targets[BGP].state = MONITOR_DOWN;
    core.setup.targets[BGP].changed = mono_after(clock_now(), US_PER_S); /* after the snapshot */
    core.setup.targets[ROUTER].state = MONITOR_UP;
    core.setup.targets[CHASSIS].state = MONITOR_DOWN; /* as it ever was */
    take_over((struct alarms){.targets = 1u << ROUTER});
    ck_assert_str_eq(raised(), "1253 card 1 to card 2; 55 card 2; "
                               "119 vpn dest peer 198.51.100.1; 1276 vpn dest dst 198.51.100.1");
}
END_TEST

START_TEST(what_is_not_configured_any_more_stands_no_more)
{
    for (uint8_t i = BGP; i < TARGETS; i++)
        notify_monitor(&cf, i, false);
    notify_aaa(&cf, AAA, false);
    ck_assert_uint_eq(cf.traps.standing_n, 5);
    notify_retarget(&cf);
    ck_assert_uint_eq(cf.traps.standing_n, 5); /* nothing has changed */
    (void)raised();
    cf.conf.srp.monitors[BGP].addr = SERVER; /* another neighbor */
    cf.conf.srp.monitors[AAA] = cf.conf.srp.monitors[ROUTER];
    core.setup.target_n = CHASSIS; /* no BFD with the other chassis */
    notify_retarget(&cf);
    ck_assert_uint_eq(cf.traps.standing_n, 2);
    ck_assert_str_eq(raised(), ""); /* nobody came back */
    ck_assert_uint_eq(notify_alarms(&cf).targets, 1u << AAA | 1u << DIAMETER | 1u << ROUTER);
    ck_assert_uint_eq(notify_alarms(&cf).kinds, 0);
    strcpy(cf.conf.srp.monitors[DIAMETER].peer, "one");
    notify_retarget(&cf);
    ck_assert_uint_eq(cf.traps.standing_n, 1);
}
END_TEST

START_TEST(alarms_of_the_chassis_move_with_its_srp_and_go_with_it)
{
    cf.conf.context_n = 2;
    strcpy(cf.conf.contexts[1], "other");
    notify_srp(&cf, TRAP_SRP_CONN_DOWN);
    notify_srp(&cf, TRAP_CONFIG_OUT);
    cf.traps.standing[0].wall_us = 7;
    cf.conf.srp.context = 1;
    cf.conf.srp.peer = PEER;
    notify_retarget(&cf);
    ck_assert(notify_stands(&cf, TRAP_SRP_CONN_DOWN) && notify_stands(&cf, TRAP_CONFIG_OUT));
    ck_assert_uint_eq(cf.traps.standing_n, 2);
    ck_assert(cf.traps.standing[0].wall_us == 7 || cf.traps.standing[1].wall_us == 7);
    (void)raised();
    notify_srp(&cf, TRAP_SRP_CONN_UP);
    ck_assert_str_eq(raised(), "1038 vpn other ipaddr 192.0.2.1");
    ck_assert_uint_eq(forgotten, 0);
    cf.conf.srp.peer = 0; /* no peer whose configuration could be another */
    notify_retarget(&cf);
    ck_assert_uint_eq(cf.traps.standing_n, 0);
    ck_assert_uint_eq(forgotten, 1);
}
END_TEST

START_TEST(bits_that_mean_nothing_here_are_ignored)
{
    take_over((struct alarms){UINT32_MAX, UINT32_MAX, UINT64_MAX});
    ck_assert_uint_eq(cf.traps.standing_n, 3 + (TARGETS - 1) + CARDS_SLOTS);
}
END_TEST

/* ---- a switchover between the CFs ---------------------------------------------------------------- */

START_TEST(a_cf_switchover_is_complete_when_every_card_obeys)
{
    card_reports(DEMUX, 4);
    card_reports(SF, 4);
    take_over((struct alarms){0});
    ck_assert_str_eq(raised(), "1253 card 1 to card 2; 55 card 2");
    card_reports(SF, 5);
    notify_obeyed(&cf);
    ck_assert_str_eq(raised(), "");
    card_reports(DEMUX, 5);
    notify_obeyed(&cf);
    notify_obeyed(&cf);
    ck_assert_str_eq(raised(), "1254 card 1 to card 2");
    notify_follow(&cf);
    ck_assert_str_eq(raised(), "");
}
END_TEST

START_TEST(a_card_that_died_is_not_waited_for)
{
    card_reports(SF, 4);
    take_over((struct alarms){0});
    notify_obeyed(&cf);
    (void)cards_gone(&cf.cards, SF, false, clock_now());
    notify_card_down(&cf, SF);
    notify_obeyed(&cf);
    ck_assert_str_eq(raised(),
                     "1253 card 1 to card 2; 55 card 2; 60 card 4; 1254 card 1 to card 2");
}
END_TEST

START_TEST(a_cf_that_gives_up_before_has_failed)
{
    card_reports(SF, 4);
    take_over((struct alarms){0});
    notify_follow(&cf);
    cf.leading = false;
    card_reports(SF, 5);
    notify_obeyed(&cf);
    ck_assert_str_eq(raised(), "1253 card 1 to card 2; 55 card 2; 1255 card 1 to card 2");
}
END_TEST

/* ---- cards --------------------------------------------------------------------------------------- */

START_TEST(the_start_tells_each_card_that_is_there_with_its_role)
{
    card_reports(DEMUX, 5);
    card_reports(SPARE, 5);
    other_is(true, 1, SSO_STANDBY);
    core.setup.targets[BGP].state = MONITOR_UP;
    (void)raised();
    notify_adopt(&cf);
    notify_lead(&cf);
    ck_assert_str_eq(raised(), "1028; 5 card 2; 55 card 2; 5 card 3; 55 card 3; 5 card 6; "
                               "93 card 6; 5 card 1; 93 card 1; 118 vpn dest peer 198.51.100.1");
    notify_follow(&cf);
    ck_assert_str_eq(raised(), ""); /* it was no switchover */
}
END_TEST

START_TEST(the_other_cf_is_told_of_when_it_comes_stands_by_and_goes)
{
    other_is(true, 1, SSO_BOOTING);
    other_is(true, 1, SSO_STANDBY);
    other_is(true, 1, SSO_STANDBY);
    other_is(false, 1, SSO_STANDBY);
    ck_assert_str_eq(raised(), "5 card 1; 93 card 1; 60 card 1");
}
END_TEST

START_TEST(another_cf_process_in_its_place_was_down_in_between)
{
    other_is(true, 1, SSO_STANDBY);
    other_is(true, 2, SSO_BOOTING);
    ck_assert_str_eq(raised(), "5 card 1; 93 card 1; 60 card 1; 5 card 1");
}
END_TEST

START_TEST(a_cf_that_never_came_is_not_lost)
{
    other_is(false, 0, SSO_BOOTING);
    ck_assert_str_eq(raised(), "");
}
END_TEST

START_TEST(a_cf_that_follows_knows_the_other_when_it_leads)
{
    cf.leading = false;
    other_is(true, 1, SSO_ACTIVE);
    cf.leading = true;
    other_is(false, 1, SSO_ACTIVE);
    ck_assert_str_eq(raised(), "60 card 1");
}
END_TEST

START_TEST(cards_that_nobody_can_replace_are_told_after_the_start_and_until_somebody_can)
{
    card_reports(DEMUX, 5);
    card_reports(SF, 5);
    cf.led_at = clock_now();
    notify_tick(&cf);
    ck_assert_str_eq(raised(), "");
    cf.led_at = mono_after(clock_now(), -6 * US_PER_S);
    notify_tick(&cf);
    notify_tick(&cf);
    ck_assert_str_eq(raised(), "139 card 2; 139 card 3; 139 card 4");
    card_reports(SPARE, 5);
    other_is(true, 1, SSO_STANDBY);
    (void)raised();
    notify_tick(&cf);
    ck_assert_str_eq(raised(), "140 card 2; 140 card 3; 140 card 4");
}
END_TEST

START_TEST(cards_that_nobody_can_replace_stand_for_the_next_cf)
{
    struct alarms alarms;

    card_reports(SF, 5);
    cf.led_at = mono_after(clock_now(), -6 * US_PER_S);
    notify_tick(&cf);
    alarms = notify_alarms(&cf);
    traps_init(&cf.traps, true);
    take_over(alarms);
    (void)raised();
    cf.led_at = mono_after(clock_now(), -6 * US_PER_S);
    notify_tick(&cf);
    ck_assert_str_eq(raised(), ""); /* it was told already */
    card_reports(SPARE, 5);
    other_is(true, 1, SSO_STANDBY);
    (void)raised();
    notify_tick(&cf);
    ck_assert_str_eq(raised(), "140 card 2; 140 card 4");
}
END_TEST

START_TEST(cards_have_the_type_that_the_mib_gives_them)
{
    notify_card_up(&cf, SF);
    ck_assert_uint_eq(traps_at(&cf.traps, 0)->card_type, TRAP_SFC2P);
    other_is(true, 1, SSO_STANDBY);
    ck_assert_uint_eq(traps_at(&cf.traps, 0)->card_type, TRAP_CFC);
}
END_TEST

/* ---- checkpoints and the connection ---------------------------------------------------------------- */

static void
carry_calls(uint32_t n)
{
    card_reports(SF, 5);
    cf.cards.slots[SF].status.sessions = n;
    cf.srp.state = CHASSIS_ACTIVE;
    cf.led_at = clock_now();
}

START_TEST(checkpoints_that_could_not_be_sent_are_told_once_a_minute)
{
    carry_calls(1);
    notify_tick(&cf);
    counters.no_link = 3;
    notify_tick(&cf);
    counters.no_link = 4;
    notify_tick(&cf);
    ck_assert_str_eq(raised(), "127 vpn srp ipaddr 192.0.2.1");
    cf.ckpt_noted = clock_now(); /* a minute later */
    notify_tick(&cf);
    ck_assert_str_eq(raised(), "");
    counters.no_link = 5;
    notify_tick(&cf);
    ck_assert_str_eq(raised(), "127 vpn srp ipaddr 192.0.2.1");
}
END_TEST

START_TEST(no_checkpoint_fails_without_a_call_nor_on_a_standby)
{
    carry_calls(0);
    counters.no_link = 3;
    notify_tick(&cf);
    carry_calls(1);
    cf.srp.state = CHASSIS_STANDBY;
    counters.no_link = 4;
    notify_tick(&cf);
    cf.srp.state = CHASSIS_ACTIVE;
    notify_tick(&cf); /* that was before */
    ck_assert_str_eq(raised(), "");
}
END_TEST

START_TEST(a_peer_that_dies_before_a_new_cf_reaches_it_is_a_connection_lost)
{
    struct srp_result r = {.from = CHASSIS_ACTIVE, .to = CHASSIS_ACTIVE, .actions = SRP_DO_PEER};

    cf.srp.peer_known = true;
    notify_step(&cf, &r);
    ck_assert_str_eq(raised(), "");
    cf.srp.peer_known = false;
    notify_step(&cf, &r);
    ck_assert_str_eq(raised(), "1037 vpn srp ipaddr 192.0.2.1");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("notify");
    TCase *tc = tcase_create("notify");

    tcase_add_checked_fixture(tc, begin, NULL);
    tcase_add_test(tc, a_bgp_session_is_told_with_context_and_peer);
    tcase_add_test(tc, a_bfd_session_tells_its_own_end_if_that_is_the_chassis);
    tcase_add_test(tc, a_diameter_monitor_of_one_peer_tells_its_address);
    tcase_add_test(tc, a_diameter_monitor_of_an_endpoint_tells_the_address_of_its_only_peer);
    tcase_add_test(tc, single_servers_are_not_told_of_but_end_the_alarm_of_all);
    tcase_add_test(tc, each_alarm_is_said_to_the_other_cf_at_once);
    tcase_add_test(tc, what_the_cf_before_left_standing_is_cleared_by_this_one);
    tcase_add_test(tc, what_stood_when_it_led_before_does_not_silence_a_cf);
    tcase_add_test(tc, what_changed_while_nobody_led_is_told_by_the_next);
    tcase_add_test(tc, what_is_not_configured_any_more_stands_no_more);
    tcase_add_test(tc, alarms_of_the_chassis_move_with_its_srp_and_go_with_it);
    tcase_add_test(tc, bits_that_mean_nothing_here_are_ignored);
    tcase_add_test(tc, a_cf_switchover_is_complete_when_every_card_obeys);
    tcase_add_test(tc, a_card_that_died_is_not_waited_for);
    tcase_add_test(tc, a_cf_that_gives_up_before_has_failed);
    tcase_add_test(tc, the_start_tells_each_card_that_is_there_with_its_role);
    tcase_add_test(tc, the_other_cf_is_told_of_when_it_comes_stands_by_and_goes);
    tcase_add_test(tc, another_cf_process_in_its_place_was_down_in_between);
    tcase_add_test(tc, a_cf_that_never_came_is_not_lost);
    tcase_add_test(tc, a_cf_that_follows_knows_the_other_when_it_leads);
    tcase_add_test(tc,
                   cards_that_nobody_can_replace_are_told_after_the_start_and_until_somebody_can);
    tcase_add_test(tc, cards_that_nobody_can_replace_stand_for_the_next_cf);
    tcase_add_test(tc, cards_have_the_type_that_the_mib_gives_them);
    tcase_add_test(tc, checkpoints_that_could_not_be_sent_are_told_once_a_minute);
    tcase_add_test(tc, no_checkpoint_fails_without_a_call_nor_on_a_standby);
    tcase_add_test(tc, a_peer_that_dies_before_a_new_cf_reaches_it_is_a_connection_lost);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
