#include <stdio.h>
#include <string.h>

#include "sf/names.h"
#include "unit.h"

/* Numbers of two configurations by name. */

static const struct names theirs = {.of = {"internet", "ims", "", "intranet"}};
static const struct names ours = {.of = {"", "intranet", "internet"}};

static uint8_t bytes[NAMES_LEN + 8];
static size_t len;

static void
write_map(const struct names *names)
{
    struct wr wr = wr_over(bytes, sizeof bytes);

    names_write(&wr, names);
    ck_assert(!wr.full);
    len = wr_len(&wr);
}

START_TEST(their_numbers_become_ours_by_name)
{
    struct names_map map;

    write_map(&theirs);
    ck_assert(names_read(&map, &ours, bytes, len));
    ck_assert_uint_eq(map.ours[0], 2);
    ck_assert_uint_eq(map.ours[3], 1);
}
END_TEST

START_TEST(what_has_no_name_here_or_was_not_told_is_none)
{
    struct names_map map;

    write_map(&theirs);
    ck_assert(names_read(&map, &ours, bytes, len));
    ck_assert_uint_eq(map.ours[1], NAME_NONE); /* no ims here */
    ck_assert_uint_eq(map.ours[2], NAME_NONE); /* an empty name is none */
    for (unsigned number = 4; number < 256; number++)
        ck_assert_uint_eq(map.ours[number], NAME_NONE);
}
END_TEST

START_TEST(a_name_that_only_begins_like_ours_is_another_one)
{
    static const struct names longer = {.of = {"internet2", "intra"}};
    struct names_map map;

    write_map(&longer);
    ck_assert(names_read(&map, &ours, bytes, len));
    ck_assert_uint_eq(map.ours[0], NAME_NONE);
    ck_assert_uint_eq(map.ours[1], NAME_NONE);
}
END_TEST

START_TEST(a_cut_map_is_none_and_changes_nothing)
{
    struct names_map map, before;

    memset(&map, 9, sizeof map);
    before = map;
    write_map(&theirs);
    for (size_t cut = 0; cut < len; cut++) {
        ck_assert(!names_read(&map, &ours, bytes, cut));
        ck_assert(!names_read(NULL, NULL, bytes, cut));
    }
    ck_assert(!names_read(&map, &ours, bytes, len + 1)); /* this version ends here */
    bytes[0] = 0;
    ck_assert(!names_read(&map, &ours, bytes, len));
    ck_assert_mem_eq(&map, &before, sizeof map);
}
END_TEST

START_TEST(numbers_are_told_once_and_names_are_not_empty)
{
    static const uint8_t twice[] = {1, 2, 5, 1, 'a', 5, 1, 'b'}, empty[] = {1, 1, 5, 0};
    static const uint8_t high[] = {1, 1, 255, 8, 'i', 'n', 't', 'e', 'r', 'n', 'e', 't'};
    struct names_map map;

    ck_assert(!names_read(&map, &ours, twice, sizeof twice));
    ck_assert(!names_read(&map, &ours, empty, sizeof empty));
    ck_assert(names_read(&map, &ours, high, sizeof high));
    ck_assert_uint_eq(map.ours[255], 2);
}
END_TEST

START_TEST(a_later_version_may_say_more)
{
    struct names_map map;

    write_map(&theirs);
    bytes[0] = NAMES_VERSION + 1;
    ck_assert(names_read(&map, &ours, bytes, len + 3));
    ck_assert_uint_eq(map.ours[0], 2);
}
END_TEST

START_TEST(the_longest_map_fits_and_every_number_is_found)
{
    static struct names full;
    struct names_map map;

    for (unsigned i = 0; i < NAMES_MOST; i++) {
        memset(full.of[i], 'a', NAME_ROOM - 1);
        full.of[i][0] = (char)('0' + i);
    }
    write_map(&full);
    ck_assert_uint_eq(len, NAMES_LEN);
    ck_assert(names_read(&map, &full, bytes, len));
    for (unsigned i = 0; i < NAMES_MOST; i++)
        ck_assert_uint_eq(map.ours[i], i);
}
END_TEST

/* ---- a configuration that changes ---- */

static struct names kept, wanted;
static bool used[256];
static uint8_t where[NAMES_MOST];

static void
want(const char *a, const char *b, const char *c)
{
    const char *const of[] = {a, b, c};

    memset(&wanted, 0, sizeof wanted);
    for (unsigned i = 0; i < 3 && of[i]; i++)
        (void)snprintf(wanted.of[i], NAME_ROOM, "%s", of[i]);
}

static void
begin_with(const char *a, const char *b, const char *c)
{
    memset(&kept, 0, sizeof kept);
    memset(used, 0, sizeof used);
    want(a, b, c);
    ck_assert_uint_eq(names_renew(&kept, &wanted, used, where), 0);
}

START_TEST(the_first_configuration_numbers_its_names_itself)
{
    begin_with("a", "", "c");
    ck_assert_str_eq(kept.of[0], "a");
    ck_assert_str_eq(kept.of[2], "c");
    ck_assert_uint_eq(where[0], 0);
    ck_assert_uint_eq(where[1], NAME_NONE);
    ck_assert_uint_eq(where[2], 2);
}
END_TEST

