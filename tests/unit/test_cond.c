/* Conditions of `vpclab wait`. */
#include "lab/cond.h"
#include "lab/cond_words.h"

#include <string.h>

#include "tests/unit/unit.h"

static struct topo topo;
static struct view view;

/* East Active with 1,000 sessions on CF 2, west Standby; a card 4 each. */
static void
set_up(void)
{
    memset(&topo, 0, sizeof topo);
    memset(&view, 0, sizeof view);
    topo.instance_n = view.instance_n = 2;
    for (size_t i = 0; i < 2; i++) {
        struct view_instance *it = &view.instances[i];

        strcpy(topo.instances[i].name, i ? "west" : "east");
        topo.instances[i].slots[4].type = CARD_SF;
        strcpy(it->name, topo.instances[i].name);
        strcpy(it->chassis, i ? "Standby" : "Active");
        strcpy(it->route, i ? "announced" : "best");
        it->cf = i ? 1 : 2;
        it->sessions = i ? 900 : 1000;
        it->synced = true;
        it->cards[4].pid = 17;
    }
}

static bool
holds(const char *text)
{
    struct cond cond;

    ck_assert_msg(cond_parse(&cond, text, &topo), "%s was not understood", text);
    return cond_holds(&cond, &view);
}

static bool
understood(const char *text)
{
    struct cond cond;

    return cond_parse(&cond, text, &topo);
}

static const char *
value_of(const char *text)
{
    static char out[256];
    struct cond cond;

    ck_assert(cond_parse(&cond, text, &topo));
    cond_value(&cond, &view, out, sizeof out);
    return out;
}

START_TEST(sync_needs_one_active_one_standby_and_both_synchronised)
{
    ck_assert(holds("sync"));
    view.instances[1].synced = false;
    ck_assert(!holds("sync"));
    ck_assert_str_eq(value_of("sync"),
                     "east Active (synchronised), west Standby (not synchronised)");
    view.instances[1].synced = true;
    strcpy(view.instances[1].chassis, "Active");
    ck_assert(!holds("sync"));
    strcpy(view.instances[1].chassis, "Standby");
    view.instances[1].cf = 0;
    ck_assert(!holds("sync"));
}
END_TEST

START_TEST(states_are_compared_as_a_person_writes_them)
{
    ck_assert(holds("east.chassis=active"));
    ck_assert(holds("east.chassis=Active"));
    ck_assert(!holds("east.chassis=standby"));
    strcpy(view.instances[0].chassis, "Pending-Active");
    ck_assert(holds("east.chassis=pending_active"));
    ck_assert(holds("east.chassis=PendingActive"));
    ck_assert(!holds("east.chassis=active"));
    ck_assert(!holds("east.chassis=absent"));
    view.instances[0].cf = 0;
    ck_assert(holds("east.chassis=absent"));
    ck_assert(!holds("east.chassis=pending-active"));
    ck_assert_str_eq(value_of("east.chassis=active"), "east absent");
}
END_TEST

START_TEST(the_active_cf_is_named_by_its_slot_or_none)
{
    ck_assert(holds("east.cf=2"));
    ck_assert(!holds("east.cf=1"));
    ck_assert(!holds("east.cf=none"));
    ck_assert_str_eq(value_of("east.cf=1"), "active is CF 2");
    view.instances[0].cf = 0;
    ck_assert(holds("east.cf=none"));
    ck_assert(!holds("east.cf=2"));
}
END_TEST

START_TEST(a_card_is_alive_or_dead)
{
    ck_assert(holds("west.card4=alive"));
    ck_assert(!holds("west.card4=dead"));
    view.instances[1].cards[4].pid = 0;
    ck_assert(holds("west.card4=dead"));
    ck_assert_str_eq(value_of("west.card4=alive"), "dead");
}
END_TEST

START_TEST(sessions_are_compared_with_every_operator)
{
    ck_assert(holds("east.sessions=1000") && !holds("east.sessions=999"));
    ck_assert(holds("east.sessions>=1000") && !holds("east.sessions>=1001"));
    ck_assert(holds("east.sessions<=1000") && !holds("east.sessions<=999"));
    ck_assert(holds("east.sessions>999") && !holds("east.sessions>1000"));
    ck_assert(holds("east.sessions<1001") && !holds("east.sessions<1000"));
    ck_assert(holds("active.sessions=1000") && holds("standby.sessions=900"));
    ck_assert_str_eq(value_of("west.sessions>1"), "west 900");
}
END_TEST

