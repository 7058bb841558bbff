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
    tcase_add_test(tcase, a_digest_is_of_the_name_whatever_its_number);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
