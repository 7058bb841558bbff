/* Leases of faults: kinds, targets, whom they hit, and the file of them. */
#include "common/fault/fault.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/loop/fault_file.h"
#include "tests/unit/unit.h"

enum { EAST, WEST };

static struct topo topo;

static void
set_up(void)
{
    memset(&topo, 0, sizeof topo);
    topo.instance_n = 2;
    for (int i = 0; i < 2; i++) {
        strcpy(topo.instances[i].name, i ? "west" : "east");
        topo.instances[i].slots[1].type = topo.instances[i].slots[2].type = CARD_CF;
        topo.instances[i].slots[3].type = CARD_DEMUX;
        topo.instances[i].slots[4].type = topo.instances[i].slots[11].type = CARD_SF;
    }
}

static struct fault
fault_of(enum fault_kind kind, const char *target)
{
    struct fault fault = {.id = 1, .kind = kind, .begin_us = 10, .end_us = 20};
    const char *why = NULL;

    fault.amount = fault_amount_default(kind);
    ck_assert_msg(fault_target_read(&fault.target, kind, target, &topo, &why), "%s: expected %s",
                  target, why);
    return fault;
}

static bool
is_target(enum fault_kind kind, const char *text)
{
    struct fault_target target;
    const char *why = NULL;
    bool good = fault_target_read(&target, kind, text, &topo, &why);

    ck_assert_ptr_nonnull(why);
    return good;
}

START_TEST(each_kind_is_known_by_its_word_and_fits_its_own_default)
{
    for (unsigned i = 0; i < FAULT_KIND_N; i++) {
        enum fault_kind kind;

        ck_assert(fault_kind_read(fault_kind_word(i), &kind));
        ck_assert_uint_eq(kind, i);
        ck_assert(fault_amount_fits(kind, fault_amount_default(kind)));
        ck_assert_uint_gt(strlen(fault_kind_text(kind)), 5);
    }
    ck_assert(!fault_kind_read("cat", &(enum fault_kind){0}));
}
END_TEST

START_TEST(a_reset_comes_at_the_begin_and_again_after_each_amount_until_the_end)
{
    struct fault fault = fault_of(FAULT_RESET, "srp-control");

    fault.begin_us = 10000;
    fault.end_us = 13000;
    fault.amount = 1;
    ck_assert_int_eq(fault_reset_next(&fault, 0), 10000);
    ck_assert_int_eq(fault_reset_next(&fault, 9999), 10000);
    ck_assert_int_eq(fault_reset_next(&fault, 10000), 11000);
    ck_assert_int_eq(fault_reset_next(&fault, 11500), 12000);
    ck_assert_int_eq(fault_reset_next(&fault, 12000), INT64_MAX);
    fault.amount = 0;
    ck_assert_int_eq(fault_reset_next(&fault, 0), 10000);
    ck_assert_int_eq(fault_reset_next(&fault, 10000), INT64_MAX);
    fault.kind = FAULT_CUT;
    ck_assert_int_eq(fault_reset_next(&fault, 0), INT64_MAX);
}
END_TEST