START_TEST(sessions_without_an_instance_mean_every_one_that_answers)
{
    ck_assert(holds("sessions>=900") && !holds("sessions>=901"));
    ck_assert_str_eq(value_of("sessions>=901"), "east 1000, west 900");
    view.instances[1].cf = 0;
    ck_assert(holds("sessions>=1000"));
    view.instances[0].cf = 0;
    ck_assert(!holds("sessions>=0"));
}
END_TEST

START_TEST(without_a_single_active_chassis_its_sessions_are_unknown)
{
    strcpy(view.instances[1].chassis, "Active");
    ck_assert(!holds("active.sessions>=0"));
    ck_assert_str_eq(value_of("active.sessions>=0"), "no single chassis is Active");
    view.instances[0].cf = 0;
    ck_assert(holds("active.sessions=900"));
}
END_TEST

START_TEST(routes_are_best_announced_or_none)
{
    ck_assert(holds("east.route=best") && holds("west.route=announced"));
    ck_assert(!holds("west.route=best"));
    view.instances[0].route[0] = '\0';
    ck_assert(!holds("east.route=none"));
    ck_assert_str_eq(value_of("east.route=none"), "the world does not answer");
}
END_TEST

static void
see(struct cond *cond, const char *process, const char *kind, const char *now)
{
    cond_see(cond, &(struct event){.process = process, .kind = kind, .now = now});
}

START_TEST(an_event_holds_once_it_was_seen)
{
    struct cond cond;

    ck_assert(cond_parse(&cond, "event:srp.state=Active", &topo));
    ck_assert(!cond_holds(&cond, &view));
    see(&cond, "east/cf1", "srp.state", "Standby");
    see(&cond, "east/cf1", "srp.peer", "Active");
    see(&cond, "east/cf1", "srp.state", NULL);
    ck_assert(!cond_holds(&cond, &view));
    see(&cond, "east/cf1", "srp.state", "Active");
    ck_assert(cond_holds(&cond, &view));
    see(&cond, "east/cf1", "srp.state", "Standby");
    ck_assert(cond_holds(&cond, &view));
    ck_assert_str_eq(value_of("event:srp.state"), "no such event");
}
END_TEST

START_TEST(an_event_may_be_of_any_value_and_of_one_instance)
{
    struct cond any, west;

    ck_assert(cond_parse(&any, "event:card.down", &topo));
    ck_assert(cond_parse(&west, "west.event:card.down", &topo));
    see(&any, "east/cf1", "card.down", "Offline");
    see(&west, "east/cf1", "card.down", "Offline");
    ck_assert(cond_holds(&any, &view) && !cond_holds(&west, &view));
    see(&west, "west/cf1", "card.down", "Offline");
    ck_assert(cond_holds(&west, &view));
}
END_TEST

START_TEST(what_is_no_condition_is_refused)
{
    static const char *const bad[] = {
        "",
        "synced",
        "east",
        "east.chassis",
        "east.chassis=",
        "east.chassis=happy",
        "east.chassis>=active",
        "north.chassis=active",
        "active.chassis=active",
        "east.cf=3",
        "east.cf=",
        "east.card5=alive",
        "east.card=alive",
        "east.card99=alive",
        "east.card0=alive",
        "east.card4=well",
        "east.cardx=dead",
        "sessions",
        "event:",
        "event:srp",
        "event:srp.sate",
        "event:srp.state=",
        "event:=Active",
        "event",
        "north.event:srp.state",
        ".event:srp.state",
        "event:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "event:srp.state=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "sessions>=",
        "sessions>=x",
        "sessions>=-1",
        "sessions>=99999999999999999999999",
        "east.sessions=>1",
        "east.route=worst",
        ".chassis=active",
        "=",
        "east.chassis=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.cf=1",
    };

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!understood(bad[i]), "\"%s\" was understood", bad[i]);
}
END_TEST

static const char *
help_for(const char *text)
{
    static char out[COND_TEXT];

    ck_assert_msg(!understood(text), "\"%s\" was understood", text);
    (void)cond_help(text, &topo, out);
    return out;
}

