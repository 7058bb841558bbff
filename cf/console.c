#include "cf/console.h"

#include <stdlib.h>
#include <string.h>

#include "cf/exec.h"
#include "cf/show.h"
#include "common/cli/cli_answer.h"
#include "common/cli/cli_filter.h"

/* One line of a console: whose it is, what it means in the session's mode, who carries it out, and
 * what is said. Exec commands act on the CF, configuration commands on the edited configuration. */

enum { HELP_LEAST = 16, HELP_MOST = 40 }; /* width of the words in what ? lists */

static const char *
host_of(const struct cf *cf)
{
    const struct conf *conf = running_conf(cf->running);

    return conf->hostname[0] ? conf->hostname : node_instance(cf->node)->name;
}

/* ---- configuration lines ------------------------------------------------------------------- */

/* A boot stack that was typed is to be on the disk before its author hears that all is well. */
static int
boot_typed(struct cf *cf, char *err, size_t room)
{
    if (memcmp(&running_conf(cf->running)->boot, &cf->boot_kept, sizeof cf->boot_kept) == 0)
        return 0;
    running_apply(cf->running);
    return memcmp(&cf->conf.boot, &cf->boot_kept, sizeof cf->boot_kept) == 0
               ? 0
               : cli_fail(DI_EREFUSED, err, room,
                          "/flash/boot.sys cannot be written, and is as it was; the log tells why");
}

/* Does it only go back to the mode above? */
static bool
leaves(const char *line, size_t len)
{
    static const char *const words[] = {"exit", "end", "#exit"};
    size_t from = 0;

    while (from < len && (line[from] == ' ' || line[from] == '\t'))
        from++;
    while (len > from && (line[len - 1] == ' ' || line[len - 1] == '\t'))
        len--;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (len - from == strlen(words[i]) && memcmp(line + from, words[i], len - from) == 0)
            return true;
    }
    return len == from;
}

static int
configure_line(struct exec *x, const char *line, size_t len, char *err, size_t room)
{
    struct running *running = x->cf->running;
    struct conf_build *build = running_edit(running);
    uint32_t mode = x->console->mode;
    int rc;

    if (!x->cf->leading)
        return cli_fail(DI_EREFUSED, err, room,
                        MGMT_STANDBY "; the configuration is changed on the active one");
    if (!console_enter(x->console, build)) {
        console_place(x->console, CONF_MODE_EXEC, build);
        return cli_fail(DI_EREFUSED, err, room,
                        "what was being configured is gone: somebody else removed it");
    }
    build->asks = x->console->asks;
    build->sure = x->line->sure;
    rc = conf_line_as(build, &mode, x->console->privilege, line, len, &x->column, err, room);
    if (build->question) {
        x->unconfirmed = true;
        exec_say(x, "Are you sure? [Yes|No]: ");
        return 0;
    }
    x->acts = (rc == 0 || rc == DI_EREFUSED) && !leaves(line, len); /* it was understood */
    if (rc != 0) {
        if (console_hint_conf(x->console, line, len, err, room))
            x->column = 0;
        return rc;
    }
    console_place(x->console, mode, build); /* first: what is taken is put into order */
    running_take(running);
    return boot_typed(x->cf, err, room);
}

/* ---- Exec lines ---------------------------------------------------------------------------- */

/* What takes an administrator and does more than go to another mode, as `configure` alone. */
static bool
changes(const struct cli_row *row)
{
    return row && row->privilege >= CLI_ADMIN && row->run && !row->enters;
}

static int
run_exec(struct exec *x, const char *line, size_t len, char *err, size_t room)
{
    struct cli_args args;
    int rc = cli_match(&exec_table, EXEC, x->console->privilege, line, len, &args, err, room);

    x->column = args.column;
    if (rc != 0) {
        if (console_hint_exec(x->console, line, len, err, room))
            x->column = 0;
        return rc;
    }
    x->column = 0;
    x->acts |= changes(args.row);
    if (!args.row) {
        x->stamped = false; /* nothing was asked */
        return 0;
    }
    if (args.row->run)
        rc = args.row->run(x, &args);
    if (rc == 0 && args.row->enters)
        console_place(x->console, args.row->enters, running_edit(x->cf->running));
    return rc;
}

