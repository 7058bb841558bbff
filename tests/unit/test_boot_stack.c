#include <string.h>

#include "common/conf/boot_stack.h"
#include "unit_conf.h"

static struct boot_stack stack;
static unsigned line;

static void
empty(void)
{
    memset(&stack, 0, sizeof stack);
}

static const char *
set(uint8_t priority)
{
    return boot_stack_set(&stack, priority, "/flash/a.bin", "/flash/a.cfg");
}

static const char *
get(const char *text)
{
    return boot_stack_get(text, strlen(text), &stack, &line);
}

START_TEST(lowest_number_is_tried_first_in_whatever_order_they_were_configured)
{
    empty();
    ck_assert_ptr_null(set(20));
    ck_assert_ptr_null(set(100));
    ck_assert_ptr_null(set(1));
    ck_assert_uint_eq(stack.n, 3);
    ck_assert_uint_eq(stack.entries[0].priority, 1);
    ck_assert_uint_eq(stack.entries[1].priority, 20);
    ck_assert_uint_eq(stack.entries[2].priority, 100);
}
END_TEST

START_TEST(entry_of_the_same_priority_is_replaced)
{
    empty();
    ck_assert_ptr_null(set(20));
    ck_assert_ptr_null(boot_stack_set(&stack, 20, "/hd-raid/b.bin", "file:/flash/b.cfg"));
    ck_assert_uint_eq(stack.n, 1);
    ck_assert_str_eq(file_url_text(&stack.entries[0].image).text, "/hd-raid/b.bin");
    ck_assert_str_eq(file_url_text(&stack.entries[0].config).text, "/flash/b.cfg");
}
END_TEST

START_TEST(eleventh_entry_is_refused_but_a_tenth_may_be_replaced)
{
    empty();
    for (uint8_t i = 1; i <= BOOT_ENTRIES; i++)
        ck_assert_ptr_null(set(i));

    struct boot_stack before = stack;
    const char *why = set(11);

    ck_assert_ptr_nonnull(why);
    ck_assert_ptr_nonnull(strstr(why, "maximum number of boot system entries (10) reached"));
    ck_assert_mem_eq(&stack, &before, sizeof stack);
    ck_assert_ptr_null(set(10));
    ck_assert_ptr_null(boot_stack_remove(&stack, 3));
    ck_assert_ptr_null(set(11));
    ck_assert_uint_eq(stack.entries[2].priority, 4);
}
END_TEST

START_TEST(entry_that_is_not_there_cannot_be_removed)
{
    empty();
    ck_assert_ptr_null(set(20));
    ck_assert_ptr_nonnull(boot_stack_remove(&stack, 19));
    ck_assert_ptr_null(boot_stack_remove(&stack, 20));
    ck_assert_uint_eq(stack.n, 0);
}
END_TEST

START_TEST(priorities_are_1_to_100)
{
    empty();
    ck_assert_ptr_nonnull(set(0));
    ck_assert_ptr_nonnull(set(101));
    ck_assert_uint_eq(stack.n, 0);
}
END_TEST

START_TEST(what_is_written_is_read_and_means_the_same)
{
    char text[BOOT_TEXT];
    struct boot_stack before;

    empty();
    for (uint8_t i = 0; i < BOOT_ENTRIES; i++) {
        char name[80] = "/hd-raid/";

        memset(name + 9, 'n', FILE_NAME - 1);
        name[9] = (char)('a' + i);
        ck_assert_ptr_null(boot_stack_set(&stack, (uint8_t)(100 - i), name, name));
    }
    before = stack;
    empty();
    ck_assert_uint_lt(boot_stack_put(&before, text), sizeof text);
    ck_assert_ptr_null(get(text));
    ck_assert_mem_eq(&stack, &before, sizeof stack);
}
END_TEST

START_TEST(comments_blanks_and_line_ends_of_other_systems_do_not_matter)
{
    ck_assert_ptr_null(get("# mine\r\n\n  boot system priority 7 image /flash/a.bin\tconfig "
                           "/flash/a.cfg\r\n"));
    ck_assert_uint_eq(stack.n, 1);
    ck_assert_uint_eq(stack.entries[0].priority, 7);
    ck_assert_ptr_null(get(""));
    ck_assert_uint_eq(stack.n, 0);
}
END_TEST

START_TEST(bad_line_is_told_by_its_number_and_nothing_of_the_file_applies)
{
    static const char *const bad[] = {
        "boot",
        "boot system priority 20 image /flash/a.bin",
        "boot system priority 0 image /flash/a.bin config /flash/a.cfg",
        "boot system priority 101 image /flash/a.bin config /flash/a.cfg",
        "boot system priority 9999 image /flash/a.bin config /flash/a.cfg",
        "boot system priority 2x image /flash/a.bin config /flash/a.cfg",
        "boot system priority 20 image /flash/../a.bin config /flash/a.cfg",
        "boot system priority 20 image /flash/a.bin config tftp://h/a.cfg",
        "boot system priority 20 image /flash/a.bin config /flash/a.cfg more",
        "boot system priority 1 image /flash/a.bin config /flash/a.cfg",
    };
    char text[400];

    empty();
    ck_assert_ptr_null(set(50));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct boot_stack before = stack;

        (void)snprintf(text, sizeof text,
                       "# first\nboot system priority 1 image /flash/a.bin config /flash/a.cfg\n"
                       "%s\n",
                       bad[i]);
        ck_assert_msg(get(text) != NULL, "%s", bad[i]);
        ck_assert_uint_eq(line, 3);
        ck_assert_mem_eq(&stack, &before, sizeof stack);
    }
}
END_TEST

