/* console_server.c - a CF's console without a CF, for test_cli.py and test_cli_help.py
 *
 * Serves the management socket of a CF as a console would, with commands that do what a client
 * has to cope with. The CF started last is the active one, until it is told to stand by.
 */
#include <stdarg.h>
#include <unistd.h>

#include "common/base/err.h"
#include "common/loop/mgmt.h"

struct console {
    const struct node *node;
    struct mgmt *mgmt;
    bool standby;
    unsigned confirmed; /* commands carried out after a confirmation */
    unsigned ended;     /* sessions that said so */
};

static const char *const words[] = {"show", "srp", "start", "statistics"};

static void __attribute__((format(printf, 2, 3)))
answer(struct mgmt_reply *reply, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    if (vasprintf(&reply->text, format, args) < 0)
        abort();
    va_end(args);
}

/* What the session is about: paging, a tab, the mode. */
static void
set_session(const struct console *console, struct mgmt_reply *reply, const char *session)
{
    bool config = strstr(session, "config") != NULL;
    const char *name = console->node->topo.instances[console->node->instance].name;

    (void)snprintf(reply->session, sizeof reply->session, "%s", session);
    (void)snprintf(reply->prompt, sizeof reply->prompt, "[local]%s%s%s ", name,
                   config ? "(config)" : "", strstr(session, "operator") ? ">" : "#");
}

static void
begin_session(const struct console *console, const struct mgmt_line *line, struct mgmt_reply *reply)
{
    char session[64];

    if (strchr(line->session, '\t')) {
        set_session(console, reply, line->session);
        return;
    }
    (void)snprintf(session, sizeof session, "0\t%s", line->session[0] ? line->session : "script");
    set_session(console, reply, session);
}

static void
print_lines(struct mgmt_reply *reply, unsigned long n)
{
    size_t len;
    FILE *out = open_memstream(&reply->text, &len);

    for (unsigned long i = 1; i <= n; i++)
        (void)fprintf(out, "row %lu\n", i);
    (void)fclose(out);
}

static void
refuse(struct mgmt_reply *reply, int status, unsigned column, const char *sentence)
{
    reply->status = status;
    reply->column = column;
    reply->text = strdup(sentence);
}

/* Words that begin as the last one of the line does. */
static void
complete(struct mgmt_reply *reply, const char *line, const char *format)
{
    const char *last = strrchr(line, ' ');
    size_t len;
    FILE *out = open_memstream(&reply->text, &len);

    last = last ? last + 1 : line;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncmp(words[i], last, strlen(last)) == 0)
            (void)fprintf(out, format, words[i], "what it is");
    }
    (void)fclose(out);
}

static void
status_json(const struct console *console, struct mgmt_reply *reply)
{
    answer(reply, "{\"cf_state\": \"%s\", \"cf_epoch\": %llu, \"cards\": []}",
           console->standby ? "Standby" : "Active",
           (unsigned long long)(console->node->incarnation & INT64_MAX));
}

/* Commands with an argument, or with an effect on the session. */
static bool
run_special(const struct console *console, const char *text, struct mgmt_reply *reply)
{
    char session[64];

    if (strncmp(text, "echo ", 5) == 0)
        reply->text = strdup(text + 5);
    else if (strncmp(text, "lines ", 6) == 0)
        print_lines(reply, strtoul(text + 6, NULL, 10));
    else if (strncmp(text, "terminal length ", 16) == 0) {
        (void)snprintf(session, sizeof session, "%s\texec", text + 16);
        set_session(console, reply, session);
    } else if (strcmp(text, "configure") == 0)
        set_session(console, reply, "0\tconfig");
    else if (strcmp(text, "exit") == 0)
        (void)snprintf(reply->session, sizeof reply->session, "-");
    else
        return false;
    return true;
}

static void
run(struct console *console, const struct mgmt_line *line, struct mgmt_reply *reply)
{
    const char *text = line->text;
    bool config = strstr(line->session, "config") != NULL;

    if (strcmp(text, config ? "do logout" : "logout") == 0) {
        console->ended++;
        (void)snprintf(reply->session, sizeof reply->session, "-");
        return;
    }
    if (run_special(console, text, reply) || !text[0] || text[0] == '#')
        return;
    if (strcmp(text, "ask") == 0 && !line->sure)
        refuse(reply, MGMT_CONFIRM, 0, "Are you sure? [Yes|No]: ");
    else if (strcmp(text, "ask") == 0)
        answer(reply, "done %u", ++console->confirmed);
    else if (strcmp(text, "confirmed") == 0)
        answer(reply, "%u", console->confirmed);
    else if (strcmp(text, "ended") == 0)
        answer(reply, "%u", console->ended);
    else if (strcmp(text, "session") == 0)
        answer(reply, "cf%u %s", console->node->slot, line->session);
    else if (strcmp(text, "refuse") == 0)
        refuse(reply, MGMT_FAILURE, 0, "Failure: it does not want to");
    else if (strcmp(text, "wait") == 0)
        reply->status = MGMT_LATER;
    else if (strcmp(text, "end") == 0)
        _exit(EXIT_SUCCESS);
    else if (strcmp(text, "stand by") == 0)
        console->standby = true;
    else
        refuse(reply, MGMT_USAGE, strchr(text, ' ') ? (unsigned)(strchr(text, ' ') - text) + 2 : 1,
               "Failure: Unknown command");
}

static void
serve(void *ctx, const struct mgmt_line *line, struct mgmt_reply *reply)
{
    struct console *console = ctx;

    if (strcmp(line->text, "show vpclab status") == 0) {
        status_json(console, reply);
        return;
    }
    if (console->standby) {
        refuse(reply, MGMT_FAILURE, 0, "Failure: " MGMT_STANDBY "; ask the active one");
        return;
    }
    begin_session(console, line, reply);
    if (line->kind == EXEC_HELP)
        complete(reply, line->text, "  %-12s %s\n");
    else if (line->kind == EXEC_COMPLETE)
        complete(reply, line->text, "%s\t%s\n");
    else
        run(console, line, reply);
    if (reply->status == MGMT_LATER && mgmt_ticket(console->mgmt) == 0)
        refuse(reply, MGMT_FAILURE, 0, "Failure: too many wait");
}

static int
build(struct node *node, void **self)
{
    struct console *console = calloc(1, sizeof *console);
    char endpoint[NODE_PATH];

    if (!console)
        return DI_ESYSTEM;
    *self = console;
    console->node = node;
    endpoint_mgmt(node->rundir, node->topo.instances[node->instance].name, node->slot, endpoint);
    console->mgmt = mgmt_open(node, node->loop, endpoint, serve, console);
    return console->mgmt ? 0 : DI_ESYSTEM;
}

static void
teardown(void *self)
{
    struct console *console = self;

    if (console)
        mgmt_close(&console->mgmt);
    free(console);
}

int
main(int argc, char **argv)
{
    static const struct node_program program = {
        .type = CARD_CF,
        .purpose = "A console without a CF, for a test.",
        .build = build,
        .teardown = teardown,
    };

    return node_main(&program, argc, argv);
}
