/* Management: one line asked and answered, and what the asker hears when there is no answer.
 * The server is a process of its own, so that it can end in the middle. */
#include "common/loop/mgmt.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/err.h"
#include "tests/unit/unit.h"

enum { PATIENCE_MS = 40000, SHORT_MS = 50, QUICK_MS = 15000 };

static char dir[] = "/tmp/vpclab-mgmt-XXXXXX";
static char endpoint[64];
static pid_t server;

/* The server's: itself, and the lines that wait for "now". */
static struct mgmt *served;
static uint32_t tickets[MGMT_WAITING];
static size_t waiting;
static char later[] = "later";

static bool
wait_for_now(int *status)
{
    uint32_t ticket = mgmt_ticket(served);

    if (ticket == 0)
        return false;
    tickets[waiting++] = ticket;
    *status = MGMT_LATER;
    return true;
}

static void
answer_all(void)
{
    while (waiting > 0)
        mgmt_answer(served, tickets[--waiting],
                    &(struct mgmt_reply){.text = later, .status = MGMT_FAILURE});
}

/* "echo" is answered, "later" when "now" is said, "count" by how many wait for that, "end" ends the
 * process unanswered, "wait" is never answered. */
static void
handle(void *ctx, const struct mgmt_line *asked, struct mgmt_reply *reply)
{
    const char *line = asked->text;

    (void)ctx;
    if (strcmp(line, "later") == 0 && wait_for_now(&reply->status))
        return;
    if (strcmp(line, "now") == 0)
        answer_all();
    if (strcmp(line, "end") == 0)
        _exit(EXIT_SUCCESS);
    if (strcmp(line, "wait") == 0)
        (void)pause();
    if (strcmp(line, "count") != 0)
        reply->text = strdup(asked->json ? "{}" : line);
    else if (asprintf(&reply->text, "%zu", waiting) < 0)
        abort();
    (void)snprintf(reply->session, sizeof reply->session, "%s+", asked->session);
    (void)snprintf(reply->prompt, sizeof reply->prompt, "%u%d>", asked->kind, asked->sure);
}

static void
serve(int ready)
{
    struct node node = {.slot = 1, .incarnation = 1};
    zloop_t *loop = zloop_new();
    struct mgmt *mgmt = mgmt_open(&node, loop, endpoint, handle, NULL);

    served = mgmt;
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

START_TEST(a_session_is_what_the_answer_before_said_of_it)
{
    struct mgmt_reply reply;
    struct mgmt_line line = {.text = "echo", .kind = EXEC_HELP, .sure = true, .session = "one"};

    ck_assert_int_eq(mgmt_ask_line(endpoint, &line, PATIENCE_MS, &reply), 0);
    ck_assert_str_eq(reply.text, "echo");
    ck_assert_str_eq(reply.session, "one+");
    ck_assert_str_eq(reply.prompt, "11>");
    free(reply.text);
}
END_TEST

START_TEST(a_client_asks_ten_thousand_lines_over_one_connection)
{
    struct mgmt_client *client = mgmt_client_open(endpoint);
    int64_t began = zclock_mono();
    char text[16];

    for (int i = 0; i < 10000; i++) {
        struct mgmt_line line = {.text = text, .session = ""};
        struct mgmt_reply reply;

        (void)snprintf(text, sizeof text, "%d", i);
        ck_assert_int_eq(mgmt_client_ask(client, &line, PATIENCE_MS, &reply), 0);
        ck_assert_str_eq(reply.text, text);
        free(reply.text);
    }
    ck_assert_int_lt(zclock_mono() - began, PATIENCE_MS);
    mgmt_client_close(&client);
    ck_assert_ptr_null(client);
}
END_TEST

/* Ask over that client. */
static int
ask_of(struct mgmt_client *client, const char *text, int timeout_ms, char answer[MGMT_LINE])
{
    struct mgmt_reply reply;
    struct mgmt_line line = {.text = text, .session = ""};
    int rc = mgmt_client_ask(client, &line, timeout_ms, &reply);

    ck_assert_int_eq(rc == 0, reply.text != NULL);
    (void)snprintf(answer, MGMT_LINE, "%s", rc == 0 ? reply.text : "");
    free(reply.text);
    return rc;
}

START_TEST(an_answer_that_comes_too_late_is_not_that_of_the_next_line)
{
    struct mgmt_client *client = mgmt_client_open(endpoint);
    char answer[MGMT_LINE];

    ck_assert_int_eq(ask_of(client, "later", SHORT_MS, answer), DI_EAGAIN);
    ck_assert_int_eq(ask_of(client, "now", PATIENCE_MS, answer), 0); /* sends both answers */
    ck_assert_str_eq(answer, "now");
    ck_assert_int_eq(ask_of(client, "echo", PATIENCE_MS, answer), 0);
    ck_assert_str_eq(answer, "echo");
    mgmt_client_close(&client);
}
END_TEST

START_TEST(a_line_is_not_sent_over_a_connection_that_has_ended)
{
    struct mgmt_client *client = mgmt_client_open(endpoint);
    int64_t end = zclock_mono() + QUICK_MS;
    char answer[MGMT_LINE];
    int rc;

    ck_assert_int_eq(ask_of(client, "echo", PATIENCE_MS, answer), 0);
    ck_assert_int_eq(kill(server, SIGKILL), 0);
    ck_assert_int_eq(waitpid(server, NULL, 0), server);
    server = 0;
    do /* the connection's end may be heard of a moment later: then it was sent in vain */
        rc = ask_of(client, "echo", PATIENCE_MS, answer);
    while (rc == DI_EGONE && zclock_mono() < end);
    ck_assert_int_eq(rc, DI_ENOTFOUND);
    mgmt_client_close(&client);
}
END_TEST

static volatile sig_atomic_t stop;

static void
on_alarm(int number)
{
    stop = number;
}

START_TEST(a_client_that_is_told_to_stop_does_not_wait_any_longer)
{
    struct mgmt_client *client = mgmt_client_open(endpoint);
    int64_t began = zclock_mono();
    char answer[MGMT_LINE];

    stop = 0;
    ck_assert(signal(SIGUSR1, on_alarm) != SIG_ERR);
    mgmt_client_stop(client, &stop);
    ck_assert_int_eq(ask_of(client, "echo", PATIENCE_MS, answer), 0);
    ck_assert_int_eq(raise(SIGUSR1), 0);
    ck_assert_int_eq(ask_of(client, "wait", PATIENCE_MS, answer), DI_ESYSTEM);
    ck_assert_int_eq(errno, EINTR);
    ck_assert_int_lt(zclock_mono() - began, QUICK_MS);
    mgmt_client_close(&client);
}
END_TEST

/* As a client of its own, so that several can wait; it ends well when it was answered later. */
static pid_t
ask_later(void)
{
    pid_t pid = fork();

    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        int status = -1;
        char *text = NULL;
        int rc = mgmt_ask(endpoint, "later", false, PATIENCE_MS, &text, &status);

        _exit(rc == 0 && status == MGMT_FAILURE && strcmp(text, "later") == 0 ? EXIT_SUCCESS
                                                                              : EXIT_FAILURE);
    }
    return pid;
}