int
exec_line(struct exec *x, const char *line, char *err, size_t room)
{
    return run_exec(x, line, strlen(line), err, room);
}

/* `do`, which runs an Exec command in any mode, and where that begins; 0: it is something else. */
static size_t
behind_do(const char *line, size_t len)
{
    size_t at = 0;

    while (at < len && (line[at] == ' ' || line[at] == '\t'))
        at++;
    return len - at > 3 && strncmp(line + at, "do ", 3) == 0 ? at + 3 : 0;
}

static int
carry(void *ctx, const char *line, size_t len, char *err, size_t room)
{
    struct exec *x = ctx;
    size_t skip = x->console->mode == CONF_MODE_EXEC ? 0 : behind_do(line, len);
    int rc;

    if (x->console->mode != CONF_MODE_EXEC && skip == 0)
        return configure_line(x, line, len, err, room);
    running_apply(x->cf->running); /* a command sees what was configured before it */
    x->stamped = x->console->timestamps && !x->json;
    rc = run_exec(x, line + skip, len - skip, err, room);
    x->column += x->column ? skip : 0;
    return rc;
}

/* ---- what may stand there ------------------------------------------------------------------ */

struct choices {
    struct cli_choice all[CLI_CHOICES];
    size_t n;
};

static void
find_choices(const struct console *console, const char *line, struct choices *found)
{
    size_t len = strlen(line), command = cli_command_len(line, len);
    size_t skip = console->mode == CONF_MODE_EXEC ? 0 : behind_do(line, len);
    bool exec = console->mode == CONF_MODE_EXEC || skip > 0;

    if (command < len)
        found->n = cli_filter_choices(line + command, len - command, found->all, CLI_CHOICES);
    else
        found->n =
            cli_choices(exec ? &exec_table : &conf_table, exec ? (uint32_t)EXEC : console->mode,
                        console->privilege, line + skip, len - skip, found->all, CLI_CHOICES);
}

/* The longest word sets the column in which the help begins; a very long one does not. */
static int
help_column(const struct choices *found)
{
    size_t width = HELP_LEAST;

    for (size_t i = 0; i < found->n; i++) {
        size_t len = strlen(found->all[i].word);

        if (len > width)
            width = len < HELP_MOST ? len : HELP_MOST;
    }
    return (int)width;
}

static int
by_word(const void *a, const void *b)
{
    const struct cli_choice *one = a, *other = b;
    bool one_ends = strcmp(one->word, "<cr>") == 0, other_ends = strcmp(other->word, "<cr>") == 0;

    return one_ends != other_ends ? one_ends - other_ends : strcmp(one->word, other->word);
}

/* For people a table; for a line editor a word a line, of those that can be typed as they are. */
static void
offer(const struct console *console, const struct mgmt_line *line, FILE *out)
{
    struct choices *found = calloc(1, sizeof *found);

    if (!found)
        abort();
    find_choices(console, line->text, found);
    qsort(found->all, found->n, sizeof *found->all, by_word);
    for (size_t i = 0; i < found->n; i++) {
        const struct cli_choice *choice = &found->all[i];

        if (line->kind == EXEC_HELP)
            (void)fprintf(out, "  %-*s  %s\n", help_column(found), choice->word,
                          strcmp(choice->word, "<cr>") == 0 ? "" : choice->help);
        else if (choice->word[0] != '<')
            (void)fprintf(out, "%s\t%s\n", choice->word, choice->help);
    }
    if (found->n == 0 && line->kind == EXEC_HELP)
        (void)fputs("  nothing can stand there\n", out);
    free(found);
}

static char *
offer_text(const struct console *console, const struct mgmt_line *line)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        abort();
    offer(console, line, out);
    if (fclose(out) != 0)
        abort();
    return text;
}

/* ---- the answer ---------------------------------------------------------------------------- */

