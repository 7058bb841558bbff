/* Management: one line asked and answered, and what the asker hears when there is no answer.
 * The server is a process of its own, so that it can end in the middle. */
#include "common/loop/mgmt.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/err.h"
#include "tests/unit/unit.h"

enum { PATIENCE_MS = 20000, SHORT_MS = 50, QUICK_MS = 5000 };

static char dir[] = "/tmp/vpclab-mgmt-XXXXXX";
static char endpoint[64];
static pid_t server;

/* "echo" is answered, "end" ends the process unanswered, "wait" is never answered. */
static void
handle(void *ctx, const char *line, bool json, char **text, int *status)
{
    (void)ctx;
    if (strcmp(line, "end") == 0)
        _exit(EXIT_SUCCESS);
    if (strcmp(line, "wait") == 0)
        (void)pause();
    *text = strdup(json ? "{}" : line);
    *status = MGMT_OK;
}

static void
serve(int ready)
{
    struct node node = {.slot = 1, .incarnation = 1};
    zloop_t *loop = zloop_new();
    struct mgmt *mgmt = mgmt_open(&node, loop, endpoint, handle, NULL);

    if (!mgmt || write(ready, "", 1) != 1)
        _exit(EXIT_FAILURE);
    (void)zloop_start(loop);
    _exit(EXIT_SUCCESS);
}

static void
set_up(void)
{
    int ends[2];
    char byte;

    strcpy(dir + sizeof dir - 7, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(dir));
    (void)snprintf(endpoint, sizeof endpoint, "ipc://%s/s", dir);
    ck_assert_int_eq(pipe(ends), 0);
    server = fork();
    ck_assert_int_ge(server, 0);
    if (server == 0)
        serve(ends[1]);
    (void)close(ends[1]);
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    (void)close(ends[0]);
}

static void
tear_down(void)
{
    if (server) {
        (void)kill(server, SIGKILL);
        (void)waitpid(server, NULL, 0);
    }
    (void)unlink(endpoint + strlen("ipc://"));
    ck_assert_int_eq(rmdir(dir), 0);
}

static int
ask(const char *line, int timeout_ms, char **text)
{
    int status = -1;
    int rc = mgmt_ask(endpoint, line, false, timeout_ms, text, &status);

    ck_assert_int_eq(rc == 0, *text != NULL);
    ck_assert_int_eq(status, rc == 0 ? MGMT_OK : -1);
    return rc;
}

START_TEST(a_line_is_answered_however_often_it_is_asked)
{
    for (int i = 0; i < 50; i++) {
        char *text;

        ck_assert_int_eq(ask("echo", PATIENCE_MS, &text), 0);
        ck_assert_str_eq(text, "echo");
        free(text);
    }
}
END_TEST

START_TEST(a_server_that_ends_unanswered_is_not_waited_for)
{
    int64_t began = zclock_mono();
    char *text;

    ck_assert_int_eq(ask("end", PATIENCE_MS, &text), DI_EGONE);
    ck_assert_int_lt(zclock_mono() - began, QUICK_MS);
}
END_TEST

START_TEST(a_server_that_says_nothing_is_waited_for_as_long_as_was_asked)
{
    int64_t began = zclock_mono();
    char *text;

    ck_assert_int_eq(ask("wait", SHORT_MS, &text), DI_EAGAIN);
    ck_assert_int_ge(zclock_mono() - began, SHORT_MS);
}
END_TEST

START_TEST(nobody_serves)
{
    char *text;

    ck_assert_int_eq(kill(server, SIGKILL), 0);
    ck_assert_int_eq(waitpid(server, NULL, 0), server);
    server = 0;
    ck_assert_int_eq(ask("echo", PATIENCE_MS, &text), DI_ENOTFOUND);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_not_sent)
{
    static char line[MGMT_LINE + 2];
    char *text;

    memset(line, 'x', MGMT_LINE + 1);
    ck_assert_int_eq(ask(line, PATIENCE_MS, &text), DI_ESPACE);
}
END_TEST

int
main(void)
{
    Suite *suite = suite_create("mgmt");
    TCase *asked = tcase_create("ask");

    tcase_add_checked_fixture(asked, set_up, tear_down);
    tcase_set_timeout(asked, 60);
    tcase_add_test(asked, a_line_is_answered_however_often_it_is_asked);
    tcase_add_test(asked, a_server_that_ends_unanswered_is_not_waited_for);
    tcase_add_test(asked, a_server_that_says_nothing_is_waited_for_as_long_as_was_asked);
    tcase_add_test(asked, nobody_serves);
    tcase_add_test(asked, a_line_that_is_too_long_is_not_sent);
    suite_add_tcase(suite, asked);
    return unit_main(suite);
}