static unsigned long
waiting_now(void)
{
    char *text;
    unsigned long n;

    ck_assert_int_eq(ask("count", PATIENCE_MS, &text), 0);
    n = strtoul(text, NULL, 10);
    free(text);
    return n;
}

START_TEST(lines_wait_for_their_answers_and_others_are_served_meanwhile)
{
    pid_t clients[MGMT_WAITING];
    char *text;

    for (size_t i = 0; i < MGMT_WAITING; i++)
        clients[i] = ask_later();
    while (waiting_now() < MGMT_WAITING)
        continue; /* each round is an answer; the case has a limit */
    ck_assert_int_eq(ask("later", PATIENCE_MS, &text), 0); /* no place is left: answered at once */
    free(text);
    ck_assert_uint_eq(waiting_now(), MGMT_WAITING);
    ck_assert_int_eq(ask("now", PATIENCE_MS, &text), 0);
    free(text);
    for (size_t i = 0; i < MGMT_WAITING; i++) {
        int status;

        ck_assert_int_eq(waitpid(clients[i], &status, 0), clients[i]);
        ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS);
    }
    ck_assert_uint_eq(waiting_now(), 0);
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
    tcase_add_test(asked, a_session_is_what_the_answer_before_said_of_it);
    tcase_add_test(asked, a_line_is_answered_however_often_it_is_asked);
    tcase_add_test(asked, a_client_asks_ten_thousand_lines_over_one_connection);
    tcase_add_test(asked, an_answer_that_comes_too_late_is_not_that_of_the_next_line);
    tcase_add_test(asked, a_line_is_not_sent_over_a_connection_that_has_ended);
    tcase_add_test(asked, a_client_that_is_told_to_stop_does_not_wait_any_longer);
    tcase_add_test(asked, lines_wait_for_their_answers_and_others_are_served_meanwhile);
    tcase_add_test(asked, a_server_that_ends_unanswered_is_not_waited_for);
    tcase_add_test(asked, a_server_that_says_nothing_is_waited_for_as_long_as_was_asked);
    tcase_add_test(asked, nobody_serves);
    tcase_add_test(asked, a_line_that_is_too_long_is_not_sent);
    suite_add_tcase(suite, asked);
    return unit_main(suite);
}