START_TEST(show_boot_prints_three_lines_an_entry_and_a_blank_one_between)
{
    char text[BOOT_TEXT];

    empty();
    ck_assert_uint_eq(boot_stack_show(&stack, text), 0);
    ck_assert_ptr_null(
        boot_stack_set(&stack, 20, "/flash/vpclab-di-21.28.0.bin", "/flash/system.cfg"));
    ck_assert_ptr_null(
        boot_stack_set(&stack, 9, "/flash/vpclab-di-21.28.2.bin", "/flash/system.cfg"));
    ck_assert_uint_eq(boot_stack_show(&stack, text), strlen(text));
    ck_assert_str_eq(text, "boot system priority 9 \\\n"
                           "    image /flash/vpclab-di-21.28.2.bin \\\n"
                           "    config /flash/system.cfg\n"
                           "\n"
                           "boot system priority 20 \\\n"
                           "    image /flash/vpclab-di-21.28.0.bin \\\n"
                           "    config /flash/system.cfg\n");
}
END_TEST

START_TEST(urls_name_files_of_the_two_disks_and_nothing_else)
{
    static const char *const good[] = {"/flash/a", "/hd-raid/a.b-c_d+e", "file:/flash/x"};
    static const char *const bad[] = {"",
                                      "a",
                                      "/flash",
                                      "/flash/",
                                      "/flash/..",
                                      "/flash/.x",
                                      "/flash/a/b",
                                      "/flashy/a",
                                      "/etc/passwd",
                                      "/flash/a b",
                                      "/flash//a",
                                      "//flash/a",
                                      "/flash/\x01",
                                      "/flash/%41",
                                      "/hd-raid",
                                      "file:flash/x"};
    char longest[FILE_URL + 8] = "/hd-raid/";
    struct file_url url = {.name = "before"};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert_msg(!file_url_parse(good[i], &url), "%s", good[i]);
    ck_assert_str_eq(file_url_text(&url).text, "/flash/x");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(file_url_parse(bad[i], &url) != NULL, "%s", bad[i]);
    ck_assert_str_eq(url.name, "x");
    memset(longest + 9, 'n', FILE_NAME - 1);
    ck_assert_ptr_null(file_url_parse(longest, &url));
    ck_assert_str_eq(file_url_text(&url).text, longest);
    longest[9 + FILE_NAME - 1] = 'n';
    ck_assert_ptr_nonnull(file_url_parse(longest, &url));
}
END_TEST

START_TEST(servers_are_refused_with_what_to_do_instead)
{
    static const char *const remote[] = {"ftp://u:p@h/f", "sftp://h/f", "tftp://h/f", "http://h/f"};
    struct file_url url;

    for (size_t i = 0; i < sizeof remote / sizeof *remote; i++)
        ck_assert_str_eq(file_url_parse(remote[i], &url),
                         "this emulator reaches no server; copy from /flash or /hd-raid");
}
END_TEST

START_TEST(disk_is_named_with_or_without_a_slash)
{
    struct file_url url;

    ck_assert_ptr_null(file_url_disk("/flash", &url));
    ck_assert_str_eq(file_url_text(&url).text, "/flash");
    ck_assert_ptr_null(file_url_disk("/hd-raid/", &url));
    ck_assert_str_eq(file_url_text(&url).text, "/hd-raid");
}
END_TEST

START_TEST(boot_stack_is_configured_by_lines)
{
    accepts("config\nboot system priority 20 image /flash/a.bin config /flash/a.cfg\n"
            "boot system priority 19 image /flash/b.bin config /flash/b.cfg\n"
            "no boot system priority 20\n");
    ck_assert_uint_eq(conf.boot.n, 1);
    ck_assert_uint_eq(conf.boot.entries[0].priority, 19);
    refuses("config\nboot system priority 20 image ftp://h/a.bin config /flash/a.cfg\n",
            "test.cfg:2: Failure: this emulator reaches no server; copy from /flash or /hd-raid");
    refuses("config\nno boot system priority 20\n",
            "test.cfg:2: Failure: there is no boot system entry of that priority; see show boot");
}
END_TEST

START_TEST(boot_stack_is_not_part_of_what_both_chassis_share)
{
    uint32_t without;

    accepts("config\n");
    without = conf_srp_checksum(&conf);
    accepts("config\nboot system priority 20 image /flash/a.bin config /flash/a.cfg\n");
    ck_assert_uint_eq(conf_srp_checksum(&conf), without);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("boot_stack");
    TCase *tcase = tcase_create("boot_stack");

    tcase_add_test(tcase, lowest_number_is_tried_first_in_whatever_order_they_were_configured);
    tcase_add_test(tcase, entry_of_the_same_priority_is_replaced);
    tcase_add_test(tcase, eleventh_entry_is_refused_but_a_tenth_may_be_replaced);
    tcase_add_test(tcase, entry_that_is_not_there_cannot_be_removed);
    tcase_add_test(tcase, priorities_are_1_to_100);
    tcase_add_test(tcase, what_is_written_is_read_and_means_the_same);
    tcase_add_test(tcase, comments_blanks_and_line_ends_of_other_systems_do_not_matter);
    tcase_add_test(tcase, bad_line_is_told_by_its_number_and_nothing_of_the_file_applies);
    tcase_add_test(tcase, show_boot_prints_three_lines_an_entry_and_a_blank_one_between);
    tcase_add_test(tcase, urls_name_files_of_the_two_disks_and_nothing_else);
    tcase_add_test(tcase, servers_are_refused_with_what_to_do_instead);
    tcase_add_test(tcase, disk_is_named_with_or_without_a_slash);
    tcase_add_test(tcase, boot_stack_is_configured_by_lines);
    tcase_add_test(tcase, boot_stack_is_not_part_of_what_both_chassis_share);
    suite_add_tcase(suite, tcase);
    return unit_main(suite);
}