START_TEST(a_lease_of_a_link_concerns_both_ends_that_send_and_nobody_else)
{
    static const struct {
        enum fault_kind kind;
        const char *target;
        const char *who; /* instance (e, w, the world: -) and slot */
    } cases[] = {
        {FAULT_CUT, "srp-control", "e1 e2 w1 w2"},
        {FAULT_CUT, "srp-session:east", "e1 e2 w1 w2"},
        {FAULT_CUT, "srp-session:east>", "e1 e2"},
        {FAULT_CUT, "srp-session:east<", "w1 w2"},
        {FAULT_CUT, "card:east", "e1 e2 e3 e4 e11"},
        {FAULT_CUT, "card:east/sf4", "e1 e2 e4"},
        {FAULT_CUT, "card:east/sf4>", "e4"},
        {FAULT_CUT, "card:east/sf4<", "e1 e2"},
        {FAULT_RESET, "card:east/sf4<", "e1 e2 e4"},
        {FAULT_CUT, "ckpt:west", "w1 w2 w4 w11"},
        {FAULT_CUT, "call:west/demux3>", "w3"},
        {FAULT_CUT, "access:west", "w3 -0"},
        {FAULT_CUT, "access", "e3 w3 -0"},
        {FAULT_CUT, "access:west<", "-0"},
        {FAULT_CUT, "aaa", "e1 e2 w1 w2"},
        {FAULT_CUT, "aaa:east<", "e1 e2"},
        {FAULT_NO_APPLY, "west", "w4 w11"},
        {FAULT_CLOCK_STEP, "west", "w1 w2 w3 w4 w11"},
        {FAULT_CLOCK_STEP, "world", "-0"},
        {FAULT_AAA_LIE, "all", "-0"},
        {FAULT_BGP_DOWN, "all", "-0"},
        {FAULT_KILL, "east", ""},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fault fault = fault_of(cases[i].kind, cases[i].target);
        char who[128] = "";

        for (uint8_t instance = 0; instance <= FAULT_ANY; instance++) {
            for (unsigned slot = 0; slot <= TOPO_SLOTS; slot++) {
                size_t len = strlen(who);

                if (fault_concerns(&fault, &topo, instance, (uint8_t)slot))
                    (void)snprintf(who + len, sizeof who - len, "%s%c%u", len ? " " : "",
                                   "ew-"[instance], slot);
            }
        }
        ck_assert_msg(strcmp(who, cases[i].who) == 0, "%s: %s, not %s", cases[i].target, who,
                      cases[i].who);
    }
}
END_TEST

START_TEST(a_target_is_printed_as_it_is_read)
{
    static const struct {
        enum fault_kind kind;
        const char *text;
    } targets[] = {
        {FAULT_KILL, "east"},           {FAULT_PAUSE, "west/cf2"},
        {FAULT_PAUSE, "east/sf11"},     {FAULT_KILL, "west/active-cf"},
        {FAULT_KILL, "world"},          {FAULT_NO_APPLY, "east/sf4"},
        {FAULT_CUT, "srp-control"},     {FAULT_CUT, "srp-session:east>"},
        {FAULT_DROP, "card:west"},      {FAULT_DELAY, "call:east/sf4<"},
        {FAULT_CUT, "aaa:west"},        {FAULT_CUT, "ckpt:east/demux3>"},
        {FAULT_AAA_LIE, "127.0.8.100"}, {FAULT_BGP_DOWN, "all"},
        {FAULT_BGP_LIE, "10.0.0.1"},    {FAULT_CLOCK_STEP, "east/demux3"},
    };

    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        struct fault fault = fault_of(targets[i].kind, targets[i].text);
        char text[FAULT_TARGET];

        fault_target_text(&fault.target, fault.kind, &topo, text);
        ck_assert_str_eq(text, targets[i].text);
    }
}
END_TEST

START_TEST(what_is_no_target_of_that_kind_is_refused)
{
    static const char *const no_vm[] = {
        "",          "north", "east/",   "east/cf3",  "east/sf9", "east/sf1", "east/49",  "east/0",
        "east/sf04", "/cf1",  "east/cf", "card:east", "eas",      "east>",    "127.0.0.1"};
    static const char *const no_link[] = {"",
                                          "srp",
                                          "srp-control:",
                                          "srp-control:north",
                                          "srp-control:east/cf1",
                                          "card:east/sf9",
                                          "card:>",
                                          "card:east/active-cf",
                                          ":east",
                                          "aaa:east/cf1",
                                          "card:world",
                                          "east",
                                          "card:east><"};
    static const char *const no_server[] = {"",          "127.0.0",    "127.0.0.1.2",
                                            "256.0.0.1", "127.0.0.1x", "east",
                                            "0.0.0.0",   "127..0.1",   "1270.0.0.1"};

    for (size_t i = 0; i < sizeof no_vm / sizeof *no_vm; i++)
        ck_assert_msg(!is_target(FAULT_PAUSE, no_vm[i]), "%s", no_vm[i]);
    for (size_t i = 0; i < sizeof no_link / sizeof *no_link; i++)
        ck_assert_msg(!is_target(FAULT_CUT, no_link[i]), "%s", no_link[i]);
    for (size_t i = 0; i < sizeof no_server / sizeof *no_server; i++)
        ck_assert_msg(!is_target(FAULT_AAA_LIE, no_server[i]), "%s", no_server[i]);
    ck_assert(!is_target(FAULT_NO_APPLY, "east/cf1"));
    ck_assert(!is_target(FAULT_NO_APPLY, "world"));
}
END_TEST

