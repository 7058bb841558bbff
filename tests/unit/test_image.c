#include <string.h>

#include "cf/image.h"
#include "unit.h"

static struct image
some_image(void)
{
    return (struct image){
        .release = "21.28.2",
        .build = "80001",
        .description = "Deployment_Build",
        .date = "Mon Jan  5 08:00:00 UTC 2026",
        .platform = "VPC-DI",
    };
}

START_TEST(what_is_written_is_read_with_its_size)
{
    struct image image = some_image(), read = {0};
    char text[IMAGE_MOST];
    size_t len = image_put(&image, text);

    ck_assert_uint_gt(len, 0);
    ck_assert_int_eq(image_get(text, len, &read), IMAGE_GOOD);
    ck_assert_str_eq(read.release, "21.28.2");
    ck_assert_str_eq(read.build, "80001");
    ck_assert_str_eq(read.description, "Deployment_Build");
    ck_assert_str_eq(read.date, "Mon Jan  5 08:00:00 UTC 2026");
    ck_assert_str_eq(read.platform, "VPC-DI");
    ck_assert_uint_eq(read.size, len);
}
END_TEST

START_TEST(longest_fields_fit)
{
    struct image image = some_image(), read;
    char text[IMAGE_MOST];

    memset(image.description, 'd', IMAGE_WORD - 1);
    memset(image.date, 'd', IMAGE_WORD - 1);
    memset(image.platform, 'p', IMAGE_WORD - 1);
    memset(image.build, '9', IMAGE_BUILD - 1);
    memcpy(image.release, "121.128.102.100", IMAGE_RELEASE);
    ck_assert_int_eq(image_get(text, image_put(&image, text), &read), IMAGE_GOOD);
    ck_assert_str_eq(read.platform, image.platform);
}
END_TEST

START_TEST(image_cut_at_any_length_is_refused_and_nothing_is_stored)
{
    struct image image = some_image(), read, before;
    char text[IMAGE_MOST];
    size_t len = image_put(&image, text);

    memset(&before, 'x', sizeof before);
    read = before;
    for (size_t cut = 0; cut < len; cut++) {
        enum image_fault fault = image_get(text, cut, &read);

        ck_assert_int_eq(fault, cut < 15 ? IMAGE_MAGIC : IMAGE_CRC);
        ck_assert_mem_eq(&read, &before, sizeof read);
    }
}
END_TEST

START_TEST(any_bit_that_changed_behind_the_magic_fails_the_crc_check)
{
    struct image image = some_image(), read;
    char text[IMAGE_MOST];
    size_t len = image_put(&image, text);

    for (size_t i = 0; i < len * 8; i++) {
        text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
        ck_assert_int_eq(image_get(text, len, &read), i / 8 < 15 ? IMAGE_MAGIC : IMAGE_CRC);
        text[i / 8] = (char)(text[i / 8] ^ 1 << i % 8);
    }
    ck_assert_int_eq(image_get(text, len, &read), IMAGE_GOOD);
}
END_TEST

START_TEST(another_file_has_a_bad_magic_number)
{
    struct image read;

    ck_assert_int_eq(image_get("", 0, &read), IMAGE_MAGIC);
    ck_assert_int_eq(image_get("config\nend\n", 11, &read), IMAGE_MAGIC);
}
END_TEST

/* Put the checksum right over what was changed: then the lines are judged. */
static enum image_fault
judged(const char *lines)
{
    static const char magic[] = "VPCLAB-IMAGE 1\n";
    struct image read;
    char text[IMAGE_MOST * 2], *at = text;
    uint32_t crc = image_crc(lines, strlen(lines));

    at = stpcpy(at, magic);
    at = stpcpy(at, "crc32 ");
    for (int shift = 28; shift >= 0; shift -= 4)
        *at++ = "0123456789abcdef"[crc >> shift & 15];
    at = stpcpy(at, "\n");
    at = stpcpy(at, lines);
    return image_get(text, (size_t)(at - text), &read);
}

#define GOOD_TO_DATE "release 21.28.2\nbuild 1\ndescription d\ndate Mon Jan  5 08:00:00 UTC 2026\n"

START_TEST(whole_image_with_a_wrong_line_is_refused)
{
    ck_assert_int_eq(judged(GOOD_TO_DATE "platform p\nsize 000125\n"), IMAGE_GOOD);
    ck_assert_int_eq(judged(GOOD_TO_DATE "platform p\nsize 000126\n"), IMAGE_FIELDS);
    ck_assert_int_eq(judged(GOOD_TO_DATE "platform p\n"), IMAGE_FIELDS);
    ck_assert_int_eq(judged("release new\nbuild 1\n"), IMAGE_FIELDS);
    ck_assert_int_eq(judged(""), IMAGE_FIELDS);
}
END_TEST

START_TEST(release_is_two_to_four_numbers)
{
    static const char *const good[] = {"21.28", "21.28.2", "21.28.2.1", "1.2", "121.128.102.100"};
    static const char *const bad[] = {
        "",       "21",   ".",      "21.",      "21..2",           "21.x", "21.28 ", "1.2.3.4.5",
        "1234.1", "-1.2", ".21.28", "21.28.2.", "121.128.102.1000"};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(image_is_release(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!image_is_release(bad[i]), "%s", bad[i]);
}
END_TEST

START_TEST(field_that_would_not_be_read_is_not_written)
{
    struct image image = some_image();
    char text[IMAGE_MOST];

    image.description[0] = '\n';
    ck_assert_uint_eq(image_put(&image, text), 0);
    image = some_image();
    image.build[0] = 'b';
    ck_assert_uint_eq(image_put(&image, text), 0);
}
END_TEST

START_TEST(crc_is_that_of_zlib)
{
    ck_assert_uint_eq(image_crc("123456789", 9), 0xcbf43926);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("image");
    TCase *tcase = tcase_create("image");

    tcase_add_test(tcase, what_is_written_is_read_with_its_size);
    tcase_add_test(tcase, longest_fields_fit);
    tcase_add_test(tcase, image_cut_at_any_length_is_refused_and_nothing_is_stored);
    tcase_add_test(tcase, any_bit_that_changed_behind_the_magic_fails_the_crc_check);
    tcase_add_test(tcase, another_file_has_a_bad_magic_number);
    tcase_add_test(tcase, whole_image_with_a_wrong_line_is_refused);
    tcase_add_test(tcase, release_is_two_to_four_numbers);
    tcase_add_test(tcase, field_that_would_not_be_read_is_not_written);
    tcase_add_test(tcase, crc_is_that_of_zlib);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
