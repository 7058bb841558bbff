#include <stdlib.h>
#include <string.h>

#include "cf/exec.h"
#include "common/conf/conf_print.h"

/* Commands about the running configuration: show, save, replay. */

enum { FAULTS = 16384 };

static int
run_configure(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;

    x->stamped = false;
    return x->cf->leading ? 0
                          : cli_refuse(args, MGMT_STANDBY "; the configuration is changed on the "
                                                          "active one");
}

/* ---- show ------------------------------------------------------------------------------------ */

struct text {
    char *text;
    size_t len;
    FILE *out;
};

static void
text_open(struct text *text)
{
    *text = (struct text){0};
    text->out = open_memstream(&text->text, &text->len);
    if (!text->out)
        abort();
}

static void
text_close(struct text *text)
{
    if (fclose(text->out) != 0)
        abort();
}

/* As text, or as an array of lines. */
static int
print_lines(struct exec *x, char *text, const char *key)
{
    char *rest = text;
    json_t *lines;

    if (!x->json) {
        (void)fputs(text, x->out);
        free(text);
        return 0;
    }
    lines = json_array();
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line)
            (void)json_array_append_new(lines, json_string(line));
    exec_print_object(x, json_pack("{s:o}", key, lines));
    free(text);
    return 0;
}

enum { SHOW_ALL, SHOW_SRP, SHOW_CONTEXT };

static int
run_show(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    const struct conf *conf = running_conf(x->cf->running);
    const char *name = cli_text(args, "name");
    struct text text;
    int rc = 0;

    text_open(&text);
    if (args->row->tag == SHOW_ALL)
        conf_print(conf, text.out);
    else if (args->row->tag == SHOW_SRP)
        conf_print_srp(conf, text.out);
    else
        rc = conf_print_context(conf, name, text.out);
    text_close(&text);
    if (rc == 0)
        return print_lines(x, text.text, "configuration");
    free(text.text);
    return cli_refuse(args, "No context \"%s\"; see show context all", name);
}

static size_t
lines_of(const char *text)
{
    size_t n = *text != '\0';

    for (; *text; text++)
        n += *text == '\n';
    return n;
}

static int
run_errors(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    char *text = malloc(FAULTS);
    size_t n;

    (void)args;
    if (!text)
        abort();
    n = conf_faults(running_conf(x->cf->running), text, FAULTS);
    if (n == 0 && !x->json) {
        free(text);
        exec_say(x, "Info: nothing is wrong with the configuration\n");
        return 0;
    }
    if (!x->json)
        exec_say(x, "%s\n%zu %s found%s\n", text, n, n == 1 ? "fault" : "faults",
                 n > lines_of(text) ? ", of which the first are shown" : "");
    else
        return print_lines(x, text, "errors");
    free(text);
    return 0;
}

/* ---- save ------------------------------------------------------------------------------------ */

/* -redundant: the other CF's disk gets it, too. */
static int
write_other(struct exec *x, const struct cli_args *args, const struct file_url *url,
            const struct text *text)
{
    struct cf *cf = x->cf;
    unsigned other = cf->node->slot == 1 ? 2 : 1;
    struct flash flash;
    char err[FLASH_ERR];

    if (node_instance(cf->node)->slots[other].type != CARD_CF)
        return cli_refuse(args, "%s is saved here, but there is no other CF",
                          file_url_text(url).text);
    if (flash_open(&flash, cf->node, other, err, sizeof err) != 0 ||
        flash_write(&flash, url, text->text, text->len, err, sizeof err) != 0)
        return cli_refuse(args, "%s is saved here, but not on the other CF: %s",
                          file_url_text(url).text, err);
    return 0;
}

static int
run_save(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct file_url url;
    struct text text;
    int rc = exec_url(args, "url", &url);

    if (rc != 0)
        return rc;
    if (flash_has(&x->cf->flash, &url) && !x->line->sure && !cli_has(args, "-noconfirm")) {
        exec_say(x, "%s exists and is overwritten. ", file_url_text(&url).text);
        if (exec_unconfirmed(x, args))
            return 0;
    }
    text_open(&text);
    conf_print(running_conf(x->cf->running), text.out);
    text_close(&text);
    rc = exec_write(x, args, &url, &url, text.text, text.len);
    if (rc == 0 && cli_has(args, "-redundant"))
        rc = write_other(x, args, &url, &text);
    if (rc == 0)
        exec_info(
            x, "%zu bytes saved to %s%s%s", text.len, file_url_text(&url).text,
            cli_has(args, "showsecrets") ? "; secrets are saved encrypted only" : "",
            node_instance(x->cf->node)->flash[0]
                ? ""
                : "; vpclab down removes it, unless the topology names a \"flash\" directory");
    free(text.text);
    return rc;
}