START_TEST(a_name_keeps_its_number_whatever_comes_or_goes_before_it)
{
    begin_with("a", "b", NULL);
    want("new", "b", "a");
    ck_assert_uint_eq(names_renew(&kept, &wanted, used, where), 0);
    ck_assert_str_eq(kept.of[0], "a");
    ck_assert_str_eq(kept.of[1], "b");
    ck_assert_str_eq(kept.of[2], "new");
    ck_assert_uint_eq(where[0], 2);
    ck_assert_uint_eq(where[1], 1);
    ck_assert_uint_eq(where[2], 0);
    want("b", NULL, NULL);
    ck_assert_uint_eq(names_renew(&kept, &wanted, used, where), 0);
    ck_assert_str_eq(kept.of[1], "b");
    ck_assert_str_eq(kept.of[0], "");
    ck_assert_uint_eq(where[1], 0);
}
END_TEST

START_TEST(a_removed_name_keeps_its_number_while_a_session_has_it_and_not_longer)
{
    begin_with("a", "b", NULL);
    used[0] = true;
    want("b", "c", NULL);
    ck_assert_uint_eq(names_renew(&kept, &wanted, used, where), 0);
    ck_assert_str_eq(kept.of[0], "a");
    ck_assert_uint_eq(where[0], NAME_NONE);
    ck_assert_str_eq(kept.of[2], "c");
    used[0] = false;
    want("d", "b", "c");
    ck_assert_uint_eq(names_renew(&kept, &wanted, used, where), 0);
    ck_assert_str_eq(kept.of[0], "d");
    ck_assert_str_eq(kept.of[1], "b");
    ck_assert_str_eq(kept.of[2], "c");
}
END_TEST

START_TEST(names_are_the_same_only_if_all_are_and_at_their_places)
{
    begin_with("a", "", "c");
    ck_assert(names_are(&kept, &wanted, where));
    want("c", "a", NULL);
    ck_assert(!names_are(&kept, &wanted, where));
    want("a", "", "c");
    ck_assert(names_are(&kept, &wanted, where));
    want("a", "b", "c");
    ck_assert(!names_are(&kept, &wanted, where));
    want("a", NULL, NULL);
    ck_assert(!names_are(&kept, &wanted, where));
    used[2] = true;
    (void)names_renew(&kept, &wanted, used, where);
    ck_assert(names_are(&kept, &wanted, where)); /* what is only kept does not count */
}
END_TEST

START_TEST(a_removed_name_that_comes_back_has_its_number_again)
{
    begin_with("a", "b", NULL);
    used[1] = true;
    want("a", NULL, NULL);
    ck_assert_uint_eq(names_renew(&kept, &wanted, used, where), 0);
    want("b", "a", NULL);
    ck_assert_uint_eq(names_renew(&kept, &wanted, used, where), 0);
    ck_assert_uint_eq(where[1], 0);
    ck_assert_uint_eq(where[0], 1);
}
END_TEST

START_TEST(names_that_find_no_number_are_left_out_and_counted)
{
    begin_with(NULL, NULL, NULL);
    for (unsigned i = 0; i < NAMES_MOST; i++) {
        (void)snprintf(kept.of[i], NAME_ROOM, "old %u", i);
        used[i] = i != 5;
    }
    want("x", "y", "old 7");
    ck_assert_uint_eq(names_renew(&kept, &wanted, used, where), 1);
    ck_assert_str_eq(kept.of[5], "x");
    ck_assert_uint_eq(where[5], 0);
    ck_assert_uint_eq(where[7], 2);
    for (unsigned i = 0; i < NAMES_MOST; i++)
        ck_assert_str_ne(kept.of[i], "y");
}
END_TEST

START_TEST(a_digest_is_of_the_name_whatever_its_number)
{
    ck_assert_uint_eq(names_digest(&theirs, 0), names_digest(&ours, 2));
    ck_assert_uint_eq(names_digest(&theirs, 3), names_digest(&ours, 1));
    ck_assert_uint_ne(names_digest(&theirs, 0), names_digest(&theirs, 1));
    ck_assert_uint_eq(names_digest(&theirs, 200), 0);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("names");
    TCase *tcase = tcase_create("names");

    tcase_add_test(tcase, their_numbers_become_ours_by_name);
    tcase_add_test(tcase, what_has_no_name_here_or_was_not_told_is_none);
    tcase_add_test(tcase, a_name_that_only_begins_like_ours_is_another_one);
    tcase_add_test(tcase, a_cut_map_is_none_and_changes_nothing);
    tcase_add_test(tcase, numbers_are_told_once_and_names_are_not_empty);
    tcase_add_test(tcase, a_later_version_may_say_more);
    tcase_add_test(tcase, the_longest_map_fits_and_every_number_is_found);
    tcase_add_test(tcase, the_first_configuration_numbers_its_names_itself);
    tcase_add_test(tcase, a_name_keeps_its_number_whatever_comes_or_goes_before_it);
    tcase_add_test(tcase, a_removed_name_keeps_its_number_while_a_session_has_it_and_not_longer);
    tcase_add_test(tcase, names_are_the_same_only_if_all_are_and_at_their_places);
    tcase_add_test(tcase, a_removed_name_that_comes_back_has_its_number_again);
    tcase_add_test(tcase, names_that_find_no_number_are_left_out_and_counted);
    tcase_add_test(tcase, a_digest_is_of_the_name_whatever_its_number);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
