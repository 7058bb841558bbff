/* Lists of subscribers and of address pools, of what session managers answered. */
#include "cf/asks.h"
#include "cf/show_list.h"
#include "common/gtp/gtp.h"
#include "tests/unit/show_rig.h"

static struct call_found calls[3];
static struct calls_found found;

static struct call_found
call(const char *imsi, uint32_t call_id, uint8_t version, uint8_t sessmgr)
{
    return (struct call_found){SF,
                               sessmgr,
                               {.call_id = call_id,
                                .imsi = gtp_imsi_from_digits(imsi),
                                .ue_addr = 0xac100000 + call_id,
                                .gtp_version = version,
                                .age_s = 9000,
                                .idle_s = 3600 + 2 * 60 + 3}};
}

static void
answers(void)
{
    set_up();
    calls[0] = call("001010000000010", 3, 2, 1);
    calls[1] = call("001010000000009", 2, 1, 2);
    calls[2] = call("001010000000009", 1, 1, 2);
    found = (struct calls_found){.asked = 3, .answered = 3, .n = 3, .room = 3, .calls = calls};
    found.pools[0] = (struct call_pool){.used = 20, .left = 300};
    found.pools[1] = (struct call_pool){.used = 1, .left = 2};
    found.pools[2] = (struct call_pool){.used = 0, .left = 0};
}

static void
add_pool(const char *name, uint8_t context, enum conf_pool_kind kind, bool busyout)
{
    struct conf_pool *pool = &cf.conf.pools[cf.conf.pool_n++];

    *pool = (struct conf_pool){.context = context,
                               .kind = kind,
                               .priority = (uint8_t)cf.conf.pool_n,
                               .busyout = busyout,
                               .net = 0xac100000 + ((uint32_t)cf.conf.pool_n << 8),
                               .mask = 0xffffff00};
    (void)snprintf(pool->name, sizeof pool->name, "%s", name);
}

/* ---- subscribers --------------------------------------------------------------------------- */

START_TEST(subscribers_come_by_imsi_with_their_access_and_how_long_they_are_idle)
{
    FILE *stream = out();

    show_subscribers_all(&found, stream);
    printed(stream, "CALLID   MSID            IP              ACCESS TYPE         SMGR TIME-IDLE\n"
                    "-------- --------------- --------------- ------------------- ---- ---------\n"
                    "00000001 001010000000009 172.16.0.1      ggsn-pdp-type-ipv4     2 01h02m03s\n"
                    "00000002 001010000000009 172.16.0.2      ggsn-pdp-type-ipv4     2 01h02m03s\n"
                    "00000003 001010000000010 172.16.0.3      pgw-gtp-ipv4           1 01h02m03s\n"
                    "\nTotal subscribers matching specified criteria: 3\n");
}
END_TEST

START_TEST(a_list_that_is_not_all_says_what_is_missing)
{
    FILE *stream = out();

    found.more = true;
    found.answered = 1;
    show_subscribers_all(&found, stream);
    ck_assert_int_eq(fclose(stream), 0);
    ck_assert_ptr_nonnull(strstr(text, " criteria: 3, and more that are not listed; see show "
                                       "subscribers summary\nInfo: 2 of 3 session managers did not "
                                       "answer; theirs is missing\n"));
    free(text);
}
END_TEST

START_TEST(without_calls_no_subscriber_matches)
{
    static struct calls_found none;
    FILE *stream = out();

    show_subscribers_all(&none, stream);
    printed(stream, "No subscribers match the specified criteria\n");
}
END_TEST

START_TEST(json_has_each_subscriber_under_its_callid)
{
    json_t *object = show_subscribers_all_json(&found);
    json_t *first = json_array_get(json_object_get(object, "subscribers"), 0);

    ck_assert_uint_eq(json_array_size(json_object_get(object, "subscribers")), 3);
    ck_assert_str_eq(json_string_value(json_object_get(first, "callid")), "00000001");
    ck_assert_str_eq(json_string_value(json_object_get(first, "imsi")), "001010000000009");
    ck_assert_int_eq(json_integer_value(json_object_get(first, "idle_seconds")), 3723);
    ck_assert(json_is_false(json_object_get(object, "more")));
    json_decref(object);
}
END_TEST

/* ---- pools --------------------------------------------------------------------------------- */

START_TEST(pools_are_listed_with_flags_and_figures_by_context)
{
    FILE *stream = out();

    add_pool("open", DEST, CONF_POOL_PUBLIC, false);
    add_pool("closed", DEST, CONF_POOL_PRIVATE, true);
    add_pool("fixed", SOURCE, CONF_POOL_STATIC, false);
    show_pools(&cf, &found, NULL, stream);
    printed(stream, "+-----Type: (P) - Public, (R) - Private, (S) - Static\n"
                    "|+----State: (G) - Good\n"
                    "||++--Priority: 0 (highest) .. 10 (lowest)\n"
                    "||||+-Busyout: (B) - Busyout configured\n"
                    "vvvvv Pool Name   Start Address   Mask                 Used     Avail\n"
                    "----- ----------- --------------- ---------------- -------- ---------\n"
                    "context dest:\n"
                    "PG01  open        172.16.1.0      255.255.255.0          20       300\n"
                    "RG02B closed      172.16.2.0      255.255.255.0           1         2\n"
                    "context source:\n"
                    "SG03  fixed       172.16.3.0      255.255.255.0           0         0\n"
                    "Total Pool Count: 3\n");
}
END_TEST

START_TEST(one_pool_is_shown_by_its_name_with_its_own_figures)
{
    json_t *object, *pools;

    add_pool("open", DEST, CONF_POOL_PUBLIC, false);
    add_pool("closed", DEST, CONF_POOL_PRIVATE, true);
    ck_assert(show_has_pool(&cf, "CLOSED"));
    ck_assert(!show_has_pool(&cf, "clos"));
    object = show_pools_json(&cf, &found, "CLOSED");
    pools = json_object_get(object, "pools");
    ck_assert_uint_eq(json_array_size(pools), 1);
    ck_assert_str_eq(json_string_value(json_object_get(json_array_get(pools, 0), "type")),
                     "private");
    ck_assert_int_eq(json_integer_value(json_object_get(json_array_get(pools, 0), "used")), 1);
    ck_assert(json_is_true(json_object_get(json_array_get(pools, 0), "busyout")));
    json_decref(object);
}
END_TEST

START_TEST(without_pools_that_is_said)
{
    FILE *stream = out();

    ck_assert(!show_has_pool(&cf, "open"));
    show_pools(&cf, &found, NULL, stream);
    printed(stream, "Info: no ip pool is configured\n");
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("show_list");
    TCase *tcase = tcase_create("show_list");

    tcase_add_checked_fixture(tcase, answers, NULL);
    tcase_add_test(tcase, subscribers_come_by_imsi_with_their_access_and_how_long_they_are_idle);
    tcase_add_test(tcase, a_list_that_is_not_all_says_what_is_missing);
    tcase_add_test(tcase, without_calls_no_subscriber_matches);
    tcase_add_test(tcase, json_has_each_subscriber_under_its_callid);
    tcase_add_test(tcase, pools_are_listed_with_flags_and_figures_by_context);
    tcase_add_test(tcase, one_pool_is_shown_by_its_name_with_its_own_figures);
    tcase_add_test(tcase, without_pools_that_is_said);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