/* ---- replay ---------------------------------------------------------------------------------- */

/* Can the line change anything? Comments and empty ones are many. */
static bool
counts(const char *line, size_t len)
{
    size_t at = 0;

    while (at < len && (line[at] == ' ' || line[at] == '\t' || line[at] == '\r'))
        at++;
    return at < len && line[at] != '#';
}

/* All lines on a copy; a bad one changes nothing of it and is told, the others count. */
static size_t
replay(struct exec *x, struct conf_build *build, const char *text, size_t len, const char *name,
       json_t *errors)
{
    struct conf *before = malloc(sizeof *before);
    uint32_t mode = CONF_MODE_EXEC;
    char err[CLI_ERR];
    size_t bad = 0;

    if (!before)
        abort();
    *before = build->conf;
    for (size_t at = 0; at < len;) {
        const char *line = text + at, *end = memchr(line, '\n', len - at);
        size_t line_len = end ? (size_t)(end - line) : len - at;

        build->line++;
        at += line_len + 1;
        if (conf_line(build, &mode, line, line_len, err, sizeof err) == 0) {
            if (counts(line, line_len))
                *before = build->conf;
            continue;
        }
        build->conf = *before;
        if (x->json)
            (void)json_array_append_new(
                errors, json_pack("{s:i, s:s}", "line", (int)build->line, "error", err));
        else
            exec_say(x, "%s:%u: %s\n", name, build->line, err);
        bad++;
    }
    free(before);
    return bad;
}

static int
run_replay(void *ctx, const struct cli_args *args)
{
    struct exec *x = ctx;
    struct file_url url;
    char err[FLASH_ERR], *text = NULL;
    size_t len = 0, bad;
    unsigned lines;
    struct conf_build *build;
    json_t *errors;

    if (run_configure(ctx, args) != 0 || exec_url(args, "url", &url) != 0)
        return DI_EREFUSED;
    if (flash_read(&x->cf->flash, &url, &text, &len, err, sizeof err) != 0)
        return cli_refuse(args, "%s", err);
    if (len > CF_CONFIG_MOST) {
        free(text);
        return cli_refuse(args, "%s is longer than %d octets", file_url_text(&url).text,
                          CF_CONFIG_MOST);
    }
    errors = x->json ? json_array() : NULL;
    build = running_edit(x->cf->running);
    bad = replay(x, build, text, len, file_url_text(&url).text, errors);
    lines = build->line;
    free(text);
    running_take(x->cf->running);
    running_apply(x->cf->running);
    x->failed = bad > 0;
    if (x->json)
        exec_print_object(x, json_pack("{s:i, s:i, s:o}", "lines", (int)lines, "bad", (int)bad,
                                       "errors", errors));
    else
        exec_say(x, "Info: %u lines read, %zu of them bad%s\n", lines, bad,
                 bad ? "; the others apply" : "");
    return 0;
}

static const struct cli_row rows[] = {
    {EXEC, "configure", "Change the configuration", CLI_ADMIN, .enters = CONF_MODE_CONFIG,
     .run = run_configure},
    {EXEC, "configure <url> [ verbose ]", "Replay a file of configuration lines", CLI_ADMIN,
     .run = run_replay},
    {EXEC, "show configuration", "The running configuration", CLI_OPERATOR, .tag = SHOW_ALL,
     .run = run_show},
    {EXEC, "show configuration srp", "What of it concerns SRP", CLI_OPERATOR, .tag = SHOW_SRP,
     .run = run_show},
    {EXEC, "show configuration context <name>", "One context of it", CLI_OPERATOR,
     .tag = SHOW_CONTEXT, .run = run_show},
    {EXEC, "show configuration errors", "What should be mended in it", CLI_OPERATOR,
     .run = run_errors},
    {EXEC, "save configuration <url> [ -redundant | -noconfirm | showsecrets | verbose ] +",
     "Save the running configuration to a file", CLI_ADMIN, .run = run_save},
};

const struct cli_table exec_configure_table = {rows, sizeof rows / sizeof rows[0], NULL, 0,
                                               &exec_topics_table};