START_TEST(a_lease_is_in_force_from_its_begin_until_just_before_its_end)
{
    struct fault fault = fault_of(FAULT_CUT, "srp-control");

    ck_assert(!fault_in_force(&fault, 9));
    ck_assert(fault_in_force(&fault, 10));
    ck_assert(fault_in_force(&fault, 19));
    ck_assert(!fault_in_force(&fault, 20));
    fault.id = 0;
    ck_assert(!fault_in_force(&fault, 10));
}
END_TEST

START_TEST(a_way_is_that_of_the_end_that_is_named)
{
    struct fault out = fault_of(FAULT_CUT, "srp-control:east>"),
                 in = fault_of(FAULT_CUT, "srp-control:east<"),
                 both = fault_of(FAULT_CUT, "srp-control");

    ck_assert(fault_hits_frame(&out, FAULT_LINK_SRP_CONTROL, EAST, 1, WEST, 0));
    ck_assert(!fault_hits_frame(&out, FAULT_LINK_SRP_CONTROL, WEST, 1, EAST, 0));
    ck_assert(!fault_hits_frame(&in, FAULT_LINK_SRP_CONTROL, EAST, 1, WEST, 0));
    ck_assert(fault_hits_frame(&in, FAULT_LINK_SRP_CONTROL, WEST, 1, EAST, 0));
    ck_assert(fault_hits_frame(&both, FAULT_LINK_SRP_CONTROL, WEST, 1, EAST, 0));
    ck_assert(!fault_hits_frame(&both, FAULT_LINK_SRP_SESSION, WEST, 1, EAST, 0));
}
END_TEST

START_TEST(on_a_bus_one_card_may_be_hit_and_no_other)
{
    struct fault sf = fault_of(FAULT_DROP, "card:east/sf4"),
                 to = fault_of(FAULT_DROP, "card:east/sf4<");

    ck_assert(fault_hits_frame(&sf, FAULT_LINK_CARD, EAST, 4, EAST, 1));
    ck_assert(fault_hits_frame(&sf, FAULT_LINK_CARD, EAST, 1, EAST, 4));
    ck_assert(!fault_hits_frame(&sf, FAULT_LINK_CARD, EAST, 1, EAST, 11));
    ck_assert(!fault_hits_frame(&sf, FAULT_LINK_CARD, WEST, 4, WEST, 1));
    ck_assert(!fault_hits_frame(&to, FAULT_LINK_CARD, EAST, 4, EAST, 1));
    ck_assert(fault_hits_frame(&to, FAULT_LINK_CARD, EAST, 1, EAST, 4));
}
END_TEST

START_TEST(a_fault_of_vms_hits_an_instance_or_one_card)
{
    struct fault all = fault_of(FAULT_PAUSE, "east"), one = fault_of(FAULT_PAUSE, "east/cf2"),
                 world = fault_of(FAULT_PAUSE, "world"), link = fault_of(FAULT_CUT, "card:east");

    ck_assert(fault_hits_vm(&all, EAST, 4) && fault_hits_vm(&all, EAST, 1));
    ck_assert(!fault_hits_vm(&all, WEST, 4));
    ck_assert(fault_hits_vm(&one, EAST, 2) && !fault_hits_vm(&one, EAST, 1));
    ck_assert(fault_hits_vm(&world, FAULT_ANY, 0) && !fault_hits_vm(&world, EAST, 1));
    ck_assert(!fault_hits_vm(&link, EAST, 1));
}
END_TEST