/* The line with the time goes before everything, and through no filter. */
static void
stamp(struct mgmt_reply *reply)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);

    if (!out)
        abort();
    show_time_line(out);
    (void)fputs(reply->text, out);
    if (fclose(out) != 0)
        abort();
    free(reply->text);
    reply->text = text;
}

static bool
is_filtered(const char *line)
{
    size_t len = strlen(line);

    return cli_command_len(line, len) < len;
}

static void
fail_with(struct mgmt_reply *reply, int rc, const char *err)
{
    free(reply->text);
    if (asprintf(&reply->text, "%s\n", err) < 0)
        abort();
    reply->status = mgmt_status(rc);
}

/* What was said goes to a file, and nothing to the person. */
static void
send_to_file(struct exec *x, const struct redirect *redirect, struct mgmt_reply *reply)
{
    char err[CLI_ERR];
    int rc = redirect_write(x, redirect, reply->text, err, sizeof err);

    if (rc != 0) {
        fail_with(reply, rc, err);
        return;
    }
    free(reply->text);
    reply->text = strdup("");
    if (!reply->text)
        abort();
}

static void
run_line(struct exec *x, struct mgmt_reply *reply)
{
    char err[CLI_ERR], line[MGMT_LINE + 1];
    struct redirect redirect = {.len = strlen(x->line->text)};
    bool configures =
        x->console->mode != CONF_MODE_EXEC && behind_do(x->line->text, redirect.len) == 0;
    int rc = configures ? 0 : redirect_read(x->line->text, &redirect, err, sizeof err);

    if (rc == 0)
        rc = redirect_check(x, &redirect, err, sizeof err);
    if (rc != 0) {
        fail_with(reply, rc, err);
        return;
    }
    (void)snprintf(line, sizeof line, "%.*s", (int)redirect.len, x->line->text);
    rc = cli_answer_by(carry, line, x, &x->out, &reply->text);
    reply->status = rc != 0          ? mgmt_status(rc)
                    : x->unconfirmed ? MGMT_CONFIRM
                    : x->later       ? MGMT_LATER
                    : x->failed      ? MGMT_FAILURE
                                     : MGMT_OK;
    reply->column = (unsigned)x->column;
    if (reply->status == MGMT_OK && x->stamped && !is_filtered(line))
        stamp(reply);
    if (x->to_file[0] && redirect.url[0]) {
        fail_with(reply, DI_EFORMAT, "Failure: what is shown goes to one file: to file, or >");
        return;
    }
    if (x->to_file[0])
        (void)snprintf(redirect.url, sizeof redirect.url, "%s", x->to_file);
    x->acts |= redirect.url[0] != '\0';
    if (reply->status == MGMT_OK && redirect.url[0])
        send_to_file(x, &redirect, reply);
}

void
cf_exec_with(struct cf *cf, const struct mgmt_line *line, struct calls_found *found,
             struct mgmt_reply *reply)
{
    const char *privilege;
    struct console console;
    struct exec x = {
        .cf = cf, .console = &console, .json = line->json, .line = line, .found = found};

    if (!console_read(&console, line->session)) {
        reply->text = strdup("Failure: this session is none of ours; begin a new one\n");
        reply->status = MGMT_USAGE;
        return;
    }
    if (!found && console_begins(line->session)) /* said once, though it is carried out again */
        notify_cli(cf, true, console_privilege_name(console.privilege));
    privilege = console_privilege_name(console.privilege);
    if (line->kind == EXEC_RUN)
        run_line(&x, reply);
    else
        reply->text = offer_text(&console, line);
    if (x.acts && reply->status != MGMT_CONFIRM && reply->status != MGMT_LATER)
        operator_event(&line->who, line->text, privilege, reply->status);
    if (console.ended && console.noted)
        notify_cli(cf, false, console_privilege_name(console.privilege));
    console_write(&console, reply->session);
    console_prompt(&console, host_of(cf), reply->prompt);
}

void
cf_exec(void *ctx, const struct mgmt_line *line, struct mgmt_reply *reply)
{
    cf_exec_with(ctx, line, NULL, reply);
}