START_TEST(a_slip_in_any_part_is_told_with_what_was_meant)
{
    ck_assert_str_eq(help_for("synch"), "did you mean sync?");
    ck_assert_str_eq(help_for("esat.chassis=active"), "did you mean east.chassis=active?");
    ck_assert_str_eq(help_for("east.chassis=actve"), "did you mean east.chassis=active?");
    ck_assert_str_eq(help_for("east.chasis=actve"), "did you mean east.chassis=active?");
    ck_assert_str_eq(help_for("east.card4=daed"), "did you mean east.card4=dead?");
    ck_assert_str_eq(help_for("actve.sessions>=3"), "did you mean active.sessions>=3?");
    ck_assert_str_eq(help_for("sesions>=3"), "did you mean sessions>=3?");
    ck_assert_str_eq(help_for("event:srp.stat"), "did you mean event:srp.state?");
    ck_assert_str_eq(help_for("evnt:srp.stat"), "did you mean event:srp.state?");
    ck_assert_str_eq(help_for("event:srp.stat=Activ"), "did you mean event:srp.state=Active?");
    ck_assert_str_eq(help_for("esat.event:cf.state=activ"),
                     "did you mean east.event:cf.state=Active?");
}
END_TEST

START_TEST(where_nothing_is_near_nothing_is_proposed)
{
    ck_assert_str_eq(help_for(""), "");
    ck_assert_str_eq(help_for("frobnicate"), "");
    ck_assert_str_eq(help_for("north.chassis=happy"), "");
    ck_assert_str_eq(help_for("event:frobnicate"), "");
    ck_assert_str_eq(help_for("east.chassis="), "");
}
END_TEST

START_TEST(an_event_is_awaited_only_with_what_its_kind_can_tell)
{
    ck_assert(understood("event:srp.state=pending_active"));
    ck_assert(understood("event:srp.peer=dead"));
    ck_assert(understood("event:vm.exit=east/sf6"));
    ck_assert_str_eq(help_for("event:cf.state=dead"),
                     "cf.state is one of: Booting, Standby, Active");
    ck_assert_str_eq(help_for("east.event:bgp.session=sideways"),
                     "bgp.session is one of: up, down");
}
END_TEST

START_TEST(a_value_is_cut_to_the_room_there_is)
{
    char out[8];
    struct cond cond;

    ck_assert(cond_parse(&cond, "sync", &topo));
    cond_value(&cond, &view, out, sizeof out);
    ck_assert_str_eq(out, "east Ac");
}
END_TEST

START_TEST(leases_of_faults_are_counted_and_told_by_their_numbers)
{
    view.fault_n = 2;
    view.faults[0] = (struct view_fault){.id = 3};
    view.faults[1] = (struct view_fault){.id = 4, .waits = true};
    ck_assert(holds("faults=2") && holds("faults>=1") && !holds("faults=0"));
    ck_assert(holds("fault:3=on") && !holds("fault:3=off"));
    ck_assert(!holds("fault:4=on") && !holds("fault:4=off"));
    ck_assert(!holds("fault:5=on") && holds("fault:5=off"));
    ck_assert_str_eq(value_of("faults=0"), "2 leases");
    ck_assert_str_eq(value_of("fault:4=on"), "it waits");
    ck_assert_str_eq(value_of("fault:5=on"), "off");
    for (size_t i = 0; i < 5; i++) {
        static const char *const bad[] = {"fault:3", "fault:3=maybe", "fault:=on", "fault:3>on",
                                          "faults=many"};

        ck_assert_msg(!understood(bad[i]), "%s", bad[i]);
    }
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("cond");
    TCase *tc = tcase_create("cond");

    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, sync_needs_one_active_one_standby_and_both_synchronised);
    tcase_add_test(tc, states_are_compared_as_a_person_writes_them);
    tcase_add_test(tc, the_active_cf_is_named_by_its_slot_or_none);
    tcase_add_test(tc, a_card_is_alive_or_dead);
    tcase_add_test(tc, sessions_are_compared_with_every_operator);
    tcase_add_test(tc, sessions_without_an_instance_mean_every_one_that_answers);
    tcase_add_test(tc, without_a_single_active_chassis_its_sessions_are_unknown);
    tcase_add_test(tc, routes_are_best_announced_or_none);
    tcase_add_test(tc, an_event_holds_once_it_was_seen);
    tcase_add_test(tc, an_event_may_be_of_any_value_and_of_one_instance);
    tcase_add_test(tc, what_is_no_condition_is_refused);
    tcase_add_test(tc, a_slip_in_any_part_is_told_with_what_was_meant);
    tcase_add_test(tc, where_nothing_is_near_nothing_is_proposed);
    tcase_add_test(tc, an_event_is_awaited_only_with_what_its_kind_can_tell);
    tcase_add_test(tc, a_value_is_cut_to_the_room_there_is);
    tcase_add_test(tc, leases_of_faults_are_counted_and_told_by_their_numbers);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
