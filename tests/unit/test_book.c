#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/loop/book.h"
#include "tests/unit/unit.h"

/* The files that all processes of a lab follow: found at start, and again at each replacement. */

enum { DEADLINE_MS = 30000 };

static struct node node;
static char dir[] = "/tmp/test-book-XXXXXX";

static struct ear {
    unsigned calls;
    char text[64]; /* "-": there was no file */
    const char *wanted;
} heard, other;

static void
hear(void *ctx, const char *text, size_t len)
{
    struct ear *ear = ctx;

    ck_assert(!text || strlen(text) == len);
    (void)snprintf(ear->text, sizeof ear->text, "%s", text ? text : "-");
    ear->calls++;
}

static int
look(zloop_t *loop, int id, void *arg)
{
    const struct ear *ear = arg;

    (void)loop;
    (void)id;
    return strcmp(ear->text, ear->wanted) == 0 ? -1 : 0;
}

static int
give_up(zloop_t *loop, int id, void *arg)
{
    const struct ear *ear = arg;

    (void)loop;
    (void)id;
    ck_abort_msg("waited for \"%s\", heard \"%s\"", ear->wanted, ear->text);
    return -1;
}

static void
wait_for(struct ear *ear, const char *text)
{
    int often = zloop_timer(node.loop, 1, 0, look, ear);
    int late = zloop_timer(node.loop, DEADLINE_MS, 1, give_up, ear);

    ear->wanted = text;
    (void)zloop_start(node.loop);
    (void)zloop_timer_end(node.loop, often);
    (void)zloop_timer_end(node.loop, late);
}

static void
put(const char *name, const char *text)
{
    ck_assert_int_eq(book_put(node.rundir, name, text, strlen(text)), 0);
}

static void
begin(void)
{
    memset(&heard, 0, sizeof heard);
    memset(&other, 0, sizeof other);
    (void)memcpy(dir, "/tmp/test-book-XXXXXX", sizeof dir);
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(node.rundir, sizeof node.rundir, "%s", dir);
    zsys_handler_set(NULL);
    node.loop = zloop_new();
}

static void
set_up(void)
{
    begin();
    node.book = book_open(node.loop, node.rundir);
    ck_assert_ptr_nonnull(node.book);
}

/* Where the system grants no inotify instance, which a process that may open nothing shows. */
static void
set_up_blind(void)
{
    struct rlimit files, none;

    begin();
    ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &files), 0);
    none = files;
    none.rlim_cur = 0;
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    node.book = book_open(node.loop, node.rundir);
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &files), 0);
    ck_assert_ptr_nonnull(node.book);
}

static void
tear_down(void)
{
    book_close(&node.book);
    zloop_destroy(&node.loop);
    (void)book_drop(dir, "time.json");
    (void)book_drop(dir, "other.json");
    ck_assert_int_eq(rmdir(dir), 0); /* nothing else was left there */
    zsys_shutdown();
}

START_TEST(what_stands_there_is_told_at_once)
{
    book_watch(&node, "time.json", hear, &heard);
    ck_assert_str_eq(heard.text, "-");
    put("other.json", "x");
    book_watch(&node, "other.json", hear, &heard);
    ck_assert_str_eq(heard.text, "x");
}
END_TEST

START_TEST(a_replaced_and_a_removed_file_are_told)
{
    book_watch(&node, "time.json", hear, &heard);
    book_watch(&node, "other.json", hear, &other);
    put("time.json", "one");
    wait_for(&heard, "one");
    put("time.json", "two");
    wait_for(&heard, "two");
    ck_assert_int_eq(book_drop(dir, "time.json"), 0);
    wait_for(&heard, "-");
    put("time.json", "three");
    wait_for(&heard, "three");
    ck_assert_uint_eq(other.calls, 1); /* at its start: no change was its */
}
END_TEST

START_TEST(an_unreadable_file_changes_nothing)
{
    static char longest[BOOK_TEXT + 1];

    put("time.json", "one");
    book_watch(&node, "time.json", hear, &heard);
    book_watch(&node, "other.json", hear, &other);
    memset(longest, 'x', sizeof longest);
    ck_assert_int_eq(book_put(dir, "time.json", longest, sizeof longest), 0);
    put("other.json", "later");
    wait_for(&other, "later");
    ck_assert_uint_eq(heard.calls, 1);
    put("time.json", "two");
    wait_for(&heard, "two");
}
END_TEST

START_TEST(a_file_is_read_whole_or_not_at_all)
{
    char out[8], path[256];

    ck_assert_int_eq(book_get(dir, "time.json", out, sizeof out), DI_ENOTFOUND);
    put("time.json", "1234567");
    ck_assert_int_eq(book_get(dir, "time.json", out, sizeof out), 7);
    ck_assert_str_eq(out, "1234567");
    put("time.json", "12345678");
    ck_assert_int_eq(book_get(dir, "time.json", out, sizeof out), DI_ESPACE);
    ck_assert_int_eq(book_drop(dir, "time.json"), 0);
    ck_assert_int_eq(book_drop(dir, "time.json"), 0);
    (void)snprintf(path, sizeof path, "%s/time.json", dir);
    ck_assert_int_eq(mkfifo(path, 0600), 0); /* would block who opens it */
    ck_assert_int_eq(book_get(dir, "time.json", out, sizeof out), DI_ESYSTEM);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("/etc/hostname", path), 0);
    ck_assert_int_eq(book_get(dir, "time.json", out, sizeof out), DI_ESYSTEM);
}
END_TEST

static Suite *
suite(void)
{
    Suite *s = suite_create("book");
    TCase *tc = tcase_create("inotify");
    TCase *blind = tcase_create("without inotify");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, what_stands_there_is_told_at_once);
    tcase_add_test(tc, a_replaced_and_a_removed_file_are_told);
    tcase_add_test(tc, an_unreadable_file_changes_nothing);
    tcase_add_test(tc, a_file_is_read_whole_or_not_at_all);
    suite_add_tcase(s, tc);
    tcase_add_checked_fixture(blind, set_up_blind, tear_down);
    tcase_add_test(blind, what_stands_there_is_told_at_once);
    tcase_add_test(blind, a_replaced_and_a_removed_file_are_told);
    suite_add_tcase(s, blind);
    return s;
}

int
main(void)
{
    return unit_main(suite());
}