START_TEST(the_file_holds_what_was_written_and_goes_with_the_last_lease)
{
    char dir[] = "/tmp/vl-fault-XXXXXX", path[64], err[256] = "";
    struct faults written = {.n = 2}, read = {.n = 7};

    ck_assert_ptr_nonnull(mkdtemp(dir));
    written.list[0] = fault_of(FAULT_CUT, "srp-control:east>");
    written.list[1] = fault_of(FAULT_CLOCK_STEP, "west/cf1");
    written.list[1].amount = -3600;
    ck_assert_int_eq(faults_write(&written, dir, &topo, err, sizeof err), 0);
    ck_assert_int_eq(faults_read(&read, dir, &topo, err, sizeof err), 0);
    ck_assert_uint_eq(read.n, 2);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_uint_eq(read.list[i].kind, written.list[i].kind);
        ck_assert_mem_eq(&read.list[i].target, &written.list[i].target,
                         sizeof(struct fault_target));
        ck_assert_int_eq(read.list[i].amount, written.list[i].amount);
        ck_assert_int_eq(read.list[i].end_us, 20);
    }
    written.n = 0;
    ck_assert_int_eq(faults_write(&written, dir, &topo, err, sizeof err), 0);
    (void)snprintf(path, sizeof path, "%s/" FAULT_FILE, dir);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert_int_eq(faults_read(&read, dir, &topo, err, sizeof err), 0);
    ck_assert_uint_eq(read.n, 0);
    ck_assert_int_eq(rmdir(dir), 0);
}
END_TEST

START_TEST(of_a_file_with_one_bad_lease_nothing_is_taken)
{
#define GOOD                                                                                       \
    "{\"id\":1,\"kind\":\"cut\",\"target\":\"srp-control\",\"amount\":0,\"begin_us\":1,\"end_"     \
    "us\":2}"
    static const char *const bad[] = {"",
                                      "[]",
                                      "{}",
                                      "{\"faults\":1}",
                                      "{\"faults\":[" GOOD ",{}]}",
                                      "{\"faults\":[{\"id\":0,\"kind\":\"cut\",\"target\":\"srp-"
                                      "control\",\"amount\":0,\"begin_us\":1,\"end_us\":2}]}",
                                      "{\"faults\":[{\"id\":1,\"kind\":\"cut\",\"target\":\"east\","
                                      "\"amount\":0,\"begin_us\":1,\"end_us\":2}]}",
                                      "{\"faults\":[{\"id\":1,\"kind\":\"drop\",\"target\":\"card:"
                                      "east\",\"amount\":101,\"begin_us\":1,\"end_us\":2}]}",
                                      "{\"faults\":[{\"id\":1,\"kind\":\"cut\",\"target\":\"srp-"
                                      "control\",\"amount\":0,\"begin_us\":3,\"end_us\":2}]}"};
    struct faults faults = {.n = 5};
    char err[256];

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        err[0] = '\0';
        ck_assert_msg(faults_parse(&faults, bad[i], strlen(bad[i]), &topo, err, sizeof err) != 0,
                      "%s", bad[i]);
        ck_assert_uint_eq(faults.n, 5);
        ck_assert_msg(strstr(err, FAULT_FILE) != NULL, "%s", err);
    }
    ck_assert_int_eq(faults_parse(&faults, "{\"faults\":[" GOOD "]}",
                                  strlen("{\"faults\":[" GOOD "]}"), &topo, err, sizeof err),
                     0);
    ck_assert_uint_eq(faults.n, 1);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("fault");
    TCase *tc = tcase_create("fault");

    tcase_add_checked_fixture(tc, set_up, NULL);
    tcase_add_test(tc, each_kind_is_known_by_its_word_and_fits_its_own_default);
    tcase_add_test(tc, a_target_is_printed_as_it_is_read);
    tcase_add_test(tc, what_is_no_target_of_that_kind_is_refused);
    tcase_add_test(tc, a_lease_is_in_force_from_its_begin_until_just_before_its_end);
    tcase_add_test(tc, a_way_is_that_of_the_end_that_is_named);
    tcase_add_test(tc, on_a_bus_one_card_may_be_hit_and_no_other);
    tcase_add_test(tc, a_fault_of_vms_hits_an_instance_or_one_card);
    tcase_add_test(tc, a_reset_comes_at_the_begin_and_again_after_each_amount_until_the_end);
    tcase_add_test(tc, a_lease_of_a_link_concerns_both_ends_that_send_and_nobody_else);
    tcase_add_test(tc, the_file_holds_what_was_written_and_goes_with_the_last_lease);
    tcase_add_test(tc, of_a_file_with_one_bad_lease_nothing_is_taken);
    suite_add_tcase(suite, tc);
    return unit_main(suite);
}
